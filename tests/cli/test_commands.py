"""The commands as a new user runs them, each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scanner.errors import GATE_FAILED, INCOMPLETE, LOCKED, PASSED
from scanner.store.snapshot import find, published, report

STATE = Path(__file__).resolve().parents[2] / "fixtures" / "worlds" / "harbour" / "rev2.tfstate"
NOW = "2026-11-23T02:00:00Z"

pytestmark = pytest.mark.xdist_group("cli")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "scanner", *arguments]


def environment(cloud: dict[str, str] | None = None) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "WATCHBILL_"))}
    return {**kept, **(cloud or {})}


def watchbill(
    *arguments: str, cwd: Path, cloud: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(cloud),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory, cloud: dict[str, str]) -> Path:
    """A folder with one finished scan and its report tree."""
    folder = tmp_path_factory.mktemp("scanned")
    answer = watchbill(
        "scan", "--state", str(STATE), "--now", NOW, "--out", "report/", cwd=folder, cloud=cloud
    )
    assert answer.returncode == PASSED, answer.stderr
    return folder


def test_help_is_fast_because_it_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from scanner.cli import run\n"
        "assert run(['--help']) == 0\n"
        "heavy = {'boto3', 'botocore', 'duckdb', 'polars', 'jinja2', 'moto', 'rich', 'yaml'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "HEAVY []" in answer.stdout
    for name in ("demo", "scan", "report", "gate", "rules", "Exit codes"):
        assert name in answer.stdout


@pytest.mark.parametrize(
    "name",
    ["demo", "scan", "report", "gate", "diff", "explain", "ready", "rules", "query", "policy"],
)
def test_every_command_has_help_that_needs_no_aws(name: str, tmp_path: Path) -> None:
    answer = watchbill(name, "--help", cwd=tmp_path)
    assert answer.returncode == PASSED
    assert "Usage: watchbill" in answer.stdout


def test_a_scan_writes_the_whole_tree(scanned: Path) -> None:
    names = {path.name for path in (scanned / "report").iterdir()}
    assert {
        "index.html", "coverage.html", "findings.json", "findings.csv", "findings.sarif",
        "junit.xml", "summary.md", "owners",
    } <= names  # fmt: skip
    owners = {path.name.rsplit("-", 1)[0] for path in (scanned / "report" / "owners").iterdir()}
    assert {"payments", "search", "platform"} <= owners
    for path in (scanned / "report").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_findings_json_keeps_the_contract(scanned: Path) -> None:
    report = json.loads((scanned / "report" / "findings.json").read_text())
    assert report["schema"] == 1
    assert {"id", "started", "finished", "version", "now"} <= report["scan"].keys()
    assert report["scan"]["now"] == NOW
    assert {"asked", "complete", "percent", "gaps"} <= report["coverage"].keys()
    assert set(report["counts"]["declared"]) == {
        "in_sync", "changed", "missing", "not_compared", "unreadable", "out_of_scope",
        "unsupported",
    }  # fmt: skip
    wanted = {
        "fingerprint", "rule", "severity", "status", "resource", "type", "id", "name", "account",
        "region", "address", "owner", "says", "evidence", "first_seen", "fix",
    }  # fmt: skip
    assert len(report["findings"]) > 60
    for finding in report["findings"]:
        assert wanted <= finding.keys()
        assert {"team", "via", "state"} <= finding["owner"].keys()
    families = {finding["rule"].split("/")[0] for finding in report["findings"]}
    assert families == {"drift", "ownership", "orphan", "access", "watch", "recovery"}


def test_the_same_cloud_and_moment_give_the_same_bytes(
    scanned: Path, tmp_path: Path, cloud: dict[str, str]
) -> None:
    answer = watchbill(
        "scan", "--state", str(STATE), "--now", NOW, "--out", "findings.json", "--quiet",
        cwd=tmp_path, cloud=cloud,
    )  # fmt: skip
    assert answer.stdout == ""

    def steady(path: Path) -> str:
        report = json.loads(path.read_text())
        for name in ("id", "started", "finished"):
            report["scan"][name] = ""
        return json.dumps(report, indent=2)

    assert steady(tmp_path / "findings.json") == steady(scanned / "report" / "findings.json")


@pytest.mark.parametrize(
    ("bar", "code"), [("critical", GATE_FAILED), ("high", GATE_FAILED), ("low", GATE_FAILED)]
)
def test_the_gate_fails_on_a_finished_scan(bar: str, code: int, scanned: Path) -> None:
    answer = watchbill("gate", "--fail-on", bar, cwd=scanned)
    assert answer.returncode == code
    assert "gate failed" in answer.stdout


def test_without_a_scan_before_nothing_is_known_to_be_new_until_a_findings_json_says_so(
    scanned: Path, tmp_path: Path
) -> None:
    bar = ("gate", "--fail-on", "high", "--new-only")
    answer = watchbill(*bar, cwd=scanned)
    assert answer.returncode == INCOMPLETE
    assert "give --since a scan, or the findings.json of one" in answer.stdout
    told = scanned / "report" / "findings.json"
    # where no store is, as on a runner
    answer = watchbill(*bar, "--scan", str(told), "--since", str(told), cwd=tmp_path)
    assert answer.returncode == PASSED, answer.stdout
    before = json.loads(told.read_text())
    (first, *before["findings"]) = before["findings"]
    assert first["severity"] == "critical"
    (tmp_path / "before.json").write_text(json.dumps(before))
    answer = watchbill(*bar, "--scan", str(told), "--since", "before.json", cwd=tmp_path)
    assert answer.returncode == GATE_FAILED
    assert answer.stdout.count("\n") == 2
    assert first["says"] in answer.stdout
    answer = watchbill("diff", "before.json", str(told), cwd=tmp_path)
    assert answer.returncode == PASSED, answer.stderr
    assert f"came: 1\n  critical  {first['rule']}" in answer.stdout
    assert "permissions were not compared" in answer.stderr
    (tmp_path / "half.json").write_text('{"schema": 1')
    for path, words in (("none.json", "cannot be read"), ("half.json", "not JSON")):
        answer = watchbill(*bar, "--scan", str(told), "--since", path, cwd=tmp_path)
        assert answer.returncode == 2
        assert words in answer.stderr


def test_a_report_is_written_again_without_aws(scanned: Path, tmp_path: Path) -> None:
    target = tmp_path / "again.json"
    told = scanned / "report" / "findings.json"
    answer = watchbill("report", "--out", str(target), cwd=scanned)
    assert answer.returncode == PASSED, answer.stderr
    assert target.read_text() == told.read_text()
    answer = watchbill("report", "--scan", str(told), "--out", "from-file.json", cwd=tmp_path)
    assert answer.returncode == PASSED, answer.stderr
    assert (tmp_path / "from-file.json").read_text() == told.read_text()


def test_a_snapshot_can_be_asked_in_sql(scanned: Path) -> None:
    answer = watchbill(
        "query",
        "select name, visibility_timeout_seconds as seconds from aws_sqs_queue order by name",
        cwd=scanned,
    )
    rows = [json.loads(line) for line in answer.stdout.splitlines()]
    assert {"name": "harbour-capture", "seconds": 900} in rows
    answer = watchbill("query", "select * from read_text('/etc/hostname')", cwd=scanned)
    assert answer.returncode != PASSED
    assert answer.stdout == ""


def test_a_group_is_ready_or_says_what_is_missing(scanned: Path) -> None:
    def ready(*arguments: str) -> subprocess.CompletedProcess[str]:
        return watchbill("ready", *arguments, cwd=scanned)

    ledger = ("--select", "type=aws_db_instance", "--select", "tag:team=payments")
    answer = ready(*ledger)
    assert answer.returncode == PASSED, answer.stderr
    assert "NO   nobody hears when it has no space left" in answer.stdout
    answer = ready(*ledger, "--fail-on-missing", "watched,recoverable")
    assert answer.returncode == GATE_FAILED
    assert "not ready: of 2 resources 2 not watched, 2 not recoverable" in answer.stdout
    answer = ready("--select", "type=aws_sqs_queue", "--select", "name=harbour-refund-dead",
                   "--fail-on-missing", "declared,owned,watched", "--json")  # fmt: skip
    assert answer.returncode == PASSED, answer.stderr
    (card,) = map(json.loads, answer.stdout.splitlines())
    assert card["watched"]["verdict"] == "yes"
    assert ready("--select", "type=aws_mq_broker", "--fail-on-missing", "owned").returncode == 3
    assert ready("--select", "team", "--fail-on-missing", "owned").returncode == 2
    assert ready(*ledger, "--fail-on-missing", "happy").returncode == 2
    assert ready(*ledger, "--fail-on-missing", ",").returncode == 2
    answer = ready("--select", "state=*", "--fail-on-missing", "declared")
    assert answer.returncode == GATE_FAILED
    assert "declared and not there" in answer.stdout
    answer = ready("--select", "state=*", "--fail-on-missing", "permitted")
    assert "declared and not there" not in answer.stdout


def test_a_finding_and_a_rule_are_explained(scanned: Path) -> None:
    report = json.loads((scanned / "report" / "findings.json").read_text())
    finding = report["findings"][0]
    answer = watchbill("explain", finding["fingerprint"][:10], cwd=scanned)
    assert finding["says"] in answer.stdout
    assert "fix" in answer.stdout
    led = next(f for f in report["findings"] if f["told_by"])
    answer = watchbill("explain", led["fingerprint"], cwd=scanned)
    assert f"state      {led['declared_in']}" in answer.stdout
    assert f"{', '.join(led['also'])} (which leads: {led['told_by'][:12]})" in answer.stdout
    answer = watchbill("explain", finding["rule"], cwd=scanned)
    assert "select" in answer.stdout


def test_a_second_scan_is_compared_with_the_first(tmp_path: Path, cloud: dict[str, str]) -> None:
    for _ in range(2):
        watchbill("scan", "--state", str(STATE), "--quiet", cwd=tmp_path, cloud=cloud)
    older, newer = published(tmp_path / ".watchbill")
    answer = watchbill("diff", older.stem, newer.stem, cwd=tmp_path)
    assert "came: 0" in answer.stdout
    assert "went: 0" in answer.stdout


def test_two_scans_do_not_share_a_store(tmp_path: Path, cloud: dict[str, str]) -> None:
    from filelock import FileLock

    store = tmp_path / ".watchbill"
    store.mkdir()
    with FileLock(store / "lock"):
        answer = watchbill("scan", cwd=tmp_path, cloud=cloud)
    assert answer.returncode == LOCKED
    assert "another scan" in answer.stderr


def test_killed_scans_leave_the_last_snapshot_and_no_half_file(
    tmp_path: Path, cloud: dict[str, str]
) -> None:
    arguments = ("scan", "--state", str(STATE), "--quiet")
    watchbill(*arguments, cwd=tmp_path, cloud=cloud)
    store = tmp_path / ".watchbill"
    (before,) = published(store)
    for after in (0.4, 0.9, 1.3, 1.7, 2.1):
        process = subprocess.Popen(
            command(*arguments),
            cwd=tmp_path,
            env=environment(cloud),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(after)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for path in published(store):
            assert json.loads(next(report(path)))["scan"]["id"] == path.stem, after
        assert find(store, before.stem) == before, after
    answer = watchbill(*arguments, cwd=tmp_path, cloud=cloud)
    assert answer.returncode == PASSED, answer.stderr
    assert not list((store / "scans").glob("*.partial*"))


def test_the_least_policy_reads_only(tmp_path: Path) -> None:
    policy = json.loads(watchbill("policy", cwd=tmp_path).stdout)
    actions = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert "sqs:GetQueueAttributes" in actions
    assert "s3:ListAllMyBuckets" in actions
    verbs = {action.split(":")[1] for action in actions}
    # API Gateway names its actions after HTTP methods
    reads = ("Get", "BatchGet", "List", "Describe", "Search", "GET")
    # AWS's access level of this one is Read: it has IAM write down what GetCredentialReport then gives
    assert {verb for verb in verbs if not verb.startswith(reads)} == {"GenerateCredentialReport"}
    forbidden = {
        "s3:GetObject",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
        "sqs:ReceiveMessage",
    }
    assert not forbidden & set(actions)


def test_the_demo_needs_nothing(tmp_path: Path) -> None:
    answer = watchbill("demo", "-v", cwd=tmp_path)
    assert answer.returncode == PASSED, answer.stderr
    assert (tmp_path / "watchbill-demo" / "index.html").is_file()
    assert "index.html" in answer.stdout
    assert "replay" in answer.stderr
