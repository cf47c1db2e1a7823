"""The rule of a composite alarm: its grammar, and whether it rings when one alarm below it does.

A rule is made of ALARM(x), OK(x), INSUFFICIENT_DATA(x), AT_LEAST(2, ALARM, (x, y)), TRUE, FALSE, AND, OR, NOT
and parentheses, where x is an alarm's name or ARN, in double quotes or not. AT_LEAST takes a share too (50%),
and NOT before its state. NOT binds closest, then AND, then OR.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

State = Literal["ALARM", "OK", "INSUFFICIENT_DATA"]
STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
DEEPEST = 64
"""Parentheses inside each other; AWS's rules hold 10,240 characters at most."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<bare>[^\s()"']+(?:\s+[^\s()"']+)*))\s*\)
        | AT_LEAST\s*\(\s*(?P<least>\d{1,4}%?)\s*,\s*(?P<other>NOT\s+)?
          (?P<each>ALARM|OK|INSUFFICIENT_DATA)\s*,\s*\((?P<among>(?:"(?:[^"\\]|\\.)*"|[^()"])*)\)\s*\)
        | (?P<word>AND|OR|NOT|TRUE|FALSE)(?![\w-])
        | (?P<mark>[()])
    )""",
    re.VERBOSE | re.IGNORECASE,
)

_AMONG = re.compile(
    r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)+)"|(?P<bare>[^\s",]+(?:\s+[^\s",]+)*))\s*(?:,|$)'
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """An alarm in a state."""

    state: str
    alarm: str
    """Its name; of an ARN what stands behind `alarm:`."""


@dataclass(frozen=True, slots=True)
class Constant:
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """The other way round."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Join:
    """All of several, or any of them."""

    all: bool
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of several."""

    count: int
    parts: tuple[Node, ...]


Node = Leaf | Constant | Not | Join | AtLeast
Turn = frozenset[tuple[bool, bool]]
"""What a part of a rule may be before and after one alarm begins to ring."""
NEVER: Turn = frozenset({(False, False)})
ALWAYS: Turn = frozenset({(True, True)})
RINGS = (False, True)


@lru_cache(maxsize=4096)
def parse(rule: str) -> Node | None:
    """The rule as a tree, None where it is not one."""
    tokens: list[re.Match[str]] = []
    place = 0
    text = rule.rstrip()
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            return None
        tokens.append(token)
        place = token.end()
    try:
        node, rest = _any(tokens, 0, 0)
    except (ValueError, IndexError):
        return None
    return node if rest == len(tokens) else None


def _word(tokens: list[re.Match[str]], place: int) -> str:
    if place >= len(tokens):
        return ""
    return (tokens[place]["word"] or tokens[place]["mark"] or "").upper()


def _any(tokens: list[re.Match[str]], place: int, depth: int) -> tuple[Node, int]:
    return _joined(tokens, place, depth, "OR", _every)


def _every(tokens: list[re.Match[str]], place: int, depth: int) -> tuple[Node, int]:
    return _joined(tokens, place, depth, "AND", _one)


def _joined(
    tokens: list[re.Match[str]],
    place: int,
    depth: int,
    word: str,
    part: Callable[[list[re.Match[str]], int, int], tuple[Node, int]],
) -> tuple[Node, int]:
    node, place = part(tokens, place, depth)
    parts = [node]
    while _word(tokens, place) == word:
        node, place = part(tokens, place + 1, depth)
        parts.append(node)
    return (parts[0] if len(parts) == 1 else Join(word == "AND", tuple(parts))), place


def _one(tokens: list[re.Match[str]], place: int, depth: int) -> tuple[Node, int]:
    if depth > DEEPEST:
        raise ValueError("too deep")
    word = _word(tokens, place)
    if word == "NOT":
        inner, place = _one(tokens, place + 1, depth + 1)
        return Not(inner), place
    if word == "(":
        node, place = _any(tokens, place + 1, depth + 1)
        if _word(tokens, place) != ")":
            raise ValueError("a parenthesis is not closed")
        return node, place + 1
    if word in ("TRUE", "FALSE"):
        return Constant(word == "TRUE"), place + 1
    token = tokens[place]
    if token["least"]:
        return _at_least(token), place + 1
    if not token["state"]:
        raise ValueError(f"{word} stands where an alarm is expected")
    named = _unescaped(token["quoted"] or "") or token["single"] or token["bare"] or ""
    return Leaf(token["state"].upper(), called(named)), place + 1


def _at_least(token: re.Match[str]) -> AtLeast:
    parts: list[Node] = []
    place, among = 0, token["among"].rstrip()
    while place < len(among):
        one = _AMONG.match(among, place)
        if one is None:
            raise ValueError("what is counted is no list of alarms")
        leaf = Leaf(token["each"].upper(), called(_unescaped(one["quoted"] or "") or one["bare"]))
        parts.append(Not(leaf) if token["other"] else leaf)
        place = one.end()
    number = int(token["least"].rstrip("%"))
    count = -(-number * len(parts) // 100) if token["least"].endswith("%") else number
    if not parts or among.endswith(",") or not 0 < count <= len(parts):
        raise ValueError("so many are not counted")
    return AtLeast(count, tuple(parts))


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


def called(named: str) -> str:
    """The name of an alarm that is named or given by its ARN."""
    return named.split(":alarm:", 1)[1] if ":alarm:" in named else named


def named(node: Node) -> frozenset[str]:
    """The alarms that a rule names."""
    if isinstance(node, Leaf):
        return frozenset({node.alarm})
    if isinstance(node, Not):
        return named(node.inner)
    if isinstance(node, Join | AtLeast):
        return frozenset().union(*map(named, node.parts))
    return frozenset()


def turn(node: Node, leaf: Callable[[Leaf], Turn]) -> Turn:
    """What the rule may be before and after, where `leaf` says it of each of its alarms.

    Where an alarm stands in it twice, more is thought possible than is: never less.
    """
    if isinstance(node, Leaf):
        return leaf(node)
    if isinstance(node, Constant):
        return ALWAYS if node.value else NEVER
    if isinstance(node, Not):
        return frozenset((not before, not after) for before, after in turn(node.inner, leaf))
    if isinstance(node, AtLeast):
        counts = {(0, 0)}
        for part in node.parts:
            turned = turn(part, leaf)
            counts = {(a + before, b + after) for a, b in counts for before, after in turned}
        return frozenset((a >= node.count, b >= node.count) for a, b in counts)
    found = turn(node.parts[0], leaf)
    for part in node.parts[1:]:
        other = turn(part, leaf)
        found = frozenset(
            (a and c, b and d) if node.all else (a or c, b or d) for a, b in found for c, d in other
        )
    return found


def of_ringing(state: str) -> Turn:
    """What ALARM(x), OK(x) or INSUFFICIENT_DATA(x) is before and after x itself goes from OK to ALARM."""
    return frozenset({(state == "OK", state == "ALARM")})


def of_quiet(state: str) -> Turn:
    """The same of an alarm that stays OK."""
    return ALWAYS if state == "OK" else NEVER


FREE: Turn = NEVER | ALWAYS
"""The same of an alarm of which nothing is known but that it does not change meanwhile."""
