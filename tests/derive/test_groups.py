"""Groups of Identity Center are teams, as far as they were read."""

from __future__ import annotations

from typing import Any

from scanner.catalog import load
from scanner.collect.ledger import Entry
from scanner.derive.groups import GROUP, MEMBERSHIP, groups
from scanner.directory import Directory, Team, merged
from scanner.seen import GLOBAL, Seen

from .made import actual

CHAIN = ("aws_ssoadmin_instance", GROUP, MEMBERSHIP)
ROWS = [
    actual(GROUP, "d-1/g1", name="payments"),
    actual(GROUP, "d-1/g2", name="left"),
    actual(GROUP, "d-1/g3", name=""),
    actual(MEMBERSHIP, "d-1/m1", parent_id="d-1/g1", attributes={"member_id": "u1"}),
    actual(MEMBERSHIP, "d-1/m2", parent_id="d-1/g1", attributes={"member_id": None}),
]


def seen(**ended: str) -> Seen:
    """Everything on the way to a membership asked; `ended` are types whose list did not come back whole."""
    (place,) = {(row.account, row.region) for row in ROWS}
    entries: list[Any] = []
    for name in CHAIN:
        service, _, operation = load()[name].list.partition(".")
        region = place[1] if load()[name].scope == "region" else GLOBAL
        entry = Entry(place[0], region, service, operation, name, "", pages=1)
        entry.end()
        if name in ended:
            entry.status, entry.complete = ended[name], False
        entries.append(entry)
    return Seen(entries)


def test_a_group_is_a_team_and_its_members_are_somebody() -> None:
    teams = {team.name: team for team in groups(ROWS, seen()).teams}
    assert {name: team.members for name, team in teams.items()} == {"payments": ("u1",), "left": ()}
    directory = groups(ROWS, seen())
    assert not directory.whole
    assert directory.look_up("payments").state == "valid"
    assert directory.look_up("payments").verified
    assert directory.look_up("left").state == "empty"
    assert directory.look_up("platform").state == "valid"
    assert not directory.look_up("platform").verified


def test_memberships_that_were_not_read_make_nobody_absent() -> None:
    directory = groups(ROWS, seen(**{MEMBERSHIP: "denied"}))
    assert {team.members for team in directory.teams} == {None}
    assert directory.look_up("left").state == "valid"


def test_a_team_of_a_file_is_the_group_of_its_name() -> None:
    file = Directory((Team("payments", members=("ada@example.com",)),), whole=True)
    both = merged([file, groups(ROWS, seen())])
    assert both.whole
    assert both.look_up("payments").verified
    team = both.team("payments")
    assert team is not None
    assert team.members == ("ada@example.com", "u1")
    assert both.look_up("left").state == "empty"
