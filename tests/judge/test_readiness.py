"""The readiness card: each line by the fact that decides it, and what a group of cards comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.errors import GATE_FAILED, INCOMPLETE, PASSED, SettingsError
from scanner.judge.readiness import ASPECTS, Line, cards, counting, counts
from scanner.judge.ready import Card, _judged, condition
from scanner.judge.sight import Blind
from scanner.model import OWNER_ROLES, Finding
from scanner.seen import GLOBAL
from tests.judge.made import ACCOUNT, REGION, finding, subject

IT = subject("db", "aws_db_instance", address="aws_db_instance.db")


def roles(**states: str) -> list[Any]:
    made = []
    for role in OWNER_ROLES:
        state = states.get(role, "valid")
        team = "payments" if state in ("valid", "inherited") else None
        made.append(
            SimpleNamespace(resource=IT.resource, role=role, state=state, team=team, via="tag team")
        )
    return made


def heard(verdict: str, intent: str = "errors", tier: int = 1) -> Any:
    return SimpleNamespace(
        resource=IT.resource,
        verdict=verdict,
        intent=intent,
        tier=tier,
        happens="fails",
        says="because",
    )


def kept(question: str, verdict: str) -> Any:
    return SimpleNamespace(
        resource=IT.resource, question=question, verdict=verdict, says=f"{question} is {verdict}"
    )


def card(
    *,
    class_: str = "declared",
    held: Sequence[Finding] = (),
    blind: Sequence[Blind] = (),
    who: Sequence[Any] | None = None,
    reach: Sequence[Any] = (),
    recovery: Sequence[Any] = (),
    proven: bool = False,
    state_gap: str = "",
) -> dict[str, tuple[str, str]]:
    facts = SimpleNamespace(
        own=frozenset({IT.resource}),
        subjects={IT.resource: IT},
        matching=SimpleNamespace(classes={IT.resource: class_}),
        answers=SimpleNamespace(roles=roles() if who is None else who),
        reach=reach,
        recovery=recovery,
    )
    lines = list(cards(facts, held, {"access/made": list(blind)}, state_gap, proven))
    assert [line.aspect for line in lines] == list(ASPECTS)
    return {line.aspect: (line.verdict, line.fact) for line in lines}


@pytest.mark.parametrize(
    ("class_", "verdict"),
    [("declared", "yes"), ("double_declared", "yes"), ("unmanaged", "no"), ("unknown", "unknown"),
     ("child", "none"), ("provider_default", "none")],
)  # fmt: skip
def test_declared(class_: str, verdict: str) -> None:
    assert card(class_=class_)["declared"][0] == verdict


def test_where_no_state_was_given_it_is_said() -> None:
    assert card(class_="unknown", state_gap="no state")["declared"] == ("unknown", "no state")


@pytest.mark.parametrize(
    ("states", "verdict", "fact"),
    [
        ({}, "yes", "payments in all four roles"),
        ({"recovery": "departed"}, "no", "recovery owner is departed"),
        ({"cost": "missing", "access": "unread"}, "no", "cost owner is missing"),
        ({"access": "unread"}, "unknown", "access owner was not read"),
        ({"monitoring": "conflict"}, "no", "monitoring owner is conflict"),
        (dict.fromkeys(OWNER_ROLES, "untaggable"), "none", "cannot be tagged"),
    ],
)
def test_owned_in_four_roles(states: dict[str, str], verdict: str, fact: str) -> None:
    found = card(who=roles(**states))["owned"]
    assert found[0] == verdict
    assert fact in found[1]
    assert card(who=[])["owned"][0] == "unknown"


def test_permitted() -> None:
    def about(status: str) -> Finding:
        return finding(rule="access/made", status=status, resource=IT.resource)

    def hidden(*where: str) -> Blind:
        return Blind(*where, "iam:ListRoles denied")

    assert card()["permitted"][0] == "yes"
    assert card(held=[about("new")])["permitted"][0] == "no"
    assert card(held=[about("unknown")])["permitted"][0] == "unknown"
    assert card(held=[about("waived"), about("gone")])["permitted"][0] == "yes"
    assert card(blind=[hidden(ACCOUNT, GLOBAL, "aws_iam_role", "")])["permitted"][0] == "unknown"
    assert card(blind=[hidden(ACCOUNT, REGION, "aws_sqs_queue", "")])["permitted"][0] == "unknown"
    other = hidden(ACCOUNT, REGION, "aws_db_instance", "another")
    assert card(blind=[other])["permitted"][0] == "yes"
    own = hidden(ACCOUNT, REGION, "aws_db_instance", IT.id)
    assert card(blind=[own])["permitted"][0] == "unknown"
    # what was found stays found
    assert card(held=[about("new")], blind=[own])["permitted"][0] == "no"


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [((), "none"), (("yes",), "yes"), (("yes", "no"), "no"), (("yes", "unknown"), "unknown"),
     (("unknown", "no"), "no")],
)  # fmt: skip
def test_watched_is_as_good_as_the_worst_of_what_is_asked(
    verdicts: tuple[str, ...], verdict: str
) -> None:
    assert card(reach=[heard(v) for v in verdicts])["watched"][0] == verdict


def test_recoverable() -> None:
    def of(proven: bool = False, **verdicts: str) -> tuple[str, str]:
        every = {
            "backed_up": "yes",
            "readable": "yes",
            "recent": "yes",
            "deletion": "yes",
            **verdicts,
        }
        return card(recovery=[kept(q, v) for q, v in every.items()], proven=proven)["recoverable"]

    assert of() == ("yes", "recent is yes")
    assert of(recent="unknown") == ("unknown", "recent is unknown")
    assert of(recent="unknown", backed_up="no") == ("no", "backed_up is no")
    assert of(zone="no", region="no", planned="no")[0] == "yes"
    assert card()["recoverable"][0] == "none"


def test_only_what_was_restored_counts_where_that_is_asked() -> None:
    every = [kept(q, "yes") for q in ("backed_up", "readable", "recent", "deletion")]
    asked = [*every, kept("proven", "unknown")]
    assert card(recovery=asked)["recoverable"][0] == "yes"
    assert card(recovery=asked, proven=True)["recoverable"] == ("unknown", "proven is unknown")


def test_what_is_not_known_is_counted_apart() -> None:
    verdicts = ("yes", "unknown", "unknown", "none")
    lines = [Line("arn:a", "watched", verdict, "because") for verdict in verdicts]  # type: ignore[arg-type]
    counted: Counter[tuple[str, str]] = Counter()
    told: dict[str, dict[str, str]] = {"arn:b": {}}
    lines.append(Line("arn:b", "owned", "no", "because"))
    assert [line.verdict for line in counting(lines, counted, told)] == [*verdicts, "no"]
    assert told == {"arn:b": {"owned": "no"}}
    assert counts(counted)["watched"] == {"yes": 1, "no": 0, "unknown": 2, "none": 1}


# Groups.


def of(**verdicts: str) -> Card:
    lines = {a: (verdicts.get(a, "yes"), "because") for a in ASPECTS}
    return Card("arn:x", "aws_db_instance", "x", lines)


@pytest.mark.parametrize(
    ("held", "hidden", "missing", "unseen", "code"),
    [
        ((of(),), 0, ASPECTS, "", PASSED),
        ((of(watched="none"),), 0, ASPECTS, "", PASSED),
        ((of(watched="no"),), 0, (), "", PASSED),
        ((of(watched="no"),), 0, ("declared",), "", PASSED),
        ((of(watched="no"), of(recoverable="unknown")), 0, ASPECTS, "gap", GATE_FAILED),
        ((of(recoverable="unknown"),), 0, ("recoverable",), "", INCOMPLETE),
        ((of(recoverable="unknown"),), 0, ("watched",), "", PASSED),
        ((), 0, ASPECTS, "", INCOMPLETE),
        ((of(),), 2, ASPECTS, "", INCOMPLETE),
        ((of(),), 0, ASPECTS, "not enough was seen", INCOMPLETE),
    ],
)
def test_a_group_is_ready_where_everything_that_is_asked_is_known_to_be_so(
    held: tuple[Card, ...], hidden: int, missing: Sequence[str], unseen: str, code: int
) -> None:
    assert _judged(held, hidden, missing, unseen).exit_code == code


def test_what_is_declared_and_not_there_is_not_ready() -> None:
    for held in ((), (of(),)):
        found = _judged(held, 0, ("owned",), "", 2)
        assert found.exit_code == GATE_FAILED
        assert "2 more declared and not there" in found.words
    found = _judged((of(owned="no"),), 0, ("owned",), "", 1)
    assert found.words == "not ready: of 1 resource 1 not owned, 1 more declared and not there"


def test_what_was_not_asked_or_not_read_is_told() -> None:
    two = (of(), of(watched="none"))
    assert "(nothing is asked of 1 in watched)" in _judged(two, 0, ("owned", "watched"), "").words
    assert "(" not in _judged(two, 0, ("owned",), "").words
    for held, missing in (((), ()), ((), ASPECTS), (two, ()), (two, ASPECTS)):
        assert (
            "what 3 others would be chosen by was not read" in _judged(held, 3, missing, "").words
        )


def row(**more: Any) -> dict[str, Any]:
    return {"type": "aws_db_instance", "account": ACCOUNT, "region": REGION, "address": None, "state": None,
            "team": "payments", "name": "db", "tags": {"service": "ledger"}, "hidden": False,
            "unowned": False, "undeclared": False,
            "context": {"environment": "prod"}, **more}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "more", "fits"),
    [
        ("tag:service=ledger", {}, True),
        ("tag:service=led*", {}, True),
        ("tag:service=other", {}, False),
        ("tag:nothing=*", {}, False),
        ("tag:service=ledger", {"tags": None, "hidden": True}, None),
        ("type=aws_db_*", {}, True),
        ("environment=prod", {}, True),
        ("environment=test", {}, False),
        ("environment=prod", {"context": None, "hidden": True}, None),
        ("team=payments", {}, True),
        ("address=module.*", {}, False),
        ("team=other", {"unowned": True}, False),
        ("team=payments", {"team": None, "unowned": True}, None),
        ("team=payments", {"team": None, "hidden": True}, False),
        ("address=module.*", {"undeclared": True}, None),
        ("state=s3:*", {"undeclared": True}, None),
        ("state=s3:*", {"state": "s3://a/b", "undeclared": True}, True),
        ("region=eu-*", {"hidden": True, "undeclared": True}, True),
    ],
)
def test_what_is_chosen(text: str, more: dict[str, Any], fits: bool | None) -> None:
    assert condition(text).fits(row(**more)) is fits


@pytest.mark.parametrize(
    "text", ["", "tag:", "tag:=x", "tag:service", "service", "colour=red", "type="]
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="not a condition"):
        condition(text)
