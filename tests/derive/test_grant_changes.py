"""Grants as sets: what was given, widened or taken off by hand is found with its owner and the call that
undoes it; what is declared, or says the same otherwise, is not."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.catalog.policy import canonical_policy
from scanner.derive.widening import difference
from scanner.model import Finding
from scanner.scan import scan
from scanner.settings import Settings
from tests.declared.states import instance, resource, state

from .accounts import ACCOUNT, arn

NOW = datetime(2026, 11, 28, tzinfo=UTC)
HOSTILE = "it's; rm -rf $(HOME)"
READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TEAM = [{"Key": "team", "Value": "payments"}]


def allow(action: Any, target: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": target, **more}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(*who: Any) -> dict[str, Any]:
    return policy(
        *({"Effect": "Allow", "Principal": {"AWS": w}, "Action": "sts:AssumeRole"} for w in who)
    )


def role(name: str, **more: Any) -> dict[str, Any]:
    return {
        "RoleName": name, "Arn": arn("role", name), "Path": "/", "CreateDate": "2024-01-01T00:00:00Z",
        "RolePolicyList": [], "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": TEAM,
        "AssumeRolePolicyDocument": trust(f"arn:aws:iam::{ACCOUNT}:root"), **more,
    }  # fmt: skip


def user(name: str, *groups: str) -> dict[str, Any]:
    return {
        "UserName": name, "Arn": arn("user", name), "Path": "/", "CreateDate": "2024-01-01T00:00:00Z",
        "GroupList": list(groups), "AttachedManagedPolicies": [], "UserPolicyList": [], "Tags": TEAM,
    }  # fmt: skip


def group(name: str, *policies: dict[str, Any]) -> dict[str, Any]:
    return {
        "GroupName": name, "Arn": arn("group", name), "Path": "/", "CreateDate": "2024-01-01T00:00:00Z",
        "GroupPolicyList": [
            {"PolicyName": f"p{n}", "PolicyDocument": d} for n, d in enumerate(policies)
        ],
        "AttachedManagedPolicies": [],
    }  # fmt: skip


def managed(name: str, document: Any) -> dict[str, Any]:
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document}
    return {
        "PolicyName": name, "Arn": arn("policy", name), "Path": "/", "DefaultVersionId": "v1",
        "AttachmentCount": 1, "PolicyVersionList": [version], "Tags": TEAM,
    }  # fmt: skip


def attached(name: str) -> dict[str, str]:
    return {"PolicyName": name.rpartition("/")[2], "PolicyArn": name}


LIVE = {
    "RoleDetailList": [
        role(
            "app",
            AttachedManagedPolicies=[attached(READ), attached(arn("policy", "shared"))],
            RolePolicyList=[{"PolicyName": HOSTILE, "PolicyDocument": policy(allow("s3:*"))}],
        ),
        role(
            "partner",
            AssumeRolePolicyDocument=trust(ACCOUNT, "arn:aws:iam::999988887777:role/ci"),
        ),
        role("steady", AttachedManagedPolicies=[attached(arn("policy", "same"))]),
    ],
    "UserDetailList": [user("ann", "engineers"), user("bob", "engineers")],
    "GroupDetailList": [group("engineers", policy(allow("iam:*")))],
    "Policies": [
        managed("shared", policy(allow("s3:GetObject", "arn:aws:s3:::b/*"), allow("dynamodb:*"))),
        # the same in other words
        managed("same", policy(allow(["sqs:SendMessage"], ["q"]), allow("SQS:ReceiveMessage", "q"))),
    ],
}  # fmt: skip


def declared(type_: str, name: str, /, **attributes: Any) -> dict[str, Any]:
    return resource(type_, name, instance(attributes=attributes))


def declared_role(name: str, **more: Any) -> dict[str, Any]:
    held = {"assume_role_policy": json.dumps(trust(f"arn:aws:iam::{ACCOUNT}:root")), **more}
    return declared("aws_iam_role", name, id=name, name=name, arn=arn("role", name), **held)


def holding(role_: str, policy_arn: str, name: str) -> dict[str, Any]:
    return declared(
        "aws_iam_role_policy_attachment", name,
        id=f"{role_}/{policy_arn}", role=role_, policy_arn=policy_arn,
    )  # fmt: skip


def declared_policy(name: str, document: Any) -> dict[str, Any]:
    made = {"id": arn("policy", name), "arn": arn("policy", name), "name": name}
    return declared("aws_iam_policy", name, **made, policy=json.dumps(document))


DECLARED = [
    declared_role("app", permissions_boundary=arn("policy", "cap")),
    declared_role("partner"),
    declared_role("steady"),
    holding("app", READ, "read"),
    holding("steady", arn("policy", "same"), "same"),
    holding("steady", arn("policy", "shared"), "lost"),
    declared_policy("shared", policy(allow("s3:Get*", "arn:aws:s3:::b/*"))),
    declared_policy("same", policy(allow(["sqs:ReceiveMessage", "sqs:SendMessage"], "q"))),
    declared("aws_iam_user", "bob", id="bob", name="bob", arn=arn("user", "bob")),
    declared("aws_iam_group", "engineers", id="engineers", name="engineers", arn=arn("group", "engineers")),
    declared("aws_iam_group_policy", "p0", id="engineers:p0", name="p0", group="engineers",
             policy=json.dumps(policy(allow("iam:*")))),
    declared("aws_iam_group_membership", "engineers", id="m", name="m", group="engineers", users=["bob"]),
]  # fmt: skip
GRANTS = f"""
grants:
  - {{principal: "{arn("role", "app")}", policy: "{READ}", requested_by: ada, approved_by: grace,
     reason: audit, ticket: OPS-7, granted: 2026-01-01, ends: 2026-11-27}}
  - {{principal: "{arn("group", "engineers")}", requested_by: bob, approved_by: grace, reason: work,
     ticket: OPS-8, granted: 2026-01-01, ends: never}}
