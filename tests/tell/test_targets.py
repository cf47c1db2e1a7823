"""Files appear whole, private and where they were asked for, or an error says why not."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import pytest

from scanner import tell
from scanner.errors import ReportError
from scanner.model import Report
from scanner.tell import targets

from . import sample

NAMES = ["findings.json", "f.sarif", "f.csv", "summary.md", "report.html", "junit.xml", "F.JSON"]


@pytest.mark.parametrize("name", NAMES)
def test_the_format_follows_the_suffix(name: str, tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / name
    tell.check([str(target)])
    assert not target.parent.exists()
    assert tell.write(sample.mixed(), [str(target)]) == [target]
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.parent.stat().st_mode & 0o777 == 0o700
    assert target.parent.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in target.parent.iterdir()] == [name]


@pytest.mark.parametrize("target", ["out.pdf", "out", "out.json.gz", ".json", ""])
def test_an_unknown_suffix_names_the_known_ones(target: str, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="suffix") as caught:
        tell.check(["-", str(tmp_path / "ok.json"), target and str(tmp_path / target)])
    assert caught.value.exit_code == 2
    for known in (".json", ".sarif", ".csv", ".md", ".html", "junit.xml", "ending in /"):
        assert known in caught.value.hint


def test_a_place_that_refuses_is_found_before_the_scan(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="cannot be written"):
        tell.check([str(tmp_path / "file" / "findings.json")])
    with pytest.raises(ReportError, match="needs a folder"):
        tell.check([f"{tmp_path / 'file'}/"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_found_before_the_scan(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ReportError, match="cannot be written"):
        tell.check([str(tmp_path / "findings.json")])


@pytest.mark.parametrize("name", ["x" * 300 + ".json", "x" * 300 + "/a.json", "a\0b.json"])
def test_a_name_no_file_can_have(name: str, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be written"):
        tell.write(sample.mixed(), [str(tmp_path / name)])


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(ReportError, match="Permission denied"):
        tell.write(sample.mixed(), [str(tmp_path / "new" / "findings.json")])


def test_a_folder_gets_the_whole_tree(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    written = tell.write(sample.mixed(), [f"{folder}/"])
    names = {str(path.relative_to(folder)) for path in written}
    assert set(targets.TREE) | {"index.html", "coverage.html", "grants.csv"} <= names
    assert sum(name.startswith("owners/") for name in names) == 4
    assert {p for p in folder.rglob("*") if p.is_file()} == set(written)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in written)
    assert (folder / "owners").stat().st_mode & 0o777 == 0o700
    assert tell.write(sample.mixed(), [str(folder)]) == written


def test_the_checksums_are_those_of_every_other_file(tmp_path: Path) -> None:
    written = tell.write(sample.mixed(), [f"{tmp_path}/"])
    told = dict(
        reversed(line.split("  ")) for line in (tmp_path / targets.SUMS).read_text().splitlines()
    )
    assert told == {
        str(path.relative_to(tmp_path)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in written
        if path.name != targets.SUMS
    }


def test_what_there_is_nothing_to_tell_of_any_more_goes(tmp_path: Path) -> None:
    tell.write(sample.mixed(), [f"{tmp_path}/"])
    assert all((tmp_path / name).exists() for name in targets.SOMETIMES)
    (tmp_path / "waivers.html").write_text("<p>written by hand")
    less = replace(sample.mixed(), grants=None, figures=None, waivers=())
    tell.write(less, [f"{tmp_path}/"])
    assert [name for name in targets.SOMETIMES if (tmp_path / name).exists()] == ["waivers.html"]


def test_pages_of_owners_who_have_nothing_left_go(tmp_path: Path) -> None:
    tell.write(sample.mixed(), [f"{tmp_path}/"])
    mine = tmp_path / "owners" / "mine-01234567.html"
    mine.write_text("<p>written by hand")
    note = tmp_path / "owners" / "note.txt"
    note.write_text("kept")
    tell.write(sample.clean_estate(), [f"{tmp_path}/"])
    assert set((tmp_path / "owners").iterdir()) == {mine, note}


def test_a_dash_is_json_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell.write(sample.mixed(), ["-"]) == []
    assert len(tell.load(capsys.readouterr().out).findings) == len(sample.mixed().findings)


def test_a_failure_leaves_the_old_file_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "findings.json"
    tell.write(sample.clean_estate(), [str(target)])
    before = target.read_bytes()

    def full(_: Report, out: TextIO) -> None:
        out.write("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(targets, "renderer", lambda _: full)
    with pytest.raises(ReportError, match="No space left"):
        tell.write(sample.mixed(), [str(target)])
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_every_module_of_a_suffix_renders() -> None:
    for name in tell.RENDERERS:
        assert callable(targets.renderer(Path(name if name[0] != "." else f"report{name}")))


def imported(statement: str) -> set[str]:
    """The top-level modules that `statement` brings in, in a fresh interpreter."""
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done: Any = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return set(done.stdout.decode().split())


def test_nothing_is_imported_before_it_is_needed() -> None:
    assert not imported("import scanner.tell") & {"jinja2", "msgspec", "duckdb", "boto3", "rich"}
    everything = ", ".join(tell.RENDERERS.values())
    forbidden = {"jinja2", "duckdb", "boto3", "botocore", "rich", "polars", "click"}
    assert not imported(f"import {everything}, scanner.tell.terminal") & forbidden
