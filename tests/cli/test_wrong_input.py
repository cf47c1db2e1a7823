"""Wrong input gives one clear line, the next step and the right exit code; never a traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from scanner.errors import CREDENTIALS, INCOMPLETE, USAGE

from .inside import Answer, watchbill

STATE = Path(__file__).resolve().parents[2] / "fixtures" / "worlds" / "harbour" / "rev2.tfstate"
NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing listens there


NOTHING = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""No profile, no credentials, no machine that would give some."""


def refused(answer: Answer, code: int, *words: str) -> None:
    assert answer.returncode == code, answer.stderr
    assert "Traceback" not in answer.stderr + answer.stdout
    for word in words:
        assert word in answer.stderr
    assert len(answer.stderr.strip().splitlines()) <= 4


KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["scan", "--state", "nowhere.tfstate"], ["nowhere.tfstate", "no such state", "a glob"]),
        (["scan", "--state", "empty-folder"], ["empty-folder", "no *.tfstate"]),
        (["scan", "--region", "us-esat-1"], ["us-esat-1", "did you mean us-"]),
        (["scan", "--now", "yesterday"], ["yesterday", "2026-11-23T02:00:00Z"]),
        (["scan", "--out", "report.pdf"], ["report.pdf", "findings.json"]),
        (["scan", "--config", "absent.yaml"], ["absent.yaml", "--config"]),
        (["scan", "--config", "typo.yaml"], ["typo.yaml", "fail_onn", "did you mean fail_on?"]),
        (["scan", "--config", "broken.yaml"], ["broken.yaml", "not YAML"]),
        (["scan", "--config", "list.yaml"], ["list.yaml", "key: value"]),
        (["scan", "--config", "rule.yaml"], ["unowned-resorce", "unowned-resource"]),
        (["scan", "--fail-on", "urgent"], ["urgent", "critical"]),
        (["gate", "--fail-on", "high"], [".watchbill", "watchbill scan"]),
        (["report", "--scan", "2020"], ["no scan here", "watchbill scan"]),
        (["explain", "drift/unknown-thing"], ["drift/unknown-thing"]),
        (["rules", "show", "drift/missing-resorce"], ["did you mean drift/missing-resource?"]),
        (["query", "drop table resources"], ["SELECT"]),
        (["sacn"], ["sacn"]),
    ],
)
def test_usage(arguments: list[str], words: list[str], tmp_path: Path) -> None:
    (tmp_path / "empty-folder").mkdir()
    (tmp_path / "typo.yaml").write_text("fail_onn: high\n")
    (tmp_path / "broken.yaml").write_text("a: [\n")
    (tmp_path / "list.yaml").write_text("- a\n")
    (tmp_path / "rule.yaml").write_text("disable: [ownership/unowned-resorce]\n")
    answer = watchbill(
        *arguments, cwd=tmp_path, env={**NOTHING, "AWS_ENDPOINT_URL": NOWHERE, **KEYS}
    )
    assert answer.returncode == USAGE, answer.stderr
    assert "Traceback" not in answer.stderr
    for word in words:
        assert word in answer.stderr


def test_an_unknown_variable_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    answer = watchbill("scan", cwd=tmp_path, env={**NOTHING, "WATCHBILL_FAIL_NO": "high", **KEYS})
    refused(answer, USAGE, "WATCHBILL_FAIL_NO", "fail_on")


def test_no_credentials(tmp_path: Path) -> None:
    answer = watchbill("scan", cwd=tmp_path, env={**NOTHING, "AWS_REGION": "us-east-1"})
    refused(answer, CREDENTIALS, "no AWS credentials", "AWS_PROFILE")


def test_no_region(tmp_path: Path) -> None:
    keys = {key: value for key, value in KEYS.items() if key != "AWS_REGION"}
    refused(
        watchbill("scan", cwd=tmp_path, env={**NOTHING, **keys}), USAGE, "no region", "--region"
    )


def test_an_endpoint_that_does_not_answer(tmp_path: Path) -> None:
    answer = watchbill("scan", cwd=tmp_path, env={**NOTHING, "AWS_ENDPOINT_URL": NOWHERE, **KEYS})
    refused(answer, CREDENTIALS, "cannot be reached", "AWS_ENDPOINT_URL")


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    answer = watchbill(
        "scan", cwd=tmp_path, env={**NOTHING, "AWS_PROFILE": "nobody", "AWS_REGION": "us-east-1"}
    )
    refused(answer, CREDENTIALS, "nobody", "AWS_PROFILE")


UNREADABLE = {
    "cut.tfstate": ("{", ["not JSON", "terraform state pull"]),
    "newer.tfstate": ('{"version": 5, "resources": []}', ["version 5", "newer watchbill"]),
    "closed.tfstate": (
        json.dumps({"serial": 1, "encrypted_data": "QQ==", "encryption_version": "v0"}),
        ["encrypted", "tofu state pull"],
    ),
}


@pytest.mark.xdist_group("cli")
def test_states_that_cannot_be_read_are_told_and_the_scan_is_incomplete(
    tmp_path: Path, cloud: dict[str, str]
) -> None:
    for name, (content, _) in UNREADABLE.items():
        (tmp_path / name).write_text(content)
    given = [word for name in (*UNREADABLE, str(STATE)) for word in ("--state", name)]
    answer = watchbill("scan", *given, cwd=tmp_path, env=cloud)
    assert answer.returncode == INCOMPLETE, answer.stderr
    for name, (_, words) in UNREADABLE.items():
        for word in (name, *words):
            assert word in answer.stderr
