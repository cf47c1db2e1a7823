"""Numbers, ages and owners in words."""

from __future__ import annotations

import pytest

from scanner.model import Coverage, Owner
from scanner.tell import words


def test_shares_are_rounded_down() -> None:
    assert words.share(2, 3) == "66 %"
    assert words.share(999, 1000) == "99 %"
    assert words.share(3, 3) == "100 %"
    assert words.share(0, 0) == "none"
    assert words.share(1, 1000) == "under 1 %"
    assert words.share(0, 1000) == "0 %"


def test_percent_has_a_decimal_only_where_it_says_something() -> None:
    assert words.percent(100.0) == "100 %"
    assert words.percent(99.9) == "99.9 %"
    assert words.seen(Coverage(0, 0, 0.0, ())) == "nothing"


@pytest.mark.parametrize(
    ("first", "now", "age"),
    [
        ("2026-11-09T00:00:00Z", "2026-11-23T00:00:00Z", "14 days"),
        ("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", "1 day"),
        ("2026-11-23T00:00:00Z", "2026-11-23T12:00:00Z", "today"),
        ("2026-11-22T23:30:00-05:00", "2026-11-23", "today"),
        ("never", "2026-11-23", ""),
    ],
)
def test_age(first: str, now: str, age: str) -> None:
    assert words.age(first, now) == age


def test_a_moment_that_is_none_is_shown_as_it_is() -> None:
    assert words.moment("2026-11-23") == "2026-11-23 00:00 UTC"
    assert words.moment("tomorrow") == "tomorrow"


def test_how_long_a_scan_took() -> None:
    assert words.took("2026-11-23T00:00:00Z", "2026-11-23T00:00:41Z") == ", in 41 s"
    assert words.took("", "2026-11-23T00:00:41Z") == ""


@pytest.mark.parametrize(
    ("owner", "known"),
    [
        (Owner("payments", "tag team", "valid"), "tag team"),
        (Owner("payments", "tag team of vpc-1", "inherited"), "tag team of vpc-1, inherited"),
        (Owner("platform", "fallback", "missing"), "fallback: no owner is named"),
        (Owner("platform", "fallback", "unread"), "fallback: its tags could not be read"),
        (Owner("tbd", "tag team", "placeholder"), "tag team, the value is a placeholder"),
        (Owner(None, "", "missing"), ""),
        (Owner("platform", "tag team", "valid", "tag"), "tag team"),
        (
            Owner("platform", "fallback; tag team says 'x'", "unknown", "fallback"),
            "fallback: no team is called that",
        ),
        (
            Owner(
                "platform",
                "line 1; tag team says 'x', who has left",
                "departed",
                "codeowners",
                named="x",
            ),
            "line 1; tag team says 'x', who has left",
        ),
        (Owner(None, "", "untaggable"), "the type cannot carry a tag"),
    ],
)
def test_how_an_owner_is_known(owner: Owner, known: str) -> None:
    assert words.how_known(owner, "platform") == known


def test_a_fix_without_its_resource() -> None:
    fix = "terraform apply -target={address!sh}, or tag {name}"
    assert words.general(fix) == "terraform apply -target=<address>, or tag <name>"


def test_clipping_says_how_much_is_left_out() -> None:
    assert words.clip("abcdef", 6) == "abcdef"
    assert words.clip("a" * 1300, 100).endswith("… (1,200 more characters, whole in findings.json)")
    assert words.short("abcdef", 4) == "abc…"


def test_lists() -> None:
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"


def test_a_name_is_broken_after_its_marks_and_loses_nothing() -> None:
    name = 'module.worker["a-b"].aws_sqs_queue.main'
    assert words.pieces(name) == [
        "module.", 'worker["a-', 'b"]', ".", "aws_", "sqs_", "queue.", "main",
    ]  # fmt: skip
    assert words.pieces("") == []
