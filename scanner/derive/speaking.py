"""Whom an alarm tells when it rings: action, target, confirmed subscription, endpoint, somebody there.

In: rows, what was seen, and the directory. Out: for each alarm the best of its ways, by its actions or by a
rule of EventBridge, with the first hop of it that is broken. What was not seen is `unknown`, never a broken
hop; what only automates, or stores, tells nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from scanner.derive import alarm_rule as rules
from scanner.derive.alarm_events import AlarmEvents
from scanner.derive.ends import Ends
from scanner.derive.letting import RULES, Service
from scanner.derive.muted import Muted
from scanner.derive.way import Way, best
from scanner.directory import Directory
from scanner.seen import Seen

METRIC_ALARM, COMPOSITE = "aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"
LOG_ALARM = "aws_cloudwatch_log_alarm"
ALARMS = (METRIC_ALARM, LOG_ALARM, COMPOSITE)


class Speaking:
    """Whom every alarm tells."""

    def __init__(self, rows: Sequence[Any], seen: Seen, directory: Directory) -> None:
        self._seen = seen
        self._sends_to = Ends(rows, seen, directory)
        self._alarms: dict[tuple[str, str, str], Any] = {}
        self._above: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
        self._turns: dict[tuple[str, str, bool], rules.Turn] = {}
        self._ways: dict[str, Way] = {}
        self._events = AlarmEvents(rows, seen)
        self._muted = Muted(rows, seen)
        composites = []
        for row in rows:
            if row.type in ALARMS:
                self._alarms[row.account, row.region, row.name] = row
                if row.type == COMPOSITE:
                    composites.append(row)
        for row in composites:
            for name in self._below(row, frozenset()):
                self._above[row.account, row.region, name].append(row)

    def of(self, alarm: Any) -> Way:
        """The best way of an alarm, by itself or through a composite above it."""
        if alarm.resource not in self._ways:
            above = self._above[alarm.account, alarm.region, alarm.name]
            ways = [self._own(alarm), *(self._through(c, alarm) for c in above)]
            found = best(ways, ways[0])
            hidden = self._seen.listed(COMPOSITE, alarm.account, alarm.region)
            if found.verdict == "no" and hidden:
                says = f"whether a composite alarm speaks for it was not seen: {hidden}"
                found = Way("unknown", "action", says)
            self._ways[alarm.resource] = found.past(alarm.resource)
        return self._ways[alarm.resource]

    def sent_to(self, arn: str, account: str, sender: Service | None) -> Way:
        """Whom a message to an ARN reaches that a service sends for an account, or something that has a
        role to."""
        return self._sends_to.of(arn, account, sender)

    def muted_by(self, alarm: Any) -> str:
        """The mute rule that silences its actions at every hour and without an end, or ``."""
        return self._muted.by(alarm)

    def _own(self, alarm: Any, held: Way | None = None) -> Way:
        """By its own actions, unless they are `held` back, or by a rule that its change of state sets off."""
        ways = [held or self._acting(alarm), *self._by_event(alarm)]
        found = best(ways, ways[0])
        hidden = self._events.hidden(alarm) if found.verdict == "no" else ""
        if hidden:
            says = f"whether a rule of EventBridge tells of {alarm.name} was not seen: {hidden}"
            return Way("unknown", "action", says)
        return found

    def _by_event(self, alarm: Any) -> Iterator[Way]:
        for rule, to, role, sure in self._events.of(alarm):
            # with a role of ours it does not call as itself
            way = self._sends_to.of(to, alarm.account, None if role else RULES)
            if not sure and way.verdict == "yes":
                says = f"whether the rule {rule.name} takes the events of {alarm.name} is not known"
                way = Way("unknown", "action", says)
            yield way.past(rule.resource)

    def _acting(self, alarm: Any) -> Way:
        a = alarm.attributes
        if "alarm_actions" not in a or a.get("actions_enabled") is None:
            return Way("unknown", "action", f"the actions of {alarm.name} were not read")
        actions = [str(action) for action in a["alarm_actions"] or ()]
        if not actions:
            return Way("no", "action", f"the alarm {alarm.name} has no action for when it rings")
        if not a["actions_enabled"]:
            return Way("no", "action", f"the actions of the alarm {alarm.name} are switched off")
        if by := self._muted.by(alarm):
            says = (
                f"the mute rule {by} silences the alarm {alarm.name} at every hour, without an end"
            )
            return Way("no", "action", says)
        told = (self._sends_to.of(action, alarm.account) for action in actions)
        found = best(told, Way("no", "action", ""))
        hidden = self._muted.hidden(alarm) if found.verdict == "yes" else ""
        if hidden:
            says = f"whether a mute rule silences {alarm.name} was not seen: {hidden}"
            return Way("unknown", "action", says)
        return found

    def _through(self, composite: Any, alarm: Any) -> Way:
        """The way through a composite alarm that names the alarm, itself or by one below it."""
        name = composite.name
        if rules.parse(str(composite.attributes.get("alarm_rule") or "")) is None:
            says = f"the rule of the composite alarm {name} cannot be read"
            return Way("unknown", "action", says, (composite.resource,))
        alone = self._turn(composite, alarm, False, frozenset())
        if alone != {rules.RINGS}:
            if rules.RINGS in self._turn(composite, alarm, True, frozenset()):
                says = f"the composite alarm {name} rings only together with other alarms"
                return Way("unknown", "action", says, (composite.resource,))
            says = f"the composite alarm {name} does not ring when {alarm.name} does"
            return Way("no", "action", says, (composite.resource,))
        held = self._held_back(composite, alarm)
        return self._own(composite, held).past(composite.resource)

    def _held_back(self, composite: Any, alarm: Any) -> Way | None:
        """Why a composite would say nothing although it rings, None where it would speak."""
        block = (composite.attributes.get("actions_suppressor") or [{}])[0]
        name = rules.called(str(block.get("alarm") or ""))
        if not name:
            return None
        by = self._alarms.get((composite.account, composite.region, name))
        if by is None:
            hidden = self._hidden(composite)
            says = f"{name}, which may hold back {composite.name}, was not seen: {hidden}"
            return Way("unknown", "action", says) if hidden else None
        leaf = rules.Leaf("ALARM", name)
        if rules.RINGS in self._leaf(leaf, composite, alarm, False, frozenset()):
            return Way("no", "action", f"{name} holds back {composite.name} whenever it would ring")
        if by.attributes.get("state_value") == "ALARM":
            says = f"{name} is ringing and holds back the actions of {composite.name}"
            return Way("no", "action", says)
        return None

    def _hidden(self, composite: Any) -> str:
        """Why an alarm that a composite names may not have been seen, or ``."""
        where = (composite.account, composite.region)
        return next((why for kind in ALARMS if (why := self._seen.listed(kind, *where))), "")

    def _below(self, composite: Any, path: frozenset[str]) -> frozenset[str]:
        """The alarms that a composite names, and those that they name."""
        if composite.name in path:
            return frozenset()
        text = str(composite.attributes.get("alarm_rule") or "")
        node = rules.parse(text)
        names = rules.named(node) if node else self._mentioned(text, composite)
        found = set(names)
        for name in names:
            inner = self._alarms.get((composite.account, composite.region, name))
            if inner is not None and inner.type == COMPOSITE:
                found |= self._below(inner, path | {composite.name})
        return frozenset(found)

    def _mentioned(self, text: str, composite: Any) -> frozenset[str]:
        """Of a rule that cannot be read, every alarm whose name stands in it."""
        where = (composite.account, composite.region)
        return frozenset(name for a, r, name in self._alarms if (a, r) == where and name in text)

    def _turn(self, composite: Any, alarm: Any, free: bool, path: frozenset[str]) -> rules.Turn:
        """What a composite may be before and after the alarm begins to ring; `free`: whatever others are."""
        key = (composite.resource, alarm.resource, free)
        if key in self._turns:
            return self._turns[key]
        if composite.name in path:
            return rules.FREE if free else rules.NEVER
        node = rules.parse(str(composite.attributes.get("alarm_rule") or ""))
        if node is None:
            return rules.FREE | {rules.RINGS}
        within = path | {composite.name}
        found = rules.turn(node, lambda leaf: self._leaf(leaf, composite, alarm, free, within))
        self._turns[key] = found
        return found

    def _leaf(
        self, leaf: rules.Leaf, composite: Any, alarm: Any, free: bool, path: frozenset[str]
    ) -> rules.Turn:
        if leaf.alarm == alarm.name:
            return rules.of_ringing(leaf.state)
        inner = self._alarms.get((composite.account, composite.region, leaf.alarm))
        if inner is not None and inner.type == COMPOSITE and leaf.state != "INSUFFICIENT_DATA":
            found = self._turn(inner, alarm, free, path)
            if leaf.state == "ALARM":
                return found
            return frozenset((not before, not after) for before, after in found)
        unseen = inner is None and self._hidden(composite)
        return rules.FREE if free or unseen else rules.of_quiet(leaf.state)
