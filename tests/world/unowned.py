"""What nobody owns in a recorded world: Terraform's state, the provider's schema, and a list made by hand.

None of it is ours: `fixtures/worlds/unowned.toml` says what a state cannot.
"""

from __future__ import annotations

import json
import tomllib
from typing import Any

from scanner.shipped import worlds
from tests.catalog import provider

OWNER_TAGS = {"owner", "team", "owned-by", "owner-team", "squad"}
TAGS = {"tags", "tag"}


def truth(world: str) -> set[Any]:
    """Addresses of what is declared without an owner and is there; type and name of what is not declared."""
    document = tomllib.loads((worlds() / "unowned.toml").read_text(encoding="utf-8"))[world]
    declared = _declared(world)
    assert set(document["not"]) <= declared, "it is no exception to anything"
    assert all(document["not"].values())
    beside = {(type_, name) for type_, names in document["beside"].items() for name in names}
    return (declared - set(document["not"])) | beside


def _declared(world: str) -> set[str]:
    state = json.loads((worlds() / world / "rev2.tfstate").read_text())
    oracle = json.loads((worlds() / world / "oracle2.json").read_text())
    gone = {drift["address"] for drift in oracle["drift"] if "<gone>" in drift["changed"]}
    return {
        address
        for resource in state["resources"]
        if resource["mode"] == "managed" and TAGS & set(provider.types()[resource["type"]].members)
        for instance in resource["instances"]
        if (address := _address(resource, instance)) not in gone
        and not OWNER_TAGS & _keys(instance["attributes"])
    }


def _address(resource: dict[str, Any], instance: dict[str, Any]) -> str:
    key = instance.get("index_key")
    module = f"{resource['module']}." if "module" in resource else ""
    index = "" if key is None else f"[{json.dumps(key)}]"
    return f"{module}{resource['type']}.{resource['name']}{index}"


def _keys(attributes: dict[str, Any]) -> set[str]:
    tags = {**(attributes.get("tags") or {}), **(attributes.get("tags_all") or {})}
    return {*tags, *(tag["key"] for tag in attributes.get("tag") or ())}
