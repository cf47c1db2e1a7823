"""Who can become whom, held against accounts whose principals are labelled."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.catalog import actions
from scanner.collect.details import read_details
from scanner.derive import methods, targets
from scanner.derive.facts import derive
from scanner.judge.who_can import who_can
from scanner.seen import Seen
from scanner.settings import Settings
from scanner.store import snapshot as store
from scanner.store.paths import expand, find_paths
from scanner.store.tables import facts_tables

from .accounts import ACCOUNT, arn, traps, write
from .accounts import account as labelled

NOW = "2026-11-28T00:00:00Z"
ROOT = Path(__file__).resolve().parents[2]
LABELLED = Path(
    os.environ.get("LABELLED_ACCOUNT")
    or ROOT.parent / "shared" / "data" / "cloudsplaining-example-account.json"
)


PAIRS = [
    ("s3:GetObject", "arn:aws:s3:::ledger/2026.csv"),
    ("iam:PutRolePolicy", arn("role", "r26")),
    ("iam:PassRole", arn("role", "r01")),
    ("iam:CreatePolicyVersion", arn("policy", "opened")),
    ("iam:UpdateAssumeRolePolicy", arn("role", "r02")),
    ("iam:AttachRolePolicy", arn("role", "r26")),
    ("lambda:CreateFunction", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:new"),
    ("nosuchservice:Everything", "*"),
]


JUDGED = ("grants", "statements", "action_patterns", "trusts", "guardrails", "guarded_accounts")
"""The tables of which the others are made."""


class Judged:
    """The tables of one account."""

    def __init__(self, path: str, folder: Path, *, whole: bool = False) -> None:
        _, collected = read_details([path], str)
        entries = collected.ledger.entries()
        facts = derive(
            [],
            collected.rows,
            Seen(entries),
            Settings(),
            str,
            states_whole=False,
            now=datetime.fromisoformat(NOW),
        )
        with store.Writer(folder, "x") as writer:
            for table, rows in facts_tables(NOW, entries, [], collected.rows, facts, ()):
                if whole or table in JUDGED:
                    writer.insert(table, rows)
            expand(writer, facts.interest.inputs(), NOW)
            find_paths(writer, NOW)
            self.paths = self._read(writer, "paths")
            self.administrators = self._read(writer, "administrators")
            self.ledger = self._read(writer, "grant_ledger")
            self.who = {
                pair: {
                    row[0].rpartition("/")[2]: row[-2]
                    for row in writer.connection().execute(*who_can(*pair, NOW)).fetchall()
                    if ":user/" in row[0] or ":role/" in row[0]
                }
                for pair in PAIRS
            }
        self.statements = facts.access.statements
        self.names = {
            row.name for row in collected.rows if row.type in ("aws_iam_user", "aws_iam_role")
        }

    @staticmethod
    def _read(writer: Any, table: str) -> list[dict[str, Any]]:
        cursor = writer.connection().execute(f"select * from {table} order by all")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def found(self) -> set[str]:
        """The names of users and roles that are, or can become, more than they were made."""
        held = {row["principal"] for row in (*self.paths, *self.administrators)}
        return {arn.rpartition("/")[2] for arn in held} & self.names


ACCOUNTS = {name: labelled(name) for name in ("traps", "shoals", "reefs", "skerries")}
"""The made-up accounts: their details, and what is to be found of whom."""


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Judged]:
    found = {}
    for name, (details, _) in ACCOUNTS.items():
        folder = tmp_path_factory.mktemp(name)
        found[name] = Judged(write(details, folder / "details.json"), folder, whole=True)
    return found


@pytest.fixture(scope="module")
def account(accounts: Mapping[str, Judged]) -> tuple[Judged, Mapping[str, Any]]:
    return accounts["traps"], ACCOUNTS["traps"][1]


@pytest.mark.parametrize(
    ("which", "name"), [(which, name) for which, (_, labels) in ACCOUNTS.items() for name in labels]
)
def test_every_principal_is_what_its_label_says(
    which: str, name: str, accounts: Mapping[str, Judged]
) -> None:
    judged, labels = accounts[which], ACCOUNTS[which][1]
    end = f"/{name}"
    everything = [row["verdict"] for row in judged.administrators if row["principal"].endswith(end)]
    ways = [row for row in judged.paths if row["principal"].endswith(end)]
    label = labels[name]
    if label == "nobody":
        assert (everything, [row["says"] for row in ways]) == ([], [])
    elif label == "administrator":
        assert set(everything) == {"yes"}
        assert ways == []
    else:
        verdict, way, target, hops = label
        assert everything == []
        gives = "role" if hops == "role" else "administrator"
        assert (verdict, way, target, gives) in {
            (r["verdict"], r["way"], (r["target"] or "").rpartition("/")[2], r["gives"])
            for r in ways
        }
        assert hops == "role" or {row["hops"] for row in ways} == {hops}


def test_the_labelled_account_of_another_project(tmp_path: Path) -> None:
    if not LABELLED.exists():
        pytest.skip(f"the labelled account is not at {LABELLED}: set LABELLED_ACCOUNT")
    judged = Judged(str(LABELLED), tmp_path)
    found = judged.found()
    wanted = {name for name in judged.names if name.startswith(("privesc", "fn"))}
    harmless = {name for name in judged.names if name.startswith("fp")}
    # of the two that hold nothing, one no trust names, and one nobody who is less may assume
    lacking = {"privesc-AssumeRole-start-user", "privesc-permissive-role-trust"}
    assert wanted - found <= lacking
    assert len(wanted & found) >= 70
    assert harmless & found == set()
    assert len(harmless) == 10


# --- what is not known, and what goes wrong -------------------------------------------------------


def judged(details: Any, folder: Path, *, whole: bool = False) -> Judged:
    folder.mkdir()
    return Judged(write(details, folder / "details.json"), folder, whole=whole)


def test_a_document_that_cannot_be_read_changes_nothing_about_anybody_else(tmp_path: Path) -> None:
    details, _ = traps()
    whole = judged(details, tmp_path / "whole")
    for role in details["RoleDetailList"]:
        if role["RoleName"] == "r13":
            role["RolePolicyList"][1]["PolicyDocument"] = "{not a policy"
        if role["RoleName"] == "r09":
            role["RolePolicyList"].append({"PolicyName": "p9", "PolicyDocument": ["neither"]})
    broken = judged(details, tmp_path / "broken")
    assert others(broken.paths, "r09", "r13") == others(whole.paths, "r09", "r13")
    assert broken.administrators == whole.administrators
    # what it holds besides may be denied by what could not be read
    assert {row["verdict"] for row in broken.paths if row["principal"].endswith("/r09")} == {
        "unknown"
    }


def others(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [row for row in rows if not row["principal"].endswith(names)]


def test_a_catalogue_that_loses_a_service_changes_no_verdict(
    tmp_path: Path, account: tuple[Judged, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = actions.catalogue()
    left = [name for name in known.order if not name.startswith(("lambda:", "iam:"))]
    poorer = replace(known, order=left, levels={name: known.levels[name] for name in left})
    monkeypatch.setattr(targets, "catalogue", lambda: poorer)
    details, _ = traps()
    lost = judged(details, tmp_path / "lost")
    whole, _ = account
    assert lost.paths == whole.paths
    assert lost.administrators == whole.administrators
    # and that it knows no such action is a row
    rows = targets.action_rows(lost.statements)
    assert {"pattern": "lambda:create*", "action": None, "level": None, "retired": None} in rows


def test_a_boundary_that_was_not_read_makes_its_principal_unknown(tmp_path: Path) -> None:
    details, _ = traps()
    details["Policies"] = [p for p in details["Policies"] if p["PolicyName"] != "boundary-r30"]
    found = judged(details, tmp_path / "unread")
    verdicts = {row["principal"].rpartition("/")[2]: row["verdict"] for row in found.administrators}
    assert verdicts["r30"] == "unknown"
    assert verdicts["r02"] == "yes"


def test_patterns_are_looked_up_as_they_are_compared() -> None:
    order = sorted(["a:get", "a:getb", "a:put", "b:get", "c[1]:get"])
    for pattern in (
        "*",
        "a:*",
        "a:get",
        "?:get",
        "*:get*",
        "a:g?t",
        "c[1]:*",
        "c*",
        "z:*",
        "a:Get",
    ):
        wanted = [name for name in order if actions.expression(pattern).fullmatch(name)]
        assert list(actions.matching(pattern, order)) == wanted, pattern


def test_every_action_of_the_methods_is_one_of_iams() -> None:
    catalogue = actions.catalogue()
    for method in methods.every():
        unknown = {name for name in method.actions if not catalogue.known(name)}
        assert unknown == set() or method.retired, method.id
        assert method.way in methods.WAYS
        assert not method.retired or method.actions & (catalogue.retired.keys() | unknown)
    ids = [method.id for method in methods.every()]
    assert len(ids) == len(set(ids))


# --- who can -------------------------------------------------------------------------------------


def allowed(details: Any, action: str, resource: str) -> dict[str, str]:
    """The same answer, reckoned one principal and statement at a time."""
    policies = {p["Arn"]: p["PolicyVersionList"][0]["Document"] for p in details["Policies"]}
    groups = {g["GroupName"]: g for g in details["GroupDetailList"]}
    found = {}
    for kind in ("User", "Role"):
        for one in details[f"{kind}DetailList"]:
            held = [one, *(groups[name] for name in one.get("GroupList", ()))]
            identity = [
                statement
                for each in held
                for document in (
                    *(
                        policy["PolicyDocument"]
                        for k in ("User", "Role", "Group")
                        for policy in each.get(f"{k}PolicyList", ())
                    ),
                    *(policies[a["PolicyArn"]] for a in each["AttachedManagedPolicies"]),
                )
                for statement in document["Statement"]
            ]  # fmt: skip
            layers = [identity]
            if "PermissionsBoundary" in one:
                layers.append(
                    policies[one["PermissionsBoundary"]["PermissionsBoundaryArn"]]["Statement"]
                )
            verdict = layered(layers, action.lower(), resource)
            if verdict:
                found[one[f"{kind}Name"]] = verdict
    return found


def layered(layers: list[list[Any]], action: str, resource: str) -> str:
    verdicts = []
    denied = [
        held
        for layer in layers
        for s in layer
        if s["Effect"] == "Deny" and (held := says(s, action, resource))
    ]
    if "yes" in denied:
        return ""
    for layer in layers:
        held = {says(s, action, resource) for s in layer if s["Effect"] == "Allow"} - {""}
        if not held:
            return ""
        verdicts.append("yes" if "yes" in held else "conditional")
    return "yes" if set(verdicts) == {"yes"} and not denied else "conditional"


def says(statement: Any, action: str, resource: str) -> str:
    for key, value, lower in (("Action", action, True), ("Resource", resource, False)):
        patterns = statement.get(key) or statement[f"Not{key}"]
        fits = any(
            actions.expression(re.sub(r"\$\{.*?\}", "*", p.lower() if lower else p)).fullmatch(
                value
            )
            for p in patterns
        )
        if fits == (f"Not{key}" in statement):
            return ""
    conditional = any("${" in p for p in statement.get("Resource", ()))
    for operator, tests in statement.get("Condition", {}).items():
        for wanted in tests.values():
            if operator.startswith("Date"):
                if (operator == "DateLessThan") != (wanted > NOW):
                    return ""
            else:
                conditional = True
    return "conditional" if conditional else "yes"


@pytest.mark.parametrize(("action", "resource"), PAIRS)
def test_who_can_is_what_each_principals_statements_say(
    action: str, resource: str, account: tuple[Judged, Any]
) -> None:
    details, _ = traps()
    wanted = allowed(details, action, resource)
    assert account[0].who[action, resource] == wanted
    assert wanted


def test_the_ledger_has_every_grant_once_with_the_call_that_takes_it_away(
    account: tuple[Judged, Any],
) -> None:
    ledger = account[0].ledger
    calls = {
        (row["principal"].rpartition("/")[2], row["via"]): row["revert"]
        for row in ledger
        if row["principal"].endswith(("/r30", "/r01", "/u01", "/r23"))
    }
    assert calls == {
        ("r01", "attached"): "aws iam detach-role-policy --role-name r01 --policy-arn "
        + arn("policy", "shared-admin"),
        ("r23", "inline"): "aws iam delete-role-policy --role-name r23 --policy-name p0",
        ("r30", "inline"): "aws iam delete-role-policy --role-name r30 --policy-name p0",
        ("r30", "boundary"): "aws iam delete-role-permissions-boundary --role-name r30",
        (
            "u01",
            "group",
        ): "aws iam remove-user-from-group --user-name u01 --group-name harbourmasters",
    }
    ends = {row["principal"].rpartition("/")[2]: row["enforced_end"] for row in ledger}
    assert str(ends["r23"]) == "2027-01-01 00:00:00"
    assert ends["r13"] is None
    assert {row["class"] for row in ledger} == {"unknown"}  # no state was given
    keys = [(r["principal"], r["document"], r["via"], r["given_by"]) for r in ledger]
    assert len(keys) == len(set(keys))


def test_a_call_that_takes_away_is_one_word_a_name_whatever_the_name(tmp_path: Path) -> None:
    name = 'it\'s $(here); rm -rf "~"'
    details, _ = traps()
    details["RoleDetailList"][0]["RolePolicyList"].append(
        {"PolicyName": name, "PolicyDocument": {"Statement": []}}
    )
    calls = [
        r["revert"]
        for r in judged(details, tmp_path / "h", whole=True).ledger
        if "rm -rf" in str(r["revert"])
    ]
    assert [shlex.split(call)[-1] for call in calls] == [name]
