"""grants.yaml: who asked for which grant, who approved it, why, and until when. Read strictly.

grants:
  - principal: arn:aws:iam::123456789012:role/break-glass
    policy: arn:aws:iam::aws:policy/AdministratorAccess   # or an inline policy's name; without it, all it has
    requested_by: ada@example.com
    approved_by: grace@example.com
    reason: the database was down and nobody could restart it
    ticket: OPS-42
    granted: 2026-03-01
    ends: 2026-06-01                                      # its last day, UTC; or never
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from scanner.declared.teams import documents
from scanner.directory import Recorded
from scanner.errors import SettingsError

SHAPE = "see examples/grants.yaml for its shape"
_PRINCIPAL = re.compile(r"arn:aws[\w-]*:iam::\d{12}:(user|role|group)/\S+")


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """One grant as it is written."""

    principal: str
    requested_by: str
    approved_by: str
    reason: str
    ticket: str
    granted: date
    ends: Any
    """A date, or `never`."""
    policy: str = ""


class GrantsFile(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    grants: list[Line]


def read(path: str) -> Sequence[Recorded]:
    """The grants of a file, in its order. Raises SettingsError, naming the entry and the key."""
    found: list[Recorded] = []
    for document in documents(Path(path)):
        try:
            lines = msgspec.convert(document, GrantsFile).grants
        except msgspec.ValidationError as error:
            raise SettingsError(f"{path}: {error}", hint=SHAPE) from None
        found += [_recorded(line, f"{path}: grants[{n}]") for n, line in enumerate(lines)]
    named = Counter((one.principal, one.policy) for one in found)
    for one in found:
        if named[one.principal, one.policy] > 1:
            raise SettingsError(
                f"{one.written}: {one.principal} and this policy stand there twice",
                hint="keep the entry that holds",
            )
    return found


def _recorded(line: Line, where: str) -> Recorded:
    if not _PRINCIPAL.fullmatch(line.principal):
        raise SettingsError(
            f"{where}: principal: {line.principal!r} is no user, role or group",
            hint="write its ARN: arn:aws:iam::123456789012:role/NAME",
        )
    for key in ("requested_by", "approved_by", "reason", "ticket"):
        if not getattr(line, key).strip():
            raise SettingsError(f"{where}: {key}: no text stands there", hint=SHAPE)
    ends = None if line.ends == "never" else line.ends
    if ends is not None and type(ends) is not date:
        raise SettingsError(
            f"{where}: ends: {ends!r} is no day", hint="write it as 2026-06-01, or never"
        )
    if ends is not None and ends < line.granted:
        raise SettingsError(
            f"{where}: ends: {ends} is before {line.granted}", hint="write its last day"
        )
    return Recorded(
        line.principal, line.policy, line.requested_by, line.approved_by, line.reason, line.ticket,
        line.granted, ends, where,
    )  # fmt: skip
