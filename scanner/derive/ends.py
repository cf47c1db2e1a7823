"""What an alarm, or a rule that tells of it, sends to: whether that is there and takes it, and who hears it.

In: rows, what was seen, and the directory. Out: for an ARN and who sends to it the best way on from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from scanner.derive.keys import key_uses
from scanner.derive.letting import ALARM_TO_FUNCTION, ALARMS, TOPICS, Service, lets
from scanner.derive.recovery import UNREADABLE
from scanner.derive.way import RANK, Verdict, Way, best
from scanner.directory import Directory
from scanner.seen import Seen

TOPIC, SUBSCRIPTION = "aws_sns_topic", "aws_sns_topic_subscription"
FUNCTION, QUEUE = "aws_lambda_function", "aws_sqs_queue"
DELIVERY = "aws_kinesis_firehose_delivery_stream"
AUTOMATES = frozenset({"autoscaling", "automate", "swf", "ec2", "aiops"})
"""Services in the ARN of an action that does something and tells nobody."""
STORES = frozenset({"logs"})
"""Services in the ARN of a rule's target that keeps what it is told."""
AWS_KEY = "alias/aws/sns"
"""No service may use the key that AWS keeps for topics, and nobody can let it."""
ENCRYPTS = ("kms:generatedatakey", "kms:decrypt")
"""What a service must be let do with the key of a topic (SNS Developer Guide, "Key management")."""
KEY, ALIAS, MAPPING = "aws_kms_key", "aws_kms_alias", "aws_lambda_event_source_mapping"


