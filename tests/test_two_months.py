"""Two months of scans of an emulated cloud, under a clock of our own: the figures are those counted by hand.

Four queues in one account. `a` and `b` are declared, `c` and `d` are not.

    day  what happened                            new  reopened  fixed  open  unknown
      0  `d` was made by hand, by team search       1         0      0     1        0
      5  somebody sets the delay of `a`             1         0      0     2        0
     10  `c` was made by hand, nobody owns it       2         0      0     4        0
     15  the list of queues is denied               0         0      0     0        4
     20  it may be read again                       0         0      0     4        0
     25  the delay of `a` is put back               0         0      1     3        0
     30  and set again                              0         1      0     4        0
     35  `d` loses its owner                        1         0      0     5        0
     40  `c` is deleted                             0         0      2     3        0
     45  a refresh takes the delay into the state   0         0      1     2        0
     50  `d` has its owner back                     0         0      1     1        0
     55  nothing                                    0         0      0     1        0
     60  `c` is back                                0         2      0     3        0
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import moto
import pytest
from moto.core.exceptions import JsonRESTError

from scanner import scan as scanning
from scanner.catalog import load
from scanner.collect.engine import Collected, Engine
from scanner.collect.ledger import Ledger
from scanner.collect.session import Account, Identity, Session
from scanner.declared import State
from scanner.model import Finding, Report
from scanner.settings import Settings
from scanner.store.history import reader
from scanner.timeline import Cleanup, Flow, Share
from tests.derive.made import ACCOUNT, REGION, SOURCE, arn, declared, ledger

from .nights import START, all_but, reports_of

pytestmark = pytest.mark.xdist_group("months")

QUEUE, LIST = "aws_sqs_queue", "sqs.list_queues"
URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/"
KEPT = {
    "drift/changed-attribute", "drift/unmanaged-resource", "drift/absorbed-change",
    "ownership/unowned-resource",
}  # fmt: skip


@dataclass(frozen=True)
class Night:
    """What there is on one day: delay of `a` on both sides, whether `c` is there, the team of `d`."""

    actual: int = 0
    declared: int = 0
    serial: int = 1
    c: bool = False
    team: str | None = "search"
    denied: bool = False


NIGHTS = {
    0: Night(),
    5: Night(actual=5),
    10: Night(actual=5, c=True),
    15: Night(actual=5, c=True, denied=True),
    20: Night(actual=5, c=True),
    25: Night(c=True),
    30: Night(actual=5, c=True),
    35: Night(actual=5, c=True, team=None),
    40: Night(actual=5, team=None),
    45: Night(actual=5, declared=5, serial=2, team=None),
    50: Night(actual=5, declared=5, serial=2),
    55: Night(actual=5, declared=5, serial=2),
    60: Night(actual=5, declared=5, serial=2, c=True),
}


def day(number: int) -> str:
    return f"{START + timedelta(days=number):%Y-%m-%dT%H:%M:%SZ}"


def settle(night: Night) -> None:
    """Bring the queues of the emulated cloud to where they are on that day."""
    sqs = boto3.client("sqs", region_name=REGION)
    there = {url.rpartition("/")[2]: url for url in sqs.list_queues().get("QueueUrls", [])}
    wanted = {"a": "payments", "b": "search", "d": night.team} | ({"c": None} if night.c else {})
    for name in there.keys() - wanted.keys():
        sqs.delete_queue(QueueUrl=there[name])
    for name, team in wanted.items():
        url = there.get(name) or sqs.create_queue(QueueName=name)["QueueUrl"]
        sqs.untag_queue(QueueUrl=url, TagKeys=["team"])
        if team:
            sqs.tag_queue(QueueUrl=url, Tags={"team": team})
        delay = night.actual if name == "a" else 0
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": str(delay)})


def refused(*_: Any, **__: Any) -> Any:
    raise JsonRESTError("AccessDeniedException", "not for you")


def collected(night: Night) -> Collected:
    """What the engine reads of the queues; of every other type the lists came back whole and empty."""
    settle(night)
    account = Account(Identity(ACCOUNT, "aws", f"arn:aws:iam::{ACCOUNT}:user/scan"), (REGION,))
    denying = mock.patch("moto.sqs.responses.SQSResponse.list_queues", refused)
    with denying if night.denied else nullcontext():
        of_queues = Engine(Session(), [account], hide=str, processes=1).run({QUEUE: load()[QUEUE]})
    kept = Ledger()
    kept.take([entry for entry in ledger() if f"{entry.service}.{entry.operation}" != LIST])
    kept.take(of_queues.ledger.entries())
    return Collected(of_queues.rows, kept)


def state(night: Night) -> State:
    instances = tuple(
        declared(
            QUEUE, URL + name, name=name, arn=arn("sqs", name), address=f"{QUEUE}.{name}",
            delay_seconds=delay, tags_all={"team": team},
        )
        for name, team, delay in (("a", "payments", night.declared), ("b", "search", 0))
    )  # fmt: skip
    return State(SOURCE, "ok", serial=night.serial, lineage="l", instances=instances)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def reports(store: Path) -> dict[int, Report]:
    """The reports of two months; once in between all snapshots are thrown away."""
    settings = Settings(store=str(store), regions=(REGION,), states=("x",), disable=all_but(KEPT))

    def before(night: int, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(scanning, "read_states", lambda *_: [state(NIGHTS[night])])
        if night == 30:  # retention
            for path in (store / "scans").glob("*.duckdb"):
                path.unlink()

    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    with mock.patch.dict("os.environ", keys), moto.mock_aws():
        return reports_of(settings, NIGHTS, lambda night: collected(NIGHTS[night]), before)


def found(report: Report, rule: str, name: str) -> Finding:
    (one,) = [f for f in report.findings if f.rule == rule and f.name == name]
    return one


def test_what_comes_and_goes_is_what_was_counted_by_hand(reports: dict[int, Report]) -> None:
    figures = reports[60].figures
    assert figures is not None
    assert [(d.at, d.new, d.reopened, d.fixed, d.open, d.unknown) for d in figures.days] == [
        (day(0), 1, 0, 0, 1, 0),
        (day(5), 1, 0, 0, 2, 0),
        (day(10), 2, 0, 0, 4, 0),
        (day(15), 0, 0, 0, 0, 4),
        (day(20), 0, 0, 0, 4, 0),
        (day(25), 0, 0, 1, 3, 0),
        (day(30), 0, 1, 0, 4, 0),
        (day(35), 1, 0, 0, 5, 0),
        (day(40), 0, 0, 2, 3, 0),
        (day(45), 0, 0, 1, 2, 0),
        (day(50), 0, 0, 1, 1, 0),
        (day(55), 0, 0, 0, 1, 0),
        (day(60), 0, 2, 0, 3, 0),
    ]
    assert (figures.runs, figures.since) == (13, day(0))


def test_each_team_has_its_own(reports: dict[int, Report]) -> None:
    def teams(number: int) -> tuple[Flow, ...]:
        figures = reports[number].figures
        assert figures is not None
        return figures.teams

    #                   team, new, reopened, standing, fixed, unknown, waived
    assert teams(10) == (
        Flow("payments", 0, 0, 1, 0, 0, 0), Flow("search", 0, 0, 1, 0, 0, 0),
        Flow(None, 2, 0, 0, 0, 0, 0),
    )  # fmt: skip
    assert teams(15) == (
        Flow("payments", 0, 0, 0, 0, 1, 0), Flow("search", 0, 0, 0, 0, 1, 0),
        Flow(None, 0, 0, 0, 0, 2, 0),
    )  # fmt: skip
    # `d` lost its owner: nobody's are the two of `c`, and two of `d`
    assert teams(35) == (Flow("payments", 0, 0, 1, 0, 0, 0), Flow(None, 1, 0, 3, 0, 0, 0))
    assert teams(60) == (Flow("search", 0, 0, 1, 0, 0, 0), Flow(None, 0, 2, 0, 0, 0, 0))


def test_how_long_findings_last(reports: dict[int, Report]) -> None:
    """Lives: 15, 15, 20, 30 and 30 days fixed; 60, 0 and 0 days open."""
    figures = reports[60].figures
    assert figures is not None
    # of 8, 2 leave at 0; 2 of 6 end at 15: 4/6 are left; 1 of 4 at 20: 1/2; 2 of 3 at 30: 1/6
    assert figures.cleanup == Cleanup(None, 5, 3, 0, 20.0, None)
    assert figures.cleanup_by_team == (
        Cleanup("payments", 2, 0, 0, 15.0, 20.0),
        Cleanup("search", 0, 1, 0, None, None),
        Cleanup(None, 3, 2, 0, 30.0, 30.0),
    )
    denied = reports[15].figures
    assert denied is not None
    assert denied.cleanup == Cleanup(None, 0, 4, 4, None, None)


def test_ages_and_shares(reports: dict[int, Report]) -> None:
    figures = reports[60].figures
    assert figures is not None
    assert figures.ages == {"<7": 2, "7-30": 0, "30-90": 1, ">90": 0}
    assert (figures.declared, figures.owned, figures.accountable) == (
        Share(2, 4, 0, 50.0, 0.0), Share(3, 4, 0, 75.0, 0.0), Share(3, 4, 0, 75.0, 0.0),
    )  # fmt: skip
    assert [(d.declared, d.owned) for d in figures.days] == [
        (66.6, 100.0), (66.6, 100.0), (50.0, 75.0), (None, None), (50.0, 75.0), (50.0, 75.0),
        (50.0, 75.0), (50.0, 50.0), (66.6, 66.6), (66.6, 66.6), (66.6, 100.0), (66.6, 100.0),
        (50.0, 75.0),
    ]  # fmt: skip
    assert reports[0].coverage.gaps == ()
    assert [number for number, d in zip(NIGHTS, figures.days, strict=True) if d.seen != 100] == [15]
    denied = reports[15].figures
    assert denied is not None
    assert (sum(denied.ages.values()), denied.ages_unknown) == (0, 4)


def test_a_finding_keeps_its_age_through_a_denied_scan_and_without_its_snapshots(
    reports: dict[int, Report],
) -> None:
    rule = "drift/unmanaged-resource"
    seen = {number: found(report, rule, "d") for number, report in reports.items()}
    assert {f.first_seen for f in seen.values()} == {day(0)}
    assert seen[15].status == "unknown"
    assert {n: f.status for n, f in seen.items() if n not in (0, 15)} == dict.fromkeys(
        [n for n in NIGHTS if n not in (0, 15)], "standing"
    )
    assert (seen[60].age_days, seen[60].reopened) == (60, 0)
    assert seen[60].story is not None
    assert (seen[60].story.since, seen[60].story.age_days) == (day(0), 60)


def test_what_came_back_says_so(reports: dict[int, Report]) -> None:
    again = found(reports[60], "drift/unmanaged-resource", "c")
    assert (again.status, again.first_seen, again.earliest, again.reopened, again.age_days) == (
        "new", day(60), day(10), 1, 0,
    )  # fmt: skip
    assert again.story is not None
    assert [event.kind for event in again.story.events] == ["appeared", "vanished", "returned"]


def test_drift_says_between_which_scans_it_came(reports: dict[int, Report]) -> None:
    first = found(reports[20], "drift/changed-attribute", "a").story
    assert first is not None
    assert (first.after, first.since, first.age_days) == (day(0), day(5), 15)
    second = found(reports[40], "drift/changed-attribute", "a").story
    assert second is not None
    assert (second.after, second.since, second.age_days) == (day(25), day(30), 10)
    assert [event.kind for event in second.events] == ["introduced", "reverted", "introduced"]
    assert second.flapping


def test_what_a_refresh_took_over_is_told(reports: dict[int, Report]) -> None:
    told = found(reports[45], "drift/absorbed-change", "a")
    assert told.status == "new"
    evidence = {name: told.evidence[name] for name in ("before", "now", "serial_before", "serial")}
    assert evidence == {"before": "0", "now": "5", "serial_before": 1, "serial": 2}
    assert found(reports[45], "drift/changed-attribute", "a").status == "gone"
    assert found(reports[60], "drift/absorbed-change", "a").status == "gone"


def test_the_history_says_who_had_what(reports: dict[int, Report], store: Path) -> None:
    assert reports
    with reader(store) as connection:
        lives = connection.execute(
            "select rule, team, came_at, until_at, fixed from life() where fingerprint in "
            "(select fingerprint from finding where resource like '%:c') order by all"
        ).fetchall()
    moments = {n: (START + timedelta(days=n)).replace(tzinfo=None) for n in (10, 40, 60)}
    assert [(team, came, until, fixed) for _, team, came, until, fixed in lives] == [
        (None, moments[10], moments[40], True), (None, moments[60], moments[60], False),
    ] * 2  # fmt: skip
