"""`watchbill diff --evidence`: the recorded world beside what a real Terraform said of it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import GATE_FAILED, INCOMPLETE, PASSED, USAGE
from scanner.store.snapshot import published

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
WORLD = FIXTURES / "worlds" / "harbour"

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("cli")]

MIRROR, NOT_IN_TABLES = "mirror of a separate resource", "attribute not in our tables"
EXPLAINED = {
    "rev1": {
        ("aws_db_parameter_group.ledger", "parameter"): NOT_IN_TABLES,
        ("aws_instance.bastion", "ebs_block_device"): NOT_IN_TABLES,
        ("aws_ssm_parameter.fee", "value"): NOT_IN_TABLES,
        ("aws_s3_bucket.logs", "versioning"): MIRROR,
        ("aws_s3_bucket.search_cache", "lifecycle_rule"): MIRROR,
        ('module.worker["capture"].aws_sqs_queue.main', "policy"): MIRROR,
        ("aws_vpc_security_group_ingress_rule.database", "description"): "null in the state",
    },
    "rev2": {
        ("aws_db_parameter_group.ledger", "parameter"): NOT_IN_TABLES,
        ("aws_s3_bucket.logs", "versioning"): MIRROR,
    },
}
"""What Terraform calls changed and we do not, beside what is only computed: all of it."""


def watchbill(
    *arguments: str, cwd: Path, cloud: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "WATCHBILL_"))}
    return subprocess.run(
        [sys.executable, "-m", "scanner", *arguments],
        cwd=cwd,
        env={**kept, **(cloud or {})},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, cloud: dict[str, str]) -> Path:
    """A folder with the kept plans, and a store with one scan for each state of the world."""
    folder = tmp_path_factory.mktemp("evidence")
    for plan in (FIXTURES / "plans").glob("*.json.gz"):
        (folder / plan.stem).write_bytes(gzip.decompress(plan.read_bytes()))
    for state in ("rev1", "rev2", "rev1.raw", "rev2.raw"):
        file = str(WORLD / f"{state}.tfstate")
        answer = watchbill(
            "scan", "--state", file, "--store", state, "--quiet", cwd=folder, cloud=cloud
        )
        assert answer.returncode == PASSED, answer.stderr
    return folder


def evidence(stores: Path, plan: str, store: str) -> tuple[dict[str, Any], int]:
    answer = watchbill("diff", "--evidence", plan, "--store", store, "--json", cwd=stores)
    (found,) = json.loads(answer.stdout)["plans"]
    return found, answer.returncode


def pairs(found: list[dict[str, str]]) -> set[tuple[str, str]]:
    return {(pair["address"], pair["attribute"]) for pair in found}


@pytest.mark.parametrize("revision", ["rev1", "rev2"])
def test_ours_and_terraforms_verdict_agree_on_the_world(revision: str, stores: Path) -> None:
    found, code = evidence(stores, f"harbour-{revision}.json", revision)
    assert (code, found["disagreements"]) == (PASSED, 0)
    assert (found["only_watchbill"], found["elsewhere"], found["precision"]) == ([], [], 1.0)
    assert found["recall"] > 0.9
    only = {(p["address"], p["attribute"]): p["reason"] for p in found["only_terraform"]}
    assert {key: why for key, why in only.items() if why != "computed-only"} == EXPLAINED[revision]
    oracle = json.loads((WORLD / f"oracle{revision[3:]}.json").read_text())
    said = {(one["address"], name) for one in oracle["drift"] for name in one["changed"]}
    # what is told of tags is told of tags_all too
    said = {(address, name) for address, name in said if name != "tags_all"}
    assert pairs(found["agreed"]) == said - set(only)


@pytest.mark.parametrize("revision", ["rev1", "rev2"])
def test_they_agree_on_a_state_that_was_never_refreshed(revision: str, stores: Path) -> None:
    """Then Terraform calls everything changed that an apply leaves for the next refresh."""
    found, code = evidence(stores, f"harbour-{revision}.raw.json", f"{revision}.raw")
    assert (code, found["disagreements"], found["precision"]) == (PASSED, 0, 1.0)


def test_the_page_says_both_times_every_count_and_no_value(stores: Path) -> None:
    plan = "harbour-rev2.json"
    answer = watchbill("diff", "--evidence", plan, "--store", "rev2", cwd=stores)
    assert answer.returncode == PASSED, answer.stderr
    assert "harbour-rev2.json: Terraform 1.11.4, 2026-11-23T13:08:54Z" in answer.stdout
    (scan,) = published(stores / "rev2")
    assert f"scan {scan.stem}: 20" in answer.stdout
    assert "the plan\n" in answer.stdout
    assert "agreed: 32\n    aws_autoscaling_group.crawler  max_size\n" in answer.stdout
    assert "only Terraform: 31\n  computed-only: 29\n" in answer.stdout
    assert "    aws_s3_bucket.logs  versioning  (aws_s3_bucket_versioning)\n" in answer.stdout
    assert "only watchbill: 0\n" in answer.stdout
    assert "recall 96.9 % (32 of 33), precision 100 % (32 of 32), disagreements: 0" in answer.stdout
    for value in ("900", "arn:aws", "IMMUTABLE"):
        assert value not in answer.stdout


def test_a_plan_of_another_revision_disagrees_and_fails(stores: Path) -> None:
    plans = ("--evidence", "harbour-rev2.json", "--evidence", "harbour-rev1.json")
    answer = watchbill("diff", *plans, "--store", "rev2", cwd=stores)
    assert answer.returncode == GATE_FAILED
    assert "  disagreement: " in answer.stdout
    assert "not compared, about addresses that this plan does not hold: " in answer.stdout
    assert "disagreements: 0\n" in answer.stdout, "the other plan agrees"


def test_two_scans_and_the_evidence_of_one(stores: Path) -> None:
    (older,), (newer,) = published(stores / "rev1"), published(stores / "rev2")
    plan = ("--evidence", "harbour-rev1.json")
    answer = watchbill("diff", str(older), str(newer), *plans_of(plan, older), cwd=stores)
    assert answer.returncode == PASSED, answer.stderr
    assert answer.stdout.index("came: ") < answer.stdout.index("agreed: ")
    assert f"scan {older.stem}: " in answer.stdout
    # without --scan it is NEWER that is put beside the plan
    answer = watchbill("diff", str(older), str(newer), *plan, cwd=stores)
    assert answer.returncode == GATE_FAILED
    assert f"scan {newer.stem}: " in answer.stdout


def plans_of(plan: tuple[str, str], scan: Path) -> tuple[str, ...]:
    return (*plan, "--scan", str(scan))


def test_the_difference_of_two_scans_is_what_it_was(stores: Path) -> None:
    (older,), (newer,) = published(stores / "rev1"), published(stores / "rev2")
    answer = watchbill("diff", str(older), str(newer), cwd=stores)
    assert answer.returncode == PASSED
    lines = answer.stdout.splitlines()
    assert lines[0] == f"{older.stem} (100 % seen) -> {newer.stem} (100 % seen)"
    assert lines[1].startswith("came: ")
    assert "agreed" not in answer.stdout
    latest = watchbill("diff", str(older), "--store", "rev2", cwd=stores)
    assert latest.stdout == answer.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], USAGE, ["Missing argument 'OLDER'"]),
        (["--json"], USAGE, ["--evidence"]),
        (["a", "--scan", "b"], USAGE, ["--evidence"]),
        (["a", "--evidence", "clean.json", "--json"], USAGE, ["--json"]),
        (["--evidence", "nowhere.json"], USAGE, ["nowhere.json", "-refresh-only"]),
        (["--evidence", "apply.json"], INCOMPLETE, ["a plan to apply", "-refresh-only"]),
        (["--evidence", str(WORLD / "rev1.tfstate")], INCOMPLETE, ["a Terraform state"]),
        (["--evidence", "clean.json", "--store", "none"], USAGE, ["no scan here yet"]),
        (["--evidence", "clean.json", "--scan", "1999"], USAGE, ["no scan"]),
    ],
)
def test_wrong_input_gives_one_clear_line(
    arguments: list[str], code: int, words: list[str], stores: Path
) -> None:
    answer = watchbill("diff", *arguments, cwd=stores)
    assert answer.returncode == code, answer.stderr
    assert "Traceback" not in answer.stderr
    assert answer.stdout == ""
    for word in words:
        assert word in answer.stderr


def test_a_scan_without_a_state_has_no_verdict(stores: Path, cloud: dict[str, str]) -> None:
    watchbill("scan", "--store", "bare", "--quiet", cwd=stores, cloud=cloud)
    answer = watchbill("diff", "--evidence", "clean.json", "--store", "bare", cwd=stores)
    assert answer.returncode == USAGE
    assert "read no state" in answer.stderr


def test_the_help_says_when_it_fails(tmp_path: Path) -> None:
    answer = watchbill("diff", "--help", cwd=tmp_path)
    text = " ".join(answer.stdout.split())
    assert "Exit code 1 where something is left that no known limit explains" in text
    assert "terraform plan -refresh-only -out=p" in text
