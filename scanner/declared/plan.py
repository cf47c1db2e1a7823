"""Reads what Terraform itself calls drift: a refresh-only plan, as JSON.

    terraform plan -refresh-only -out=p && terraform show -json p > plan.json

In: the bytes of such a file. Out: every managed object that Terraform looked at, and what it found changed
or gone. Secrets are blotted out here. The format is that of Terraform's `internal/command/jsonplan`.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from scanner.catalog.kinds import bare
from scanner.errors import StateError

MOST_BYTES = 512 * 1024 * 1024
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
HOW = "make one: `terraform plan -refresh-only -out=p && terraform show -json p > plan.json`"
_KEY = secrets.token_bytes(32)


@dataclass(frozen=True)
class Secret:
    """Stands for a secret value: equal where the values are, and nothing else can be learnt from it."""

    digest: bytes = field(repr=False)


@dataclass(frozen=True)
class Object:
    """One managed object that Terraform looked at."""

    address: str
    type: str
    attributes: Mapping[str, Any] = field(repr=False)
    """As the state had them where it drifted, else as they are."""


@dataclass(frozen=True)
class Drift:
    """One managed object that is not what the state says."""

    address: str
    previous: str
    """Its address in the state, where the configuration has moved it; else the same."""
    module: str
    type: str
    name: str
    index: int | str | None
    provider: str
    gone: bool
    changed: frozenset[str]
    """Top-level attributes that differ; unset, empty, zero and false are one."""
    before: Mapping[str, Any] = field(repr=False)
    after: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Plan:
    """Terraform's own verdict on one state."""

    source: str
    terraform_version: str
    made: str
    """When, UTC ISO 8601; `` where the plan does not say (Terraform before 1.5)."""
    drift: tuple[Drift, ...]
    objects: tuple[Object, ...]
    """Everything it looked at, drifted or not, at the state's addresses."""


class _Change(msgspec.Struct):
    actions: list[str]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    before_sensitive: Any = False
    after_sensitive: Any = False


class _Resource(msgspec.Struct):
    address: str
    type: str
    mode: str
    name: str = ""
    index: int | str | None = None
    provider_name: str = ""
    module_address: str = ""
    previous_address: str = ""
    deposed: str = ""
    deposed_key: str = ""
    change: _Change = msgspec.field(default_factory=lambda: _Change([]))
    values: dict[str, Any] | None = None
    sensitive_values: Any = False


class _Module(msgspec.Struct):
    resources: list[_Resource] = []
    child_modules: list[_Module] = []


class _Values(msgspec.Struct):
    root_module: _Module | None = None


class _Prior(msgspec.Struct):
    values: _Values | None = None


class _Plan(msgspec.Struct):
    terraform_version: str = ""
    timestamp: str = ""
    resource_drift: list[_Resource] = []
    prior_state: _Prior | None = None


def read_plan(path: str) -> Plan:
    """The plan in the file. Raises StateError, whose `kind` says why there is none."""
    try:
        with Path(path).open("rb") as file:
            # one byte more than may be: a device, or a sparse file, is not read to its end
            return parse(path, file.read(MOST_BYTES + 1))
    except OSError as error:
        kind = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
        _refuse(path, error.strerror or str(error), cause=error, kind=kind)


def parse(source: str, data: bytes) -> Plan:
    """The plan in `data`. Raises StateError, whose `kind` says why it is none."""
    if len(data) > MOST_BYTES:
        _refuse(source, f"more than a plan may have ({MOST_BYTES} bytes)")
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        _refuse(source, "the file is empty")
    if data.startswith(b"PK\x03\x04"):
        _refuse(source, "the plan itself, which only Terraform can read; give its JSON")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        _refuse(source, "UTF-16, as PowerShell's `>` writes it", "save the file as UTF-8")
    _tell_apart(source, _keys(source, data))
    try:
        plan = msgspec.json.decode(data, type=_Plan)
        _no_duplicates(source, data)
        return _plan(source, plan)
    except (*UNREADABLE, ValueError) as error:
        _refuse(source, f"not a whole plan: {error}", f"was it cut or edited? {HOW}", error)


def _plan(source: str, plan: _Plan) -> Plan:
    drift = [_drift(source, one) for one in plan.resource_drift if _current(one)]
    drifted = {one.address for one in drift}
    if len(drifted) < len(drift):
        _refuse(source, "an address stands twice among the drifted", f"was it edited? {HOW}")
    values = plan.prior_state.values if plan.prior_state else None
    root = (values.root_module if values else None) or _Module()
    return Plan(
        source=source,
        terraform_version=plan.terraform_version,
        made=plan.timestamp,
        drift=tuple(one for one in drift if one.gone or one.changed),
        objects=(
            *(Object(one.previous, one.type, one.before) for one in drift),
            *(one for one in _objects(root) if one.address not in drifted),
        ),
    )


def _refuse(
    source: str, what: str, hint: str = HOW, cause: Any = None, kind: str = "malformed"
) -> NoReturn:
    raise StateError(f"{source}: {what:.300}", hint=hint, kind=kind) from cause


