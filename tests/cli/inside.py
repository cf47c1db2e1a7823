"""A command that is run in the tests' own process, which takes seconds less than one of its own."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from scanner.cli import run


@dataclass
class Answer:
    """What a command ended with."""

    returncode: int
    stdout: str
    stderr: str


def watchbill(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Answer:
    """Run a command in a folder, with these variables and none other of AWS's or watchbill's."""
    out, err = io.StringIO(), io.StringIO()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "WATCHBILL_"))}
    with (
        chdir(cwd),
        patch.dict(os.environ, {**kept, **(env or {})}, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = run(list(arguments))
    return Answer(code, out.getvalue(), err.getvalue())
