"""The wheel that users get: built from the sdist, installed apart, run from elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    # without isolation: the build backend is among the test dependencies, no network is needed
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
    )
    assert len(list(out.glob("*.tar.gz"))) == 1
    (built,) = out.glob("*.whl")
    return built


def test_it_holds_rules_templates_and_the_demo_and_little_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"scanner", next(top for top in tops if top.endswith(".dist-info"))}
    shipped = len(list((ROOT / "rules").glob("*/*.sql")))
    assert sum(name.startswith("scanner/rules/") and name.endswith(".sql") for name in names) == (
        shipped
    )
    assert "scanner/store/schema/facts.sql" in names
    assert "scanner/catalog/aws/sqs.toml" in names
    assert "scanner/fixtures/worlds/harbour/cloud.jsonl.gz" in names
    assert any(name.startswith("scanner/reports/") for name in names)
    assert wheel.stat().st_size < 3_000_000


def test_it_runs_where_there_is_no_checkout(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    (tmp_path / "work").mkdir()

    def watchbill(*arguments: str) -> str:
        code = (
            "import sys; sys.path.insert(0, sys.argv.pop(1))\n"
            "import scanner; assert scanner.__file__.startswith(sys.path[0]), scanner.__file__\n"
            "from scanner.cli import main; main(sys.argv[1:])"
        )
        answer = subprocess.run(
            [sys.executable, "-c", code, str(place), *arguments],
            cwd=tmp_path / "work",
            env={**os.environ, "PYTHONPATH": str(place)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    listed = watchbill("rules", "list").splitlines()
    assert len(listed) == len(list((ROOT / "rules").glob("*/*.sql")))
    watchbill("demo")
    assert (tmp_path / "work" / "watchbill-demo" / "index.html").stat().st_size > 10_000
