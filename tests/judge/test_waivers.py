"""What a waiver excuses: laws that hold for every waiver, finding and day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.directory import Directory, Team
from scanner.judge.excusing import answering
from scanner.judge.findings import evidence_hash
from scanner.judge.sight import Blind
from scanner.judge.waivers import MOST_DAYS, bare, excuse, last_day, matches, rows, seen, uses
from scanner.model import SEVERITIES, Finding, Owner
from scanner.waiver import Waiver

from .made import ACCOUNT, OTHER, REGION, SCOPES, finding, rule

DAY = date(2026, 11, 23)
ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"


def waiver(id_: str = "w", **fields: Any) -> Waiver:
    made = Waiver(
        id=id_,
        rule="watch/made",
        match={"arn": ARN},
        category="accepted-risk",
        owner="payments",
        requested_by="ada",
        approved_by="grace",
        ticket="OPS-1",
        reason="kept until the audit in spring is over",
        created="2026-11-01",
        expires="2026-12-01",
    )
    return replace(made, **fields)


def one(found: Finding, *waivers: Waiver, today: date = DAY, tags: Any = None) -> Finding:
    (result,), _ = excuse([found], waivers, tags or {}, today)
    return result


# --- laws ----------------------------------------------------------------------------------------

NAMES = st.text(st.sampled_from("ab*?[]!.:/-"), min_size=1, max_size=12)
DAYS = st.integers(0, 500).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
SEVERITY = st.sampled_from(SEVERITIES)
MATCHES: st.SearchStrategy[Mapping[str, Any]] = st.one_of(
    st.builds(lambda t: {"arn": t}, NAMES),
    st.builds(lambda t: {"glob": t}, NAMES),
    st.builds(lambda t, r: {"glob": t, "region": r}, NAMES, st.sampled_from([REGION, OTHER])),
    st.builds(lambda t: {"tag": {"k": t}}, NAMES),
    st.just({"account": ACCOUNT}),
)


@st.composite
def some_waiver(draw: st.DrawFn) -> Waiver:
    created = draw(DAYS)
    return waiver(
        draw(st.text("xyz", min_size=1, max_size=3)),
        match=draw(MATCHES),
        created=created.isoformat(),
        expires=(created + timedelta(days=draw(st.integers(0, 400)))).isoformat(),
        approved_by=draw(st.sampled_from(["grace", "ada", " ADA"])),
        evidence=draw(st.sampled_from(["", "e", "f"])),
    )


@st.composite
def some_finding(draw: st.DrawFn) -> Finding:
    return finding(
        "p",
        draw(st.sampled_from(["new", "standing", "unknown", "gone"])),
        resource=draw(NAMES),
        severity=draw(SEVERITY),
        region=draw(st.sampled_from([REGION, OTHER])),
        evidence_hash=draw(st.sampled_from(["e", "f"])),
    )


WAIVERS = st.lists(some_waiver(), max_size=5, unique_by=lambda w: w.id)
TAGS = st.dictionaries(NAMES, st.builds(lambda t: {"k": t}, NAMES), max_size=3)


def hidden(found: Finding) -> bool:
    return found.status == "waived" or bool(found.waiver and found.waiver.holds)


@given(some_finding(), WAIVERS, TAGS, DAYS, st.integers(0, 400))
def test_matching_never_widens_with_time(
    found: Finding, waivers: list[Waiver], tags: Any, day: date, later: int
) -> None:
    after = one(found, *waivers, tags=tags, today=day + timedelta(days=later))
    if hidden(after):
        assert hidden(one(found, *waivers, tags=tags, today=day))


@given(some_finding(), WAIVERS, TAGS)
def test_an_expired_waiver_hides_nothing(found: Finding, waivers: list[Waiver], tags: Any) -> None:
    late = max((date.fromisoformat(w.expires) for w in waivers), default=DAY) + timedelta(days=1)
    after = one(found, *waivers, tags=tags, today=late)
    assert not hidden(after)
    assert after.status == found.status
    assert SEVERITIES.index(after.severity) <= SEVERITIES.index(found.severity)


@given(some_finding(), WAIVERS, TAGS, DAYS)
def test_the_order_of_waivers_does_not_matter(
    found: Finding, waivers: list[Waiver], tags: Any, day: date
) -> None:
    first = one(found, *waivers, tags=tags, today=day)
    for other in list(permutations(waivers))[:24]:
        assert one(found, *other, tags=tags, today=day) == first


@given(some_finding(), WAIVERS, TAGS, DAYS)
def test_no_finding_is_lost_and_laying_them_on_twice_is_once(
    found: Finding, waivers: list[Waiver], tags: Any, day: date
) -> None:
    once = one(found, *waivers, tags=tags, today=day)
    assert bare(once).severity == found.severity
    assert (once.fingerprint, once.evidence, once.says) == (
        found.fingerprint,
        found.evidence,
        found.says,
    )
    if once.status != "waived":  # `aged` gives a waived finding its status anew
        assert one(once, *waivers, tags=tags, today=day) == once


@given(NAMES, NAMES)
def test_a_waiver_of_one_name_never_hides_a_longer_one(name: str, more: str) -> None:
    assert not matches(waiver(match={"arn": name}), finding(resource=name + more), {})
    assert not matches(waiver(match={"arn": name}), finding(resource=more + name), {})


LITERAL = st.text(st.sampled_from("ab[]!.:/-()+\n"), min_size=1, max_size=12)


@given(LITERAL, LITERAL)
def test_a_glob_is_anchored_and_only_star_and_question_mark_are_special(
    name: str, more: str
) -> None:
    def glob(pattern: str, resource: str) -> bool:
        return matches(waiver(match={"glob": pattern}), finding(resource=resource), {})

    assert glob(name, name)
    assert not glob(name, name + more)
    assert not glob(name, more + name)
    assert glob(name + "*", name + more)
    assert glob("*" + name, more + name)
    assert glob(name + "?", name + "x")
    assert not glob(name + "?", name)


def test_a_glob_made_to_be_slow_is_not() -> None:
    assert not matches(waiver(match={"glob": "*a" * 40 + "b"}), finding(resource="a" * 2000), {})


# --- the days ------------------------------------------------------------------------------------


def test_the_last_day_counts_whole() -> None:
    found = finding(resource=ARN)
    last = date(2026, 12, 1)
    assert one(found, waiver(), today=last).status == "waived"
    back = one(found, waiver(), today=last + timedelta(days=1))
    assert (back.status, back.severity) == ("new", "medium")
    assert back.waiver is not None
    assert back.waiver.note == "waiver w expired 1 day ago"
    assert not back.waiver.holds


@pytest.mark.parametrize(
    ("severity", "back"),
    [("low", "medium"), ("medium", "high"), ("high", "critical"), ("critical", "critical")],
)
def test_it_comes_back_one_severity_worse(severity: Any, back: str) -> None:
    found = finding(resource=ARN, severity=severity)
    assert one(found, waiver(), today=date(2027, 11, 1)).severity == back


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_severe_finding_ends_a_waiver_before_its_own_date(severity: Any) -> None:
    long = waiver(expires="2027-11-01")
    last = last_day(long, severity)
    assert (last - date(2026, 11, 1)).days == MOST_DAYS[severity]
    found = finding(resource=ARN, severity=severity)
    assert hidden(one(found, long, today=last))
    after = one(found, long, today=last + timedelta(days=1))
    assert not hidden(after)
    assert after.waiver is not None
    assert ("at most" in after.waiver.note) == (severity in ("critical", "high"))


def test_a_renewal_beside_the_expired_one_holds() -> None:
    old, new = waiver("old", expires="2026-11-20"), waiver("new", created="2026-11-20")
    found = one(finding(resource=ARN), old, new)
    assert found.status == "waived"
    assert found.waiver is not None
    assert found.waiver.id == "new"


# --- what it is about ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "yes"),
    [
        ({"arn": ARN}, True),
        ({"arn": ARN + "-replica"}, False),
        ({"arn": ARN, "region": OTHER}, False),
        ({"arn": ARN, "account": ACCOUNT, "region": REGION}, True),
        ({"glob": "arn:aws:sqs:*:orders"}, True),
        ({"glob": "arn:aws:sqs:*:order"}, False),
        ({"tag": {"team": "payments"}}, True),
        ({"tag": {"team": "payments", "stage": "test"}}, False),
        ({"tag": {"Team": "payments"}}, False),
        ({"attribute": "ingress"}, True),
        ({"attribute": "egress"}, False),
        ({"fingerprint": "p"}, True),
        ({"principal": "arn:p", "action": "s3:*"}, True),
        ({"principal": "arn:p", "action": "s3:GetObject"}, False),
        ({"principal": "arn:q", "action": "s3:*"}, False),
    ],
)
def test_everything_in_a_match_must_hold(match: Mapping[str, Any], yes: bool) -> None:
    found = finding(
        "p",
        resource=ARN,
        evidence={"attribute": "ingress", "principal": "arn:p", "action": "s3:*"},
    )
    tags = {ARN: {"team": "payments"}, "arn:other": {"stage": "test"}}
    assert matches(waiver(match=match), found, tags) == yes


def test_a_finding_of_more_actions_is_another_one() -> None:
    several = finding(resource=ARN, evidence={"actions": ["iam:PassRole", "s3:*"]})
    assert not matches(waiver(match={"action": "s3:*"}), several, {})
    alone = finding(resource=ARN, evidence={"actions": ["s3:*"]})
    assert matches(waiver(match={"action": "s3:*"}), alone, {})


def test_where_nothing_says_a_principal_it_is_the_resource() -> None:
    found = finding(resource=ARN, evidence={})
    assert matches(waiver(match={"principal": ARN}), found, {})


def test_another_rule_is_another_finding() -> None:
    assert not matches(waiver(rule="watch/other"), finding(resource=ARN), {})


def test_that_a_rule_failed_is_never_excused() -> None:
    failed = finding("p", resource="watchbill/rule/watch/made", type="watchbill_rule")
    assert not matches(waiver(match={"fingerprint": "p"}), failed, {})


# --- who, and on what ----------------------------------------------------------------------------


@pytest.mark.parametrize("approver", ["ada", "Ada ", "@ada", "\uff21\uff24\uff21"])
def test_nobody_approves_their_own_critical_one(approver: str) -> None:
    found = finding(resource=ARN, severity="critical")
    after = one(found, waiver(approved_by=approver))
    assert (after.status, after.severity) == ("new", "critical")
    assert after.waiver is not None
    assert "asked for it" in after.waiver.note
    assert one(replace(found, severity="high"), waiver(approved_by=approver)).status == "waived"


def test_other_evidence_than_was_approved_is_not_excused() -> None:
    found = finding(resource=ARN, evidence_hash="b" * 16)
    after = one(found, waiver(evidence="a" * 16))
    assert (after.status, after.severity) == ("new", "low")
    assert after.waiver is not None
    assert "other evidence" in after.waiver.note
    assert one(found, waiver(evidence="b" * 16)).status == "waived"


def test_what_varies_by_itself_is_no_other_evidence() -> None:
    made = rule(varies=("size",))
    one_, other = {"size": 1, "port": 22}, {"size": 2, "port": 22}
    assert evidence_hash(made, one_) == evidence_hash(made, other)
    assert evidence_hash(made, one_) != evidence_hash(made, {"size": 1, "port": 23})
    assert evidence_hash(rule(), one_) != evidence_hash(rule(), other)
    assert evidence_hash(rule(), {"searched": ["a"]}) == evidence_hash(rule(), {"searched": []})


def test_what_could_not_be_looked_at_stays_unknown_under_its_waiver() -> None:
    after = one(finding("p", "unknown", resource=ARN), waiver())
    assert after.status == "unknown"
    assert after.waiver is not None
    assert after.waiver.holds


# --- what became of each waiver ------------------------------------------------------------------


def used(found: Finding | None, made: Waiver, *, looked: bool = True, before: Any = ()) -> Any:
    _, under = excuse([found] if found else [], [made], {}, DAY)
    (use,) = uses([made], under, {made.id: looked}, before, DAY)
    (row,) = rows([use], under, {"payments": False}, "2026-11-23T00:00:00Z")
    return use, row


def test_a_waiver_that_excuses_something_is_in_force() -> None:
    use, row = used(finding("p", resource=ARN), waiver(expires="2027-01-01"))
    assert (use.state, use.hides, use.falls_under) == ("in force", ("p",), 1)
    assert (row["hides"], row["changed"], row["owner_known"]) == (1, False, False)


@pytest.mark.parametrize(
    ("made", "found", "looked", "state"),
    [
        (waiver(), None, True, "unused"),
        (waiver(), None, False, "not seen"),
        (waiver(), finding("p", "gone", resource=ARN), True, "unused"),
        (waiver(), finding("p", "unknown", resource=ARN), True, "expiring"),
        (waiver(expires="2026-11-22"), finding("p", resource=ARN), True, "expired"),
        (waiver(expires="2026-12-07"), finding("p", resource=ARN), True, "expiring"),
        (waiver(expires="2026-12-08"), finding("p", resource=ARN), True, "in force"),
    ],
)
def test_the_state_of_a_waiver(made: Waiver, found: Any, looked: bool, state: str) -> None:
    assert used(found, made, looked=looked)[0].state == state


def test_changed_evidence_shows_on_the_waiver() -> None:
    found = finding("p", resource=ARN, evidence_hash="b" * 16)
    use, row = used(found, waiver(evidence="a" * 16))
    assert row["changed"]
    assert (use.hides, use.falls_under) == ((), 1)


def test_renewals_are_counted_as_far_as_scans_know() -> None:
    first, _ = used(None, waiver(expires="2026-11-30"))
    assert first.renewals == 0
    second, _ = used(None, waiver(expires="2026-12-10"), before=[first])
    third, _ = used(None, waiver(expires="2026-12-20"), before=[second])
    same, _ = used(None, waiver(expires="2026-12-20"), before=[third])
    assert (second.renewals, third.renewals, same.renewals) == (1, 2, 2)


@pytest.mark.parametrize(
    ("match", "blind", "yes"),
    [
        ({"arn": ARN}, [], True),
        ({"arn": ARN}, [(ACCOUNT, REGION)], False),
        ({"arn": ARN}, [(ACCOUNT, OTHER)], True),
        ({"arn": ARN}, [(ACCOUNT, "global")], False),
        ({"arn": "arn:aws:s3:::orders"}, [(ACCOUNT, OTHER)], False),
        ({"arn": ARN.replace(REGION, "ap-south-1")}, [], False),
        ({"arn": ARN.replace(ACCOUNT, "999999999999")}, [], False),
        ({"arn": f"{ACCOUNT}/{OTHER}/aws_key_pair/x"}, [(ACCOUNT, REGION)], True),
        ({"arn": f"{ACCOUNT}/{OTHER}/aws_key_pair/x"}, [(ACCOUNT, OTHER)], False),
        ({"glob": f"arn:aws:sqs:*:{ACCOUNT}:orders"}, [(ACCOUNT, OTHER)], False),
        ({"glob": f"arn:aws:sqs:{REGION}:*:orders"}, [(ACCOUNT, OTHER)], True),
        ({"tag": {"a": "b"}, "region": REGION}, [(ACCOUNT, OTHER)], True),
        ({"tag": {"a": "b"}, "account": "999999999999"}, [], False),
    ],
)
def test_a_waiver_is_unused_only_where_all_it_is_about_was_looked_at(
    match: Mapping[str, Any], blind: list[tuple[str, str]], yes: bool
) -> None:
    places = [Blind(account, region, "aws_sqs_queue", "", "denied") for account, region in blind]
    assert seen(waiver(match=match), places, SCOPES) == yes


def test_a_finding_about_a_waiver_goes_to_its_owner_or_to_who_stands_in() -> None:
    directory = Directory(
        (Team("payments", ("pay",), ("ada",), ("mail",)), Team("ghosts", (), ())), whole=True
    )

    def instead(owner: Owner) -> Owner:
        return replace(owner, team="platform", source="fallback")

    def told(name: str) -> tuple[str | None, str, str]:
        owner = answering(name, directory, instead)
        return owner.team, owner.state, owner.source

    assert told("pay") == ("payments", "valid", "")
    assert told("ada") == ("payments", "person", "")
    assert told("nobodies") == ("platform", "unknown", "fallback")
    assert told("ghosts") == ("platform", "empty", "fallback")