class Ends:
    """Who hears what is sent to an ARN."""

    def __init__(self, rows: Sequence[Any], seen: Seen, directory: Directory) -> None:
        self._seen = seen
        self._directory = directory
        self._there: dict[tuple[str, str], Any] = {}
        self._heard_by: dict[str, list[Any]] = defaultdict(list)
        self._ends: dict[tuple[str, str, Service | None], Way] = {}
        self._keys: dict[tuple[str, str, str], Any] = {}
        self._aliases: dict[tuple[str, str, str], str] = {}
        self._read: set[str] = set()
        """Queues that a function reads."""
        for row in rows:
            if row.type in (TOPIC, FUNCTION, QUEUE, DELIVERY):
                self._there[row.type, row.resource] = row
            elif row.type == KEY:
                self._keys[row.account, row.region, row.id] = row
            elif row.type == ALIAS:
                name, key = row.id.removeprefix("alias/"), row.attributes.get("target_key_id")
                self._aliases[row.account, row.region, name] = str(key).rpartition("/")[2]
            elif row.type == MAPPING and row.attributes.get("enabled"):
                self._read.add(str(row.attributes.get("event_source_arn")))
            elif row.type == SUBSCRIPTION:
                self._heard_by[str(row.attributes.get("topic_arn"))].append(row)

    def of(self, arn: str, account: str, sender: Service | None = ALARMS) -> Way:
        """The way from an action or a target on, for the service that sends to it for an account; None: a
        role of ours does."""
        key = arn, account, sender
        if key not in self._ends:
            self._ends[key] = self._end(arn, account, sender).past(arn)
        return self._ends[key]

    def _end(self, arn: str, account: str, sender: Service | None) -> Way:
        service = (arn.split(":") + [""] * 3)[2]
        if service == "sns":
            return self._topic(arn, account, sender)
        if service == "lambda":
            caller = ALARM_TO_FUNCTION if sender == ALARMS else sender
            return self._function(arn, "target", account, caller)
        if service == "sqs":
            return self._queue(arn, "target")
        if service == "firehose":
            return self._delivered(arn, "target")
        if service in STORES:
            return Way("no", "target", f"{arn} only stores what it is told")
        if service in AUTOMATES:
            return Way("no", "action", f"its action {arn} only does something and tells nobody")
        return Way("unknown", "target", f"whether anybody hears of {arn} cannot be read")

    def _topic(self, arn: str, account: str, sender: Service | None) -> Way:
        found = self._exists(TOPIC, arn, "target", "the topic")
        if found.verdict != "yes":
            return found
        topic = self._there[TOPIC, arn]
        called = f"the topic {topic.name}"
        if "encrypted_with" not in topic.attributes:
            return Way("unknown", "target", f"the settings of {called} were not read")
        heard = self._heard(topic, called)
        if sender is None:
            return heard
        if str(topic.attributes["encrypted_with"] or "").endswith(AWS_KEY):
            says = f"{called} is encrypted with AWS's own key, which {sender.name} may not use"
            return Way("no", "target", says)
        shut = self._shut(topic, called, account, sender) or self._locked(
            topic, called, account, sender
        )
        return shut if shut and RANK[shut.verdict] <= RANK[heard.verdict] else heard

    def _shut(self, topic: Any, called: str, account: str, sender: Service) -> Way | None:
        """Why a topic's policy does not let in who sends to it, or may not; None where it does."""
        policy = topic.attributes.get("policy")
        if policy is None:  # AWS gives every topic one
            return None
        let = lets(policy, sender, "sns:publish", account)
        return _unless(let, "target", f"the policy of {called}", f"{sender.name} publish to it")

    def _locked(self, topic: Any, called: str, account: str, sender: Service) -> Way | None:
        """The same of the key that a topic is encrypted with."""
        for use in key_uses([topic]):
            id_ = self._aliases.get((use.account, use.region, use.key), use.key)
            key = self._keys.get((use.account, use.region, id_))
            if key is None or not {"policy", "key_state"} <= key.attributes.keys():
                hidden = self._seen.listed(KEY, use.account, use.region)
                says = f"the key {use.key} of {called} was not read" + (
                    f": {hidden}" if hidden else ""
                )
                return Way("unknown", "target", says)
            if state := UNREADABLE.get(str(key.attributes["key_state"])):
                return Way("no", "target", f"the key {key.id} of {called} {state}")
            policy = key.attributes["policy"]
            let = min(
                (lets(policy, sender, action, account) for action in ENCRYPTS),
                key=RANK.__getitem__,
            )
            if found := _unless(
                let, "target", f"the key {key.id} of {called}", f"{sender.name} use it"
            ):
                return found
        return None

    def _heard(self, topic: Any, called: str) -> Way:
        """Who listens to a topic."""
        arn = topic.resource
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
            return self._function(endpoint, "endpoint", row.account, TOPICS)
        if protocol == "sqs":
            return self._queue(endpoint, "endpoint")
        if protocol == "firehose":
            return self._delivered(endpoint, "endpoint")
        return self._somebody(endpoint)

    def _function(self, arn: str, hop: str, account: str, sender: Service | None) -> Way:
        found = self._exists(FUNCTION, _plain(arn), hop, "the function")
        # of an alias or a version the policy is one of its own, which is not read
        if found.verdict != "yes" or arn != _plain(arn) or sender is None:
            return found
        function = self._there[FUNCTION, arn]
        if "policy" not in function.attributes:
            return Way("unknown", hop, f"the policy of the function {function.name} was not read")
        let = lets(function.attributes["policy"], sender, "lambda:invokefunction", account)
        return _unless(let, hop, f"the function {function.name}", f"{sender.name} call it") or found

    def _queue(self, arn: str, hop: str) -> Way:
        """A queue that a function reads; whether anybody else reads one is in no list."""
        found = self._exists(QUEUE, arn, hop, "the queue")
        if found.verdict == "yes" and arn not in self._read:
            says = f"the queue {_shown(arn)} is told; whether anybody reads it cannot be seen"
            return Way("unknown", hop, says)
        return found

    def _delivered(self, arn: str, hop: str) -> Way:
        """The way on from a delivery stream: to a store, or to what may be somebody's monitoring."""
        found = self._exists(DELIVERY, arn, hop, "the delivery stream")
        if found.verdict != "yes":
            return found
        if self._there[DELIVERY, arn].attributes.get("only_stores"):
            return Way("no", hop, f"{arn} only stores what it is told")
        return Way("unknown", hop, f"{arn} passes what it is told on to what is not read")

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


def _unless(let: Verdict, hop: str, what: str, does: str) -> Way | None:
    """The way that ends where something is not let do what it does, None where it is."""
    if let == "yes":
        return None
    if let == "no":
        return Way("no", hop, f"{what} does not let {does}")
    return Way("unknown", hop, f"whether {what} lets {does} hangs on a condition")


def _plain(arn: str) -> str:
    """The ARN of a function without an alias or version behind it."""
    return ":".join(arn.split(":")[:7])


def _shown(endpoint: str) -> str:
    """An endpoint as it may be shown: the path of an address in the web holds a key."""
    if endpoint.startswith("arn:"):
        return endpoint.rsplit(":", 1)[-1]
    return (urlsplit(endpoint).hostname or "an address") if "://" in endpoint else endpoint
