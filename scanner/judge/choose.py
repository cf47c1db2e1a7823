"""Which rules run, and with which settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from scanner.errors import SettingsError
from scanner.model import FAMILIES, Param, Rule
from scanner.settings import Settings


def choose(rules: Mapping[str, Rule], settings: Settings) -> dict[str, Rule]:
    """The rules that are not disabled or retired, with the parameters of the settings.

    Raises SettingsError for a rule, family or parameter that does not exist.
    """
    for name in (*settings.disable, *settings.params):
        if name not in rules and not (name in FAMILIES and name in settings.disable):
            near = get_close_matches(name, rules, n=1)
            raise SettingsError(
                f"there is no rule {name}",
                hint=f"did you mean {near[0]}?" if near else "`watchbill rules list` names them",
            )
    chosen: dict[str, Rule] = {}
    for rule in rules.values():
        family = rule.id.partition("/")[0]
        if rule.id in settings.disable or family in settings.disable or rule.status == "retired":
            continue
        given = settings.params.get(rule.id, {})
        unknown = sorted(set(given) - set(rule.params))
        if unknown:
            known = ", ".join(rule.params) or "none"
            raise SettingsError(f"{rule.id} has no parameter {unknown[0]}", hint=f"it has: {known}")
        params = {
            name: Param(given.get(name, p.default), p.help) for name, p in rule.params.items()
        }
        chosen[rule.id] = replace(rule, params=params)
    return chosen
