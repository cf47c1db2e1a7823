"""Which IAM actions a scan needs, from the operations the resource types name.

For most operations the action is signing-name:OperationName (493 of 518 checked against the Service
Authorization Reference); a type names the others itself with `permission`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import botocore.session
import msgspec
from botocore import xform_name

from scanner.catalog import ResourceType, load
from scanner.catalog.longtail import longtail
from scanner.collect.session import ALWAYS, LISTS, LOOKUP, TAG_POLICY, beside
from scanner.errors import CollectError
from scanner.settings import Settings

NARROWING = Path(__file__).with_name("narrowing.toml")

RENAMED = {"monitoring": "cloudwatch", "tagging": "tag"}
"""Signing names whose IAM prefix is another."""

ACTIONS = {LISTS: "cloudformation:ListResources"}
"""What allows a call that the settings ask for, where it is not service:Operation."""

MANAGED_POLICY = 6_144
"""Characters, but for white space, that a managed policy holds (IAM and STS quotas)."""
SESSION_POLICY = 2_048
"""Characters that may come with sts:AssumeRole (API reference of AssumeRole, Policy)."""


def needed(
    types: Iterable[ResourceType], settings: Settings | None = None
) -> dict[str, tuple[str, ...]]:
    """Every IAM action that the types and the settings take, sorted, each with the types that need it.

    What every scan asks, whatever its types, is there with none.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for always in (*ALWAYS, *beside(settings)):
        found[action(always, ACTIONS.get(always, ""))].update()
    if settings and settings.long_tail:
        for name, listed in longtail().items():
            for need in listed.needs:
                found[need].add(name)
    for kind in types:
        if kind.list:
            found[action(kind.list, kind.permission)].add(kind.type)
        for call in kind.calls:
            found[action(call.call, call.permission)].add(kind.type)
    return {name: tuple(sorted(found[name])) for name in sorted(found)}


def parts(
    types: Iterable[ResourceType], settings: Settings | None = None
) -> list[dict[str, tuple[str, ...]]]:
    """The needed actions in as few policies as hold them, a service's together."""
    made: list[dict[str, tuple[str, ...]]] = [{}]
    for _, group in groupby(
        needed(types, settings).items(), key=lambda item: item[0].partition(":")[0]
    ):
        service = dict(group)
        if size(document([*made[-1], *service])) > MANAGED_POLICY:
            made.append({})
        made[-1] |= service
    return made


def document(actions: Iterable[str], sid: str = "WatchbillReads") -> dict[str, Any]:
    """A policy document that allows exactly these actions."""
    statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def size(policy: Mapping[str, Any]) -> int:
    """The characters of a policy as IAM counts them for a managed one: without white space."""
    return len(re.sub(r"\s", "", json.dumps(policy)))


def reach(settings: Settings, partition: str = "aws") -> list[dict[str, Any]]:
    """The statements that whoever starts the scan needs beside: to list the accounts, to go into them.

    None where only the caller's own account is scanned.
    """
    found: list[dict[str, Any]] = []
    if settings.organization:
        found.append(
            {
                "Sid": "WatchbillListsAccounts", "Effect": "Allow",
                "Action": ["organizations:ListAccounts"], "Resource": "*",
            }
        )  # fmt: skip
    if settings.tag_policies:
        found.append(
            {
                "Sid": "WatchbillReadsTagPolicies", "Effect": "Allow",
                "Action": [action(TAG_POLICY)], "Resource": "*",
            }
        )  # fmt: skip
    if settings.creator_lookups or settings.change_lookups:
        found.append(
            {
                "Sid": "WatchbillReadsWhoMadeIt", "Effect": "Allow",
                "Action": [action(LOOKUP)], "Resource": "*",
            }
        )  # fmt: skip
    roles = {account for account in settings.accounts if account.startswith("arn:")}
    if settings.organization:
        roles.add(f"arn:{partition}:iam::*:role/{settings.role}")
    else:
        roles |= {
            f"arn:{partition}:iam::{account}:role/{settings.role}"
            for account in set(settings.accounts) - roles
        }
    if roles:
        found.append(
            {
                "Sid": "WatchbillTakesRoles", "Effect": "Allow",
                "Action": ["sts:AssumeRole"], "Resource": sorted(roles),
            }
        )  # fmt: skip
    return found


class Narrowing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sessions in other accounts may do: AWS's own policy by name, less what is denied."""

    managed: str
    source: str
    version: str
    denied: tuple[str, ...]
    allows: tuple[str, ...]


@cache
def narrowing() -> Narrowing:
    """The reviewed file."""
    return msgspec.convert(tomllib.loads(NARROWING.read_text(encoding="utf-8")), Narrowing)


@cache
def session_policy() -> str:
    """What stands beside AWS's policy in sessions elsewhere: it denies reads of data, and allows what the
    types need and AWS's policy lacks. Raises WatchbillError where that is longer than STS takes."""
    lacking = [name for name in needed(load().values()) if not _matched(name, narrowing().allows)]
    statements = [{"Effect": "Deny", "Action": list(narrowing().denied), "Resource": "*"}]
    if lacking:
        statements.append({"Effect": "Allow", "Action": lacking, "Resource": "*"})
    made = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
    if len(made) > SESSION_POLICY:
        raise CollectError(
            f"the policy of sessions is {len(made)} characters long, and STS takes {SESSION_POLICY}",
            hint=f"bring {NARROWING.name} up to date with {narrowing().source}",
        )
    return made


def session_arns(partition: str) -> list[dict[str, str]]:
    """AWS's policy that sessions elsewhere are narrowed to, as STS takes it."""
    return [{"arn": f"arn:{partition}:iam::aws:policy/{narrowing().managed}"}]


def _matched(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def action(call: str, permission: str = "") -> str:
    """The IAM action that allows `service.operation`."""
    if permission:
        return permission
    service, _, operation = call.partition(".")
    signing, names = _operations(service)
    return f"{RENAMED.get(signing, signing)}:{names[operation]}"


@cache
def _operations(service: str) -> tuple[str, dict[str, str]]:
    model = botocore.session.Session().get_service_model(service)
    return model.signing_name, {xform_name(name): name for name in model.operation_names}
