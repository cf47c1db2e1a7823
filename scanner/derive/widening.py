"""Whether one policy document allows more than another: in what it allows, and in what it denies.

In: two canonical policies (catalog.policy). Out: `wider`, `narrower`, or `` where that cannot be said: a
statement by exclusion (NotAction and its like) changed, or a change that is neither. Wider wins over
narrower: a policy that gained one grant and lost another allows something that was not declared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, Literal, NamedTuple

from scanner.catalog.actions import catalogue

MOST = 5_000
"""Grants of one policy that are compared; of more it is not said which way it went."""
Way = Literal["wider", "narrower", ""]


class Grant(NamedTuple):
    """One principal, action and resource of a statement, and the conditions on it."""

    principal: str
    action: str
    resource: str
    conditions: frozenset[str]


def way(declared: Any, actual: Any) -> Way:
    """Which way `actual` differs from `declared`."""
    before, now = _statements(declared), _statements(actual)
    if before is None or now is None:
        return ""
    changed = [s for s in before if s not in now] + [s for s in now if s not in before]
    if any(key.startswith("Not") for statement in changed for key in statement):
        return ""
    try:
        allowed = [list(_grants(each, "Allow")) for each in (before, now)]
        denied = [list(_grants(each, "Deny")) for each in (before, now)]
        if _beyond(allowed[1], allowed[0]) or _beyond(denied[0], denied[1]):
            return "wider"
        if _beyond(allowed[0], allowed[1]) or _beyond(denied[1], denied[0]):
            return "narrower"
    except (ValueError, TypeError, AttributeError):
        pass  # too large, or not as a policy is written
    return ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What one document gives beyond another, and what it no longer gives, each in words."""

    gains: tuple[str, ...]
    loses: tuple[str, ...]


def difference(declared: Any, actual: Any) -> Difference | None:
    """What `actual` allows that `declared` does not, and the other way; None where that cannot be said.

    What is no longer denied is gained. Of a statement by exclusion that is not the same in both, all counts.
    """
    before, now = _statements(declared), _statements(actual)
    if before is None or now is None:
        return None
    try:
        gains = [*_new(now, before, "Allow"), *_new(before, now, "Deny", "no longer denied: ")]
        loses = [*_new(before, now, "Allow"), *_new(now, before, "Deny", "denied: ")]
    except (ValueError, TypeError, AttributeError):
        return None  # too large, or not as a policy is written
    return Difference(tuple(dict.fromkeys(gains)), tuple(dict.fromkeys(loses)))


def allowed(policy: Any) -> tuple[str, ...]:
    """Everything that a canonical document allows, in words."""
    found = difference(None, policy)
    return found.gains if found else ()


def _new(
    some: Sequence[Mapping[str, Any]],
    others: Sequence[Mapping[str, Any]],
    effect: str,
    how: str = "",
) -> Iterator[str]:
    """What the statements of an effect have that is covered by no single one of the others."""
    left = [s for s in some if s.get("Effect") == effect and s not in others]
    plain = [s for s in left if not _excludes(s)]
    known = list(_grants([s for s in others if not _excludes(s)], effect))
    wide = [s for s in others if s.get("Effect") == effect and _excludes(s)]
    grants = sorted(set(_grants(plain, effect)) - set(known), key=_breadth)
    if len(grants) * len(known) > MOST * 100:
        raise ValueError("too many grants")
    for grant in grants:
        covered = any(_covers(other, grant) for other in known)
        if not covered and not any(_contains(statement, grant) for statement in wide):
            yield how + _words(grant)
    for statement in left:
        if _excludes(statement):
            yield how + _excluding(statement)


def _excludes(statement: Mapping[str, Any]) -> bool:
    return any(key.startswith("Not") for key in statement)


def _contains(statement: Mapping[str, Any], grant: Grant) -> bool:
    """Whether a statement by exclusion surely covers a grant: nothing it leaves out could be in that."""
    if statement.get("Condition") or {"Principal", "NotPrincipal"} & statement.keys():
        return False
    for name, text in (("Action", grant.action), ("Resource", grant.resource)):
        if f"Not{name}" in statement:
            if any(
                _overlap(p.lower() if name == "Action" else p, text)
                for p in statement[f"Not{name}"]
            ):
                return False
        elif not any(
            _pattern(p.lower() if name == "Action" else p).fullmatch(text)
            for p in statement.get(name, ("*",))
        ):
            return False
    return True


