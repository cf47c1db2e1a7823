"""Which findings stop a pipeline: severity, waivers, the baseline, and what was not seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import GATE_FAILED, INCOMPLETE, PASSED, SettingsError, WaiverError
from scanner.judge import choose
from scanner.judge.baseline import Baseline, made, read, shrunk, write
from scanner.judge.gate import Bar, gate
from scanner.model import SCHEMA, Counts, Coverage, Finding, Gap, Report, RuleSummary, Scan
from scanner.settings import Settings
from scanner.waiver import Waived

from .made import NOW, finding

FIRST, SECOND, THIRD = (f"2026112{n}T000000Z-000000" for n in (1, 2, 3))


def report(
    *findings: Finding, id_: str = SECOND, previous: str | None = FIRST, **fields: Any
) -> Report:
    scan = Scan(id=id_, started=NOW, finished=NOW, version="0", now=NOW, previous=previous)
    empty = Report(SCHEMA, scan, Coverage(9, 9, 100.0, ()), Counts({}, {}), findings)
    return replace(empty, **fields)


def high(print_: str = "a", status: str = "standing", **fields: Any) -> Finding:
    return finding(print_, status, **{"severity": "high", **fields})


def waived(holds: bool, **fields: Any) -> Waived:
    note = "" if holds else "waiver w expired 3 days ago"
    return Waived("w", "o", "g", "accepted-risk", "r", "2026-11-20", holds, note, **fields)


TABLE = [
    # (findings, words, exit code)
    ([], {}, PASSED),
    ([high()], {}, GATE_FAILED),
    ([high(severity="medium")], {}, PASSED),
    ([high(severity="critical")], {}, GATE_FAILED),
    ([high(status="waived", waiver=waived(True))], {}, PASSED),
    ([high(waiver=waived(False))], {}, GATE_FAILED),
    ([high(status="gone")], {}, PASSED),
    ([high(status="unknown")], {}, INCOMPLETE),
    ([high(status="unknown", waiver=waived(True))], {}, PASSED),
    ([high(status="unknown", waiver=waived(False))], {}, INCOMPLETE),
    ([high(), high("b", "unknown")], {}, GATE_FAILED),
    ([high()], {"new_only": True}, PASSED),
    ([high(status="new")], {"new_only": True}, GATE_FAILED),
]

FIRST_SCAN = [
    # without a scan before, all is called new: that says nothing, and a finding that would fail is undecided
    ([high(status="new")], {}, GATE_FAILED),
    ([high(status="new")], {"new_only": True}, INCOMPLETE),
    ([high(status="new", severity="medium")], {"new_only": True}, PASSED),
    ([high(status="new")], {"new_only": True, "since": report()}, GATE_FAILED),
    ([high(status="new")], {"new_only": True, "since": report(high())}, PASSED),
    ([high(status="new")], {"new_only": True, "baseline": made(report(high()))}, PASSED),
    ([high(status="new")], {"new_only": True, "baseline": made(report())}, GATE_FAILED),
]


@pytest.mark.parametrize(("findings", "options", "code"), TABLE)
def test_exit_codes(findings: list[Finding], options: dict[str, Any], code: int) -> None:
    assert gate(report(*findings), Bar("high"), **options).exit_code == code


@pytest.mark.parametrize(("findings", "options", "code"), FIRST_SCAN)
def test_exit_codes_of_a_first_scan(
    findings: list[Finding], options: dict[str, Any], code: int
) -> None:
    verdict = gate(report(*findings, previous=None), Bar("high"), **options)
    assert verdict.exit_code == code
    assert ("give --since a scan, or the findings.json of one" in verdict.words) == (
        code == INCOMPLETE
    )
    # a budget counts what is open, new or not
    bar = Bar("high", at_most={"medium": 0})
    assert (
        gate(
            report(*findings, high("m", severity="medium"), previous=None), bar, **options
        ).exit_code
        == GATE_FAILED
    )


def test_what_was_not_seen_is_undecided_whatever_is_waived() -> None:
    short = report(coverage=Coverage(9, 8, 88.8, ()))
    assert gate(short, Bar("high")).exit_code == INCOMPLETE


def test_a_preview_rule_fails_nothing() -> None:
    rule = RuleSummary("watch/made", "t", "high", "cost", "", "", 1, 1, 0, preview=True)
    assert gate(report(high(), rules=(rule,)), Bar("high")).exit_code == PASSED


def test_the_words_count_what_did_not_count() -> None:
    held = made(report(high("a")))
    given = report(high("a"), high("b", "waived", waiver=waived(True)))
    verdict = gate(given, Bar("high"), baseline=held)
    assert verdict.words == (
        "gate passed: no other finding high or worse (1 waived, 1 in the baseline), 100 % seen"
    )
    assert [f.fingerprint for f in verdict.excused] == ["a"]


@pytest.mark.parametrize(
    ("bar", "code"),
    [
        (Bar("high"), GATE_FAILED),
        (Bar("high", {"watch": "never"}), PASSED),
        (Bar("high", {"watch": "critical"}), PASSED),
        (Bar("critical", {"watch": "high"}), GATE_FAILED),
        (Bar("high", {"watch": "never", "watch/made": "medium"}), GATE_FAILED),
        (Bar("high", {"watch/made": "never"}), PASSED),
        (Bar(None, {"watch": "high"}), GATE_FAILED),
        (Bar(None, {"orphan": "low"}), PASSED),
        (Bar("critical", at_most={"watch": 2}), PASSED),
        (Bar("critical", at_most={"watch": 1}), GATE_FAILED),
        (Bar("critical", at_most={"high": 1}), GATE_FAILED),
        (Bar("critical", at_most={"watch/made": 1}), GATE_FAILED),
        (Bar("critical", at_most={"all": 1}), GATE_FAILED),
        (Bar("critical", at_most={"all": 2, "orphan": 0}), PASSED),
        (Bar(None, at_most={"all": 1}), GATE_FAILED),
    ],
)
def test_bars_of_rules_and_budgets(bar: Bar, code: int) -> None:
    found = (high("a"), high("b"), high("c", "gone"), high("d", "waived", waiver=waived(True)))
    assert gate(report(*found), bar).exit_code == code


def test_a_budget_that_an_undecided_finding_could_overdraw_is_undecided() -> None:
    given = report(high("a"), high("b", "unknown"))
    assert gate(given, Bar("critical", at_most={"watch": 2})).exit_code == PASSED
    verdict = gate(given, Bar("critical", at_most={"watch": 1}))
    assert verdict.exit_code == INCOMPLETE
    assert "up to 2 of watch may be open, at most 1 may be" in verdict.words
    assert gate(report(high("a")), Bar(None, at_most={"watch": 0})).words == (
        "gate failed: 1 open of watch, at most 0 may be"
    )


def test_what_the_baseline_excuses_is_in_no_budget() -> None:
    held = made(report(high("a")))
    bar = Bar("critical", at_most={"watch": 0})
    assert gate(report(high("a")), bar, baseline=held).exit_code == PASSED
    assert gate(report(high("a"), high("b")), bar, baseline=held).exit_code == GATE_FAILED


def test_only_what_a_scan_did_not_have_fails() -> None:
    then = report(high("a"), high("b", "unknown"), high("c", "gone"))
    now = report(high("a"), high("b"), high("c"), high("d"))
    verdict = gate(now, Bar("high"), since=then)
    assert [f.fingerprint for f in verdict.failing] == ["c", "d"]
    assert gate(report(high("a")), Bar("high"), since=then).exit_code == PASSED


def test_what_a_scan_could_not_have_had_is_not_known_to_be_new() -> None:
    def rule(name: str, *blind: str) -> RuleSummary:
        return RuleSummary(name, "t", "high", "cost", "", "", 1, 1, 0, blind=blind)

    one = high(account="1", region="eu-west-1")
    bar, ran = Bar("high"), (rule(one.rule),)
    place = Scan(FIRST, NOW, NOW, "0", NOW, accounts=("1",), regions=("eu-west-1",))
    looked = report(scan=place, rules=ran)
    assert gate(report(one), bar, since=looked).exit_code == GATE_FAILED
    assert (
        gate(report(high(account="1", region="global")), bar, since=looked).exit_code == GATE_FAILED
    )
    for then, why in (
        (replace(looked, scan=replace(place, accounts=("2",))), "did not look into account 1"),
        (
            replace(looked, scan=replace(place, regions=("us-east-1",))),
            "did not look into eu-west-1",
        ),
        (replace(looked, rules=(rule("watch/other"),)), f"had no rule {one.rule}"),
        (
            replace(looked, rules=(rule(one.rule, "1 eu-west-1: ec2 was denied"),)),
            f"could not decide {one.rule} in 1 eu-west-1: ec2 was denied",
        ),
    ):
        verdict = gate(report(one), bar, since=then)
        assert verdict.exit_code == INCOMPLETE
        assert f"1 finding high or worse may be new or not: scan {FIRST} {why}" in verdict.words
    # what is surely new beats it
    elsewhere = replace(looked, scan=replace(place, regions=("us-east-1",)))
    both = gate(report(one, high("b", account="1", region="global")), bar, since=elsewhere)
    assert [f.fingerprint for f in both.failing] == ["b"]
    assert both.exit_code == GATE_FAILED
    # and what it had is excused whatever it looked at
    then = replace(looked, findings=(one,), scan=replace(place, accounts=()))
    assert gate(report(one), bar, since=then).exit_code == PASSED


def test_what_a_scan_saw_has_to_be_seen_again() -> None:
    def gap(operation: str) -> Gap:
        return Gap("1", "eu-west-1", "ec2", operation, "denied", "", "", 1, (), ())

    then = report(coverage=Coverage(9, 8, 88.8, (gap("describe_vpcs"),)))
    bar = Bar("high", min_seen=50)
    assert gate(then, bar, since=then).exit_code == PASSED
    now = report(coverage=Coverage(9, 7, 77.7, (gap("describe_vpcs"), gap("describe_volumes"))))
    assert gate(now, bar).exit_code == PASSED
    verdict = gate(now, bar, since=then)
    assert verdict.exit_code == INCOMPLETE
    assert "ec2 describe_volumes in 1 eu-west-1: denied" in verdict.words


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"fail_on_rules": {"watch/mad": "low"}}, "no rule watch/mad"),
        ({"fail_on_rules": {"watch": "worst"}}, "no severity worst"),
        ({"at_most": {"hihg": 3}}, "no rule hihg"),
        ({"at_most": {"all": -1}}, "below 0"),
    ],
)
def test_a_bar_that_is_none_is_refused(setting: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        choose.bar(Settings(**setting), ["watch/made"])


# --- the baseline --------------------------------------------------------------------------------


def test_the_baseline_excuses_what_was_there_and_nothing_else() -> None:
    held = made(report(high("a"), high("w", "waived"), high("u", "unknown"), high("g", "gone")))
    assert list(held.findings) == ["a"]
    verdict = gate(report(high("a"), high("b")), Bar("high"), baseline=held)
    assert verdict.exit_code == GATE_FAILED
    assert [f.fingerprint for f in verdict.failing] == ["b"]
    assert [f.fingerprint for f in verdict.excused] == ["a"]


def test_what_grew_worse_fails() -> None:
    held = made(report(high("a", severity="medium")))
    assert gate(report(high("a")), Bar("high"), baseline=held).exit_code == GATE_FAILED
    milder = report(high("a", severity="medium"))
    assert gate(milder, Bar("medium"), baseline=held).exit_code == PASSED


def test_what_was_away_and_came_back_fails() -> None:
    held = made(report(high("a"), id_=FIRST, previous=None))
    # the scan before, no older than the baseline, did not have it
    back = report(high("a", "new"), id_=THIRD, previous=SECOND)
    assert gate(back, Bar("high"), baseline=held).exit_code == GATE_FAILED
    # where no scan was between, a store that was lost makes everything new
    lost = report(high("a", "new"), id_=THIRD, previous=None)
    assert gate(lost, Bar("high"), baseline=held).exit_code == PASSED


def test_it_only_shrinks() -> None:
    held = made(report(high("a"), high("b"), high("c"), high("d")))
    later = report(
        high("a"), high("b", "gone"), high("c", "unknown"), high("e", "new"), id_=THIRD,
        previous=SECOND,
    )  # fmt: skip
    after = shrunk(held, later)
    assert list(after.findings) == ["a", "c"]
    assert shrunk(after, report(high("b", "new"), high("a"), high("c"), id_=THIRD)).findings.keys() == {
        "a", "c",
    }  # fmt: skip


def test_what_got_better_may_not_get_worse_again() -> None:
    held = made(report(high("a")))
    after = shrunk(held, report(high("a", severity="low")))
    assert after.findings["a"].severity == "low"
    assert shrunk(after, report(high("a"))).findings["a"].severity == "low"
    assert gate(report(high("a")), Bar("high"), baseline=after).exit_code == GATE_FAILED


def test_a_waived_finding_stays_in_it_as_severe_as_it_was() -> None:
    held = made(report(high("a")))
    away = report(high("a", "waived", waiver=waived(True)))
    assert shrunk(held, away).findings == held.findings


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    held = made(report(high("a", resource="arn:é\ud800\n"), high("b")))
    held = Baseline(1, held.scan, held.now, {"b": held.findings["b"]})
    write(held, tmp_path / "b.json")
    assert read(tmp_path / "b.json") == held


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"baseline": 2, "scan": "", "now": "", "findings": {}}',
             '{"baseline": 1, "scan": "", "now": "", "findings": {"a": {"severity": "none"}}}',
             '{"baseline": 1, "scan": "", "now": "", "findings": {}, "more": 1}', "\xff"],
)  # fmt: skip
def test_what_is_no_baseline_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(text, encoding="latin-1")
    with pytest.raises(WaiverError):
        read(tmp_path / "b.json")
    with pytest.raises(WaiverError):
        read(tmp_path / "none.json")
