"""A rule that does not keep its promises is refused, with its file and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.errors import RuleError
from scanner.judge.load import load_rules, parse, prove, rule_set

GOOD = """\
-- title: Queue that holds messages
-- severity: low
-- role: monitoring
-- since: "0.1"
-- says: "the queue {name} holds {messages}"
-- why: |
--   They wait. Nobody comes.
-- fix: |
--   # Look first:
--   aws sqs receive-message --region {region!sh} --queue-url {id!sh}
-- population: aws_sqs_queue
-- identity: [messages]
-- params:
--   most: {default: 5, help: how many may wait}
-- evidence:
--   messages: how many

-- a comment of the SQL
select
    q.resource,
    q.messages_visible as messages,
from aws_sqs_queue as q
where q.messages_visible > $most
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "watch").mkdir()
    return tmp_path


def write(rules: Path, text: str, name: str = "watch/full-queue") -> Path:
    file = rules / f"{name}.sql"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def test_a_good_rule_is_taken_as_it_is_written(rules: Path) -> None:
    write(rules, GOOD)
    (rule,) = load_rules([rules]).values()
    assert rule.id == "watch/full-queue"
    assert rule.title == "Queue that holds messages"
    assert rule.params["most"].default == 5
    assert rule.evidence == {"messages": "how many"}
    assert rule.identity == ("messages",)
    assert rule.fix.startswith("# Look first:\naws sqs")
    assert rule.sql.startswith("-- a comment of the SQL")


