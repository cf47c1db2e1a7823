"""A scan that is killed is taken up where it broke off: nothing that was answered is asked again."""

from __future__ import annotations

import os
import signal
import stat
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.catalog import load
from scanner.collect.engine import Collected, Engine
from scanner.collect.session import Account, Identity
from scanner.collect.unfinished import NAME, Unfinished, question
from scanner.errors import StoreError

from .cloud import ACCOUNT, Cloud, failing, family, hasty

TYPES = family(
    load(),
    {
        "aws_s3_bucket_policy", "aws_sqs_queue_policy", "aws_iam_access_key", "aws_lb_listener_rule",
        "aws_kms_key", "aws_vpc", "aws_subnet", "aws_sns_topic", "aws_ecs_service", "aws_dynamodb_table",
    },
)  # fmt: skip
REGIONS = ("eu-north-1", "eu-west-1")
MINE = Account(Identity(ACCOUNT, "aws", f"arn:aws:sts::{ACCOUNT}:assumed-role/r/one"), REGIONS)


def hide(value: str) -> str:
    return f"hidden:{len(value)}"


def asked(account: Account = MINE, types: Any = TYPES, endpoint: str = "") -> str:
    return question(types, [account], endpoint, hide)


def run(
    folder: Path, cloud: Cloud, *, seconds: float = 3600, fresh: bool = False
) -> tuple[Collected, Unfinished]:
    with Unfinished(folder, asked(), seconds=seconds, fresh=fresh) as unfinished:
        engine = Engine(cloud.attach(hasty()), [MINE], hide=hide, workers=4, unfinished=unfinished)
        return engine.run(TYPES), unfinished


def told(made: Collected) -> Any:
    ledger = [
        (e.region, e.service, e.operation, e.type, e.parent, e.status, e.pages, e.items, e.complete)
        for e in made.ledger.entries()
    ]
    return made.rows, ledger


def killed_at(number: int, folder: Path) -> None:
    """A scan in a process of its own that is killed, as by kill -9, when it asks for the n-th time."""
    child = os.fork()
    if child == 0:
        try:
            cloud, lock, count = Cloud(), threading.Lock(), Counter[str]()
            session = cloud.attach(hasty())

            def kill(**_: Any) -> None:
                with lock:
                    count["asked"] += 1
                    if count["asked"] == number:
                        os.kill(os.getpid(), signal.SIGKILL)

            session._session.register("before-send.*.*", kill)
            unfinished = Unfinished(folder, asked(), seconds=3600)
            Engine(session, [MINE], hide=hide, workers=4, unfinished=unfinished).run(TYPES)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Counter[str], Path]:
    folder, cloud = tmp_path_factory.mktemp("whole"), Cloud()
    made, _ = run(folder, cloud)
    return told(made), cloud.asked, folder / NAME


@pytest.mark.parametrize("number", [1, 25, 60])
def test_a_killed_scan_is_taken_up_and_ends_as_if_it_had_not_been(
    number: int, tmp_path: Path, whole: tuple[Any, Counter[str], Path]
) -> None:
    expected, all_of_it, _ = whole
    killed_at(number, tmp_path)
    cloud = Cloud()
    made, unfinished = run(tmp_path, cloud)
    assert told(made) == expected
    kept = Counter[str]()
    for done in unfinished.done.values():
        for entry in done.entries:
            kept[f"{entry.service}.{entry.operation}"] += entry.pages
    assert cloud.asked == all_of_it - kept
    assert bool(unfinished.done) == (number > 1)


def test_what_was_not_answered_whole_is_asked_again(
    tmp_path: Path, whole: tuple[Any, Counter[str], Path]
) -> None:
    cloud = Cloud()
    cloud.faults["sqs.list_queue_tags"] = failing("AccessDenied", status=403)
    run(tmp_path, cloud)
    again = Cloud()
    made, _ = run(tmp_path, again)
    assert told(made) == whole[0]
    assert {call.partition(".")[0] for call in again.asked} == {"sqs"}


