"""The doctor names what is denied with what it hides and what would allow it; a wrong clock is no riddle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from unittest import mock

import botocore.awsrequest
import pytest

from scanner import scan as scanning
from scanner.cli import run
from scanner.collect.probe import clock_skew
from scanner.doctor import SKEW_REFUSED, SKEW_SECONDS, _clock
from scanner.errors import CREDENTIALS, INCOMPLETE, PASSED, USAGE

moto = pytest.importorskip("moto")
REGION = "eu-west-1"


class Raw:
    """A body as urllib3 would give it."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield json.dumps({"__type": "AccessDeniedException", "message": "not authorized"}).encode()


def _denied(request: Any, **_: Any) -> Any:
    return botocore.awsrequest.AWSResponse(
        request.url, 400, {"Content-Type": "application/x-amz-json-1.0"}, Raw()
    )


@pytest.fixture(autouse=True)
def _cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    environment = {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }  # fmt: skip
    with mock.patch.dict("os.environ", environment), moto.mock_aws():
        yield


def test_what_is_denied_is_told_with_the_rules_it_hides_and_the_statement_to_add(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = scanning.session_for

    def session_for(settings: Any) -> Any:
        session = made(settings)
        session._session.register("before-send.sqs.ListQueues", _denied)
        return session

    with mock.patch("scanner.doctor.session_for", session_for):
        assert run(["doctor"]) == INCOMPLETE
    printed = capsys.readouterr().out
    assert f"sqs:list_queues (AccessDeniedException) in 123456789012 {REGION}" in printed
    assert "allow sqs:ListQueues (statement below)" in printed
    assert "not seen: aws_sqs_queue, aws_sqs_queue_policy" in printed
    assert "watch/unwatched-queue" in printed
    statement = json.loads(printed[printed.index("\n{") :])
    assert statement["Statement"][0]["Action"] == ["sqs:ListQueues"]


def test_a_store_that_cannot_be_and_a_state_that_is_not_there_are_told_together(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    assert run(["doctor", "--store", "file/store", "--state", "none.tfstate"]) == USAGE
    printed = capsys.readouterr().out
    assert "BAD  store" in printed
    assert "BAD  state" in printed


@pytest.mark.parametrize(
    ("ahead", "level", "code"),
    [
        (0, "ok", PASSED),
        (SKEW_SECONDS + 5, "note", PASSED),
        (-SKEW_REFUSED - 5, "bad", CREDENTIALS),
    ],
)
def test_a_clock_that_is_off_is_measured_by_the_date_of_an_answer(
    ahead: int, level: str, code: int
) -> None:
    theirs = datetime.now(UTC) - timedelta(seconds=ahead)
    answer = {"ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(theirs, usegmt=True)}}}
    skew = clock_skew(answer)
    assert skew is not None
    assert abs(skew - ahead) < 3
    check = _clock(skew)
    assert (check.level, check.exit_code) == (level, code)
    assert clock_skew({}) is None
    assert clock_skew({"ResponseMetadata": {"HTTPHeaders": {"date": "soon"}}}) is None
