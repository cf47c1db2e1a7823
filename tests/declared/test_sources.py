"""What `--state` may be: a file, a folder, a glob; each state once, the newest of every lineage."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.declared import State, read_states
from scanner.declared.sources import files
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
        ("s3://bucket/key.tfstate", "unsupported"),
        ("https://example.com/state", "unsupported"),
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
    put(tmp_path / "b.tfstate", serial=5)
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
