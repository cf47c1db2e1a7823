"""A state in which every compared attribute was edited, and what Terraform says of it.

    python -m tests.world.edited WORLD...

Nobody can edit all of a recorded cloud: the emulator has no call for most of it. But drift has two sides, and
Terraform tells a cloud that was edited from a state that was edited as little as watchbill does. So the last
state of a world is edited instead, by a rule, each attribute that is compared and says something; the command
asks `terraform plan -refresh-only` (Terraform and the provider must be at hand) about it and writes
`oracle-edited.json`. What names an object is let be: with it edited, another object is meant. What a world
declares nowhere is declared once, as something that the cloud does not have.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scanner.catalog import Attribute, ResourceType, aliases, load
from scanner.catalog.path import words
from scanner.derive.matching import of_state
from scanner.replay import served
from tests.catalog.provider import Field, types

Pairs = dict[tuple[str, str], str]
Edit = tuple[str, str, dict[str, Any], str, Any]
"""(type, address, the instance's attributes, name, edited value)."""
WORLDS = Path(__file__).resolve().parents[2] / "fixtures" / "worlds"
ORACLE = "oracle-edited.json"
STATE = "rev2.tfstate"
READ_BY: Mapping[str, tuple[str, ...]] = {
    "aws_api_gateway_model": ("name",),
    "aws_iam_server_certificate": ("name",),
    "aws_wafv2_ip_set": ("name", "scope"),
    "aws_wafv2_regex_pattern_set": ("name", "scope"),
    "aws_wafv2_rule_group": ("name", "scope"),
    "aws_wafv2_web_acl": ("name", "scope"),
}
"""What the provider finds an object by, beside its id."""
REFUSED = {
    ("aws_s3_bucket_lifecycle_configuration", "transition_default_minimum_object_size"),
}
"""The provider refuses a state with a value that it does not know."""
TOGETHER = {"engine_version": "engine_version_actual"}
"""What a version that is wholly declared equals: without it, it is a prefix, which is not compared."""
THING = "arn:aws:svc:us-east-1:123456789012:thing/edited"
DENY = {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*"}
MADE_UP = {
    "policy": json.dumps({"Version": "2012-10-17", "Statement": [DENY]}),
    "json": '{"edited": 1}', "time": "2031-01-01T00:00:00Z", "arn_or_name": THING,
    "int": "7", "float": "7", "bool": "true",
}  # fmt: skip
"""What a text of a kind is declared as."""
OF_FORM: Mapping[str, Any] = {
    "number": 7, "bool": True, "list(string)": ["edited"], "set(string)": ["edited"],
    "map(string)": {"edited": "x"},
}  # fmt: skip
PROVIDER = {
    "access_key": "test",
    "secret_key": "test",
    "region": "us-east-1",
    "s3_use_path_style": True,
    "skip_credentials_validation": True,
    "skip_metadata_api_check": True,
    "max_retries": 2,
}


def names(kind: ResourceType, type_: str, attributes: Mapping[str, Any]) -> set[str]:
    """The attributes that say which object is meant."""
    found = {"id", "arn", *READ_BY.get(type_, ()), *kind.holds}
    for template in (kind.declared_key, kind.declared_parent):
        found |= words(template)
    id_ = str(attributes.get("id"))
    return found | {
        name
        for name, value in attributes.items()
        if isinstance(value, str) and value and value in id_
    }


def edited_value(value: Any, attribute: Attribute) -> Any:
    """Another value of the same form; the same where there is nothing to edit."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return _text(value, attribute)
    if isinstance(value, list):
        return _list(value, attribute)
    if isinstance(value, dict):
        return {**value, "edited": next(iter(value.values()))} if value else value
    return value


def _text(value: str, attribute: Attribute) -> str:
    if not value:
        return value
    if value.lower() in ("true", "false"):
        return "false" if value.lower() == "true" else "true"
    if value.isdigit():
        return str(int(value) + 1)
    if value[0] in "{[":
        try:
            document = json.loads(value)
        except ValueError:
            return value
        statements = document.get("Statement") if isinstance(document, dict) else None
        if isinstance(statements, list) and statements:
            denied = {**statements[0], "Effect": "Deny"}
            return json.dumps({**document, "Statement": [denied, *statements[1:]]})
        return json.dumps(
            [*document, "edited"] if isinstance(document, list) else document | {"edited": 1}
        )
    if attribute.kind == "time":
        return "2031" + value[4:]
    if attribute.kind == "arn_or_name" or value.startswith("arn:"):
        return value + "-edited"
    return value + "x" if value[-1].isalpha() else value + "1"


def _list(value: list[Any], attribute: Attribute) -> list[Any]:
    if not value:
        return value
    if not all(isinstance(element, dict) for element in value):
        return value[:-1] if len(value) > 1 else [edited_value(value[0], attribute)]
    for index, element in enumerate(value):
        for name, inner in (attribute.of or {}).items():
            other = edited_value(element.get(name), inner)
            if other != element.get(name):
                return [*value[:index], {**element, name: other}, *value[index + 1 :]]
    return value


def _managed(state: Mapping[str, Any]) -> list[Any]:
    return [r for r in state["resources"] if r["mode"] == "managed"]


def _collected(state: Mapping[str, Any]) -> Iterator[tuple[ResourceType, Any, Any]]:
    """Every instance of a type that is collected: its type, its resource, itself."""
    for resource in _managed(state):
        kind = load().get(aliases().get(resource["type"], ""))
        if kind is not None:
            yield from ((kind, resource, instance) for instance in resource["instances"])


def edits(state: Mapping[str, Any]) -> Iterator[Edit]:
    """(type, address, attributes, name, edited value) for each attribute that can be edited."""
    there = {aliases().get(r["type"], "?") for r in _managed(state)}
    for kind, resource, instance in _collected(state):
        attributes = instance["attributes"]
        kept = names(kind, resource["type"], attributes)
        made = {}
        for name, attribute in kind.attributes.items():
            if name in kept or (kind.type, name) in REFUSED:
                continue
            # what others declare of it too is told at them
            owner = aliases().get(attribute.owner)
            if attribute.kind == "rules" or attribute.within or owner in there:
                continue
            other = edited_value(attributes.get(name), attribute)
            if other != attributes.get(name):
                made[name] = other
        after = attributes | made
        after |= {TOGETHER[n]: made[n] for n in TOGETHER.keys() & made.keys()}
        for name, other in made.items():
            when = kind.attributes[name].when
            # compared before the edits, and still with them
            if not when or all(of_state(f"{{{when}}}", side) for side in (attributes, after)):
                yield kind.type, address(resource, instance), attributes, name, other


def declarations(state: Mapping[str, Any], edited: set[tuple[str, str]]) -> Iterator[Edit]:
    """The same for each attribute of a type that is neither edited nor declared, at one instance of it."""
    done = set(edited)
    there = {aliases().get(r["type"], "?") for r in _managed(state)}
    for kind, resource, instance in _collected(state):
        attributes = instance["attributes"]
        kept = names(kind, resource["type"], attributes)
        kept = kept.union(words(kind.beyond), *(words(a.when) for a in kind.attributes.values()))
        for name, attribute in kind.attributes.items():
            facts = types()[resource["type"]].members.get(name)
            if (kind.type, name) in done or name in kept or attributes.get(name) or not facts:
                continue
            if attribute.when or attribute.within or aliases().get(attribute.owner) in there:
                continue
            value = None if facts.computed_only else declared_value(facts, attribute)
            if value is not None:
                done.add((kind.type, name))
                yield kind.type, address(resource, instance), attributes, name, value


def declared_value(facts: Field, attribute: Attribute) -> Any:
    """A value of the provider's form that no cloud has; None where none is made up."""
    if attribute.declared:
        return None
    if attribute.of:
        members = {
            name: value
            for name, inner in attribute.of.items()
            if (known := facts.members.get(name)) and not known.computed_only
            if (value := declared_value(known, inner)) is not None
        }
        return [members] if members and facts.schema.startswith("block") else None
    return (
        MADE_UP.get(attribute.kind, "edited")
        if facts.schema == "string"
        else OF_FORM.get(facts.schema)
    )


def address(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    """Terraform's address of an instance."""
    module = f"{resource['module']}." if resource.get("module") else ""
    index = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
    return f"{module}{resource['type']}.{resource['name']}{index}"


def edited(world: str) -> tuple[bytes, Pairs]:
    """The edited state of a world, and what was edited in it: (address, attribute) to the type."""
    state = json.loads((WORLDS / world / STATE).read_text())
    made = list(edits(state))
    made += declarations(state, {(type_, name) for type_, _, _, name, _ in made})
    for _, _, attributes, name, value in made:
        if name in TOGETHER and attributes.get(TOGETHER[name]) == attributes[name]:
            attributes[TOGETHER[name]] = value
        attributes[name] = value
    return json.dumps(state).encode(), {(place, name): type_ for type_, place, _, name, _ in made}


def naming(world: str) -> set[tuple[str, str]]:
    """(type, compared attribute) of a world's last state that say which object is meant."""
    state = json.loads((WORLDS / world / STATE).read_text())
    return {
        (kind.type, name)
        for resource in state["resources"]
        if resource["mode"] == "managed"
        and (kind := load().get(aliases().get(resource["type"], "")))
        for instance in resource["instances"]
        for name in kind.attributes.keys() & names(kind, resource["type"], instance["attributes"])
    }


def terraform(world: str) -> set[tuple[str, str]]:
    """The edits that the recorded `terraform plan -refresh-only` tells."""
    said = json.loads((WORLDS / world / ORACLE).read_text())
    return {(place, name) for place, changed in said.items() for name in changed}


def drift(
    world: Path, state: bytes, folder: Path, default_tags: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """What Terraform says drifted of a state, against the served cloud of a world; it works in the folder."""
    provider = {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}}
    aws = PROVIDER | ({"default_tags": {"tags": default_tags}} if default_tags else {})
    (folder / "main.tf.json").write_text(json.dumps({**provider, "provider": {"aws": aws}}))
    (folder / "terraform.tfstate").write_bytes(state)

    def run(*arguments: str) -> str:
        made = subprocess.run(
            ["terraform", *arguments], cwd=folder, capture_output=True, text=True, env=environment
        )
        if made.returncode:
            raise SystemExit(f"terraform {arguments[0]}:\n{made.stderr}")
        return made.stdout

    with served(world) as cloud:
        environment = cloud.environment(os.environ) | {"TF_IN_AUTOMATION": "1"}
        run("init", "-input=false", "-no-color")
        run("plan", "-refresh-only", "-out=plan", "-input=false", "-no-color")
        plan = json.loads(run("show", "-json", "plan"))
    return list(plan.get("resource_drift", []))


def ask(world: str, folder: Path) -> dict[str, list[str]]:
    """Which edits of the state Terraform says to have changed, by address."""
    state, asked = edited(world)
    told = {
        place: sorted(name for name in changed(one["change"]) if (place, name) in asked)
        for one in drift(WORLDS / world, state, folder)
        if (place := one["address"])
    }
    return {place: names for place, names in told.items() if names}


def changed(change: Mapping[str, Any]) -> Iterator[str]:
    """The top-level attributes that a change of a plan is about."""
    before, after = change["before"] or {}, change["after"]
    if not after:  # it is gone, whatever was edited
        return
    for name in before.keys() | after.keys():
        if before.get(name) != after.get(name) and (before.get(name) or after.get(name)):
            yield name


def write(file: Path, said: Mapping[str, Sequence[str]]) -> None:
    """An oracle's file, a line an address."""
    rows = ",\n".join(f"{json.dumps(a)}: {json.dumps(said[a])}" for a in sorted(said))
    file.write_text("{\n" + rows + "\n}\n")


if __name__ == "__main__":
    for each in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as work:
            said = ask(each, Path(work))
        write(WORLDS / each / ORACLE, said)
        print(f"{each}: {sum(map(len, said.values()))} attributes changed at {len(said)} addresses")
