"""What belongs to the organization: asked where it is answered, and a denial elsewhere is nobody's gap."""

from __future__ import annotations

import pytest

from scanner.catalog import load
from scanner.collect.engine import Collected, Engine
from scanner.collect.plan import asked_of, plan
from scanner.collect.session import Account, Identity
from scanner.judge.summary import coverage
from scanner.seen import ELSEWHERE, GLOBAL, Seen, counted

from .cloud import ACCOUNT, REGION, Cloud, family, hasty
from .test_engine import denied, of_type

TYPES = load()
OTHER = "999988887777"
UNIT = "aws_organizations_organizational_unit"


def account(id_: str, credentials: object = None, *, management: bool = False) -> Account:
    identity = Identity(id_, "aws", f"arn:aws:iam::{id_}:user/u")
    return Account(identity, (REGION,), credentials, management)


def collected(cloud: Cloud, names: set[str], id_: str) -> Collected:
    session = cloud.attach(hasty())
    engine = Engine(session, [account(id_)], hide=lambda _: "hidden", workers=4)
    return engine.run(family(TYPES, names))


def test_the_management_account_is_asked_and_else_the_callers_own() -> None:
    own, member = account(ACCOUNT), account(OTHER, object())
    management = account("111122223333", object(), management=True)
    kind = TYPES["aws_organizations_account"]
    assert asked_of(kind, [own, member]) == [own]
    assert asked_of(kind, [own, member, management]) == [management]
    assert asked_of(TYPES["aws_iam_role"], [own, member]) == [own, member]
    tasks = plan(TYPES, [own, member, management])
    shared = {task.account for task in tasks if task.types[0].organization}
    assert shared == {management}


@pytest.mark.parametrize("call", ["list_accounts", "list_roots", "list_policies"])
def test_a_member_account_that_is_denied_has_no_gap_and_claims_nothing(call: str) -> None:
    cloud = Cloud()
    cloud.faults[f"organizations.{call}"] = denied
    names = {"aws_organizations_account", "aws_organizations_policy", UNIT}
    # the cloud's organization belongs to ACCOUNT
    for id_, status in ((OTHER, ELSEWHERE), (ACCOUNT, "denied")):
        made = collected(cloud, names, id_)
        entries = made.ledger.entries()
        broken = [e for e in entries if not e.complete]
        assert {(e.operation, e.status) for e in broken} == {(call, status)}
        whole = coverage(entries, {}, {})
        assert (whole.percent == 100.0, not whole.gaps) == (id_ == OTHER, id_ == OTHER)
        assert len(counted(entries)) == len(entries) - (len(broken) if id_ == OTHER else 0)
        seen = Seen(entries)
        blind = {n for n in names if seen.listed(n, id_, GLOBAL)}
        assert len(blind) == 1, "what hangs on the call is not known to be absent"
        (name,) = blind
        if call != "list_roots":
            assert seen.asked_of(TYPES[name], id_) == (id_ == ACCOUNT)
        # who was not asked at all knows nothing either
        assert not seen.asked_of(TYPES[name], "000000000000")
        assert seen.listed(name, "000000000000", GLOBAL)


def test_units_within_units_are_walked_once_each() -> None:
    cloud = Cloud()
    made = collected(cloud, {UNIT}, ACCOUNT)
    assert len(of_type(made, UNIT)) == 2
    # the root, and each of the two units, which hold each other in this cloud
    assert cloud.asked["organizations.list_organizational_units_for_parent"] == 3


def test_assignments_are_asked_for_each_account_that_a_permission_set_is_in() -> None:
    cloud = Cloud()
    collected(cloud, {"aws_ssoadmin_account_assignment"}, ACCOUNT)
    sets = 2 * 2  # of each instance
    # for all accounts, and for those that have an earlier one
    assert cloud.asked["sso-admin.list_accounts_for_provisioned_permission_set"] == sets * 2
    assert cloud.asked["sso-admin.list_account_assignments"] == sets * 2
    cloud = Cloud()
    cloud.faults["sso-admin.list_accounts_for_provisioned_permission_set"] = denied
    made = collected(cloud, {"aws_ssoadmin_account_assignment"}, ACCOUNT)
    assert Seen(made.ledger.entries()).listed("aws_ssoadmin_account_assignment", ACCOUNT, REGION)
