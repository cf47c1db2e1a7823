"""The waivers commands: add, list, check, a baseline, and what the gate then says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import GATE_FAILED, PASSED, USAGE
from scanner.tell import load

from .inside import watchbill
from .test_commands import NOW, STATE

pytestmark = pytest.mark.xdist_group("cli")

COMMENT = "# nobody touches this line\n"
WHO = ("--requested-by", "ada", "--approved-by", "grace", "--ticket", "OPS-1", "--owner", "search")
WHY = ("--reason", "it stays until the audit is over")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, cloud: dict[str, str]) -> Path:
    """A folder with one finished scan."""
    folder = tmp_path_factory.mktemp("waivers")
    answer = watchbill(
        "scan", "-s", str(STATE), "--now", NOW, "-o", "findings.json", cwd=folder, env=cloud
    )
    assert answer.returncode == PASSED, answer.stderr
    return folder


@pytest.fixture
def scanned(first: Path, tmp_path: Path) -> Path:
    shutil.copytree(first, tmp_path, dirs_exist_ok=True)
    return tmp_path


def found(folder: Path, rule: str) -> list[dict[str, Any]]:
    document = json.loads((folder / "findings.json").read_text())
    return [f for f in document["findings"] if f["rule"] == rule]


def test_a_waived_finding_is_shown_counted_and_fails_no_gate_until_it_expires(
    scanned: Path, cloud: dict[str, str]
) -> None:
    (scanned / "waivers.yaml").write_text(COMMENT)
    volume = found(scanned, "orphan/unattached-volume")[0]
    added = watchbill(
        "waivers", "add", volume["fingerprint"][:8], *WHO, *WHY, "--now", NOW, cwd=scanned
    )
    assert added.returncode == PASSED, added.stderr
    text = (scanned / "waivers.yaml").read_text()
    assert text.startswith(COMMENT)
    # one of another rule that nothing matches
    other = text[text.index("- id") :].replace("unattached-volume", "unattached-policy")
    (scanned / "waivers.yaml").write_text(f"{text}\n{other}")
    listed = json.loads(watchbill("waivers", "list", "--json", "--now", NOW, cwd=scanned).stdout)
    assert {(row["state"], row["days_left"]) for row in listed} == {("in force", 30)}

    def rescan(now: str) -> Any:
        answer = watchbill(
            "scan", "-s", str(STATE), "--now", now, "-o", "out/", cwd=scanned, env=cloud
        )
        assert answer.returncode == PASSED, answer.stderr
        return load((scanned / "out" / "findings.json").read_text())

    report = rescan(NOW)
    by_print = {f.fingerprint: f for f in report.findings}
    hidden = by_print[volume["fingerprint"]]
    assert (hidden.status, hidden.severity) == ("waived", volume["severity"])
    assert hidden.waiver is not None
    assert (hidden.waiver.owner, hidden.waiver.expires) == ("search", "2026-12-23")
    about = {f.rule for f in report.findings if f.type == "watchbill_waiver"}
    assert about == {"ownership/unused-waiver"}
    assert {use.state for use in report.waivers} == {"in force", "unused"}
    page = (scanned / "out" / "waivers.html").read_text()
    assert "grace" in page
    assert hidden.says in page
    assert hidden.says in (scanned / "out" / "index.html").read_text()
    assert hidden.fingerprint not in {f.fingerprint for f in report.findings if f.status == "gone"}

    back = {f.fingerprint: f for f in rescan("2026-12-26T02:00:00Z").findings}[hidden.fingerprint]
    assert (back.status, back.severity) == (
        "standing",
        {"low": "medium", "medium": "high"}[hidden.severity],
    )
    assert back.waiver is not None
    assert back.waiver.note.endswith("expired 3 days ago")
    assert back.first_seen == volume["first_seen"]
    gate = watchbill("gate", "--fail-on", back.severity, cwd=scanned)
    assert gate.returncode == GATE_FAILED
    # a renewal hides it again, with its own severity
    renewed = (scanned / "waivers.yaml").read_text().replace("2026-12-23", "2027-01-30")
    (scanned / "waivers.yaml").write_text(renewed)
    again = rescan("2026-12-27T02:00:00Z")
    held = {f.fingerprint: f for f in again.findings}[hidden.fingerprint]
    assert (held.status, held.severity) == ("waived", volume["severity"])
    assert {use.renewals for use in again.waivers} == {1}


CHECKS = [
    # (what becomes of the file, the day, further flags, exit code)
    (None, "2026-11-23", (), USAGE),
    ("", "2026-11-23", (), PASSED),
    ("good", "2026-11-23", (), PASSED),
    ("good", "2026-12-23", (), PASSED),
    ("good", "2026-12-24", (), GATE_FAILED),
    ("good", "2026-12-20", ("--within", "3"), GATE_FAILED),
    ("good", "2026-12-20", ("--within", "2"), PASSED),
    ("bad", "2026-11-23", (), USAGE),
]
GOOD = """\
- id: w
  rule: orphan/unattached-volume
  match: {arn: "arn:aws:ec2:us-east-1:123456789012:volume/vol-1"}
  category: mitigated
  owner: search
  requested_by: ada
  approved_by: grace
  ticket: OPS-1
  reason: it stays until the audit is over
  created: 2026-11-23
  expires: 2026-12-23
