"""Which IAM actions a scan needs, from the operations the resource types name.

For most operations the action is signing-name:OperationName (493 of 518 checked against the Service
Authorization Reference); a type names the others itself with `permission`.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from typing import Any

import botocore.session
from botocore import xform_name

from scanner.catalog import ResourceType, load
from scanner.collect.session import ALWAYS, LOOKUP, TAG_POLICY
from scanner.settings import Settings

RENAMED = {"monitoring": "cloudwatch"}
"""Signing names whose IAM prefix is another."""

MANAGED_POLICY = 6_144
"""Characters, but for white space, that a managed policy holds (IAM and STS quotas)."""
SESSION_POLICY = 2_048
"""Characters that may come with sts:AssumeRole (API reference of AssumeRole, Policy)."""


def needed(types: Iterable[ResourceType]) -> dict[str, tuple[str, ...]]:
    """Every IAM action that collecting the types takes, sorted, each with the types that need it.

    What every scan asks, whatever its types, is there with none.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for always in ALWAYS:
        found[action(always)].update()
    for kind in types:
        if kind.list:
            found[action(kind.list, kind.permission)].add(kind.type)
        for call in kind.calls:
            found[action(call.call, call.permission)].add(kind.type)
    return {name: tuple(sorted(found[name])) for name in sorted(found)}


def parts(types: Iterable[ResourceType]) -> list[dict[str, tuple[str, ...]]]:
    """The needed actions in as few policies as hold them, a service's together."""
    made: list[dict[str, tuple[str, ...]]] = [{}]
    for _, group in groupby(needed(types).items(), key=lambda item: item[0].partition(":")[0]):
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
    if settings.creator_lookups:
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


@cache
def session_policy() -> str:
    """What the sessions in other accounts are narrowed to, whatever the role there may do: what the types
    list and describe with, service by service, and every other action by its name. `` where that is
    longer than STS takes."""
    verbs = {
        re.sub(r":(List|Describe)[A-Z]\w*$", r":\1*", name) for name in needed(load().values())
    }
    statement = {"Effect": "Allow", "Action": sorted(verbs), "Resource": "*"}
    made = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
    return made if len(made) <= SESSION_POLICY else ""


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
