"""`who-can`, `explain` hop by hop and `cut`, as they are printed, of a made-up account."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.errors import PASSED, USAGE
from tests.derive.accounts import account, arn

HOSTILE = "evil\x1b[2J\nyes         everybody"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("access")
    details, _ = account("shoals")
    hostile = dict(details["UserDetailList"][0], UserName=HOSTILE, Arn=arn("user", HOSTILE))
    hostile["AttachedManagedPolicies"] = [{"PolicyName": "x", "PolicyArn": arn("policy", "whole")}]
    details["UserDetailList"].append(hostile)
    told = ["--store", str(folder / "store"), "-q", "--now", "2026-11-28T00:00:00Z"]
    for name, document in (("earlier", earlier(details)), ("later", details)):
        file = folder / f"{name}.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        assert run(["scan", "--authorization-details", str(file), *told]) == PASSED
    return str(folder / "store")


def earlier(later: dict[str, Any]) -> dict[str, Any]:
    """The account before somebody got more, lost a boundary, went, and was written otherwise."""
    found = copy.deepcopy(later)
    roles = {role["RoleName"]: role for role in found["RoleDetailList"]}
    (statement,) = roles["a06"]["RolePolicyList"][0]["PolicyDocument"]["Statement"]
    roles["a06"]["RolePolicyList"][0]["PolicyDocument"]["Statement"] = [
        {**statement, "Action": action} for action in statement["Action"]
    ]
    roles["a17"]["PermissionsBoundary"]["PermissionsBoundaryArn"] = arn("policy", "boundary-a18")
    gone = dict(roles["a19"], RoleName="gone", Arn=arn("role", "gone"))
    gone.pop("PermissionsBoundary")
    found["RoleDetailList"].append(gone)
    for user in found["UserDetailList"]:
        if user["UserName"] == "b13":
            user["UserPolicyList"] = []
    return found


def printed(capsys: pytest.CaptureFixture[str], store: str, *arguments: str) -> tuple[str, str]:
    capsys.readouterr()
    assert run([*arguments, "--store", store]) == PASSED
    out = capsys.readouterr()
    return out.out, out.err


def test_who_can_says_who_by_what_and_what_it_depends_on(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = printed(capsys, store, "who-can", "iam:CreateAccessKey", arn("user", "b01"))
    unless = ", unless a service control policy denies it)"
    lines = [line for line in out.splitlines() if "evil" not in line]
    assert lines == [
        *(f"yes         {arn('role', a)}  (attached: {arn('policy', 'whole')}{unless}"
          for a in ("a01", "a11")),
        f"yes         {arn('role', 'a19')}  (inline: 123456789012/global/aws_iam_role_policy/a19:p0{unless}",
        *(f"yes         {arn('role', a)}  (attached: {arn('policy', 'whole')}{unless}"
          for a in ("a25", "a28")),
        *(f"yes         {arn('user', b)}  (inline: 123456789012/global/aws_iam_user_policy/{b}:p0{unless}"
          for b in ("b05", "b13")),
    ]  # fmt: skip
    assert err.splitlines() == [
        f"8 may iam:CreateAccessKey on {arn('user', 'b01')}",
        "resource control policies and service control policies of 123456789012 were not read: "
        "organizations.describe_organization was not asked",
    ]


def test_a_hostile_name_is_one_line_without_orders_to_the_terminal(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = printed(capsys, store, "who-can", "iam:CreateAccessKey")
    (line,) = [line for line in out.splitlines() if "evil" in line]
    assert line.startswith("yes         arn:")
    assert "\x1b" not in out
    assert not [line for line in out.splitlines() if line.startswith("yes         everybody")]
    out, _ = printed(capsys, store, "who-can", "iam:CreateAccessKey", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert arn("user", HOSTILE) in {row["principal"] for row in rows}
    assert {row["unless"] for row in rows} == {"a service control policy denies it"}


def test_who_may_more_than_before_is_said_and_what_is_written_otherwise_is_not(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = sorted(path.stem for path in (Path(store) / "scans").glob("*.duckdb"))
    out, err = printed(capsys, store, "diff", old, new)
    lines = out.splitlines()
    assert lines[lines.index(arn("role", "a17")) :] == [
        arn("role", "a17"),
        "  its permissions boundary is another, or says something else",
        f"{arn('role', 'gone')} (gone)",
        "  loses  iam:* on *",
        arn("user", "b13"),
        f"  gains  iam:CreateAccessKey on {arn('user', 'b01')}",
        f"  gains  iam:CreateLoginProfile on {arn('user', 'b01')}",
    ]
    assert err == ""
    out, _ = printed(capsys, store, "diff", new, new)
    assert "arn:" not in out


def test_one_action_is_asked_for_at_a_time(store: str) -> None:
    assert run(["who-can", "iam:*", "--store", store]) == USAGE


def test_a_way_is_explained_hop_by_hop(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    which = "rule = 'access/privilege-escalation' and evidence like '%/b08%'"
    sql = f"select fingerprint from findings where {which}"
    out, _ = printed(capsys, store, "query", sql)
    out, _ = printed(capsys, store, "explain", json.loads(out.splitlines()[0])["fingerprint"])
    hops = out[out.index("hop by hop\n") : out.index("\nwhy\n")]
    assert hops.splitlines() == [
        "hop by hop",
        f" 1. {arn('user', 'b08')}",
        "    may put a user into the group hands: iam:AddUserToGroup",
        "    by 123456789012/global/aws_iam_user_policy/b08:p0, yes",
        f" 2. {arn('group', 'hands')}",
        "    may give b01 any permission: iam:PutUserPolicy",
        "    by 123456789012/global/aws_iam_group_policy/hands:p0, yes",
        "    which makes an administrator",
    ]


def test_what_a_snapshot_cannot_tell_is_said_and_the_finding_is_told_all_the_same(
    store: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.judge.ready._CARD", "select c.gone from readiness as c")
    monkeypatch.setattr("scanner.judge.who_can.hops", lambda principal: ("select gone", {}))
    sql = "select fingerprint from findings where rule = 'access/privilege-escalation' limit 1"
    out, _ = printed(capsys, store, "query", sql)
    out, _ = printed(capsys, store, "explain", json.loads(out)["fingerprint"])
    assert "\nreadiness  not told: " in out
    assert "hop by hop\nnot told: " in out
    assert "\nfix\n" in out


def test_the_grant_that_closes_most_comes_first(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = printed(capsys, store, "cut", "--most", "1")
    lines = out.splitlines()
    many = int(lines[0].split()[0])
    assert lines[0] == f"{many} principals can become administrators, by teams:"
    assert lines[2:] == [
        " 1. 123456789012/global/aws_iam_group_policy/hands:p0, nobody answers",
        f"    closes 3, leaves {many - 3}",
        "    aws iam delete-group-policy --group-name hands --policy-name p0",
    ]
    out, _ = printed(capsys, store, "cut", "--json", "--most", "1")
    assert {p.rpartition("/")[2] for p in json.loads(out)["principals"]} == {"b08", "b09", "hands"}
