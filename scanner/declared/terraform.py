"""Reads Terraform and OpenTofu state, versions 4 and 3, encrypted or not.

In: the bytes of a state. Out: its managed resource instances, data sources left out, deposed and tainted
ones kept and marked. The format is internal to Terraform; the facts used here are those of its
`internal/states/statefile/version4.go`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from scanner.declared import flatmap, secret_names
from scanner.declared.encrypted import Keys, opened
from scanner.declared.state import Declared, State
from scanner.errors import StateError

__all__ = ["MOST_BYTES", "Declared", "State", "parse", "too_big"]

MOST_BYTES = 512 * 1024 * 1024
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
WRITES_ONE = "give a Terraform state file; `terraform state pull` writes one"


class _Instance(msgspec.Struct):
    attributes: dict[str, Any] | None = None
    attributes_flat: dict[str, str] | None = None
    index_key: int | str | None = None
    status: str = ""
    deposed: str = ""
    sensitive_attributes: list[Any] = []
    identity: Any = None


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

    @property
    def encrypted(self) -> bool:
        return self.encrypted_data is not None or self.encryption_version is not None


@dataclass(frozen=True)
class _Problem:
    """Why bytes could not be decoded, without the exception: that one may carry the bytes."""

    text: str
    is_json: bool


def parse(source: str, data: bytes, keys: Keys | None = None) -> State:
    """The state in `data`. Raises StateError, whose `kind` says why it is none."""
    if len(data) > MOST_BYTES:
        raise too_big(source)
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise StateError(f"{source}: the file is empty", hint="give a Terraform state file")
    head = _head(source, data)
    if head.encrypted:
        data = opened(source, data, keys or Keys())
        head = _head(source, data)
        if head.encrypted:
            raise StateError(
                f"{source}: encrypted by OpenTofu twice over",
                hint="give a decrypted copy: `tofu state pull > plain.tfstate`",
                kind="unsupported",
            )
    _check_version(source, head.version)
    state = _read(source, data, head.version)
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


def too_big(source: str) -> StateError:
    """The refusal of something that has more bytes than a state may have."""
    return StateError(
        f"{source}: more than a state may have ({MOST_BYTES} bytes)",
        hint="is this a Terraform state? `terraform state pull` writes one",
    )


def _decode(data: bytes, form: Any) -> Any:
    try:
        return msgspec.json.decode(data, type=form)
    except msgspec.ValidationError as error:
        return _Problem(f"{error!s:.300}", is_json=True)
    except UNREADABLE as error:
        return _Problem(f"{error!s:.300}", is_json=False)


def _read(source: str, data: bytes, version: int) -> _State:
    state = _decode(data, flatmap.Flat if version == 3 else _State)
    if isinstance(state, flatmap.Flat):
        return msgspec.convert(flatmap.upgraded(source, state), _State)
    if isinstance(state, _State):
        return state
    raise StateError(
        f"{source}: not a whole Terraform state: {state.text}",
        hint="was it cut or edited? `terraform state pull` gives a whole one",
    )


def _head(source: str, data: bytes) -> _Head:
    head = _decode(data, _Head)
    if isinstance(head, _Head):
        return head
    what = "JSON, but not a Terraform state" if head.is_json else "not JSON"
    raise StateError(f"{source}: {what}: {head.text}", hint=WRITES_ONE)


def _check_version(source: str, version: Any) -> None:
    if version is None:
        raise StateError(
            f"{source}: JSON, but not a Terraform state (it has no version)",
            hint="a plan or an output is no state; `terraform state pull` writes one",
        )
    if isinstance(version, int) and not isinstance(version, bool):
        if version in (3, 4):
            return
        if version in (1, 2):
            hint = (
                "Terraform before 0.7 wrote it; `terraform state pull > new.tfstate` beside it, with "
                "Terraform 0.12 or later (OpenTofu cannot), writes the same state as version 4"
            )
        else:
            hint = "a newer Terraform wrote it than this watchbill knows; a newer watchbill may"
    else:
        hint = (
            "a version is a whole number; was it edited? `terraform state pull` gives a whole state"
        )
    raise StateError(
        f"{source}: state version {version!r:.40} is not supported, only 4 and 3 are",
        hint=hint,
        kind="unsupported",
    )


def _managed(source: str, resources: list[_Resource]) -> list[_Resource]:
    for resource in resources:
        if resource.mode not in ("managed", "data"):
            raise StateError(
                f"{source}: {resource.type:.80}.{resource.name:.80} has the mode "
                f"{resource.mode!r:.40}, which no state of version 4 has",
                hint="pull the state again, with the Terraform that wrote it",
            )
    return [resource for resource in resources if resource.mode == "managed"]


def _once_each(source: str, instances: tuple[Declared, ...]) -> None:
    """An address stands once, and once more for each leftover; Terraform refuses other states too."""
    seen: set[tuple[str, str]] = set()
    for instance in instances:
        if (instance.address, instance.deposed) in seen:
            raise StateError(
                f"{source}: {instance.address:.200} stands twice in the state",
                hint="was it merged by hand? restore it from a backup or pull it again",
            )
        seen.add((instance.address, instance.deposed))


def _no_duplicates(source: str, data: bytes) -> None:
    """JSON with a key twice means two things; every parser silently takes the last."""

    def pairs(items: list[tuple[str, Any]]) -> None:
        # nothing is kept of what was looked at
        if len(dict(items)) != len(items):
            names = [name for name, _ in items]
            twice = sorted({name for name in names if names.count(name) > 1})
            raise StateError(
                f"{source}: the key {twice[0]:.80} stands twice in the state",
                hint="restore the state from a backup or pull it again",
            )

    problem = ""
    try:
        json.loads(data, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        problem = str(error)
    if problem:
        raise StateError(f"{source}: not JSON: {problem:.300}", hint="pull the state again")


def _declared(source: str, resource: _Resource, instance: _Instance) -> Declared:
    key = instance.index_key
    index = "" if key is None else f"[{_quoted(key) if isinstance(key, str) else key}]"
    prefix = f"{resource.module}." if resource.module else ""
    attributes = instance.attributes or flatmap.unfold(instance.attributes_flat or {})
    marked = _marked(instance.sensitive_attributes)
    return Declared.of(
        source=source,
        address=f"{prefix}{resource.type}.{resource.name}{index}",
        type=sys.intern(resource.type),
        provider=sys.intern(resource.provider),
        deposed=instance.deposed,
        tainted=instance.status == "tainted",
        attributes=attributes,
        sensitive=frozenset([*marked, *secret_names.known(resource.type, attributes)]),
        identity=instance.identity if isinstance(instance.identity, dict) else {},
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
