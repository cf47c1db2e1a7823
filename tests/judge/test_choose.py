"""Which rules run, and with which settings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.errors import SettingsError
from scanner.judge.choose import choose
from scanner.settings import Settings

from .rulebook import RULES


def test_all_of_them_by_default() -> None:
    assert choose(RULES, Settings()) == dict(RULES)


def test_a_rule_and_a_family_can_be_switched_off() -> None:
    chosen = choose(RULES, Settings(disable=("orphan", "watch/alarm-without-action")))
    assert "watch/alarm-without-action" not in chosen
    assert not [rule for rule in chosen if rule.startswith("orphan/")]
    assert "watch/alarm-to-gone-target" in chosen


def test_a_retired_rule_does_not_run() -> None:
    name = "watch/alarm-without-action"
    assert name not in choose({name: replace(RULES[name], status="retired")}, Settings())


def test_a_setting_replaces_a_default_and_keeps_its_help() -> None:
    chosen = choose(RULES, Settings(params={"access/old-access-key": {"max_age_days": 30}}))
    param = chosen["access/old-access-key"].params["max_age_days"]
    assert param.default == 30
    assert param.help == RULES["access/old-access-key"].params["max_age_days"].help
    assert chosen["access/foreign-trust"] == RULES["access/foreign-trust"]


@pytest.mark.parametrize(
    ("settings", "words", "hint"),
    [
        (
            Settings(disable=("watch/alarm-without-actions",)),
            "watch/alarm-without-actions",
            "alarm-without-action?",
        ),
        (Settings(disable=("cost",)), "no rule cost", "watchbill rules"),
        (
            Settings(params={"access/old-acces-key": {}}),
            "access/old-acces-key",
            "access/old-access-key",
        ),
        (
            Settings(params={"access/old-access-key": {"age": 1}}),
            "no parameter age",
            "max_age_days",
        ),
        (Settings(params={"access/open-trust": {"age": 1}}), "no parameter age", "none"),
        (Settings(params={"orphan": {"age": 1}}), "no rule orphan", "watchbill rules"),
    ],
)
def test_what_does_not_exist_is_told_with_its_neighbour(
    settings: Settings, words: str, hint: str
) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        choose(RULES, settings)
    assert hint in caught.value.hint
