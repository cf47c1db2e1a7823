"""Deny any operation: nothing is claimed that the whole scan did not claim, and the gate says so.

A scan denies several operations that have nothing to do with each other, and each operation is denied in two
scans, beside other ones each time; what a group of them invents is traced to the one that does it.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scanner.catalog import load
from scanner.collect.session import Session, allowed
from scanner.errors import GATE_FAILED, INCOMPLETE
from scanner.judge.gate import Bar, gate
from scanner.model import Finding, Report
from scanner.replay import Served
from scanner.scan import scan
from scanner.settings import Settings

pytestmark = pytest.mark.world
ONE, OTHER = pytest.mark.xdist_group("denied"), pytest.mark.xdist_group("denied too")
"""Two processes share these scans, the longest of all."""

WORLD = Path(__file__).resolve().parents[2] / "fixtures" / "worlds" / "harbour"
OPERATIONS = sorted(allowed(load().values()) - {"sts.get_caller_identity", "ec2.describe_regions"})
TOGETHER = 12
"""How many are denied at once."""
MOST = 2 * -(-len(OPERATIONS) // TOGETHER)


def groups(asked: Collection[str]) -> list[list[str]]:
    """Every operation in two groups; in the first of them beside those of other services."""
    ordered = sorted(asked)
    many = -(-len(ordered) // TOGETHER)
    mixed = random.Random(2).sample(ordered, len(ordered))
    return [order[start::many] for order in (ordered, mixed) for start in range(many)]


class Recorded:
    """A session that asks the cloud each question once, and can refuse one operation."""

    def __init__(self, real: Session) -> None:
        self.real = real
        self.answers: dict[str, list[Any]] = {}
        self.denied: Collection[str] = ()
        self.code = "AccessDenied"
        self.refused = Counter[str]()
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def client(self, service: str, region: str) -> Client:
        return Client(self, service, region)


class Client:
    """A client of a recorded session."""

    def __init__(self, session: Recorded, service: str, region: str) -> None:
        self._session, self._service, self._region = session, service, region
        self._real = session.real.client(service, region)
        self.meta = self._real.meta

    def can_paginate(self, operation: str) -> bool:
        return bool(self._real.can_paginate(operation))

    def get_paginator(self, operation: str) -> Any:
        return type("Paginator", (), {"paginate": lambda _, **p: self._pages(operation, p)})()

    def __getattr__(self, operation: str) -> Any:
        def call(**params: Any) -> Any:
            return next(self._ask(operation, params, paged=False))

        return call

    def _pages(self, operation: str, params: dict[str, Any]) -> Iterator[Any]:
        return self._ask(operation, params, paged=True)

    def _ask(self, operation: str, params: dict[str, Any], *, paged: bool) -> Iterator[Any]:
        call = f"{self._service}.{operation}"
        self._session.asked.add(call)
        if call in self._session.denied:
            self._session.refused[call] += 1
            error = {"Error": {"Code": self._session.code, "Message": "not authorized"}}
            raise ClientError(error, operation)
        key = json.dumps([self._service, self._region, operation, params], sort_keys=True)
        if key not in self._session.answers:
            try:
                if paged:
                    pages = list(self._real.get_paginator(operation).paginate(**params))
                else:
                    pages = [getattr(self._real, operation)(**params)]
            except ClientError as error:
                pages = [error]
            self._session.answers[key] = pages
        for page in self._session.answers[key]:
            if isinstance(page, ClientError):
                raise page
            yield page


@pytest.fixture(scope="module")
def recorded(cloud: Served) -> Iterator[Recorded]:
    with cloud.applied():
        yield Recorded(Session())


def run(recorded: Any, store: Path) -> Report:
    settings = Settings(states=(str(WORLD / "rev2.tfstate"),), store=str(store))
    return scan(settings, session=recorded).report


@pytest.fixture(scope="module")
def whole(recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return run(recorded, tmp_path_factory.mktemp("whole"))


def claims(report: Report) -> dict[str, Finding]:
    return {f.fingerprint: f for f in report.findings if f.status in ("new", "standing")}


@ONE
def test_the_whole_scan_was_whole(whole: Report) -> None:
    assert whole.coverage.percent == 100.0
    assert not [f for f in whole.findings if f.status == "unknown"]
    assert len(claims(whole)) > 50


def denying(recorded: Recorded, operations: Collection[str], store: Path) -> Report:
    recorded.denied, recorded.refused = operations, Counter()
    try:
        return run(recorded, store)
    finally:
        recorded.denied = ()


def invented(report: Report, whole: Report) -> list[str]:
    return [f.says for key, f in claims(report).items() if key not in claims(whole)]


@pytest.fixture(scope="module")
def grouped(recorded: Recorded, whole: Report) -> list[list[str]]:
    """What a scan of this world asks and can be denied, in groups; nothing else has an effect on it."""
    found = groups(recorded.asked & set(OPERATIONS))
    assert len({operation for group in found for operation in group}) > 250
    return found


@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=(ONE, OTHER)[n % 2]) for n in range(MOST)]
)
def test_denied_operations_make_nothing_absent(
    number: int, grouped: list[list[str]], recorded: Recorded, whole: Report, tmp_path: Path
) -> None:
    if number >= len(grouped):
        pytest.skip("a scan of this world does not ask all operations")
    operations = grouped[number]
    report = denying(recorded, operations, tmp_path)
    if invented(report, whole):
        found = {
            operation: invented(denying(recorded, [operation], tmp_path / operation), whole)
            for operation in operations
        }
        assert found == {key: [] for key in operations}, "told by themselves"
    assert invented(report, whole) == []
    refused = set(recorded.refused)
    assert refused, operations
    assert report.coverage.percent < 100.0
    gaps = {
        (f"{g.service}.{g.operation}", g.status)
        for g in report.coverage.gaps
        if f"{g.service}.{g.operation}" in operations
    }
    assert gaps == {(operation, "denied") for operation in refused}
    # of a kind that could not be listed nothing is said to be nobody's, or expired
    hidden = {kind.type for kind in load().values() if kind.list in operations}
    owned = [f for f in claims(report).values() if f.rule.startswith("ownership/")]
    assert [f.says for f in owned if f.type in hidden] == []
    # and what was not seen counts for nothing
    for aspect, verdicts in report.readiness.items():
        assert verdicts["yes"] <= whole.readiness[aspect]["yes"], aspect
    assert gate(report, Bar("low")).exit_code in (GATE_FAILED, INCOMPLETE)
    # a bar that no finding reaches: then what was not seen decides
    report_without = _without_findings(report)
    assert gate(report_without, Bar("critical")).exit_code == INCOMPLETE


def _without_findings(report: Report) -> Report:
    from dataclasses import replace

    return replace(report, findings=())


@OTHER
def test_what_could_not_be_looked_at_keeps_its_age_and_is_not_gone(
    recorded: Recorded, tmp_path: Path
) -> None:
    first = run(recorded, tmp_path)
    unread = {
        "aws_sqs_queue": ["sqs.list_queues"],
        "aws_ebs_volume": ["ec2.describe_volumes"],
        "aws_s3_bucket": ["s3.get_bucket_policy"],
    }
    second = denying(recorded, [call for calls in unread.values() for call in calls], tmp_path)
    detail = denying(recorded, ["sqs.get_queue_attributes"], tmp_path)
    third = run(recorded, tmp_path)
    born = {f.fingerprint: f.first_seen for f in first.findings}
    for report, types in ((second, set(unread)), (detail, {"aws_sqs_queue"})):
        assert [f.says for f in report.findings if f.status == "gone"] == []
        assert types <= {f.type for f in report.findings if f.status == "unknown"}
        known = [f for f in report.findings if f.fingerprint in born]
        assert all(f.first_seen == born[f.fingerprint] for f in known)
        # what is asked only because something was not seen is never more than a question
        assert {f.status for f in report.findings if f.fingerprint not in born} <= {"unknown"}
        assert all(f.unknown_because for f in report.findings if f.status == "unknown")
    assert {f.status for f in third.findings if f.fingerprint in born} == {"standing"}
    again = {f.fingerprint: f.first_seen for f in third.findings if f.status != "gone"}
    assert again == born


@OTHER
def test_no_state_at_all_claims_nothing_about_declarations(
    recorded: Recorded, tmp_path: Path
) -> None:
    report = scan(Settings(store=str(tmp_path)), session=recorded).report  # type: ignore[arg-type]
    claimed = [f.rule for f in claims(report).values() if f.rule.startswith("drift/")]
    assert claimed == []
    assert any("no Terraform state" in note for note in report.notes)


@OTHER
def test_an_unreadable_state_makes_nothing_unmanaged(recorded: Recorded, tmp_path: Path) -> None:
    broken = tmp_path / "broken.tfstate"
    broken.write_text("{")
    settings = Settings(
        states=(str(WORLD / "rev2.tfstate"), str(broken)), store=str(tmp_path / "store")
    )
    report = scan(settings, session=recorded).report  # type: ignore[arg-type]
    found = [f for f in report.findings if f.rule == "drift/unmanaged-resource"]
    assert found
    assert {f.status for f in found} == {"unknown"}
    assert gate(report, Bar("critical")).exit_code in (GATE_FAILED, INCOMPLETE)
    assert report.counts.actual["unmanaged"] == 0
