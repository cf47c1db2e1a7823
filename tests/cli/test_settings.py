"""What is set and where it was set; the pages that are made from the commands and the settings."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from scanner.cli import run
from scanner.cli.settings import schema
from scanner.settings import Settings

from .commands import written

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_every_setting_is_described_and_the_example_is_valid() -> None:
    made = schema()
    jsonschema.Draft202012Validator.check_schema(made)
    properties = made["$defs"]["Settings"]["properties"]
    assert set(properties) == set(Settings.__struct_fields__)
    assert all(one["description"].endswith((".", "}`.")) for one in properties.values())
    validator = jsonschema.Draft202012Validator(made)
    validator.validate(yaml.safe_load((EXAMPLES / "watchbill.yaml").read_text()))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"fail_onn": "high"})
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"fail_on": "worst"})


@pytest.mark.parametrize("path", written(), ids=lambda path: path.name)
def test_the_pages_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == written()[path], "run python -m tests.cli.commands"


def test_each_setting_says_where_it_was_set_and_secrets_stay_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "watchbill.yaml").write_text("fail_on: high\nmin_seen: 90\n")
    (tmp_path / "waivers.yaml").write_text("[]\n")
    monkeypatch.setenv("WATCHBILL_MIN_SEEN", "80")
    monkeypatch.setenv("WATCHBILL_PING_URL", "https://hc.example.com/not-to-be-seen")
    assert run(["settings"]) == 0
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["fail_on"] == '"high"  # watchbill.yaml'
    assert lines["min_seen"] == "80.0  # WATCHBILL_MIN_SEEN"
    assert lines["waivers"] == '"waivers.yaml"  # ./waivers.yaml'
    assert lines["store"] == '".watchbill"  # default'
    assert lines["ping_url"] == '"(secret)"  # WATCHBILL_PING_URL'


def test_a_shell_can_complete_commands() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "scanner"],
        env={
            **os.environ,
            "_WATCHBILL_COMPLETE": "bash_complete",
            "COMP_WORDS": "watchbill ga",
            "COMP_CWORD": "1",
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.stdout == "plain,gate\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_of_a_shell_asks_for_what_it_completes(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_WATCHBILL_COMPLETE={shell}_complete" in script
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_help_is_whole_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    assert run(["settings", "--help"]) == 0
    assert "--schema" in out.getvalue()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("fail_on: hihg", "one of critical, high, medium, low"),
        ("overdue_days: {hihg: 3}", "one of critical, high, medium, low"),
        ("creator_lookups: many", "`watchbill settings --schema` says what it takes"),
        ("objectives: [{x: 1}]", "`watchbill settings --schema` says what it takes"),
        ("creator_lookup: 3", "did you mean creator_lookups?"),
    ],
)
def test_a_wrong_value_is_answered_with_what_is_right(
    text: str, hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "watchbill.yaml"
    file.write_text(text)
    assert run(["settings", "--config", str(file)]) == 2
    assert capsys.readouterr().err.splitlines()[-1].strip() == hint
