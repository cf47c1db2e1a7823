"""waivers.yaml is read strictly: what is not as it must be is named with its line, and nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scanner import shipped
from scanner.errors import USAGE, WaiverError
from scanner.judge.load import load_rules
from scanner.judge.waiver_file import append, parse, read
from scanner.model import Rule
from scanner.waiver import Waiver

TODAY = date(2026, 11, 23)

GOOD = """\
# why we keep these
- id: logs-without-versions
  rule: recovery/bucket-without-versions
  match: {arn: "arn:aws:s3:::harbour-logs", account: 012345678901}
  category: accepted-risk
  owner: platform
  requested_by: ada
  approved_by: grace
  ticket: 4711
  reason: logs are copied to the archive account every hour
  created: 2026-11-01
  expires: 2027-10-31
"""


@pytest.fixture(scope="module")
def rules() -> dict[str, Rule]:
    wanted = [
        "recovery/bucket-without-versions", "orphan/key-pending-deletion-in-use",
        "access/public-database", "drift/changed-attribute", "ownership/unused-waiver",
    ]  # fmt: skip
    return dict(load_rules([shipped.rules()], only=wanted))


def one(text: str, rules: dict[str, Rule]) -> Waiver:
    (waiver,) = parse(text, "waivers.yaml", rules, TODAY)
    return waiver


def test_a_whole_one_is_read_as_it_stands(rules: dict[str, Rule]) -> None:
    waiver = one(GOOD, rules)
    assert waiver.match == {"arn": "arn:aws:s3:::harbour-logs", "account": "012345678901"}
    assert (waiver.ticket, waiver.created, waiver.expires) == ("4711", "2026-11-01", "2027-10-31")
    assert waiver.where == "waivers.yaml:2"
    assert parse("", "f", rules, TODAY) == parse("# none\n", "f", rules, TODAY) == ()


BAD = {
    # what is put in place of what, the line that is named, and words of the message
    "an unknown key": ("owner:", "ownr:", 6, "did you mean owner?"),
    "a key twice": ("ticket: 4711", "owner: x", 9, "owner: stands there twice"),
    "a key of the match twice": ("account: 012345678901", "arn: b", 4, "match.arn: stands there twice"),
    "a rule that is not": ("bucket-without-versions\n  match", "bucket-without-version\n  match", 3,
                           "did you mean recovery/bucket-without-versions?"),
    "a missing line": ("  ticket: 4711\n", "", 2, "ticket is missing"),
    "nothing behind a key": ("ticket: 4711", "ticket:", 9, "ticket: no text"),
    "blanks behind a key": ("ticket: 4711", 'ticket: "  "', 9, "ticket: no text"),
    "a day that is not": ("2027-10-31", "2027-02-30", 12, "expires: 2027-02-30 is no date"),
    "a day by another custom": ("2027-10-31", "31.10.2027", 12, "is no date"),
    "a moment": ("2027-10-31", "2027-10-31T00:00:00Z", 12, "is no date"),
    "never": ("2027-10-31", "never", 12, "is no date"),
    "too long": ("2027-10-31", "2027-11-02", 12, "at most 365 days"),
    "the end before the beginning": ("2027-10-31", "2026-10-31", 12, "is before"),
    "a beginning to come": ("2026-11-01", "2026-11-25", 11, "has yet to come"),
    "a short reason": ("logs are copied to the archive account every hour", "we know", 10, "7 characters"),
    "a category of one's own": ("accepted-risk", "wontfix", 5, "wontfix is none"),
    "an unknown match": ("account: 012345678901", "regon: x", 4, "did you mean region?"),
    "an account that is none": ("012345678901", "1234", 4, "12 digits"),
    "an empty match": ('{arn: "arn:aws:s3:::harbour-logs", account: 012345678901}', "{}", 4, "says nothing"),
    "a match in words": ('{arn: "arn:aws:s3:::harbour-logs", account: 012345678901}', "all", 4,
                         "says nothing"),
    "a glob of all": ('arn: "arn:aws:s3:::harbour-logs"', 'glob: "*"', 4, "matches everything"),
    "a glob of all ARNs": ('arn: "arn:aws:s3:::harbour-logs"', 'glob: "arn:aws:*"', 4, "matches everything"),
    "a glob of all in disguise": ('arn: "arn:aws:s3:::harbour-logs"', 'glob: "*?*:*"', 4,
                                  "matches everything"),
    "a glob of all by its first letter": ('arn: "arn:aws:s3:::harbour-logs"', 'glob: "a??*"', 4,
                                          "matches everything"),
    "a region of all": ("account: 012345678901", 'region: "*"', 4, "* is not a region, or global"),
    "an owner to come": ("owner: platform", "owner: T.B.D.", 6, "names nobody and nothing"),
    "an approval by nobody": ("approved_by: ", "approved_by: n/a # ", 8, "approved_by: n/a names nobody"),
    "no ticket": ("ticket: 4711", "ticket: none", 9, "names nobody and nothing"),
    "a reason of nothing to see": ("logs are copied to", '"\\u200b\\u200b" #', 10, "cannot be seen"),
    "a name with a hidden mark": ("owner: platform", 'owner: "plat\\u200bform"', 6, "owner: something in it"),
    "an ARN with a hidden mark": ("harbour-logs", "harbour\\u200b-logs", 4, "match.arn: something in it"),
    "an escape for the terminal": ("ticket: 4711", 'ticket: "\\e[2J"', 9, "cannot be seen"),
    "a list of ARNs": ('"arn:aws:s3:::harbour-logs"', "[a, b]", 4, "one text is expected"),
    "a tag in words": ('arn: "arn:aws:s3:::harbour-logs"', "tag: test", 4, "not `KEY: value`"),
    "a name with blanks": ("id: logs-without-versions", "id: a b", 2, "id: up to 80"),
    "no mapping": (GOOD[GOOD.index("- id"):], "- x\n", 2, "`key: value` lines"),
    "no list": (GOOD[GOOD.index("- id"):], "waivers: []\n", 2, "a list of waivers"),
    "no YAML": ("owner: platform", "owner: [platform", 7, "not YAML"),
    "two documents": ("  owner:", "---\n  owner:", 6, "not YAML"),
    "evidence of many": ("  owner:", "  evidence: 0123456789abcdef\n  owner:", 6, ""),
    "evidence that is none": ("  owner:", "  evidence: abc\n  owner:", 6, "16 hex digits"),
    "a waiver of waivers": ("recovery/bucket-without-versions", "ownership/unused-waiver", 3,
                            "excuses no waiver"),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(BAD))
def test_what_is_wrong_is_refused_with_its_line(what: str, rules: dict[str, Rule]) -> None:
    old, new, line, words = BAD[what]
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if what == "evidence of many":
        text = text.replace('arn: "arn:aws:s3:::harbour-logs"', 'glob: "arn:aws:s3:::harbour-*"')
        words = "no single resource"
    with pytest.raises(WaiverError) as error:
        parse(text, "waivers.yaml", rules, TODAY)
    assert error.value.exit_code == USAGE
    assert error.value.message.startswith("waivers.yaml:"), error.value
    assert f"waivers.yaml:{line}:" in error.value.message, error.value
    assert words in str(error.value)


def test_two_waivers_may_not_have_one_name(rules: dict[str, Rule]) -> None:
    with pytest.raises(
        WaiverError, match=r"waivers.yaml:13: .* is there already \(waivers.yaml:2\)"
    ):
        parse(GOOD + GOOD[GOOD.index("- id") :], "waivers.yaml", rules, TODAY)


@pytest.mark.parametrize(
    ("rule", "expires", "fine"),
    [
        ("orphan/key-pending-deletion-in-use", "2026-12-01", True),
        ("orphan/key-pending-deletion-in-use", "2026-12-02", False),
        ("access/public-database", "2027-01-30", True),
        ("access/public-database", "2027-01-31", False),
        ("recovery/bucket-without-versions", "2027-11-01", True),
        ("recovery/bucket-without-versions", "2027-11-02", False),
        # its findings differ in severity: each one's own decides, when it is judged
        ("drift/changed-attribute", "2027-11-01", True),
    ],
)
def test_how_long_one_may_last_is_by_severity(
    rule: str, expires: str, fine: bool, rules: dict[str, Rule]
) -> None:
    text = GOOD.replace("recovery/bucket-without-versions", rule).replace("2027-10-31", expires)
    if fine:
        assert one(text, rules).expires == expires
    else:
        with pytest.raises(WaiverError, match="at most"):
            one(text, rules)


def test_nobody_approves_their_own_critical_one(rules: dict[str, Rule]) -> None:
    text = GOOD.replace("approved_by: grace", "approved_by: Ada")
    assert one(text, rules).approved_by == "Ada"
    critical = text.replace(
        "recovery/bucket-without-versions", "orphan/key-pending-deletion-in-use"
    )
    with pytest.raises(WaiverError, match=r"waivers.yaml:8: .*approved_by: whoever asked for it"):
        one(critical.replace("2027-10-31", "2026-12-01"), rules)


def test_it_may_be_tomorrow_already_where_it_was_written(rules: dict[str, Rule]) -> None:
    assert one(GOOD.replace("2026-11-01", "2026-11-24"), rules).created == "2026-11-24"


@pytest.mark.parametrize(
    "text",
    ["&a [" * 3000, "- " * 3000 + "x", "{" * 3000, "- &a {x: *a}", "- !!python/object:os.system {}",
     "- \x00", "- {[a]: b}", "-\t- x", "? x\n: y", "- id: &a [*a]"],
)  # fmt: skip
def test_a_hostile_file_is_an_error_and_nothing_else(text: str, rules: dict[str, Rule]) -> None:
    with pytest.raises(WaiverError):
        parse(text, "waivers.yaml", rules, TODAY)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path, rules: dict[str, Rule]) -> None:
    with pytest.raises(WaiverError, match="no such file"):
        read(tmp_path / "none.yaml", rules, TODAY)
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe- x")
    with pytest.raises(WaiverError, match="cannot be read"):
        read(tmp_path / "bad.yaml", rules, TODAY)


BLOCK = GOOD[GOOD.index("- id") :].replace("logs-without-versions", "another")


@pytest.mark.parametrize(
    "before", ["", "# nothing yet\n", GOOD, GOOD.rstrip("\n"), GOOD + "# and an end\n",
               "\n".join(f"  {line}" for line in GOOD.splitlines())]
)  # fmt: skip
def test_appending_keeps_what_stands_there(
    before: str, tmp_path: Path, rules: dict[str, Rule]
) -> None:
    file = tmp_path / "waivers.yaml"
    if before:
        file.write_text(before)
        file.chmod(0o640)
    made = append(file, BLOCK, rules, TODAY)
    assert file.read_text().startswith(before)
    assert made == read(file, rules, TODAY)
    assert replace(made[-1], where="") == replace(one(BLOCK, rules), where="")
    if before:
        assert file.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["waivers.yaml"]


@pytest.mark.parametrize("before", ["[]\n", "a: b\n", GOOD.replace("owner:", "ownr:"), "- [\n"])
def test_nothing_is_written_where_the_whole_would_not_be_valid(
    before: str, tmp_path: Path, rules: dict[str, Rule]
) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(before)
    with pytest.raises(WaiverError):
        append(file, BLOCK, rules, TODAY)
    assert file.read_text() == before
