"""What holds for every file of the project: import contracts, and habits that keep answers true."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scanner.cli import COMMANDS, watchbill
from scanner.settings import Settings, read
from tests import published

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "scanner").rglob("*.py"))


def test_the_import_contracts_hold() -> None:
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "7 kept, 0 broken" in answer.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for_and_stays_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""'), "a module begins with a sentence that says what flows in and out"
    assert len(text.splitlines()) <= 340


def test_aws_clients_are_made_in_one_place() -> None:
    # replay talks to the emulator it serves, to check that a smaller recording is the same cloud
    # and states in S3 are read by a session of their own, which may read nothing else
    apart = {
        ROOT / "scanner/collect/session.py",
        ROOT / "scanner/declared/remote.py",
        ROOT / "scanner/replay/compare.py",
    }
    makers = {p for p in SOURCES if re.search(r"create_client\(|import boto3", p.read_text())}
    assert makers - apart == set()


def test_no_table_is_made_from_a_select() -> None:
    """DuckDB 2.0.0 loses rows of a table that was made empty that way (ARCHITECTURE.md)."""
    wrong = re.compile(r"create\s+(or\s+replace\s+)?(temp\w*\s+)?table\s+\S+\s+as\b", re.IGNORECASE)
    files = [*SOURCES, *(ROOT / "scanner").rglob("*.sql"), *(ROOT / "rules").rglob("*.sql")]
    assert [str(p) for p in files if wrong.search(p.read_text(encoding="utf-8"))] == []


def test_the_project_has_no_drawers_for_odds_and_ends() -> None:
    names = {path.stem for path in SOURCES} | {path.parent.name for path in SOURCES}
    assert not names & {"utils", "helpers", "common", "misc", "manager", "core", "base"}


def test_the_readme_names_every_exit_code_and_only_commands_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for code in ("0", "1", "2", "3", "4", "5", "70", "130"):
        assert f"| {code} |" in text
    named = set(re.findall(r"watchbill ([a-z-]+)", text)) - {"scan"}
    assert {name for name in named if name not in COMMANDS} <= {"reads", "never", "is"}


def test_the_example_settings_are_settings() -> None:
    settings = read(str(ROOT / "examples" / "watchbill.yaml"), {})
    assert settings.fail_on == "critical"
    example = set(yaml.safe_load((ROOT / "examples" / "watchbill.yaml").read_text()))
    assert example <= set(Settings.__struct_fields__)


def test_the_example_waivers_are_waivers() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "scanner", "waivers", "check", "--now", "2026-11-28T00:00:00Z",
         "--waivers", "examples/waivers.yaml"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (answer.returncode, answer.stdout) == (0, "2 waivers, 0 expired\n"), answer.stderr


EXAMPLES = [path for path in sorted((ROOT / "examples").rglob("*")) if path.is_file()]
COMMAND = re.compile(
    r"(?<![\w./-])(?:/[\w/]+/)?watchbill ((?:scan|gate|notify|figures|waivers|policy)\b.*)"
)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_yaml_and_run_commands_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".yaml", ".yml"):
        yaml.safe_load(text)
    for line in COMMAND.findall(text):
        line = line.partition("#")[0].rstrip("`").replace("$FAIL_ON", "high")
        parsed(shlex.split(line))


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("github-workflow.yml", published.GITHUB_WORKFLOW),
        ("github-action/action.yml", published.GITHUB_ACTION),
        ("gitlab-ci.yml", published.GITLAB_CI),
    ],
)
def test_the_pipelines_of_the_examples_are_what_their_publishers_describe(
    name: str, schema: str
) -> None:
    text = (ROOT / "examples" / name).read_text(encoding="utf-8")
    # `on` is a word, as a workflow has it, and not YAML 1.1's truth
    content = yaml.safe_load(re.sub("^on:", '"on":', text, flags=re.M))
    published.conform(content, schema)
    for step in content.get("jobs", {}).get("scan", content.get("runs", {})).get("steps", []):
        subprocess.run(["bash", "-n", "-c", step.get("run", "")], check=True)


@pytest.mark.parametrize("runs", ["", "12\n"])
def test_the_example_workflow_compares_with_the_last_night_where_there_was_one(
    runs: str, tmp_path: Path
) -> None:
    steps = yaml.safe_load((ROOT / "examples" / "github-workflow.yml").read_text())["jobs"]["scan"]
    (base,) = [step["run"] for step in steps["steps"] if "gh run list" in step.get("run", "")]
    (bar,) = [step["run"] for step in steps["steps"] if "watchbill gate" in step.get("run", "")]
    for name, script in (
        ("gh", f'case "$*" in *list*) printf {shlex.quote(runs)};; '
               '*download*) mkdir -p base; echo {} > base/findings.json;; esac'),
        ("watchbill", 'echo "$@" > asked'),
    ):  # fmt: skip
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    known = {"PATH": f"{tmp_path}:/usr/bin:/bin", "GITHUB_WORKFLOW": "w", "DEFAULT_BRANCH": "main"}
    for script in (base, bar):
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], env=known, cwd=tmp_path, check=True
        )
    since = " --since base/findings.json" if runs else ""
    asked = (tmp_path / "asked").read_text().strip()
    assert asked == f"gate --fail-on critical --annotate github{since}"


@pytest.mark.parametrize("before", ["", "41\n42\n"])
def test_the_example_workflow_keeps_one_comment_a_pull_request(before: str, tmp_path: Path) -> None:
    steps = yaml.safe_load((ROOT / "examples" / "github-workflow.yml").read_text())["jobs"]["scan"]
    (script,) = [step["run"] for step in steps["steps"] if "gh api" in step.get("run", "")]
    gh = tmp_path / "gh"
    asked = tmp_path / "asked"
    gh.write_text(
        f'#!/bin/sh\necho "$@" >> {asked}\ncase "$*" in *--jq*) printf {shlex.quote(before)};; esac\n'
    )
    gh.chmod(0o755)
    known = {"PATH": f"{tmp_path}:/usr/bin:/bin", "GITHUB_REPOSITORY": "o/r", "PULL_REQUEST": "7"}
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=known, check=True)
    last = asked.read_text().splitlines()[-1]
    wanted = "PATCH repos/o/r/issues/comments/42" if before else "POST repos/o/r/issues/7/comments"
    assert last == f"api --silent --method {wanted} -F body=@report/summary.md"
    marker = (ROOT / "reports" / "pull-request.md").read_text().splitlines()[0]
    assert f'startswith("{marker}")' in script


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_systemd_takes_the_units_of_the_examples(tmp_path: Path) -> None:
    for path in (ROOT / "examples" / "systemd").iterdir():
        # all but the program, which is not installed here
        text = re.sub("^ExecStart=/[^ ]+", "ExecStart=/bin/true", path.read_text(), flags=re.M)
        (tmp_path / path.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "watchbill.timer", tmp_path / "watchbill.service"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_the_containers_of_the_examples_run_commands_that_exist() -> None:
    job = yaml.safe_load((ROOT / "examples" / "kubernetes" / "cronjob.yaml").read_text())
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    parsed(container["args"])
    names = {one["name"] for one in container["env"] if one["name"].startswith("WATCHBILL_")}
    assert {name.removeprefix("WATCHBILL_").lower() for name in names} <= set(
        Settings.__struct_fields__
    )
    (line,) = re.findall(r"^CMD (.*)$", (ROOT / "examples" / "Containerfile").read_text(), re.M)
    parsed(json.loads(line))


def parsed(arguments: list[str]) -> None:
    """Click takes the words, as it would before anything is done."""
    group = watchbill.make_context("watchbill", list(arguments))
    name, command, rest = watchbill.resolve_command(group, list(arguments))
    assert command is not None
    command.make_context(name, rest, parent=group)
