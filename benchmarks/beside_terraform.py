"""Our whole scan beside `terraform plan -refresh-only`, on one world in one run: seconds and requests.

Called by `drift.py --terraform`. Both see the same served cloud through a door that counts. Terraform needs
its AWS provider: from a registry, or from the mirror that TF_PLUGIN_DIR names.
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from scanner import shipped
from scanner.replay import served

PROVIDER = """
provider "aws" {
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}
"""
HOP_BY_HOP = ("connection", "transfer-encoding", "content-length", "expect")


class _Door(ThreadingHTTPServer):
    """Passes requests on, and counts them."""

    daemon_threads = True
    passed = 0
    to = ""


class _Pass(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Door

    def __getattr__(self, name: str) -> object:
        if name.startswith("do_"):
            return self.on
        raise AttributeError(name)

    def on(self) -> None:
        self.server.passed += 1
        length = int(self.headers.get("Content-Length") or 0)
        heads = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
        connection = http.client.HTTPConnection(self.server.to)
        connection.request(self.command, self.path, self.rfile.read(length), heads)
        answer = connection.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP or self.command == "HEAD":
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        connection.close()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _door(url: str) -> Iterator[_Door]:
    door = _Door(("127.0.0.1", 0), _Pass)
    door.to = urlsplit(url).netloc
    threading.Thread(target=door.serve_forever, daemon=True).start()
    try:
        yield door
    finally:
        door.shutdown()
        door.server_close()


def main(worlds: list[str]) -> None:
    """Print a line for Terraform and one for us, for each world, and where they disagree."""
    if shutil.which("terraform") is None:
        sys.exit("skipped: there is no terraform on PATH, so there is nothing to be beside")
    for name in worlds:
        world = shipped.worlds() / name
        with tempfile.TemporaryDirectory() as scratch, served(world) as cloud:
            _beside(world, Path(scratch), cloud.url, cloud.environment())


def _beside(world: Path, scratch: Path, url: str, environment: Mapping[str, str]) -> None:
    work, state = scratch / "work", str(world / "rev2.tfstate")
    shutil.copytree(world / "src", work)
    shutil.copy(state, work / "terraform.tfstate")
    (work / "provider_override.tf").write_text(PROVIDER)
    mirror = os.environ.get("TF_PLUGIN_DIR")
    init = ["terraform", "init", "-input=false", *([f"-plugin-dir={mirror}"] if mirror else [])]
    plan = ["terraform", "plan", "-refresh-only", "-input=false", "-out=plan.bin", "-var=rev=2"]
    ours = [sys.executable, "-m", "scanner"]
    scan = [*ours, "scan", "--quiet", "--state", state, "--store", str(scratch / "store")]
    with _door(url) as door:
        env = {**environment, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{door.server_port}"}
        env |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        if mirror:
            env["TF_CLI_CONFIG_FILE"] = os.devnull  # it may name another source

        def timed(who: str, command: list[str], cwd: Path) -> None:
            before, began = door.passed, time.perf_counter()
            _run(command, cwd, env)
            took = time.perf_counter() - began
            print(f"  {who:<12}{took:>8.1f} s{door.passed - before:>8} requests", flush=True)

        _run(init, work, env)
        print(f"{world.name}: {_instances(world)} resources in its state", flush=True)
        timed("terraform", plan, work)
        timed("watchbill", scan, scratch)
        shown = _run(["terraform", "show", "-json", "plan.bin"], work, env)
        (scratch / "plan.json").write_text(shown)
        diff = [*ours, "diff", "--evidence", "plan.json", "--store", str(scratch / "store")]
        print(f"  {_run(diff, scratch, env, ok=(0, 1)).splitlines()[-1]}", flush=True)


def _instances(world: Path) -> int:
    from scanner.declared import read_states

    return len(read_states([str(world / "rev2.tfstate")])[0].instances)


def _run(command: list[str], cwd: Path, env: Mapping[str, str], ok: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(command, cwd=cwd, env=dict(env), capture_output=True, text=True)
    if done.returncode not in ok:
        sys.exit(f"{' '.join(command)}:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
    return done.stdout
