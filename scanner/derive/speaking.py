"""Whom an alarm tells when it rings: action, target, confirmed subscription, endpoint, somebody there.

In: rows, what was seen, and the directory. Out: for each alarm the best of its ways, with the first hop of it
that is broken. What was not seen is `unknown`, never a broken hop; what only automates tells nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from scanner.derive import alarm_rule as rules
from scanner.directory import Directory
from scanner.seen import Seen

Verdict = Literal["yes", "no", "unknown"]
METRIC_ALARM, COMPOSITE = "aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"
TOPIC, SUBSCRIPTION = "aws_sns_topic", "aws_sns_topic_subscription"
FUNCTION, QUEUE = "aws_lambda_function", "aws_sqs_queue"
HOPS = ("alarm", "action", "target", "subscription", "endpoint", "person", "")
"""The hops in their order; `` stands for a way on which none is broken."""
AUTOMATES = frozenset({"autoscaling", "automate", "swf", "ec2", "aiops"})
"""Services in the ARN of an action that does something and tells nobody."""
AWS_KEY = "alias/aws/sns"
"""CloudWatch may not use the key that AWS keeps for topics, and nobody can let it."""
RANK: Mapping[str, int] = {"no": 0, "unknown": 1, "yes": 2}


@dataclass(frozen=True, slots=True)
class Way:
    """One way from an alarm towards somebody."""

    verdict: Verdict
    broken: str
    """The first hop that is broken, or could not be seen; `` where none is."""
    says: str
    path: tuple[str, ...] = ()
    """What it goes through, as far as it goes."""

    def past(self, *before: str) -> Way:
        """The same way, seen from further back."""
        return replace(self, path=(*before, *self.path))


def best(ways: Iterable[Way], otherwise: Way) -> Way:
    """The way that gets furthest."""

    def far(way: Way) -> tuple[int, int, int]:
        return RANK[way.verdict], HOPS.index(way.broken), len(way.path)

    ordered = sorted(ways, key=lambda way: (way.path, way.says))
    return max(ordered, key=far) if ordered else otherwise


class Speaking:
    """Whom every alarm tells."""

    def __init__(self, rows: Sequence[Any], seen: Seen, directory: Directory) -> None:
        self._seen = seen
        self._directory = directory
        self._there: dict[tuple[str, str], Any] = {}
        self._alarms: dict[tuple[str, str, str], Any] = {}
        self._heard_by: dict[str, list[Any]] = defaultdict(list)
        self._above: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
        self._turns: dict[tuple[str, str, bool], rules.Turn] = {}
        self._ends: dict[str, Way] = {}
        self._ways: dict[str, Way] = {}
        composites = []
        for row in rows:
            if row.type in (TOPIC, FUNCTION, QUEUE):
                self._there[row.type, row.resource] = row
            elif row.type == SUBSCRIPTION:
                self._heard_by[str(row.attributes.get("topic_arn"))].append(row)
            elif row.type in (METRIC_ALARM, COMPOSITE):
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

    def _own(self, alarm: Any) -> Way:
        a = alarm.attributes
        if "alarm_actions" not in a or a.get("actions_enabled") is None:
            return Way("unknown", "action", f"the actions of {alarm.name} were not read")
        actions = [str(action) for action in a["alarm_actions"] or ()]
        if not actions:
            return Way("no", "action", f"the alarm {alarm.name} has no action for when it rings")
        if not a["actions_enabled"]:
            return Way("no", "action", f"the actions of the alarm {alarm.name} are switched off")
        return best(map(self._action, actions), Way("no", "action", ""))

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
        return (held or self._own(composite)).past(composite.resource)

    def _held_back(self, composite: Any, alarm: Any) -> Way | None:
        """Why a composite would say nothing although it rings, None where it would speak."""
        block = (composite.attributes.get("actions_suppressor") or [{}])[0]
        name = rules.called(str(block.get("alarm") or ""))
        if not name:
            return None
        by = self._alarms.get((composite.account, composite.region, name))
        if by is None:
            hidden = self._seen.listed(METRIC_ALARM, composite.account, composite.region)
            says = f"{name}, which may hold back {composite.name}, was not seen: {hidden}"
            return Way("unknown", "action", says) if hidden else None
        leaf = rules.Leaf("ALARM", name)
        if rules.RINGS in self._leaf(leaf, composite, alarm, False, frozenset()):
            return Way("no", "action", f"{name} holds back {composite.name} whenever it would ring")
        if by.attributes.get("state_value") == "ALARM":
            says = f"{name} is ringing and holds back the actions of {composite.name}"
            return Way("no", "action", says)
        return None

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
        unseen = inner is None and self._seen.listed(
            METRIC_ALARM, composite.account, composite.region
        )
        return rules.FREE if free or unseen else rules.of_quiet(leaf.state)

    def _action(self, arn: str) -> Way:
        if arn not in self._ends:
            self._ends[arn] = self._end(arn).past(arn)
        return self._ends[arn]

    def _end(self, arn: str) -> Way:
        service = (arn.split(":") + [""] * 3)[2]
        if service == "sns":
            return self._topic(arn)
        if service == "lambda":
            return self._exists(FUNCTION, _plain(arn), "target", "the function")
        if service in AUTOMATES:
            return Way("no", "action", f"its action {arn} only does something and tells nobody")
        return Way("unknown", "target", f"whether anybody hears of {arn} cannot be read")

    def _topic(self, arn: str) -> Way:
        found = self._exists(TOPIC, arn, "target", "the topic")
        if found.verdict != "yes":
            return found
        topic = self._there[TOPIC, arn]
        called = f"the topic {topic.name}"
        if "encrypted_with" not in topic.attributes:
            return Way("unknown", "target", f"the settings of {called} were not read")
        if str(topic.attributes["encrypted_with"] or "").endswith(AWS_KEY):
            says = f"{called} is encrypted with AWS's own key, which CloudWatch may not use"
            return Way("no", "target", says)
        listening = self._heard_by[arn]
        confirmed = [s for s in listening if s.attributes.get("confirmed")]
        ways = [self._subscription(s).past(s.resource) for s in confirmed]
        hidden = self._seen.listed(SUBSCRIPTION, topic.account, topic.region)
        if hidden:
            ways.append(Way("unknown", "subscription", f"who listens was not seen: {hidden}"))
        # counts those of other accounts too, which are in no list of ours
        elsewhere = int(topic.attributes.get("subscriptions_confirmed") or 0) - len(confirmed)
        if elsewhere > 0:
            says = f"{called} has {elsewhere} subscribers that are in no account that was read"
            ways.append(Way("unknown", "subscription", says))
        waiting = len(listening) - len(confirmed)
        says = f"{called} has no subscriber"
        if waiting:
            says = f"no subscriber of {called} has confirmed: {waiting} asked to"
        return best(ways, Way("no", "subscription", says))

    def _subscription(self, row: Any) -> Way:
        a = row.attributes
        protocol, endpoint = str(a.get("protocol") or ""), str(a.get("endpoint") or "")
        if "filter_policy" not in a:
            return Way("unknown", "subscription", "what a subscription lets through was not read")
        if a["filter_policy"]:
            if a.get("filter_policy_scope") == "MessageBody":
                says = f"the subscription of {_shown(endpoint)} lets through only some messages"
                return Way("unknown", "subscription", says)
            says = f"the subscription of {_shown(endpoint)} asks for attributes that no alarm has"
            return Way("no", "subscription", says)
        if protocol == "lambda":
            return self._exists(FUNCTION, _plain(endpoint), "endpoint", "the function")
        if protocol == "sqs":
            return self._exists(QUEUE, endpoint, "endpoint", "the queue")
        if protocol == "firehose":
            return Way("no", "endpoint", f"{endpoint} only stores what it is told")
        return self._somebody(endpoint)

    def _exists(self, type_: str, arn: str, hop: str, what: str) -> Way:
        if (type_, arn) in self._there:
            return Way(
                "yes", "", f"{what} {_shown(arn)} is told", (arn,) if hop != "target" else ()
            )
        parts = arn.split(":") + [""] * 5
        hidden = self._seen.listed(type_, parts[4], parts[3])
        if hidden:
            return Way("unknown", hop, f"whether {what} {arn} exists was not seen: {hidden}")
        return Way("no", hop, f"{what} {arn} does not exist")

    def _somebody(self, endpoint: str) -> Way:
        """An address that has confirmed: whether somebody is still there, only the directory knows."""
        shown = _shown(endpoint)
        known = self._directory.look_up(endpoint) if "@" in endpoint else None
        if known is not None and known.state == "departed":
            return Way("no", "person", f"{shown} is told, who has left")
        if known is not None and known.state == "empty":
            return Way("no", "person", f"{shown} is told, a team with nobody in it")
        if known is not None and known.state == "unknown":
            return Way("unknown", "person", f"{shown} is told, whom the directory does not know")
        return Way("yes", "", f"{shown} is told", (shown,))


def _plain(arn: str) -> str:
    """The ARN of a function without an alias or version behind it."""
    return ":".join(arn.split(":")[:7])


def _shown(endpoint: str) -> str:
    """An endpoint as it may be shown: the path of an address in the web holds a key."""
    if endpoint.startswith("arn:"):
        return endpoint.rsplit(":", 1)[-1]
    return (urlsplit(endpoint).hostname or "an address") if "://" in endpoint else endpoint
