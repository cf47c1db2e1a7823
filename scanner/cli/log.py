"""What a command says beside its result, on stderr: words for people, or a JSON object a line."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

FORMATS = ("text", "json")


class Log:
    """Lines on stderr in one of `FORMATS`."""

    def __init__(self, form: str = "text") -> None:
        self.json = form == "json"

    def warn(self, text: str) -> None:
        """Something that people should know of, though the scan goes on."""
        if self.json:
            self._object("warning", text)
            return
        first, *rest = text.splitlines() or [""]
        self._lines(f"watchbill: warning: {first}", *rest)

    def say(self, text: str, **fields: Any) -> None:
        """A plain line; `fields` say the same to a machine, and are not shown to people."""
        if self.json:
            self._object("info", text, **fields)
        else:
            self._lines(text)

    def _object(self, level: str, text: str, **fields: Any) -> None:
        from scanner.tell.encode import compact

        time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        made = {"time": time, "level": level, "message": text, **fields}
        print(compact(made), file=sys.stderr, flush=True)

    def _lines(self, *texts: str) -> None:
        from scanner.tell.clean import clean

        print("\n".join(clean(text) for text in texts), file=sys.stderr, flush=True)