"""
RULES = ("grant-by-hand", "policy-widened", "trust-widened", "boundary-changed", "joined-by-hand")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    folder = tmp_path_factory.mktemp("grants")
    (folder / "details.json").write_text(json.dumps(LIVE))
    (folder / "terraform.tfstate").write_bytes(state(*DECLARED))
    (folder / "grants.yaml").write_text(GRANTS)
    settings = Settings(
        grants=str(folder / "grants.yaml"),
        states=(str(folder / "terraform.tfstate"),),
        authorization_details=(str(folder / "details.json"),),
        store=str(folder / "store"),
        disable=("orphan", "watch", "recovery", "ownership"),
    )
    return list(scan(settings, now=NOW).report.findings)


def of(found: list[Finding], rule: str) -> list[Finding]:
    return [f for f in found if f.rule == f"access/{rule}"]


def commands(finding: Finding) -> list[list[str]]:
    return [
        shlex.split(line) for line in finding.fix.splitlines() if line and not line.startswith("#")
    ]


def test_each_grant_by_hand_is_found_once_with_its_owner_and_no_other(found: list[Finding]) -> None:
    told = {(f.rule.partition("/")[2], f.name) for rule in RULES for f in of(found, rule)}
    assert told == {
        ("grant-by-hand", "app"), ("policy-widened", "shared"), ("trust-widened", "partner"),
        ("boundary-changed", "app"), ("joined-by-hand", "ann"),
    }  # fmt: skip
    assert len(of(found, "grant-by-hand")) == 2
    every = [f for rule in RULES for f in of(found, rule)]
    assert {(f.status, f.owner.team) for f in every} == {("new", "payments")}


def test_each_says_what_it_gives(found: list[Finding]) -> None:
    gains: Mapping[str, Any] = {
        f"{f.rule}: {f.evidence.get('policy', f.name)}": f.evidence["gains"]
        for rule in RULES
        for f in of(found, rule)
        if "gains" in f.evidence
    }
    assert gains == {
        f"access/grant-by-hand: {HOSTILE}": ["s3:* on *"],
        f"access/grant-by-hand: {arn('policy', 'shared')}": [
            "dynamodb:* on *", "s3:GetObject on arn:aws:s3:::b/*",
        ],
        "access/policy-widened: shared": ["dynamodb:* on *"],
        "access/trust-widened: partner": ["arn:aws:iam::999988887777:role/ci may sts:AssumeRole"],
        "access/joined-by-hand: ann": ["iam:* on *"],
    }  # fmt: skip


def test_each_has_the_very_call_that_undoes_it_whatever_things_are_called(
    found: list[Finding],
) -> None:
    undone = [commands(f)[0] for rule in RULES for f in of(found, rule)]
    assert sorted(undone) == sorted([
        ["aws", "iam", "delete-role-policy", "--role-name", "app", "--policy-name", HOSTILE],
        ["aws", "iam", "detach-role-policy", "--role-name", "app", "--policy-arn", arn("policy", "shared")],
        ["terraform", "apply", "-target=aws_iam_policy.shared"],
        ["terraform", "apply", "-target=aws_iam_role.partner"],
        ["aws", "iam", "put-role-permissions-boundary", "--role-name", "app",
         "--permissions-boundary", arn("policy", "cap")],
        ["aws", "iam", "remove-user-from-group", "--user-name", "ann", "--group-name", "engineers"],
    ])  # fmt: skip


def test_a_grant_that_was_to_end_yesterday_is_found_and_who_asked_for_it(
    found: list[Finding],
) -> None:
    told = [(f.name, f.evidence) for rule in ENDS for f in of(found, rule)]
    assert [
        (name, e["policy"], e["ended"], e["requested_by"], e["ticket"]) for name, e in told
    ] == [("app", READ, "2026-11-27", "ada", "OPS-7")]


ENDS = ("grant-past-its-end", "grant-ends-disagree")
NOT_IAM = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("before", "now", "gains", "loses"),
    [
        (policy(allow("s3:*")), policy(allow("s3:GetObject"), allow("S3:*")), (), ()),
        (policy(NOT_IAM), policy(NOT_IAM, allow("s3:GetObject", "b")), (), ()),
        (policy(NOT_IAM), policy(NOT_IAM, allow("iam:PassRole", "r")), ("iam:PassRole on r",), ()),
        (policy(NOT_IAM), policy(NOT_IAM, allow("*")), ("* on *",), ()),
        (policy(allow("s3:*")), policy(NOT_IAM), ("every action but iam:* on *",), ()),
        (
            policy(allow("s3:*"), {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}),
            policy(allow("s3:*")),
            ("no longer denied: s3:put* on *",),
            (),
        ),
        (
            policy(allow("s3:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
            policy(allow("s3:*")),
            ("s3:* on *",),
            (),
        ),
        (policy(allow("s3:Get*")), policy(allow("s3:GetObject")), (), ("s3:get* on *",)),
        (policy(allow("s3:Get?")), policy(allow("s3:Get*")), ("s3:get* on *",), ()),
    ],
)  # fmt: skip
def test_what_differs_is_said_and_what_says_the_same_is_not(
    before: Any, now: Any, gains: tuple[str, ...], loses: tuple[str, ...]
) -> None:
    found = difference(canonical_policy(before), canonical_policy(now))
    assert found is not None
    assert found.gains == gains
    assert set(loses) <= set(found.loses)
    same = difference(canonical_policy(now), canonical_policy(now))
    assert same is not None
    assert (same.gains, same.loses) == ((), ())
