"""The process that serves a recorded world.

    python -m scanner.replay WORLD [--port PORT] [--verbose]

Replays WORLD, prints one line of JSON when requests are answered ({"port", "requests", "failed",
"seconds"}), and serves on 127.0.0.1 until its standard input ends, which it does when the process
that started it is gone. An error is one message on standard error and a status other than 0.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

from scanner.errors import BUG, ReplayError
from scanner.replay import recording


def _leave_with_parent() -> None:
    # Not sys.stdin: its lock, held by this thread, would make an ordinary exit abort.
    while os.read(0, 4096):
        pass
    # Not sys.exit: requests may be under way in other threads, and nobody waits for them.
    os._exit(0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scanner.replay", description="Serve a recorded world on 127.0.0.1."
    )
    parser.add_argument("world", type=Path, help="the folder of the recording")
    parser.add_argument("--port", type=int, default=0, help="the port; 0 lets the OS choose")
    parser.add_argument("--verbose", action="store_true", help="show what moto warns of")
    return parser.parse_args()


def serve(world: Path, port: int, *, verbose: bool) -> None:
    """Replay a world, announce it on standard output and serve it for ever.

    Raises ReplayError when the world cannot be read or moto is not installed.
    """
    started = time.perf_counter()
    entries = recording.read_entries(world)
    # Before moto is imported: it reads some of its settings then.
    os.environ.update(recording.moto_env(world))
    gc.disable()
    if not verbose:
        warnings.simplefilter("ignore")
    try:
        from scanner.replay.cloud import Cloud
        from scanner.replay.serve import make
    except ImportError as cause:
        raise ReplayError(
            f"A recorded world needs moto, Flask and flask-cors, and one is missing: {cause}.",
            hint="Install watchbill again with its dependencies: pip install --upgrade watchbill",
        ) from cause
    cloud = Cloud()
    done = cloud.replay(entries)
    server = make(cloud.application, port, verbose=verbose)
    gc.freeze()
    gc.enable()
    for line in done.failed[:5]:
        print(f"failed: {line}", file=sys.stderr, flush=True)
    ready = {
        "port": server.port,
        "requests": done.requests,
        "failed": len(done.failed),
        "seconds": round(time.perf_counter() - started, 3),
    }
    print(json.dumps(ready), flush=True)
    server.serve_forever()


def main() -> int:
    """Run the process. Returns its exit status."""
    asked = _arguments()
    if not sys.stdin.isatty():
        # The parent ends this process; an interrupt from the keyboard is for the parent.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        serve(asked.world, asked.port, verbose=asked.verbose)
    except ReplayError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"Port {asked.port} cannot be served: {error}.", file=sys.stderr)
        return BUG
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
