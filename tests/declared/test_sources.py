"""What `--state` may be: a file, a folder, a glob; each state once, the newest of every lineage."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from scanner.declared import State, read_states
from scanner.declared.files import files
from scanner.errors import StateError

from .states import instance, resource, state


def put(path: Path, **more: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(state(resource("aws_x", path.stem, instance()), **more))  # type: ignore[arg-type]
    return path


def names(found: list[Path]) -> list[str]:
    return [path.name for path in found]


def test_a_folder_stands_for_every_state_below_it_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("b.tfstate", "a.tfstate", "deep/er/c.tfstate", ".terraform/terraform.tfstate"):
        put(tmp_path / name)
    (tmp_path / "a.tfstate.backup").write_bytes(b"old")
    (tmp_path / "notes.json").write_bytes(b"{}")
    assert names(files([str(tmp_path)])) == ["a.tfstate", "b.tfstate", "c.tfstate"]


def test_a_glob_stands_for_what_it_matches(tmp_path: Path) -> None:
    for name in ("x/a.tfstate", "y/b.tfstate", "y/z/c.tfstate", "y/d.json"):
        put(tmp_path / name)
    assert names(files([f"{tmp_path}/*/*.tfstate"])) == ["a.tfstate", "b.tfstate"]
    assert names(files([f"{tmp_path}/**/*.tfstate"])) == ["a.tfstate", "b.tfstate", "c.tfstate"]
    assert names(files([f"{tmp_path}/y/[d]*"])) == ["d.json"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    odd = put(tmp_path / "a[1].tfstate")
    put(tmp_path / "a1.tfstate")
    assert files([str(odd)]) == [odd]


def test_a_state_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    file = put(tmp_path / "a.tfstate")
    assert files([str(file), str(tmp_path), f"{tmp_path}/*.tfstate"]) == [file]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("nothing.tfstate", "missing"),
        ("no/such/folder/", "missing"),
        ("*.nothing", "missing"),
        ("", "missing"),
    ],
)
def test_a_source_that_names_nothing_is_an_error_and_not_an_empty_state(
    source: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StateError) as caught:
        files([source])
    assert caught.value.kind == kind
    assert source in caught.value.message
    assert caught.value.hint


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"no \*\.tfstate below"):
        files([str(tmp_path)])


def test_a_file_that_cannot_be_opened_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    put(tmp_path / "good.tfstate")
    (tmp_path / "folder.tfstate").mkdir()
    (tmp_path / "gone.tfstate").symlink_to(tmp_path / "nowhere")
    by_name = {Path(made.source).name: made for made in read_states([str(tmp_path)])}
    assert {name: made.status for name, made in by_name.items()} == {
        "folder.tfstate": "unreadable",
        "gone.tfstate": "unreadable",
        "good.tfstate": "ok",
    }
    assert "folder.tfstate" in by_name["folder.tfstate"].message


def statuses(made: list[State]) -> dict[str, tuple[str, int]]:
    return {Path(one.source).name: (one.status, len(one.instances)) for one in made}


def test_of_copies_of_one_state_the_newest_counts_and_the_others_are_named(tmp_path: Path) -> None:
    put(tmp_path / "a.tfstate", serial=5)
    put(tmp_path / "b.tfstate", serial=7)
    put(tmp_path / "c.tfstate", serial=6)
    made = read_states([str(tmp_path)])
    assert statuses(made) == {
        "a.tfstate": ("stale", 0),
        "b.tfstate": ("ok", 1),
        "c.tfstate": ("stale", 0),
    }
    assert "b.tfstate" in made[0].message
    assert "serial 5" in made[0].message
    assert "a.tfstate" in made[0].message


def test_of_two_copies_with_one_serial_one_counts(tmp_path: Path) -> None:
    put(tmp_path / "a.tfstate", serial=5)
    (tmp_path / "b.tfstate").write_bytes((tmp_path / "a.tfstate").read_bytes())
    made = read_states([str(tmp_path)])
    assert [one.status for one in made] == ["ok", "stale"]
    assert "another copy" in made[1].message


def test_states_of_other_lineages_or_of_none_are_all_read(tmp_path: Path) -> None:
    put(tmp_path / "a.tfstate", serial=1, lineage="one")
    put(tmp_path / "b.tfstate", serial=2, lineage="two")
    put(tmp_path / "c.tfstate", serial=3, lineage="")
    put(tmp_path / "d.tfstate", serial=4, lineage="")
    assert {status for status, _ in statuses(read_states([str(tmp_path)])).values()} == {"ok"}


def test_a_newer_copy_that_cannot_be_read_does_not_hide_an_older_one(tmp_path: Path) -> None:
    put(tmp_path / "old.tfstate", serial=1)
    newer = put(tmp_path / "newer.tfstate", serial=2)
    newer.write_bytes(newer.read_bytes()[:-3])
    made = statuses(read_states([str(tmp_path)]))
    assert made == {"newer.tfstate": ("malformed", 0), "old.tfstate": ("ok", 1)}


@pytest.mark.parametrize("source", ["{0}", "{0}/**/*.tfstate"])
def test_links_that_go_round_end_and_a_state_they_lead_to_twice_is_one(
    source: str, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    put(here / "x" / "a.tfstate")
    put(there / "b.tfstate")
    for name in ("back", "again"):
        (here / "x" / name).symlink_to(here)  # two of them: 2^40 paths, were each one taken
    (here / "linked").symlink_to(there)
    (here / "x" / "same.tfstate").symlink_to(here / "x" / "a.tfstate")
    found = files([source.format(here)])
    assert found == [here / "linked" / "b.tfstate", here / "x" / "a.tfstate"]


def test_a_glob_of_two_stars_takes_what_a_shell_would(tmp_path: Path) -> None:
    for name in ("a.tfstate", "x/b.tfstate", "x/y/c.tfstate", ".hidden/d.tfstate", "x/e.json"):
        put(tmp_path / name)
    take = {
        "**/*.tfstate": ["a.tfstate", "b.tfstate", "c.tfstate"],
        "x/**/*.tfstate": ["b.tfstate", "c.tfstate"],
        "**/y/*": ["c.tfstate"],
        "**/[ab].*": ["a.tfstate", "b.tfstate"],
        ".hidden/**/*": ["d.tfstate"],
        "**/.hidden/*": ["d.tfstate"],
        "*/**/c.tfstate": ["c.tfstate"],
    }
    for pattern, wanted in take.items():
        assert sorted(names(files([f"{tmp_path}/{pattern}"]))) == wanted, pattern


@pytest.mark.parametrize("source", ["{0}", "{0}/*.tfstate", "{0}/**/*.tfstate"])
def test_what_is_no_file_is_a_gap_and_the_others_go_on(source: str, tmp_path: Path) -> None:
    put(tmp_path / "good.tfstate")
    os.mkfifo(tmp_path / "pipe.tfstate")  # nobody writes into it: opening it would wait for ever
    (tmp_path / "gone.tfstate").symlink_to(tmp_path / "nowhere")
    (tmp_path / "self.tfstate").symlink_to("self.tfstate")
    (tmp_path / "folder.tfstate").mkdir()
    found = {Path(one.source).stem: one.status for one in read_states([source.format(tmp_path)])}
    assert found == {
        "good": "ok", "pipe": "unsupported", "gone": "unreadable", "self": "unreadable",
        "folder": "unreadable",
    }  # fmt: skip


@pytest.mark.parametrize("source", ["{0}", "{0}/**/*.tfstate"])
def test_a_folder_that_may_not_be_looked_into_is_a_gap(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "good.tfstate")
    put(tmp_path / "closed" / "a.tfstate")
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = read_states([source.format(tmp_path)])
    assert [(Path(one.source).name, one.status) for one in found] == [
        ("closed", "unreadable"), ("good.tfstate", "ok"),
    ]  # fmt: skip


def test_a_named_pipe_that_nobody_fills_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.declared.files.PIPE_SECONDS", 0.2)
    os.mkfifo(tmp_path / "pipe")
    (found,) = read_states([str(tmp_path / "pipe")])
    assert found.status == "timeout"
