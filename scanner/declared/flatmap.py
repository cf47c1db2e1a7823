"""Reads state version 3, which Terraform 0.7 to 0.11 wrote, as if Terraform had upgraded it.

In: the bytes of such a state. Out: its resources in the form of version 4, so that one reader turns both
into instances. The facts are those of Terraform's `internal/states/statefile/version3_upgrade.go` and
`internal/configs/hcl2shim/flatmap.go`; what cannot be known without the provider's schema (whether a
counted sequence is a list or a set, whether a text is a number) is left to the comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from scanner.errors import StateError

UNKNOWN = "74D93920-ED26-11E3-AC10-0800200C9A66"
"""What Terraform 0.11 writes for a value that was not known; hcl2shim.UnknownVariableValue."""
DEEPEST = 64
NAME = re.compile(r"[^\W\d][\w-]*")
INDEX = re.compile(r"0|[1-9]\d{0,8}")
ELEMENT = re.compile(r"[~-]?\d{1,20}")


class Object(msgspec.Struct):
    """One generation of an instance."""

    id: str = ""
    attributes: dict[str, str] | None = None
    tainted: bool = False


class Resource(msgspec.Struct):
    """What version 3 calls a resource is one instance."""

    primary: Object | None = None
    deposed: list[Object | None] | None = None
    provider: str = ""


class Module(msgspec.Struct):
    """The resources of one module."""

    path: list[str]
    resources: dict[str, Resource] | None = None


class Flat(msgspec.Struct, kw_only=True):
    """A state of version 3."""

    modules: list[Module] | None = None
    serial: int = 0
    lineage: str = ""
    terraform_version: str = ""
    backend: Any = None


def upgraded(source: str, state: Flat) -> dict[str, Any]:
    """The same state as version 4 has it, its attributes unfolded; data sources are left out.

    Raises StateError where the state is no state but the note that says where one is.
    """
    if state.backend is not None:
        raise StateError(
            f"{source}: this only says where the state is (version 3 with a backend)",
            hint=f"it is Terraform's own note in .terraform/; give the state itself{_where(state.backend)}, "
            "or pull it: `terraform state pull > pulled.tfstate`",
            kind="unsupported",
        )
    if state.modules is None:
        raise StateError(
            f"{source}: not a whole Terraform state: a state of version 3 without modules",
            hint="was it cut or edited? `terraform state pull` gives a whole one",
        )
    return {
        "version": 4,
        "serial": state.serial,
        "lineage": state.lineage,
        "terraform_version": state.terraform_version,
        "resources": [one for module in state.modules for one in _resources(source, module)],
    }


WHERE = {
    "azurerm": "azurerm://{storage_account_name}/{container_name}/{key}",
    "gcs": "gs://{bucket}/{prefix}/",
    "http": "{address}",
    "local": "{path}",
    "s3": "s3://{bucket}/{key}",
}
"""Where a backend keeps its state, as `--state` takes it, filled from its settings; others are not named."""


def _where(backend: Any) -> str:
    """`, s3://bucket/key`, where the note says it plainly; what else it holds may be a secret."""
    told = backend if isinstance(backend, dict) else {}
    config, form = told.get("config"), WHERE.get(str(told.get("type")))
    if form is None or not isinstance(config, dict):
        return ""
    named = {name: config.get(name) for name in re.findall(r"{(\w+)}", form)}
    plain = all(isinstance(v, str) and re.fullmatch(r"[\w./:-]{1,200}", v) for v in named.values())
    return f", {form.format_map(named)}" if plain else ""


def _resources(source: str, module: Module) -> Iterable[dict[str, Any]]:
    names = module.path[1:]
    if module.path[:1] != ["root"] or not all(map(NAME.fullmatch, names)):
        raise _odd(source, f"the module path {'.'.join(module.path)!r:.80}")
    prefix = ".".join(f"module.{name}" for name in names)
    for key, resource in (module.resources or {}).items():
        parts = key.split(".")
        if len(parts) > 2 and parts[0] == "data":
            continue
        if not 2 <= len(parts) <= 3 or not all(map(NAME.fullmatch, parts[:2])):
            raise _odd(source, f"the resource {key!r:.80}")
        if len(parts) == 3 and not INDEX.fullmatch(parts[2]):
            raise _odd(source, f"the resource {key!r:.80}")
        yield {
            "mode": "managed",
            "module": prefix,
            "type": parts[0],
            "name": parts[1],
            "provider": _provider(resource.provider, parts[0], prefix),
            "instances": list(_instances(resource, int(parts[2]) if len(parts) == 3 else None)),
        }


def _odd(source: str, what: str) -> StateError:
    return StateError(
        f"{source}: {what} is none that Terraform writes into a state of version 3",
        hint="was it edited? `terraform state pull` gives a whole state, of version 4",
    )


def _provider(written: str, type_: str, prefix: str) -> str:
    """The provider's address as Terraform upgrades it: of the same module unless it says another."""
    if "provider." in written:
        return written
    local = written or type_.partition("_")[0]
    return f"{prefix}.provider.{local}" if prefix else f"provider.{local}"


def _instances(resource: Resource, index: int | None) -> Iterable[dict[str, Any]]:
    # leftovers have no key in version 3; Terraform numbers them from 1 when it upgrades
    generations = [("", resource.primary)]
    generations += [(f"{n:08x}", one) for n, one in enumerate(resource.deposed or (), 1)]
    for deposed, one in generations:
        if one is None:
            continue
        flat = dict(one.attributes or {})
        if one.id and not flat.get("id"):
            flat["id"] = one.id
        yield {
            "index_key": index,
            "deposed": deposed,
            "status": "tainted" if one.tainted else "",
            "attributes_flat": flat,
        }


def unfold(flat: Mapping[str, str]) -> dict[str, Any]:
    """Nested values of `a.#`, `a.0.b` and `m.%`, `m.key`; leaves stay texts, counts are not trusted."""
    return _object(flat.items(), DEEPEST)


def _object(items: Iterable[tuple[str, str]], room: int) -> dict[str, Any]:
    members: dict[str, list[tuple[str | None, str]]] = {}
    for name, value in items:
        head, dot, rest = name.partition(".")
        if not room:
            head, dot = name, ""
        members.setdefault(head, []).append((rest if dot else None, value))
    return {head: _value(group, room - 1) for head, group in members.items()}


def _value(group: list[tuple[str | None, str]], room: int) -> Any:
    inner = [(rest, value) for rest, value in group if rest is not None]
    if not inner:
        return None if group[0][1] == UNKNOWN else group[0][1]
    counts = dict(inner)
    size, count = counts.get("%"), counts.get("#")
    below = [(rest, value) for rest, value in inner if rest not in ("%", "#")]
    if UNKNOWN in (size, count):
        return None
    if size is not None:
        # a map holds texts alone, and the rest of the name is its key, dots and all
        return dict(below)
    if count is None:
        return _object(below, room)
    if not all(ELEMENT.fullmatch(rest.partition(".")[0]) for rest, _ in below):
        return dict(below)  # before 0.7 maps were counted like lists
    elements = _object(below, room)
    if not elements and count == "1":
        return [{}]  # one block with nothing set in it leaves its count alone
    return [elements[key] for key in sorted(elements, key=lambda key: int(key.lstrip("~-")))]
