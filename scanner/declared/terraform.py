"""Reads Terraform and OpenTofu state, version 4.

In: the bytes of a state. Out: its managed resource instances, data sources left out, deposed and tainted
ones kept and marked. The format is internal to Terraform; the facts used here are those of its
`internal/states/statefile/version4.go`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from scanner.errors import StateError

MOST_BYTES = 512 * 1024 * 1024
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
SCOPE_FIELDS = ("id", "arn", "region", "tags", "tags_all")


@dataclass(frozen=True)
class Declared:
    """One managed resource instance of a state."""

    source: str
    address: str
    type: str
    provider: str
    deposed: str
    """The deposed key, where the object is a leftover of a replacement; else ``."""
    tainted: bool
    attributes: Mapping[str, Any] = field(repr=False)
    """As in the state, secrets included: for comparing in memory, never for storing."""
    sensitive: frozenset[str]
    """Top-level attributes that hold, or may hold, a secret."""

    @property
    def id(self) -> str:
        """Terraform's id."""
        return str(self.attributes.get("id") or "")

    @property
    def arn(self) -> str:
        """The ARN, where the type has one in its state."""
        arn = self.attributes.get("arn")
        if isinstance(arn, str) and arn.startswith("arn:"):
            return arn
        return self.id if self.id.startswith("arn:") else ""


@dataclass(frozen=True)
class State:
    """One state that was read, or the reason why it could not be."""

    source: str
    status: str
    message: str = ""
    serial: int | None = None
    lineage: str = ""
    terraform_version: str = ""
    digest: str = ""
    instances: tuple[Declared, ...] = ()


class _Instance(msgspec.Struct):
    attributes: dict[str, Any] | None = None
    attributes_flat: dict[str, str] | None = None
    index_key: int | str | None = None
    status: str = ""
    deposed: str = ""
    sensitive_attributes: list[Any] = []


class _Resource(msgspec.Struct, kw_only=True):
    mode: str
    type: str
    name: str
    provider: str = ""
    module: str = ""
    instances: list[_Instance]


class _State(msgspec.Struct, kw_only=True):
    version: int
    resources: list[_Resource]
    terraform_version: str = ""
    serial: int = 0
    lineage: str = ""


class _Head(msgspec.Struct):
    version: Any = None
    encrypted_data: Any = None
    encryption_version: Any = None


def parse(source: str, data: bytes) -> State:
    """The state in `data`. Raises StateError, whose `kind` says why it is none."""
    if len(data) > MOST_BYTES:
        raise _too_big(source)
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise StateError(f"{source}: the file is empty", hint="give a Terraform state file")
    _head(source, data)
    try:
        state = msgspec.json.decode(data, type=_State)
    except UNREADABLE as error:
        raise StateError(
            f"{source}: not a whole Terraform state: {error}",
            hint="was it cut or edited? `terraform state pull` gives a whole one",
        ) from error
    _no_duplicates(source, data)
    instances = tuple(
        _declared(source, resource, instance)
        for resource in _managed(source, state.resources)
        for instance in resource.instances
    )
    _once_each(source, instances)
    return State(
        source=source,
        status="ok",
        serial=state.serial,
        lineage=state.lineage,
        terraform_version=state.terraform_version,
        digest=hashlib.sha256(data).hexdigest(),
        instances=instances,
    )


def _too_big(source: str) -> StateError:
    return StateError(
        f"{source}: more than a state may have ({MOST_BYTES} bytes)",
        hint="is this a Terraform state? `terraform state pull` writes one",
    )


def _managed(source: str, resources: list[_Resource]) -> list[_Resource]:
    for resource in resources:
        if resource.mode not in ("managed", "data"):
            raise StateError(
                f"{source}: {resource.type}.{resource.name} has the mode {resource.mode!r}, "
                "which no state of version 4 has",
                hint="pull the state again, with the Terraform that wrote it",
            )
    return [resource for resource in resources if resource.mode == "managed"]


def _once_each(source: str, instances: tuple[Declared, ...]) -> None:
    """An address stands once, and once more for each leftover; Terraform refuses other states too."""
    seen: set[tuple[str, str]] = set()
    for instance in instances:
        if (instance.address, instance.deposed) in seen:
            raise StateError(
                f"{source}: {instance.address} stands twice in the state",
                hint="was it merged by hand? restore it from a backup or pull it again",
            )
        seen.add((instance.address, instance.deposed))


