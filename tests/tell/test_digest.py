"""The verdict says what was found and what was not seen; the owners come worst first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.model import SEVERITIES, Owner, Source
from scanner.tell.digest import Digest, ordered, owner_key

from . import sample


@pytest.mark.parametrize(
    ("estate", "verdict"),
    [
        (
            "empty",
            "Nothing was found that needs someone, but nothing was asked of AWS: "
            "this is not a clean bill.",
        ),
        (
            "clean",
            "Nothing was found that needs someone, and everything that was asked of AWS came back.",
        ),
        (
            "mixed",
            "13 findings need someone (5 critical, 3 high, 4 medium, 1 low), 5 of them new, "
            "and everything that was asked of AWS came back.",
        ),
        (
            "incomplete",
            "13 findings need someone (5 critical, 3 high, 4 medium, 1 low), 5 of them new, "
            "but only 98.7 % of what was asked came back, 1 state could not be read "
            "and 1 finding could not be decided: there may be more.",
        ),
    ],
)
def test_verdict(estate: str, verdict: str) -> None:
    assert Digest(sample.ESTATES[estate]()).verdict == verdict


def test_an_undecided_finding_alone_makes_the_verdict_open() -> None:
    report = sample.clean_estate()
    unknown = next(f for f in sample.FINDINGS if f.status == "unknown")
    verdict = Digest(replace(report, findings=(unknown,))).verdict
    assert "1 finding could not be decided" in verdict
    assert "not a clean bill" in verdict


def test_a_blind_rule_alone_makes_the_verdict_open() -> None:
    report = sample.clean_estate()
    rules = (replace(report.rules[0], blind=("somewhere: denied",)), *report.rules[1:])
    digest = Digest(replace(report, rules=rules))
    assert not digest.whole
    assert "1 rule could not be decided everywhere" in digest.verdict


def test_a_stale_state_was_read_all_the_same() -> None:
    report = sample.clean_estate()
    stale = replace(report.sources[0], status="stale", message="written 90 days ago")
    assert Digest(replace(report, sources=(stale,))).whole
    broken: Source = replace(stale, status="malformed")
    assert not Digest(replace(report, sources=(broken,))).whole


def test_owners_are_worst_first_and_complete() -> None:
    digest = Digest(sample.incomplete())
    assert [owner.label for owner in digest.owners] == [
        "payments",
        "platform",
        "no owner",
        "search",
    ]
    total = sum(owner.counts[severity] for owner in digest.owners for severity in SEVERITIES)
    assert total == len(digest.open)


def test_a_fallback_owner_is_not_a_known_one() -> None:
    digest = Digest(sample.mixed())
    platform = next(owner for owner in digest.owners if owner.team == "platform")
    assert platform.fallback == 1
    assert digest.routing.routable == sum(f.owner.state != "missing" for f in digest.open)
    assert digest.routing.fallback == 1


def test_owner_keys_are_safe_distinct_and_never_the_name() -> None:
    names = [*sample.corpus().values(), "payments", "Payments", "pay ments", "no-owner", None]
    keys = {name or None: owner_key(name) for name in names}
    assert len(set(keys.values())) == len(keys)
    for key in keys.values():
        assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert len(key) <= 49
    assert owner_key("") == owner_key(None)


def test_the_order_does_not_depend_on_the_order_it_came_in() -> None:
    report = sample.incomplete()
    backwards = replace(report, findings=report.findings[::-1])
    assert ordered(backwards) == ordered(report)
    severities = [SEVERITIES.index(f.severity) for f in ordered(report).findings]
    assert severities == sorted(severities)


def test_a_family_nobody_knows_comes_last() -> None:
    report = sample.mixed()
    own = replace(report.findings[0], rule="zebra/stripe", owner=Owner(None, "", "missing"))
    families = [name for name, _ in Digest(replace(report, findings=(own,))).families]
    assert families[-1] == "zebra"
    assert families[0] == "drift"