REFUSED = {
    "a misspelt column": ("q.messages_visible as", "q.mesages_visible as", "mesages_visible"),
    "a misspelt table": ("from aws_sqs_queue", "from aws_sqs_queu", "did you mean aws_sqs_queue?"),
    "a table that does not exist": (
        "from aws_sqs_queue as",
        "from customers as",
        "no table customers",
    ),
    "evidence that is not selected": ("messages: how many", "size: how much", "lacks size"),
    "a column that is no evidence": ("q.resource,", "q.resource, q.name,", "has name too much"),
    "no resource": ("    q.resource,\n", "    q.name,\n", "lacks resource"),
    "two statements": ("> $most", "> $most; select 1", "2 statements"),
    "a DELETE": (
        "select\n    q.resource",
        "delete from resources; select q.resource",
        "2 statements",
    ),
    "only a DELETE": (GOOD[GOOD.index("select\n") :], "delete from resources\n", "DELETE"),
    "a COPY": (GOOD[GOOD.index("select\n") :], "copy resources to 'x.csv'\n", "COPY"),
    "an ATTACH": (GOOD[GOOD.index("select\n") :], "attach 'x.duckdb' as x\n", "ATTACH"),
    "a SET": (GOOD[GOOD.index("select\n") :], "set memory_limit = '1TB'\n", "SET"),
    "no SQL at all": (GOOD[GOOD.index("\n-- a comment") :], "\n", "no SELECT"),
    "words that are no SQL": (
        "where q.messages_visible",
        "wher q.messages_visible",
        "syntax error",
    ),
    "an undeclared parameter": ("> $most", "> $least", "least"),
    "a parameter that is not used": ("> $most", "> 5", "most"),
    "an unknown key": ("-- role: monitoring", "-- role: monitoring\n-- sevrity: low", "sevrity"),
    "no title": ("-- title: Queue that holds messages\n", "", "title"),
    "an unknown severity": ("severity: low", "severity: urgent", "urgent"),
    "an unknown role": ("role: monitoring", "role: somebody", "somebody"),
    "a header that is no YAML": ("-- why: |", "-- why: : |", "header"),
    "the clock": ("> $most", "> $most and now() > q.seen_at", "now gives another answer"),
    "today": ("> $most", "> $most and current_date > q.seen_at", "current_date"),
    "a random number": ("> $most", "> $most and random() > 0.5", "random"),
    "the clock in the population": (
        "population: aws_sqs_queue",
        "population: scan where seen_at < now()",
        "population",
    ),
    "a file read": (
        "from aws_sqs_queue as q",
        "from aws_sqs_queue as q, read_csv('/etc/passwd')",
        "no table read_csv()",
    ),
    "text read": (
        "from aws_sqs_queue as q",
        "from aws_sqs_queue as q, read_text('/etc/passwd')",
        "no table read_text()",
    ),
    "SQL in a text": (
        "from aws_sqs_queue as q",
        "from query('select 1 as resource, 1 as messages_visible') as q",
        "no table query()",
    ),
    "a table by a text": (
        "from aws_sqs_queue as q",
        "from query_table('aws_sqs_queue') as q",
        "no table query_table()",
    ),
    "a file as a table": (
        "from aws_sqs_queue as q",
        "from 'queues.parquet' as q",
        "no table queues.parquet",
    ),
    "rows in any order": (
        "q.messages_visible as messages",
        "list(q.name) as messages",
        "without an order by",
    ),
    "one of several rows": ("select\n", "select distinct on (q.name)\n", "without an order by"),
    "some of the rows": ("> $most", "> $most limit 3", "without an order by"),
    "a sample": ("> $most", "> $most using sample 5", "a sample"),
    "a hidden table": (
        "select\n    q.res",
        "with aws_sqs_queue as (from aws_sqs_queue) select\n    q.res",
        "hides the table",
    ),
    "a hole of nothing": ("{messages}", "{mesages}", "did you mean messages?"),
    "a hole of nothing in the fix": ("{id!sh}", "{ide!sh}", "fix names {ide}"),
    "an identity that is no evidence": (
        "identity: [messages]",
        "identity: [name]",
        "name is no evidence",
    ),
    "a severity column that is no evidence": (
        "-- role:",
        "-- severities: sev\n-- role:",
        "sev is no evidence",
    ),
    "a population that is not there": (
        "population: aws_sqs_queue",
        "population: aws_sqs_quee",
        "aws_sqs_quee",
    ),
    "a population of two statements": (
        "population: aws_sqs_queue",
        "population: scan; select 1",
        "2 statements",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused(what: str, rules: Path) -> None:
    old, new, words = REFUSED[what]
    assert GOOD.count(old) == 1
    file = write(rules, GOOD.replace(old, new))
    with pytest.raises(RuleError) as caught:
        load_rules([rules])
    assert str(file) in caught.value.message
    assert words in str(caught.value)
    assert caught.value.hint, "it does not say what to do next"
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["watch/Full-Queue", "watch/full_queue", "watch/7-queues", "watch/a--b"]
)
def test_a_name_is_words(name: str, rules: Path) -> None:
    file = write(rules, GOOD, name)
    with pytest.raises(RuleError, match="words-with-hyphens") as caught:
        load_rules([rules])
    assert str(file) in caught.value.message


def test_a_family_is_one_of_six(rules: Path) -> None:
    write(rules, GOOD, "cost/full-queue")
    with pytest.raises(RuleError, match="cost is no family") as caught:
        load_rules([rules])
    assert "drift" in caught.value.hint


def test_a_second_folder_may_not_replace_a_rule(
    rules: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    write(rules, GOOD)
    file = write(other, GOOD)
    with pytest.raises(RuleError, match="exists already") as caught:
        load_rules([rules, other])
    assert str(file) in caught.value.message


def test_a_folder_that_is_not_there_and_a_rule_that_is_not_there_are_told(rules: Path) -> None:
    write(rules, GOOD)
    with pytest.raises(RuleError, match="no such folder"):
        load_rules([rules / "none"])
    with pytest.raises(RuleError, match="no rule watch/full-queu") as caught:
        load_rules([rules], only=["watch/full-queu"])
    assert "watch/full-queue" in caught.value.hint


def test_a_file_that_is_no_text_is_told(rules: Path) -> None:
    file = rules / "watch" / "full-queue.sql"
    file.write_bytes(GOOD.encode() + b"\xff\xfe")
    with pytest.raises(RuleError, match="UTF-8") as caught:
        load_rules([rules])
    assert str(file) in caught.value.message


def test_only_what_is_wanted_is_read(rules: Path) -> None:
    write(rules, GOOD)
    write(rules, "nonsense", "watch/broken")
    assert list(load_rules([rules], only=["watch/full-queue"])) == ["watch/full-queue"]


def test_the_rule_set_changes_with_a_rule_and_with_its_settings(rules: Path) -> None:
    from dataclasses import replace

    from scanner.model import Param

    write(rules, GOOD)
    found = load_rules([rules])
    rule = found["watch/full-queue"]
    other = replace(rule, params={"most": Param(6, "how many may wait")})
    assert rule_set(found) == rule_set(load_rules([rules]))
    assert rule_set(found) != rule_set({rule.id: other})
    assert rule_set(found) != rule_set({rule.id: replace(rule, sql=rule.sql + " and true")})


def test_proving_twice_is_proving_once() -> None:
    rule = parse("watch/full-queue", GOOD, "here")
    for _ in range(3):
        prove(rule, "here")
