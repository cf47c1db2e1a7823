"""IAM's credential report, a CSV, as a list of lines.

IAM writes N/A, no_information and not_supported where there is nothing to say: those are null here, and
true and false are what they say.
"""

from __future__ import annotations

import csv
import io
from typing import Any

VALUES = {
    "": None,
    "N/A": None,
    "no_information": None,
    "not_supported": None,
    "true": True,
    "false": False,
}
NAMES = frozenset({"user", "arn"})
NEEDED = frozenset({"user", "arn", "password_enabled", "mfa_active", "access_key_1_active"})


def lines(content: Any) -> list[dict[str, str | bool | None]]:
    """A line a user, the root user's too. Raises ValueError for what is no whole report."""
    text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    if not isinstance(text, str):
        raise ValueError("the credential report is no text")
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if not set(reader.fieldnames or ()) >= NEEDED:
            raise ValueError("the credential report lacks columns")
        rows = list(reader)
    except csv.Error as error:
        raise ValueError(f"the credential report is no CSV: {error}") from error
    # the last columns are optional, but a line that is cut is no line
    if any(None in row or None in row.values() for row in rows):
        raise ValueError("a line of the credential report is not whole")
    return [
        {name: value if name in NAMES else VALUES.get(value, value) for name, value in row.items()}
        for row in rows
    ]