def _overlap(one: str, other: str) -> bool:
    """Whether two patterns may both fit something: no where what stands before their wildcards differs."""
    first, second = (re.split(r"[*?]", text, maxsplit=1)[0] for text in (one, other))
    if first == one and second == other:
        return one == other
    if first == one:
        return one.startswith(second)
    if second == other:
        return other.startswith(first)
    return first.startswith(second) or second.startswith(first)


def _breadth(grant: Grant) -> tuple[Any, ...]:
    """What reaches further comes first."""
    narrow = (*(text.rstrip("*") for text in grant[:3]), sorted(grant.conditions))
    return ("*" not in grant.action, "*" not in grant.resource, *narrow)


def _words(grant: Grant) -> str:
    keys = sorted({str(json.loads(condition)[1]) for condition in grant.conditions})
    who = f"{grant.principal} may " if grant.principal else ""
    # who may assume a role may do so on that role
    where = "" if grant.principal and grant.resource == "*" else f" on {grant.resource}"
    action = catalogue().names.get(grant.action, grant.action)
    return f"{who}{action}{where}" + (f" if {', '.join(keys)}" if keys else "")


def _excluding(statement: Mapping[str, Any]) -> str:
    def said(name: str, every: str) -> str:
        if f"Not{name}" in statement:
            return f"{every} but {', '.join(map(str, statement[f'Not{name}']))}"
        return ", ".join(map(str, statement.get(name, ())))

    who = ""
    if {"Principal", "NotPrincipal"} & statement.keys():
        key = "NotPrincipal" if "NotPrincipal" in statement else "Principal"
        named = [n for names in statement[key].values() for n in names]
        who = ("everybody but " if key == "NotPrincipal" else "") + ", ".join(named) + " may "
    where = said("Resource", "everything")
    keys = sorted({key for tests in statement.get("Condition", {}).values() for key in tests})
    return (
        f"{who}{said('Action', 'every action')}"
        + (f" on {where}" if where else "")
        + (f" if {', '.join(keys)}" if keys else "")
    )


def _statements(policy: Any) -> list[Mapping[str, Any]] | None:
    if policy is None:
        return []
    if not isinstance(policy, Mapping) or not isinstance(policy.get("Statement"), list):
        return None
    found = policy["Statement"]
    return found if all(isinstance(statement, Mapping) for statement in found) else None


def _grants(statements: Iterable[Mapping[str, Any]], effect: str) -> Iterable[Grant]:
    count = 0
    for statement in statements:
        if statement.get("Effect") != effect:
            continue
        conditions = frozenset(
            json.dumps([operator, key, wanted], sort_keys=True)
            for operator, tests in statement.get("Condition", {}).items()
            for key, wanted in tests.items()
        )
        principals = [
            name if kind == "AWS" else f"{kind}:{name}"
            for kind, names in statement.get("Principal", {"AWS": [""]}).items()
            for name in names
        ]
        actions = [action.lower() for action in statement.get("Action", ())]
        resources = statement.get("Resource", ["*"])
        for principal, action, resource in product(principals, actions, resources):
            count += 1
            if count > MOST:
                raise ValueError("too many grants")
            yield Grant(principal, action, resource, conditions)


def _beyond(some: list[Grant], others: list[Grant]) -> bool:
    """Whether one of the grants is covered by no single one of the others."""
    known = set(others)
    left = [grant for grant in some if grant not in known]
    if len(left) * len(others) > MOST * 100:
        raise ValueError("too many grants")
    return any(not any(_covers(other, grant) for other in others) for grant in left)


def _covers(wide: Grant, narrow: Grant) -> bool:
    return (
        _of_principal(wide.principal, narrow.principal)
        and _pattern(wide.action).fullmatch(narrow.action) is not None
        and _pattern(wide.resource).fullmatch(narrow.resource) is not None
        and wide.conditions <= narrow.conditions
    )


def _of_principal(wide: str, narrow: str) -> bool:
    # an account stands for everybody in it; a wildcard within a name means nothing
    return wide in ("*", narrow) or (wide.isdigit() and f"::{wide}:" in narrow)


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    """A pattern of IAM's; a `?` of it does not cover a `*` of the other."""
    parts = (".*" if c == "*" else "[^*]" if c == "?" else re.escape(c) for c in text)
    return re.compile("".join(parts), re.DOTALL)
