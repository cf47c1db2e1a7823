"""Who gets a finding: whoever answers in the rule's role, else a lead, else the named fallback.

A fallback is not an answer: what goes there keeps the state that says why, and counts against the figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from scanner.model import Finding, Owner, RoleOwner, Rule
from scanner.settings import Settings

NOBODY: Mapping[str, RoleOwner] = {}


@cache
def _roles(answers: tuple[Any, ...]) -> Mapping[str, RoleOwner]:
    """The roles of one resource, once for all that have the same."""
    return {role: RoleOwner(*answer) for role, *answer in answers}


class Desk:
    """Gives findings their owner, the four roles, and what their resource says of its request."""

    def __init__(self, facts: Any, settings: Settings) -> None:
        self._fallback = settings.fallback_owner
        self._owned = {owned.resource: owned for owned in facts.owners}
        self._roles = {
            resource: _roles(tuple(tuple(role)[1:] for role in roles))
            for resource, roles in groupby(facts.answers.roles, attrgetter("resource"))
        }
        self._context: dict[str, dict[str, str]] = defaultdict(dict)
        for one in facts.context:
            self._context[one.resource][one.key] = one.value

    def routed(self, findings: Iterable[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
        """The findings, each with who gets it."""
        return [self._route(finding, rules[finding.rule].role) for finding in findings]

    def _route(self, finding: Finding, role: str) -> Finding:
        resource = finding.resource
        owner = self._owner(resource)
        roles = self._roles.get(resource, NOBODY)
        own = roles.get(role)
        if own is not None and own.own and own.team:
            owner = Owner(own.team, own.via, own.state, "tag", "certain", own.verified)
        return replace(finding, owner=owner, roles=roles, context=self._context[resource])

    def _owner(self, resource: str) -> Owner:
        owned = self._owned.get(resource)
        if owned is None:
            return self.instead(Owner(None, "", "missing"))
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
        return self.instead(made)

    def instead(self, owner: Owner) -> Owner:
        """The fallback in the place of an owner who cannot answer, where one is named."""
        if not self._fallback:
            return owner
        via = f"fallback; {owner.via}" if owner.via else "fallback"
        return replace(
            owner, team=self._fallback, via=via, source="fallback", sure="guess", verified=False
        )