"""


@pytest.mark.parametrize(("file", "day", "flags", "code"), CHECKS)
def test_exit_codes_of_check(
    file: str | None, day: str, flags: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    texts = {"": "# none\n", "good": GOOD, "bad": GOOD.replace("expires", "expiry")}
    if file is not None:
        (tmp_path / "waivers.yaml").write_text(texts[file])
    answer = watchbill("waivers", "check", "--now", day, *flags, cwd=tmp_path)
    assert answer.returncode == code, answer.stdout + answer.stderr
    if file == "bad":
        assert "waivers.yaml:11: " in answer.stderr
        assert "did you mean expires?" in answer.stderr


@pytest.mark.parametrize(
    "change",
    [
        ("--requested-by", "grace"),
        ("--reason", "short"),
        ("--expires", "2027-12-01"),
        ("--owner", " "),
    ],
)
def test_what_would_not_be_valid_is_not_added(change: tuple[str, str], scanned: Path) -> None:
    critical = next(f for f in found(scanned, "access/open-trust") if f["severity"] == "critical")
    answer = watchbill(
        "waivers", "add", critical["fingerprint"], *WHO, *WHY, *change, "--now", NOW, cwd=scanned
    )
    assert answer.returncode == USAGE, answer.stdout
    assert not (scanned / "waivers.yaml").exists()


def test_a_scan_refuses_a_file_that_is_not_valid_before_it_asks_aws(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(GOOD.replace("unattached-volume", "unattached-volumes"))
    answer = watchbill("scan", "--waivers", "w.yaml", cwd=tmp_path)
    assert answer.returncode == USAGE
    assert "w.yaml:2: waiver w: rule: there is no rule orphan/unattached-volumes" in answer.stderr
    assert "did you mean orphan/unattached-volume?" in answer.stderr


def test_a_baseline_lets_the_gate_pass_and_only_shrinks(scanned: Path) -> None:
    assert watchbill("gate", "--fail-on", "high", cwd=scanned).returncode == GATE_FAILED
    made = watchbill("waivers", "baseline", "base.json", cwd=scanned)
    assert made.returncode == PASSED, made.stderr
    held = json.loads((scanned / "base.json").read_text())
    gate = watchbill("gate", "--fail-on", "high", "--baseline", "base.json", cwd=scanned)
    assert gate.returncode == PASSED, gate.stdout
    assert "in the baseline: critical" in gate.stdout
    # what is taken out of it fails the gate, and no write puts it back
    removed = next(p for p, k in held["findings"].items() if k["severity"] == "critical")
    del held["findings"][removed]
    (scanned / "base.json").write_text(json.dumps(held))
    assert watchbill("waivers", "baseline", "base.json", cwd=scanned).returncode == PASSED
    assert removed not in json.loads((scanned / "base.json").read_text())["findings"]
    gate = watchbill("gate", "--fail-on", "high", "--baseline", "base.json", cwd=scanned)
    assert gate.returncode == GATE_FAILED
    wrong = watchbill("gate", "--fail-on", "high", "--baseline", "none.json", cwd=scanned)
    assert wrong.returncode == USAGE


def test_explain_prints_the_block_to_paste(scanned: Path) -> None:
    volume = found(scanned, "orphan/unattached-volume")[0]
    answer = watchbill("explain", volume["fingerprint"], cwd=scanned)
    assert f'fingerprint: "{volume["fingerprint"]}"' in answer.stdout
