"""grants.yaml: what it says, and that anything else is refused with the entry and the key."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanner.declared.grants_file import read
from scanner.errors import SettingsError

ROOT = Path(__file__).parents[2]
GOOD = (ROOT / "examples" / "grants.yaml").read_text(encoding="utf-8")
PRINCIPAL = "arn:aws:iam::123456789012:role/break-glass"


def written(folder: Path, text: str) -> str:
    (folder / "grants.yaml").write_text(text, encoding="utf-8")
    return str(folder / "grants.yaml")


def test_the_example_says_what_it_says(tmp_path: Path) -> None:
    (found,) = read(written(tmp_path, GOOD))
    assert (found.principal, found.requested_by, found.approved_by, found.ticket) == (
        PRINCIPAL, "ada@example.com", "grace@example.com", "OPS-42",
    )  # fmt: skip
    assert (found.granted, found.ends) == (date(2026, 3, 1), date(2026, 6, 1))
    (found,) = read(written(tmp_path, GOOD.replace("ends: 2026-06-01", "ends: never")))
    assert found.ends is None
    assert read(written(tmp_path, "# nothing yet\n")) == []


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("ticket: OPS-42", "tickets: OPS-42", "tickets"),
        ("    ticket: OPS-42\n", "", "ticket"),
        ("ticket: OPS-42", "ticket: ' '", r"grants\[0\]: ticket: no text"),
        ("granted: 2026-03-01", "granted: 03/04/26", "granted"),
        ("ends: 2026-06-01", "ends: 2026-02-01", r"grants\[0\]: ends: 2026-02-01 is before"),
        ("ends: 2026-06-01", "ends: soon", "ends"),
        ("role/break-glass", "root", r"grants\[0\]: principal"),
        ("grants:", "grant:", "grant"),
        ("    ticket: OPS-42", "    ticket: OPS-42\n    ticket: OPS-43", "twice"),
    ],
)
def test_what_is_not_as_it_must_be_is_refused(
    before: str, after: str, says: str, tmp_path: Path
) -> None:
    assert before in GOOD
    path = written(tmp_path, GOOD.replace(before, after))
    with pytest.raises(SettingsError, match=says):
        read(path)


def test_one_grant_has_one_entry(tmp_path: Path) -> None:
    entry = GOOD[GOOD.index("  - principal") :]
    with pytest.raises(SettingsError, match="stand there twice"):
        read(written(tmp_path, GOOD + entry))