def _keys(source: str, data: bytes) -> dict[str, bytes]:
    """The top keys that are not null, their values as they are written."""
    try:
        raw = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except UNREADABLE as error:
        what = f"not JSON: {error}"
        if isinstance(error, msgspec.ValidationError):
            what = f"JSON, but not a Terraform plan: {error}"
        elif b'"@level"' in data[:200]:
            what = "the messages of `terraform plan -json`, which hold no values"
        _refuse(source, what, cause=error)
    return {name: bytes(value) for name, value in raw.items() if bytes(value) != b"null"}


def _tell_apart(source: str, keys: Mapping[str, bytes]) -> None:
    """Refuses every other JSON file of Terraform, and plans that cannot serve, each with what to do."""
    version = keys.get("format_version", b"").decode("utf-8", "replace")
    for wrong, kind, what, hint in (
        ("encrypted_data" in keys, "encrypted", "encrypted by OpenTofu",
         "let OpenTofu read it: `tofu show -json p > plan.json`"),
        (not version and {"version", "lineage"} <= keys.keys(), "malformed",
         "a Terraform state, not a plan", f"--state takes a state; {HOW}"),
        (not version, "malformed", "JSON, but not a Terraform plan (no format_version)", HOW),
        (not version.startswith('"1.'), "unsupported",
         f"plan format {version:.40} is not supported, only 1.x is",
         "an older Terraform has to be 1.1 at least; a newer one needs a newer watchbill"),
        ("planned_values" not in keys, "malformed",
         f"the JSON of {'a state' if 'values' in keys else 'something else'}, not of a plan",
         f"show a plan; {HOW}"),
        (keys.get("errored") == b"true", "malformed",
         "this plan ended in an error and is not whole", f"mend that; {HOW}"),
        ("resource_changes" in keys, "unsupported",
         "a plan to apply, which does not say by itself what was changed outside Terraform",
         f"plan with -refresh-only; {HOW}"),
        (keys.get("complete") == b"false", "unsupported",
         "a plan of some resources only", f"plan without -target; {HOW}"),
        (not keys.keys() & {"resource_drift", "prior_state"}, "malformed",
         "a plan without drift information: neither resource_drift nor prior_state",
         f"an empty state has no drift; else {HOW}"),
    ):  # fmt: skip
        if wrong:
            _refuse(source, what, hint, kind=kind)


def _no_duplicates(source: str, data: bytes) -> None:
    """JSON with a key twice means two things; every parser silently takes the last."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            names = [name for name, _ in items]
            _refuse(source, f"the key {max(names, key=names.count):.80} stands twice in the plan")
        return found

    json.loads(data, object_pairs_hook=pairs)


def _current(resource: _Resource) -> bool:
    """Whether it is managed and no leftover of a replacement: those are nobody's wish."""
    return resource.mode == "managed" and not resource.deposed and not resource.deposed_key


def _drift(source: str, resource: _Resource) -> Drift:
    change = resource.change
    if change.actions not in (["update"], ["delete"], ["no-op"]):
        said = f"{resource.address} drifted by {'-'.join(change.actions)!r}, which is not known"
        _refuse(source, said, "a newer Terraform needs a newer watchbill", kind="unsupported")
    gone = change.actions == ["delete"]
    before, after = change.before or {}, change.after or {}
    marks = (change.before_sensitive, change.after_sensitive)
    differ = [n for n in {**before, **after} if not gone and before.get(n) != after.get(n)]
    return Drift(
        address=resource.address,
        previous=resource.previous_address or resource.address,
        module=resource.module_address,
        type=resource.type,
        name=resource.name,
        index=resource.index,
        provider=resource.provider_name,
        gone=gone,
        changed=frozenset(n for n in differ if bare(before.get(n)) != bare(after.get(n))),
        before=_blotted(before, *marks),
        after=_blotted(after, *marks),
    )


def _blotted(values: Mapping[str, Any] | None, *marks: Any) -> Mapping[str, Any]:
    """The values with everything that any of the marks calls sensitive as a Secret."""
    values = dict(values or {})
    for mark in marks:
        by_name = mark if isinstance(mark, Mapping) else dict.fromkeys(values, mark)
        for name in values.keys() & by_name.keys():
            if _marks(by_name[name]):
                values[name] = _without(values[name], by_name[name])
    return values


def _without(value: Any, mark: Any) -> Any:
    if isinstance(value, Secret) or value in (None, "", [], {}):
        return value
    if isinstance(value, Mapping) and isinstance(mark, Mapping):
        return {name: _without(inner, mark.get(name)) for name, inner in value.items()}
    if isinstance(value, list) and isinstance(mark, list) and len(mark) == len(value):
        return [_without(*pair) for pair in zip(value, mark, strict=True)]
    # marks of another shape than the value: which part is the secret cannot be said
    if not _marks(mark):
        return value
    text = json.dumps(value, sort_keys=True, default=lambda secret: secret.digest.hex())
    return Secret(hmac.digest(_KEY, text.encode("utf-8", "surrogatepass"), "sha256"))


def _marks(mark: Any) -> bool:
    inner = mark.values() if isinstance(mark, Mapping) else mark if isinstance(mark, list) else ()
    return mark is True or any(map(_marks, inner))


def _objects(module: _Module) -> Iterator[Object]:
    for one in filter(_current, module.resources):
        yield Object(one.address, one.type, _blotted(one.values, one.sensitive_values))
    for child in module.child_modules:
        yield from _objects(child)
