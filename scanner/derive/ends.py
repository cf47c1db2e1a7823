"""What an alarm, or a rule that tells of it, sends to: whether that is there, and whether somebody hears it.

In: rows, what was seen, and the directory. Out: for an ARN the best way on from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from scanner.derive.way import Way, best
from scanner.directory import Directory
from scanner.seen import Seen

TOPIC, SUBSCRIPTION = "aws_sns_topic", "aws_sns_topic_subscription"
FUNCTION, QUEUE = "aws_lambda_function", "aws_sqs_queue"
AUTOMATES = frozenset({"autoscaling", "automate", "swf", "ec2", "aiops"})
"""Services in the ARN of an action that does something and tells nobody."""
STORES = frozenset({"logs", "firehose", "kinesis"})
"""Services in the ARN of a rule's target that keeps what it is told."""
AWS_KEY = "alias/aws/sns"
"""CloudWatch may not use the key that AWS keeps for topics, and nobody can let it."""


class Ends:
    """Who hears what is sent to an ARN."""

    def __init__(self, rows: Sequence[Any], seen: Seen, directory: Directory) -> None:
        self._seen = seen
        self._directory = directory
        self._there: dict[tuple[str, str], Any] = {}
        self._heard_by: dict[str, list[Any]] = defaultdict(list)
        self._ends: dict[str, Way] = {}
        for row in rows:
            if row.type in (TOPIC, FUNCTION, QUEUE):
                self._there[row.type, row.resource] = row
            elif row.type == SUBSCRIPTION:
                self._heard_by[str(row.attributes.get("topic_arn"))].append(row)

    def of(self, arn: str) -> Way:
        """The way from an action or a target on."""
        if arn not in self._ends:
            self._ends[arn] = self._end(arn).past(arn)
        return self._ends[arn]

    def _end(self, arn: str) -> Way:
        service = (arn.split(":") + [""] * 3)[2]
        if service == "sns":
            return self._topic(arn)
        if service == "lambda":
            return self._exists(FUNCTION, _plain(arn), "target", "the function")
        if service == "sqs":
            return self._exists(QUEUE, arn, "target", "the queue")
        if service in STORES:
            return Way("no", "target", f"{arn} only stores what it is told")
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
