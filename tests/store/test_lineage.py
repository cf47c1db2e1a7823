"""What a SELECT depends on, from DuckDB's own parse tree."""

from __future__ import annotations

import pytest

from scanner.errors import RuleError
from scanner.store.lineage import lineage, volatile

MONOTONE = [
    "select resource from resources where class in ('a', 'b')",
    "select q.resource from aws_sqs_queue as q join owners as o on o.resource = q.resource",
    "select q.resource from aws_sqs_queue as q, owners as o where o.resource = q.resource",
    "select resource from aws_sqs_queue semi join owners using (resource)",
    "select resource from aws_sqs_queue union all select resource from aws_sns_topic",
    "select resource from aws_sqs_queue union select resource from aws_sns_topic",
    "with a as (select resource from aws_sqs_queue) select a.resource from a",
    "select distinct on (resource) resource, name from resources order by resource, name",
    "select resource, unnest(members) as member from aws_rds_cluster",
    "select resource from aws_sqs_queue where coalesce(len(tags), 0) > 0",
    "select resource from (select resource from aws_sqs_queue) as q",
    "select resource, list_filter(members, lambda m: m <> name) from aws_rds_cluster",
]
TAKES_BACK = [
    "select resource from aws_sqs_queue anti join owners using (resource)",
    "select resource from aws_sqs_queue left join owners using (resource)",
    "select resource from owners right join aws_sqs_queue using (resource)",
    "select resource from aws_sqs_queue full join owners using (resource)",
    "select q.resource from aws_sqs_queue q asof join owners o on q.resource >= o.resource",
    "select resource from aws_sqs_queue where not exists (select 1 from owners)",
    "select resource from aws_sqs_queue where exists (select 1 from owners)",
    "select resource from aws_sqs_queue where resource not in (select resource from owners)",
    "select resource from aws_sqs_queue where resource in (select resource from owners)",
    "select resource from aws_sqs_queue where (select count(*) from owners) = 0",
    "select resource from aws_sqs_queue except select resource from owners",
    "select resource from aws_sqs_queue intersect select resource from owners",
    "select region, count(*) from aws_sqs_queue group by region",
    "select max(created_at) from aws_sqs_queue",
    "select resource, row_number() over (order by resource) from aws_sqs_queue",
    "select resource from aws_sqs_queue order by resource limit 3",
    "select resource from aws_sqs_queue qualify rank() over (order by name) = 1",
    "with a as (select max(seen_at) as m from scan) select a.m from a",
    "select resource from aws_sqs_queue where name = all (select name from aws_sns_topic)",
]


@pytest.mark.parametrize("sql", MONOTONE)
def test_more_rows_only_add_answers(sql: str) -> None:
    assert lineage(sql).monotone


@pytest.mark.parametrize("sql", TAKES_BACK)
def test_more_rows_may_take_an_answer_back(sql: str) -> None:
    assert not lineage(sql).monotone


def test_tables_are_found_wherever_they_stand() -> None:
    found = lineage(
        "with a as (select resource from grants), b as (select resource from a join trusts using (resource))"
        " select b.resource from b where b.resource in (select resource from owners)"
        " and exists (select 1 from expiries) union all select resource from (select * from subjects)"
    )
    assert found.tables == {"grants", "trusts", "owners", "expiries", "subjects"}
    assert found.common == {"a", "b"}


@pytest.mark.parametrize(
    "call",
    [
        "query('select 1 as resource')",
        "query_table('owners')",
        "read_csv('x')",
        "glob('*')",
        "duckdb_tables()",
    ],
)
def test_what_reads_behind_the_parsers_back_is_named_like_no_table(call: str) -> None:
    (name,) = lineage(f"select resource from {call}").tables
    assert name.endswith("()")


def test_rows_of_values_alone_are_no_tables() -> None:
    sql = "select o.resource, x from owners as o, unnest(['a']) as t(x), range(3) as r(n)"
    assert lineage(sql).tables == {"owners"}
    assert lineage(sql).monotone


