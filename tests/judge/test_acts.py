"""One act told once: what leads, what is led, and what neither hides."""

from __future__ import annotations

from typing import Any

import pytest

from scanner import shipped
from scanner.judge.acts import told_once
from scanner.judge.load import load_rules
from scanner.model import Finding

from .made import finding

RULES = load_rules([shipped.rules()])
HEAD, DRIFT, OPEN = "access/trust-widened", "drift/changed-attribute", "access/open-trust"


def one(rule: str, severity: str = "critical", status: str = "new", **more: Any) -> Finding:
    about = {"rule": rule, "severity": severity, "resource": "r", "evidence": {}}
    return finding(status=status, **{**about, **more})


def drift(attribute: str = "assume_role_policy", **more: Any) -> Finding:
    return one(DRIFT, evidence={"attribute": attribute}, fingerprint=f"d-{attribute}", **more)


def told(*findings: Finding) -> dict[str, tuple[str, tuple[str, ...]]]:
    made = told_once(findings, RULES)
    assert [f.fingerprint for f in made] == [f.fingerprint for f in findings]
    return {f.fingerprint: (f.told_by, f.also) for f in made}


def test_one_leads_and_they_name_each_other() -> None:
    head, open_ = one(HEAD, fingerprint="h"), one(OPEN, fingerprint="o")
    assert told(open_, drift(), drift("description"), head) == {
        "h": ("", (OPEN, DRIFT)),
        "o": ("h", (HEAD,)),
        "d-assume_role_policy": ("h", (HEAD,)),
        "d-description": ("", ()),
    }


@pytest.mark.parametrize(
    ("head", "led"),
    [
        ({"status": "waived"}, {}),
        ({"status": "unknown"}, {}),
        ({"status": "gone"}, {}),
        ({"severity": "medium"}, {}),
        ({"resource": "another"}, {}),
        ({}, {"status": "waived"}),
        ({}, {"status": "unknown"}),
    ],
)
def test_nothing_is_hidden_behind_what_is_weaker_or_not_open(head: Any, led: Any) -> None:
    found = told(one(HEAD, fingerprint="h", **head), drift(**led))
    assert set(found.values()) == {("", ())}


def test_what_an_earlier_scan_said_of_it_holds_no_longer() -> None:
    assert told(drift(told_by="h", also=(HEAD,))) == {"d-assume_role_policy": ("", ())}


def test_theirs_may_be_about_another_resource_that_the_evidence_names() -> None:
    head = one(
        "access/administrator-by-hand",
        fingerprint="h",
        evidence={"undeclared": "a", "document": "p"},
    )
    given = one("access/grant-by-hand", fingerprint="g", evidence={"policy": "p"})
    loose = one("drift/unmanaged-resource", "medium", fingerprint="u", resource="a")
    other = one("drift/unmanaged-resource", "medium", fingerprint="v", resource="b")
    found = told(head, given, loose, other)
    assert [found[name][0] for name in "hguv"] == ["", "h", "h", ""]


def test_every_rule_that_is_named_is_there_and_has_what_is_asked_of_it() -> None:
    for rule in RULES.values():
        for name, same in rule.same_act.items():
            assert same.keys() - {"resource"} <= RULES[name].evidence.keys(), (rule.id, name)
            assert not RULES[name].same_act.keys() & {rule.id}, "each leads the other"
