"""A recorded cloud, replayed into moto in a process of its own and served on 127.0.0.1.

with served(Path("fixtures/worlds/harbour")) as world, world.applied():
    ...  # any AWS client made in here talks to the recorded cloud, and can talk to nothing else
"""

from __future__ import annotations

import json
import os
import queue
import shlex
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from scanner.errors import ReplayError

DEADLINE_SECONDS = 60.0
REGION = "us-east-1"
_TAIL = 12


@dataclass(frozen=True, slots=True)
class Served:
    """A world that is being served.

    `env` are the variables that lead every AWS client to it; `requests` were replayed in `seconds`,
    imports included.
    """

    url: str
    env: dict[str, str]
    requests: int
    seconds: float

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """A whole environment for a process that is to see this cloud and no other.

        It is `base` (by default this process's) without any variable of AWS's, for a profile, a
        role or an endpoint of one service would outdo what `env` says, and with `env`.
        """
        given = os.environ if base is None else base
        kept = {name: value for name, value in given.items() if not name.startswith("AWS_")}
        return kept | self.env

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Make it this process's own environment while the block runs, and restore it after."""
        before = dict(os.environ)
        after = self.environment(before)
        try:
            for name in before.keys() - after.keys():
                del os.environ[name]
            os.environ.update(after)
            yield
        finally:
            for name in after.keys() - before.keys():
                os.environ.pop(name, None)
            os.environ.update(before)


@contextmanager
def served(world: Path, *, verbose: bool = False) -> Iterator[Served]:
    """Replay the world in the folder `world` and serve it while the block runs.

    With `verbose`, what the serving process writes to standard error appears on this one's.
    Raises ReplayError when the world cannot be served, or could not be replayed whole.
    """
    child = _Child(world, verbose)
    try:
        yield _described(world, child.ready())
    finally:
        child.stop()


def _described(world: Path, ready: Mapping[str, Any]) -> Served:
    if ready["failed"]:
        raise ReplayError(
            f"{ready['failed']} of the {ready['requests']} requests of {world} failed when they "
            "were replayed, so the cloud would not be the recorded one.",
            hint="Install the moto that world.json names, or see the failures: " + _by_hand(world),
        )
    url = f"http://127.0.0.1:{ready['port']}"
    return Served(url, _env(url), int(ready["requests"]), float(ready["seconds"]))


def _env(url: str) -> dict[str, str]:
    no_proxy = ",".join(filter(None, (os.environ.get("NO_PROXY", ""), "127.0.0.1")))
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        # A proxy of the user's would be asked for 127.0.0.1 too, and see its own.
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


def _by_hand(world: Path) -> str:
    return shlex.join([sys.executable, "-m", "scanner.replay", "--verbose", str(world)])


class _Child:
    """The serving process, from its start to its certain end."""

    def __init__(self, world: Path, verbose: bool) -> None:
        self._world = world
        self._verbose = verbose
        self._errors: deque[str] = deque(maxlen=_TAIL)
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # -P: a folder named moto or scanner where the user happens to stand is not to be imported.
        command = [sys.executable, "-P", "-m", "scanner.replay", str(world)]
        self._process = subprocess.Popen(
            [*command, "--verbose"] if verbose else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_child_environment(),
            text=True,
            errors="replace",
        )
        self._readers = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_lines(self) -> None:
        for line in _stream(self._process.stdout):
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        for line in _stream(self._process.stderr):
            self._errors.append(line.rstrip())
            if self._verbose:
                sys.stderr.write(line)

    def ready(self) -> dict[str, Any]:
        """Wait for the line that says where the world is served. Raises ReplayError."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                self._process.wait(timeout=10)
                self._readers[1].join(timeout=5)
                raise self._failure(f"its process ended with status {self._process.returncode}")
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if isinstance(said, dict) and "port" in said:
                return said
        raise self._failure(f"it was not ready within {DEADLINE_SECONDS:.0f} seconds")

    def _failure(self, what: str) -> ReplayError:
        said = "".join(f"\n    {line}" for line in self._errors)
        return ReplayError(
            f"The recorded world {self._world} could not be served: {what}.{said}",
            hint=f"Mend what it says, or watch it fail: {_by_hand(self._world)}",
        )

    def stop(self) -> None:
        """End the process. The end of its input is enough unless it hangs."""
        process = self._process
        for end in (_close_input, subprocess.Popen.terminate, subprocess.Popen.kill):
            end(process)
            try:
                process.wait(timeout=3)
                break
            except subprocess.TimeoutExpired:
                continue
        for reader in self._readers:
            reader.join(timeout=3)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _close_input(process: subprocess.Popen[str]) -> None:
    try:
        if process.stdin is not None:
            process.stdin.close()
    except OSError:
        pass  # It is gone already, and took the other end of the pipe with it.


def _stream(stream: IO[str] | None) -> Iterator[str]:
    return iter(()) if stream is None else iter(stream)


def _child_environment() -> dict[str, str]:
    """This process's environment without settings of AWS or moto, which would change the replay,
    and with this package importable where it runs from a checkout that is not installed."""
    given = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "MOTO_", "TEST_SERVER_MODE", "INITIAL_NO_AUTH"))
    }
    given |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    root = Path(__file__).resolve().parents[2]
    if not {"site-packages", "dist-packages"} & set(root.parts):
        paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
        given["PYTHONPATH"] = os.pathsep.join(paths)
    return given
