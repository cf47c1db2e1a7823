"""Which IAM actions a scan needs, from the operations the resource types name.

For most operations the action is signing-name:OperationName (493 of 518 checked against the Service
Authorization Reference); a type names the others itself with `permission`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name

from scanner.catalog import load
from scanner.collect.session import ALWAYS

RENAMED = {"monitoring": "cloudwatch"}
"""Signing names whose IAM prefix is another."""


def actions() -> tuple[str, ...]:
    """Every IAM action, sorted."""
    found = {_action(call) for call in ALWAYS}
    for kind in load().values():
        if kind.list:
            found.add(kind.permission or _action(kind.list))
        found |= {call.permission or _action(call.call) for call in kind.calls}
    return tuple(sorted(found))


def document() -> dict[str, Any]:
    """A policy document that allows exactly these."""
    statement = {
        "Sid": "WatchbillReads", "Effect": "Allow", "Action": list(actions()), "Resource": "*",
    }  # fmt: skip
    return {"Version": "2012-10-17", "Statement": [statement]}


@cache
def _operations(service: str) -> tuple[str, dict[str, str]]:
    model = botocore.session.Session().get_service_model(service)
    return model.signing_name, {xform_name(name): name for name in model.operation_names}


def _action(call: str) -> str:
    service, _, operation = call.partition(".")
    signing, names = _operations(service)
    return f"{RENAMED.get(signing, signing)}:{names[operation]}"
