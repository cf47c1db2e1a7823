"""Harbour with a directory and a repository: who answers, who cannot, how many findings reach somebody."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner import tell
from scanner.model import OWNER_ROLES, Finding, Report
from scanner.settings import Repository, RequiredTags, Settings

from .test_harbour import OVERLOOKED, UNOWNED_TYPES, names, truth

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("harbour")]

TEAMS = """\
teams:
  payments: {members: [ada@harbour.example], email: payments@harbour.example, github: "@harbour/payments"}
  serach: {email: search@harbour.example, github: "@harbour/search"}
  platform: {members: [], email: platform@harbour.example}
"""


@pytest.fixture(scope="module")
def report(cloud: Any, world: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """One scan with a directory in which search is misspelt and platform has nobody left."""
    from scanner.scan import scan

    folder = tmp_path_factory.mktemp("owners")
    (folder / "teams.yaml").write_text(TEAMS)
    code = folder / "infra"
    code.mkdir()
    (code / "CODEOWNERS").write_text("* @harbour/payments\n")
    settings = Settings(
        states=(str(world / "rev2.tfstate"),),
        store=str(folder / "store"),
        owner_tags=("team",),
        teams=(str(folder / "teams.yaml"),),
        repositories=(Repository(path=str(code), states={"*rev2.tfstate": "."}),),
        required_tags=(RequiredTags(tags=("ticket",), types=("aws_sns_topic",)),),
        fallback_owner="payments",
    )
    with cloud.applied():
        return scan(settings, now=datetime(2026, 11, 23, tzinfo=UTC)).report


def of(report: Report, rule: str) -> list[Finding]:
    return [f for f in report.findings if f.rule == f"ownership/{rule}"]


def exactly(report: Report, rule: str, wanted: set[str], types: set[str] | None = None) -> None:
    """The findings of a rule are about these resources, no more and no fewer."""
    found = [f for f in of(report, rule) if types is None or f.type in types]
    assert [f.resource for f in found if not names(f) & wanted] == []
    assert wanted - set().union(*map(names, found)) == set()


def test_exactly_the_seeded_are_unowned_and_expired(
    world: Path, reports: dict[str, Report]
) -> None:
    exactly(reports["rev2"], "unowned-resource", set(truth(world, "unowned")), UNOWNED_TYPES)
    exactly(reports["rev2"], "expired-resource", set(truth(world, "expired")) | OVERLOOKED)


def test_a_misspelt_team_and_an_empty_one_are_told_where_their_tags_stand(report: Report) -> None:
    unknown, empty = of(report, "unknown-owner"), of(report, "empty-team")
    assert {(f.evidence["named"], f.evidence["nearest"]) for f in unknown} == {("search", "serach")}
    assert {f.evidence["named"] for f in empty} == {"platform"}
    assert len(unknown) > 10
    assert len(empty) > 10


def test_code_that_names_another_team_is_no_answer_to_a_tag_but_gets_the_finding(
    report: Report,
) -> None:
    # declared and tagged with a team that cannot answer: the line of CODEOWNERS can
    declared = [f for f in of(report, "unknown-owner") if f.address]
    assert {f.owner.team for f in declared} == {"payments"}
    assert {f.owner.state for f in declared} == {"unknown"}
    assert all("CODEOWNERS" in f.owner.via for f in declared)


def test_what_the_code_names_is_owned_without_a_tag(report: Report, world: Path) -> None:
    by_hand = set(truth(world, "unmanaged"))
    assert all(names(f) & by_hand or not f.address for f in of(report, "unowned-resource"))


def test_every_finding_has_four_roles_and_the_figure_counts_the_fallback_against(
    report: Report,
) -> None:
    for finding in report.findings:
        if finding.type != "watchbill_rule":
            assert tuple(finding.roles) == OWNER_ROLES, finding.resource
    routing = report.routing
    assert routing is not None
    assert routing.nobody == 0
    assert routing.fallback > 0
    assert routing.routable + routing.fallback + routing.guessed == routing.open
    assert routing.percent is not None
    assert routing.percent < 100
    assert report.ownership["untaggable"] > 0
    assert tell.load(_json(report)) is not None


def _json(report: Report) -> str:
    from io import StringIO

    from scanner.tell.json import render

    out = StringIO()
    render(report, out)
    return out.getvalue()


def test_a_required_tag_that_is_not_there(report: Report) -> None:
    found = of(report, "missing-required-tag")
    assert {f.type for f in found} == {"aws_sns_topic"}
    assert {f.evidence["tag"] for f in found} == {"ticket"}


def test_the_request_stands_on_the_finding(report: Report) -> None:
    assert any(f.context.get("environment") for f in report.findings)