def _head(source: str, data: bytes) -> None:
    try:
        head = msgspec.json.decode(data, type=_Head)
    except msgspec.ValidationError as error:
        raise StateError(
            f"{source}: JSON, but not a Terraform state: {error}",
            hint="give a Terraform state file; `terraform state pull` writes one",
        ) from error
    except UNREADABLE as error:
        raise StateError(
            f"{source}: not JSON: {error}",
            hint="give a Terraform state file; `terraform state pull` writes one",
        ) from error
    if head.encrypted_data is not None or head.encryption_version is not None:
        raise StateError(
            f"{source}: this state is encrypted by OpenTofu",
            hint="give a decrypted copy: `tofu state pull > plain.tfstate`",
            kind="encrypted",
        )
    if head.version is None:
        raise StateError(
            f"{source}: JSON, but not a Terraform state (it has no version)",
            hint="a plan or an output is no state; `terraform state pull` writes one",
        )
    if head.version != 4 or isinstance(head.version, bool):
        raise StateError(
            f"{source}: state version {head.version!r:.40} is not supported, only 4 is",
            hint="run any terraform command of version 0.12 or later on it to upgrade an older state;"
            " a newer one needs a newer watchbill",
            kind="unsupported",
        )


def _no_duplicates(source: str, data: bytes) -> None:
    """JSON with a key twice means two things; every parser silently takes the last."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in items]
        if len(names) != len(set(names)):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise StateError(
                f"{source}: the key {twice[0]} stands twice in the state",
                hint="restore the state from a backup or pull it again",
            )
        return dict(items)

    try:
        json.loads(data, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise StateError(f"{source}: not JSON: {error}", hint="pull the state again") from error


def _declared(source: str, resource: _Resource, instance: _Instance) -> Declared:
    key = instance.index_key
    index = "" if key is None else f"[{_quoted(key) if isinstance(key, str) else key}]"
    prefix = f"{resource.module}." if resource.module else ""
    attributes = instance.attributes or dict(instance.attributes_flat or {})
    return Declared(
        source=source,
        address=f"{prefix}{resource.type}.{resource.name}{index}",
        type=resource.type,
        provider=resource.provider,
        deposed=instance.deposed,
        tainted=instance.status == "tainted",
        attributes=attributes,
        sensitive=frozenset(_marked(instance.sensitive_attributes)),
    )


_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def _quoted(key: str) -> str:
    """A for_each key as Terraform writes it in addresses: a quoted HCL template without templates."""
    text = "".join(map(_escaped, key)).replace("${", "$${").replace("%{", "%%{")
    return f'"{text}"'


def _escaped(letter: str) -> str:
    if letter in _ESCAPES or letter.isprintable():
        return _ESCAPES.get(letter, letter)
    code = ord(letter)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _marked(paths: list[Any]) -> list[str]:
    """The first step of each sensitive path: what lies below it is not looked at either."""
    marked = []
    for path in paths:
        steps = path if isinstance(path, list) else [path]
        if steps and isinstance(steps[0], Mapping) and isinstance(steps[0].get("value"), str):
            marked.append(steps[0]["value"])
    return marked


def read_states(sources: list[str]) -> list[State]:
    """Every state that the sources name; one that cannot be read is there with its reason.

    A source is a file, a glob or a folder. Raises StateError only where a source names nothing at all.
    """
    from scanner.declared.sources import files

    states = []
    for path in files(sources):
        try:
            with path.open("rb") as file:
                # one byte more than may be: a device, or a sparse file, is not read to its end
                states.append(parse(str(path), file.read(MOST_BYTES + 1)))
        except StateError as error:
            states.append(State(str(path), error.kind, str(error)))
        except OSError as error:
            states.append(State(str(path), "unreadable", f"{path}: {error.strerror or error}"))
    return _without_stale(states)


def _without_stale(states: list[State]) -> list[State]:
    """Of states with one lineage the highest serial counts; older copies are named and left out."""
    newest: dict[str, State] = {}
    for state in states:
        if state.status == "ok" and state.lineage:
            held = newest.get(state.lineage)
            if held is None or (state.serial or 0) > (held.serial or 0):
                newest[state.lineage] = state
    kept = []
    for state in states:
        held = newest.get(state.lineage) if state.status == "ok" else None
        if held is not None and held is not state:
            which = "another" if state.serial == held.serial else "an older"
            message = (
                f"{state.source}: {which} copy (serial {state.serial}) of {held.source} "
                f"(serial {held.serial}); only that one is read"
            )
            state = State(
                state.source, "stale", message, state.serial, state.lineage,
                state.terraform_version, state.digest,
            )  # fmt: skip
        kept.append(state)
    return kept
