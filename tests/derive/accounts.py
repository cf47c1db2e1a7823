"""Accounts with labels (fixtures/accounts), as `aws iam get-account-authorization-details` would print
them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "accounts"
ACCOUNT = "123456789012"
Label = str | list[Any]


def traps() -> tuple[dict[str, Any], dict[str, Label]]:
    """The details of the first made-up account, and what is to be found by name."""
    return account("traps")


def account(name: str) -> tuple[dict[str, Any], dict[str, Label]]:
    """The details of a made-up account, and what is to be found by name."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").replace("{account}", ACCOUNT)
    given = yaml.safe_load(text)
    details: dict[str, Any] = {
        "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
    }  # fmt: skip
    labels: dict[str, Label] = {}
    for name, policy in given["policies"].items():
        statements, earlier = (policy, ()) if isinstance(policy, list) else policy.values()
        details["Policies"].append(managed(name, statements, earlier))
    for name, group in given["groups"].items():
        details["GroupDetailList"].append(principal("Group", name, group))
    for kind in ("Role", "User"):
        for name, one in given[f"{kind.lower()}s"].items():
            made = principal(kind, name, one)
            labels[name] = one["label"]
            if "boundary" in one:
                details["Policies"].append(managed(f"boundary-{name}", one["boundary"]))
                made["PermissionsBoundary"] = {
                    "PermissionsBoundaryArn": arn("policy", f"boundary-{name}"),
                    "PermissionsBoundaryType": "Policy",
                }
            if kind == "Role":
                made["AssumeRolePolicyDocument"] = trust(one)
                made["InstanceProfileList"] = (
                    [{"Arn": arn("instance-profile", name)}] if one.get("profile") else []
                )
            details[f"{kind}DetailList"].append(made)
    return details, labels


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def managed(name: str, statements: list[Any], earlier: Sequence[list[Any]] = ()) -> dict[str, Any]:
    """A policy of the account, with the versions that it had."""
    versions = [
        {
            "VersionId": f"v{n}",
            "IsDefaultVersion": n == len(earlier) + 1,
            "Document": document(held),
        }
        for n, held in enumerate([*earlier, statements], 1)
    ]
    return {
        "PolicyName": name, "Arn": arn("policy", name), "Path": "/",
        "DefaultVersionId": f"v{len(versions)}", "AttachmentCount": 1, "PolicyVersionList": versions,
    }  # fmt: skip


def principal(kind: str, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A user, group or role with what it holds."""
    return {
        f"{kind}Name": name,
        "Arn": arn(kind.lower(), name),
        "Path": "/",
        "CreateDate": "2024-01-01T00:00:00Z",
        f"{kind}PolicyList": [
            {"PolicyName": f"p{number}", "PolicyDocument": document(statements)}
            for number, statements in enumerate(given.get("holds", ()))
        ],
        "AttachedManagedPolicies": [
            {"PolicyName": policy, "PolicyArn": arn("policy", policy)}
            for policy in given.get("attached", ())
        ],
        **({"GroupList": [given["group"]] if "group" in given else []} if kind == "User" else {}),
    }


def document(statements: list[Any]) -> dict[str, Any]:
    """A policy of `[effect, actions, resources, condition]`."""
    made = []
    for effect, actions, targets, *condition in statements:
        statement: dict[str, Any] = {"Effect": effect.capitalize()}
        for key, text in (("Action", actions), ("Resource", targets)):
            negated = text.startswith("not: ")
            statement[f"Not{key}" if negated else key] = text.removeprefix("not: ").split()
        if condition:
            statement["Condition"] = condition[0]
        made.append(statement)
    return {"Version": "2012-10-17", "Statement": made}


def trust(role: Mapping[str, Any]) -> dict[str, Any]:
    """The trust of a role: services, `root`, `role/NAME` and `session/ROLE/NAME`."""
    statements = []
    sides = [("Allow", who) for who in role["trust"]] + [
        ("Deny", who) for who in role.get("refuses", ())
    ]
    for effect, who in sides:
        if who == "root":
            named = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        elif who.startswith("session/"):
            named = {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/{who.removeprefix('session/')}"}
        elif "/" in who:
            named = {"AWS": f"arn:aws:iam::{ACCOUNT}:{who}"}
        else:
            named = {"Service": f"{who}.amazonaws.com"}
        condition: dict[str, Any] = {}
        if "ends" in role:
            condition["DateLessThan"] = {"aws:CurrentTime": role["ends"]}
        if "mfa" in role:
            condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
        statement = {"Effect": effect, "Principal": named, "Action": "sts:AssumeRole"}
        statements.append({**statement, **({"Condition": condition} if condition else {})})
    return {"Version": "2012-10-17", "Statement": statements}


def write(details: Mapping[str, Any], path: Path) -> str:
    path.write_text(json.dumps(details), encoding="utf-8")
    return str(path)