def test_it_is_ours_alone_and_holds_rows_and_not_answers(
    whole: tuple[Any, Counter[str], Path],
) -> None:
    assert stat.S_IMODE(whole[2].stat().st_mode) == 0o600
    text = whole[2].read_text()
    assert "hidden:" in text or "1001" in text
    # a member of AWS's answers that no table lists
    assert "ResponseMetadata" not in text
    assert "MessageBody" not in text


@pytest.mark.parametrize(
    "other",
    [
        asked(types=family(load(), {"aws_sqs_queue"})),
        asked(Account(MINE.identity, ("eu-west-1",))),
        asked(Account(Identity("1" * 12, "aws", MINE.identity.arn), REGIONS)),
        asked(Account(Identity(ACCOUNT, "aws", f"arn:aws:sts::{ACCOUNT}:assumed-role/s/one"), REGIONS)),
        asked(endpoint="http://localhost:5000"),
        question(TYPES, [MINE], "", lambda value: "hidden:another key"),
    ],
    ids=["types", "regions", "account", "caller", "endpoint", "key"],
)  # fmt: skip
def test_nothing_is_taken_up_over_another_question(
    other: str, tmp_path: Path, whole: tuple[Any, Counter[str], Path]
) -> None:
    (tmp_path / NAME).write_bytes(whole[2].read_bytes())
    with Unfinished(tmp_path, asked(), seconds=3600) as same:
        assert len(same.done) > 10
    with Unfinished(tmp_path, other, seconds=3600) as unfinished:
        assert unfinished.done == {}
    with Unfinished(tmp_path, asked(), seconds=3600) as gone:
        assert gone.done == {}


def test_the_session_name_of_a_role_is_no_other_caller() -> None:
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/r/two"
    assert asked() == asked(Account(Identity(ACCOUNT, "aws", arn), REGIONS))


def test_what_is_too_old_or_not_wanted_is_not_taken_up(
    tmp_path: Path, whole: tuple[Any, Counter[str], Path]
) -> None:
    (tmp_path / NAME).write_bytes(whole[2].read_bytes())
    with Unfinished(tmp_path, asked(), seconds=0) as old:
        assert old.done == {}
    (tmp_path / NAME).write_bytes(whole[2].read_bytes())
    with Unfinished(tmp_path, asked(), seconds=3600, fresh=True) as fresh:
        assert fresh.done == {}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_file_that_is_cut_or_spoilt_anywhere_is_used_as_far_as_it_is_whole(
    data: st.DataObject, tmp_path: Path, whole: tuple[Any, Counter[str], Path]
) -> None:
    text = whole[2].read_bytes()
    with Unfinished(whole[2].parent, asked(), seconds=3600) as all_of_it:
        pass
    where = data.draw(st.integers(0, len(text)))
    spoilt = data.draw(st.sampled_from([b"", b"\n", b"{}\n", b"\xff\xfe", b'{"task": 3}\n']))
    (tmp_path / NAME).write_bytes(text[:where] + spoilt)
    with Unfinished(tmp_path, asked(), seconds=3600) as unfinished:
        assert unfinished.done.items() <= all_of_it.done.items()
        assert len(unfinished.done) in (0, text[:where].count(b"\n") - 1, text[:where].count(b"\n"))
        # what is written after it can be read again
        task = next(iter(all_of_it.done.values()))
        unfinished.keep(task.task, task.rows, task.entries)
        before = {**unfinished.done, task.task: task}
    with Unfinished(tmp_path, asked(), seconds=3600) as again:
        assert again.done == before


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        Unfinished(tmp_path / "nowhere", asked(), seconds=1)


def test_a_link_in_its_place_is_not_followed(
    tmp_path: Path, whole: tuple[Any, Counter[str], Path]
) -> None:
    (tmp_path / NAME).symlink_to(whole[2])
    with pytest.raises(StoreError):
        Unfinished(tmp_path, asked(), seconds=3600)
