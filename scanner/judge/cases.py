"""A rule's cases: `rules/FAMILY/NAME.yaml`, given rows and expected rows, beside the rule.

A list of `{case, given: {table: [rows]}, expect: [rows]}`. A case with `known_gap: text` must fail, and
says why on the rule's page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from scanner.errors import RuleError
from scanner.model import Rule
from scanner.store.prove import select_from


class Case(msgspec.Struct, forbid_unknown_fields=True):
    """One case."""

    case: str
    expect: list[dict[str, Any]]
    given: dict[str, list[dict[str, Any]]] = {}
    params: dict[str, Any] = {}
    known_gap: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a case came to."""

    rule: str
    case: str
    passed: bool
    found: Sequence[Mapping[str, Any]]
    expected: Sequence[Mapping[str, Any]]
    known_gap: str


def read_cases(file: Path) -> list[Case]:
    """The cases of a rule. Raises RuleError where there are none or they cannot be read."""
    try:
        # BaseLoader's sisters guess dates; a case's dates are text like everything from AWS
        cases = msgspec.convert(yaml.load(file.read_text("utf-8"), _Loader), list[Case])  # noqa: S506
    except FileNotFoundError as error:
        raise RuleError(
            f"{file}: the rule has no cases", hint="write one that finds, one that does not"
        ) from error
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise RuleError(
            f"{file}: {' '.join(str(error).split())}", hint="see rules/README.md"
        ) from error
    return cases


class _Loader(yaml.SafeLoader):
    pass


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def run_cases(rule: Rule, cases: Sequence[Case], where: str) -> list[Outcome]:
    """Run each case; a row passes if every expected column has the expected value."""
    outcomes = []
    for case in cases:
        params = {**{name: p.default for name, p in rule.params.items()}, **case.params}
        found = select_from(case.given, rule.sql, params, f"{where}: {case.case}")
        matched = _same(found, case.expect)
        outcomes.append(
            Outcome(
                rule.id,
                case.case,
                matched != bool(case.known_gap),
                found,
                case.expect,
                case.known_gap,
            )
        )
    return outcomes


def _same(found: Sequence[Mapping[str, Any]], expected: Sequence[Mapping[str, Any]]) -> bool:
    if len(found) != len(expected):
        return False
    left = list(found)
    for row in expected:
        hit = next((f for f in left if all(f.get(k, ...) == v for k, v in row.items())), None)
        if hit is None:
            return False
        left.remove(hit)
    return True