def test_columns_are_named_without_their_table() -> None:
    found = lineage("select q.resource, class from aws_sqs_queue as q where q.address is null")
    assert found.columns == {"resource", "class", "address"}


@pytest.mark.parametrize(
    "sql",
    [
        "select a.resource from owners as a, owners as b",
        "select resource from owners where team in (select team from owners)",
        "with a as (select resource from owners) select x.resource from a as x join a as y using (resource)",
        "with a as (select resource from owners), b as (select resource from a)"
        " select b.resource from b join a using (resource)",
    ],
)
def test_a_table_that_is_read_twice_is_told(sql: str) -> None:
    assert lineage(sql).twice == {"owners"}


def test_two_tables_that_are_read_once_are_not() -> None:
    assert lineage("select o.resource from owners as o, trusts as t").twice == frozenset()


def test_parameters_are_found() -> None:
    assert lineage("select $a as a, $b as b from scan where $a > 1").params == {"a", "b"}
    assert lineage("select 1 as one").params == frozenset()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select list(name) from resources", "list() without an order by inside"),
        ("select string_agg(name, ',') from resources", "string_agg() without an order by inside"),
        ("select first(name) from resources", "first() without an order by inside"),
        ("select any_value(name) from resources", "any_value() without an order by inside"),
        ("select distinct on (region) name from resources", "distinct on without an order by"),
        ("select name from resources limit 1", "limit without an order by"),
        ("select name from resources using sample 3", "a sample"),
        ("select name from resources tablesample 10%", "a sample"),
        ("select r.name from resources as r positional join owners as o", "a positional join"),
    ],
)
def test_what_depends_on_the_order_of_rows_is_told(sql: str, words: str) -> None:
    assert lineage(sql).chance == {words}


@pytest.mark.parametrize(
    "sql",
    [
        "select list(name order by name) from resources",
        "select list(distinct name order by name) filter (name <> '') from resources",
        "select first(name order by name) from resources",
        "select string_agg(name, ',' order by name) from resources",
        "select list_sort(list(name)) from resources",
        "select max(name), count(*), bool_or(taggable) from resources",
        "select distinct on (region) name from resources order by region, name",
        "select distinct region from resources",
    ],
)
def test_what_does_not_is_not(sql: str) -> None:
    assert lineage(sql).chance == frozenset()


@pytest.mark.parametrize(
    "sql",
    [
        "select now()", "select current_date", "select current_timestamp", "select random()",
        "select uuid()", "select today()", "select get_current_timestamp()", "select localtimestamp",
        "select nextval('x')", "select gen_random_uuid()",
    ],
)  # fmt: skip
def test_the_clock_and_chance_are_told(sql: str) -> None:
    assert lineage(sql).functions & volatile()


@pytest.mark.parametrize(
    "sql",
    [
        "select lower(name), regexp_matches(name, 'a'), to_days(3), date_diff('day', seen_at, created_at),"
        " list_contains(members, 'a'), json_extract_string(policy, '$.a') from aws_rds_cluster",
        "select seen_at - interval 3 days from scan",
    ],
)
def test_what_rules_need_is_neither(sql: str) -> None:
    assert not lineage(sql).functions & volatile()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("", "0 statements"),
        ("select 1; select 2", "2 statements"),
        ("delete from resources", "DELETE"),
        ("copy resources to 'x'", "COPY"),
        ("attach 'x'", "ATTACH"),
        ("create table t (a integer)", "CREATE"),
        ("pragma version", "PRAGMA|SELECT"),
        ("explain select 1", "EXPLAIN"),
        ("set threads = 1", "SET"),
        ("selec 1", "syntax error"),
        ("select ? , $a", "named and positional"),
    ],
)
def test_what_is_no_select_is_refused_with_what_to_do(sql: str, words: str) -> None:
    with pytest.raises(RuleError, match=words) as caught:
        lineage(sql)
    assert caught.value.hint
