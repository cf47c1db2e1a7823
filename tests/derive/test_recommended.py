"""The table of recommended alarms against the catalog, and which of them a resource needs."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from scanner.catalog import load
from scanner.catalog.path import getter, words
from scanner.derive.recommended import Event, Log, Told, applies, by_type, document, table, values
from tests.derive.made import actual

NAMESPACE = re.compile(r"(AWS/[A-Za-z0-9]+|ECS/ContainerInsights|ContainerInsights|LambdaInsights)")
NAME = re.compile(r"[A-Za-z0-9_.%-]+")
DIMENSION = re.compile(r"[A-Za-z_]+( [A-Za-z_]+)*")
FUNCTIONS = {"length", "starts_with", "last", "or"}
CATEGORIES = {
    "availability", "backup", "configuration change", "creation", "deletion", "failover", "failure",
    "low storage", "maintenance", "notification", "read replica", "recovery", "restoration", "security",
}  # fmt: skip
"""Of RDS's events (RDS User Guide)."""
OWN = {"id", "name", "key", "tags", "parent"}


@pytest.mark.parametrize("line", table().alarm, ids=lambda a: f"{a.type} {a.metric} {a.intent}")
def test_a_recommended_alarm_is_well_formed(line: object) -> None:
    from scanner.derive.recommended import Recommended

    assert isinstance(line, Recommended)
    kind = load()[line.type]
    assert NAMESPACE.fullmatch(line.namespace)
    assert NAME.fullmatch(line.metric)
    assert line.intent in table().intent
    assert line.tier in (1, 2, 3)
    assert line.source in table().source
    assert 1 <= line.datapoints <= line.periods
    assert line.period in (60, 300, 3600, 86400)
    assert line.statistic in (
        "Average",
        "Sum",
        "Minimum",
        "Maximum",
        "SampleCount",
    ) or re.fullmatch(r"p\d\d", line.statistic)
    above = load()[kind.container] if kind.container else None
    for dimensions in (line.dimensions, *line.also):
        assert all(DIMENSION.fullmatch(name) for name in dimensions)
        for path in (*dimensions.values(), line.applies):
            if not path:
                continue
            getter(path)
            literal = re.sub(r"'[^']*'|`[^`]*`", " ", path)
            own = re.sub(r"\bparent\.(\w+)", " ", literal)
            assert words(own) <= {*kind.kept, *OWN, *FUNCTIONS}, path
            for name in re.findall(r"\bparent\.(\w+)", literal):
                assert above is not None
                assert name in {*above.kept, *OWN}, path
    if line.threshold is not None:
        assert line.most is None or line.threshold <= line.most
        assert line.least is None or line.threshold >= line.least


@pytest.mark.parametrize("line", table().log, ids=lambda line: line.type)
def test_where_words_are_is_an_attribute_of_the_type(line: Log) -> None:
    getter(line.groups)
    assert words(line.groups) & load()[line.type].kept.keys()
    assert by_type()[line.type].keys() & table().log_intents, "no intent asks for it"


@pytest.mark.parametrize("line", table().event, ids=lambda line: f"{line.type} {line.intent}")
def test_an_event_is_about_a_database_and_an_intent(line: Event) -> None:
    assert line.source in ("db-instance", "db-cluster")
    assert line.type in load()
    assert line.intent in table().intent
    assert set(line.categories) <= CATEGORIES


@pytest.mark.parametrize("line", table().told, ids=lambda line: f"{line.type} {line.intent}")
def test_what_a_service_tells_of_itself_is_about_what_the_type_has(line: Told) -> None:
    assert line.intent in by_type()[line.type], "nothing asks for it"
    assert line.source.startswith("aws.")
    for path in filter(None, (line.applies, *line.detail.values())):
        getter(path)
        assert words(re.sub(r"'[^']*'", " ", path)) <= {*load()[line.type].kept, *OWN}, path


def test_who_may_watch_from_outside_is_an_account_or_a_service() -> None:
    trusted = [watcher.trusts for watcher in table().watcher]
    assert len(trusted) == len(set(trusted))
    assert all(re.fullmatch(r"\d{12}|[a-z-]+\.amazonaws\.com", one) for one in trusted)
    assert not any(table().own & {line.namespace} for line in table().alarm)


def test_the_table_is_whole_and_says_where_it_is_from() -> None:
    keys = [
        (a.type, a.namespace, a.metric, tuple(a.dimensions), a.statistic) for a in table().alarm
    ]
    assert len(keys) == len(set(keys)), "a line stands twice"
    assert {line.source for line in table().alarm} == set(table().source)
    assert {line.intent for line in table().alarm} == set(table().intent)
    assert all(source.read <= datetime.now(UTC).date() for source in table().source.values())
    # 156, without the three of S3 Object Lambda and one of a VPN's two
    assert sum(line.source == "aws" for line in table().alarm) == 152


def test_of_most_types_no_more_than_two_things_are_asked_of_everybody() -> None:
    for type_, intents in by_type().items():
        asked = [i for i, lines in intents.items() if any(line.tier == 1 for line in lines)]
        assert len(asked) <= 2, type_


def test_what_an_alarm_applies_to_is_decided_by_what_was_read() -> None:
    (line,) = [a for a in table().alarm if a.metric == "ReplicaLag"]
    copy = actual("aws_db_instance", "db", attributes={"replicate_source_db": "other"})
    alone = actual("aws_db_instance", "db", attributes={"replicate_source_db": None})
    unread = actual("aws_db_instance", "db", attributes={})
    assert [applies(line, row, document(row, None)) for row in (copy, alone, unread)] == [
        True, False, None,
    ]  # fmt: skip


def test_a_dimension_is_read_from_the_resource_or_from_what_it_is_found_through() -> None:
    api = actual("aws_api_gateway_rest_api", "abc", name="orders")
    stage = actual("aws_api_gateway_stage", "ags-abc-live", attributes={"stage_name": "live"})
    of = document(stage, api)
    assert values("parent.name", of) == ("orders",)
    assert values("stage_name", of) == ("live",)
    assert values("'Global'", of) == ("Global",)
    assert values("nothing", of) == ()
    assert values("members", {"members": ["a", "b"]}) == ("a", "b")
