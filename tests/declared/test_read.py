"""Reading as a whole: what changes meanwhile, what hangs, and sources of every kind side by side."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from scanner.declared import read_states
from scanner.declared.files import File, files
from scanner.declared.patience import in_order, within
from scanner.errors import StateError
from scanner.settings import Secret, Settings

from .sealed import PASSPHRASE, with_passphrase
from .states import instance, resource, state


def put(path: Path, serial: int = 3, name: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = state(resource("aws_x", "n", instance()), serial=serial, lineage=name or path.stem)
    path.write_bytes(made)
    return path


def test_the_states_of_workspaces_come_with_a_folder(tmp_path: Path) -> None:
    names = ["terraform.tfstate", "terraform.tfstate.d/dev/terraform.tfstate"]
    for number, name in enumerate(names):
        put(tmp_path / name, name=f"lineage {number}")
    for name in (
        "terraform.tfstate.backup", "terraform.tfstate.tflock", ".terraform.tfstate.lock.info",
        "terraform.tfstate.d/dev/terraform.tfstate.backup", ".terraform/terraform.tfstate",
    ):  # fmt: skip
        put(tmp_path / name)
    assert [one.source for one in read_states([str(tmp_path)])] == [
        str(tmp_path / n) for n in names
    ]


def test_a_glob_passes_over_locks_and_backups_too(tmp_path: Path) -> None:
    for name in ("a.tfstate", "a.tfstate.backup", "a.tfstate.tflock"):
        put(tmp_path / name)
    assert [path.name for path in files([f"{tmp_path}/*"])] == ["a.tfstate"]
    assert files([str(tmp_path / "a.tfstate.backup")]), "named outright, it is read"


@pytest.mark.parametrize("source", ["ftp://h/x", "consul://x", "pg://h/x", "abc://x"])
def test_what_cannot_be_read_says_how_to_pull_it(source: str) -> None:
    with pytest.raises(StateError, match="cannot be read from") as caught:
        read_states([source])
    assert caught.value.kind == "unsupported"
    assert "pulled.tfstate" in caught.value.hint


def test_a_file_that_is_written_meanwhile_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, still, asked = put(tmp_path / "a.tfstate", 1), File.still, []

    def meanwhile(self: File, stamp: object) -> bool:
        asked.append(stamp)
        if len(asked) == 1:
            put(path, 2)
        return still(self, stamp)

    monkeypatch.setattr(File, "still", meanwhile)
    (made,) = read_states([str(path)])
    assert (made.serial, len(asked)) == (2, 2)


@pytest.mark.parametrize("how", ["written", "replaced", "removed"])
def test_any_way_of_writing_is_seen(how: str, tmp_path: Path) -> None:
    path = put(tmp_path / "a.tfstate", 1)
    place = File(str(path), path)
    _, stamp = place.read()
    assert place.still(stamp)
    if how == "written":
        put(path, 2)
    elif how == "replaced":
        put(tmp_path / "b", 2).replace(path)
    else:
        path.unlink()
    assert not place.still(stamp)


def test_a_file_that_is_always_written_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, serials = put(tmp_path / "a.tfstate", 1), iter(range(2, 99))
    monkeypatch.setattr(File, "still", lambda *_: bool(put(path, next(serials), "a")) and False)
    (made,) = read_states([str(path)])
    assert (made.status, made.instances, next(serials)) == ("changing", (), 5)
    assert "scan again" in made.message


def test_a_file_that_is_only_touched_has_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, asked = put(tmp_path / "a.tfstate"), []
    monkeypatch.setattr(File, "still", lambda *_: asked.append(1))
    assert (read_states([str(path)])[0].status, len(asked)) == ("ok", 1)


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = put(tmp_path / "a.tfstate").read_bytes()
    threading.Thread(target=lambda: pipe.write_bytes(data), daemon=True).start()
    assert read_states([str(pipe)])[0].status == "ok"


def test_encrypted_states_are_opened_with_the_passphrase_of_the_settings(tmp_path: Path) -> None:
    plain = put(tmp_path / "a.tfstate").read_bytes()
    (tmp_path / "a.tfstate").write_bytes(with_passphrase(plain))
    source = [str(tmp_path)]
    assert read_states(source, Settings(state_passphrase=Secret(PASSPHRASE)))[0].status == "ok"
    wrong, none = Settings(state_passphrase=Secret("x" * 16)), Settings()
    for settings, says in ((wrong, "the key does not fit"), (none, "give the key")):
        (made,) = read_states(source, settings)
        assert (made.status, says in made.message) == ("encrypted", True)


def test_copies_are_stale_whatever_their_form(tmp_path: Path) -> None:
    plain = put(tmp_path / "a.tfstate", 5, "one").read_bytes()
    (tmp_path / "b.tfstate").write_bytes(with_passphrase(plain))
    put(tmp_path / "c.tfstate", 6, "one")
    made = read_states([str(tmp_path)], Settings(state_passphrase=Secret(PASSPHRASE)))
    assert [one.status for one in made] == ["stale", "stale", "ok"]


def test_two_that_part_under_one_serial_are_no_copies(tmp_path: Path) -> None:
    put(tmp_path / "a.tfstate", 5, "one")
    other = state(resource("aws_y", "n", instance()), serial=5, lineage="one")
    (tmp_path / "b.tfstate").write_bytes(other)
    put(tmp_path / "c.tfstate", 4, "one")
    made = read_states([str(tmp_path)])
    assert [one.status for one in made] == ["ok", "conflict", "stale"]
    assert made[1].instances == ()
    assert "b.tfstate: says otherwise than" in made[1].message
    assert "state pull" in made[1].message


def test_what_hangs_is_left_behind() -> None:
    began = time.monotonic()
    with pytest.raises(StateError, match="s: not read within") as caught:
        within("s", 0.1, lambda: time.sleep(5))
    assert (caught.value.kind, time.monotonic() - began < 2) == ("timeout", True)


def test_work_for_several_is_given_in_order_and_done_at_once() -> None:
    began = time.monotonic()

    def work(number: int) -> int:
        time.sleep(0.02 * (8 - number))
        return number

    assert list(in_order(work, range(8), 8)) == list(range(8))
    assert time.monotonic() - began < 0.6


def test_the_first_error_ends_the_rest() -> None:
    done: list[int] = []

    def work(number: int) -> int:
        done.append(number)
        if number == 2:
            raise StateError("no")
        return number

    with pytest.raises(StateError):
        list(in_order(work, range(1000), 1))
    time.sleep(0.05)
    assert len(done) <= 1000
