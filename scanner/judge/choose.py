"""Which rules run, and with which settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches

from scanner.errors import SettingsError
from scanner.judge.gate import ALL, NEVER, Bar
from scanner.model import FAMILIES, SEVERITIES, Param, Rule
from scanner.settings import Settings


def choose(rules: Mapping[str, Rule], settings: Settings) -> dict[str, Rule]:
    """The rules that are not disabled or retired, with the parameters of the settings.

    Raises SettingsError for a rule, family or parameter that does not exist.
    """
    _known(settings.disable, (*rules, *FAMILIES))
    _known(settings.params, rules)
    bar(settings, rules)
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


def bar(settings: Settings, rules: Collection[str]) -> Bar:
    """The bar of the gate. Raises SettingsError for what is no rule, family or severity, or no number."""
    _known(settings.fail_on_rules, (*rules, *FAMILIES))
    _known(settings.at_most, (*rules, *FAMILIES, *SEVERITIES, ALL))
    for name, level in settings.fail_on_rules.items():
        if level not in (*SEVERITIES, NEVER):
            raise SettingsError(
                f"fail_on_rules: {name}: there is no severity {level}",
                hint=f"one of {', '.join(SEVERITIES)}, or {NEVER}",
            )
    for name, most in settings.at_most.items():
        if most < 0:
            raise SettingsError(f"at_most: {name}: {most} is below 0", hint="mend the number")
    return Bar.of(settings)


def _known(given: Collection[str], names: Collection[str]) -> None:
    for name in given:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            raise SettingsError(
                f"there is no rule {name}",
                hint=f"did you mean {near[0]}?" if near else "`watchbill rules list` names them",
            )
