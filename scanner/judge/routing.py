"""Who gets a finding: whoever answers in the rule's role, else a lead, else the named fallback.

A fallback is not an answer: what goes there keeps the state that says why, and counts against the figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from scanner.model import Finding, Owner, RoleOwner, Rule
from scanner.settings import Settings


class Desk:
    """Gives findings their owner, the four roles, and what their resource says of its request."""

    def __init__(self, facts: Any, settings: Settings) -> None:
        self._fallback = settings.fallback_owner
        self._owned = {owned.resource: owned for owned in facts.owners}
        self._roles: dict[str, dict[str, RoleOwner]] = defaultdict(dict)
        for r in facts.answers.roles:
            self._roles[r.resource][r.role] = RoleOwner(r.team, r.via, r.state, r.own, r.verified)
        self._context: dict[str, dict[str, str]] = defaultdict(dict)
        for one in facts.context:
            self._context[one.resource][one.key] = one.value

    def owners(self) -> Mapping[str, Owner]:
        """The primary owner of every resource, or who is asked instead."""
        return {resource: self._owner(resource) for resource in self._owned}

    def routed(self, findings: Iterable[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
        """The findings, each with who gets it."""
        return [self._route(finding, rules[finding.rule].role) for finding in findings]

    def _route(self, finding: Finding, role: str) -> Finding:
        resource = finding.resource
        owner = self._owner(resource)
        own = self._roles[resource].get(role)
        if own is not None and own.own and own.team:
            owner = Owner(own.team, own.via, own.state, "tag", "certain", own.verified)
        return replace(
            finding, owner=owner, roles=self._roles[resource], context=self._context[resource]
        )

    def _owner(self, resource: str) -> Owner:
        owned = self._owned.get(resource)
        if owned is None:
            return self._instead(Owner(None, "", "missing"))
        made = Owner(
            owned.team, owned.via, owned.state, owned.source, owned.sure, owned.verified,
            owned.named, owned.nearest,
        )  # fmt: skip
        if made.team is not None:
            return made
        if owned.lead is not None:
            via = f"{owned.lead_via}; {made.via}" if made.via else owned.lead_via
            return replace(
                made, team=owned.lead, via=via, source=owned.lead_source, sure="guess",
                verified=False,
            )  # fmt: skip
        return self._instead(made)

    def _instead(self, owner: Owner) -> Owner:
        if not self._fallback:
            return owner
        via = f"fallback; {owner.via}" if owner.via else "fallback"
        return replace(
            owner, team=self._fallback, via=via, source="fallback", sure="guess", verified=False
        )
