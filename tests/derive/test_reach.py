"""Whether somebody would hear: every hop that can be broken, every way to look at a metric, and two laws."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.catalog import load
from scanner.collect.pages import pages
from scanner.collect.rows import Row, Scope
from scanner.collect.rows import row as shaped
from scanner.derive.alarms import covers
from scanner.derive.reach import Reach, alarm_ways, reach
from scanner.derive.speaking import Speaking
from scanner.derive.way import HOPS, RANK
from scanner.directory import Directory, Person, Team
from scanner.seen import Seen
from tests.derive import made
from tests.derive.made import ACCOUNT, OTHER_ACCOUNT, REGION, actual, arn

FUNCTION = arn("lambda", "function:pay")
TOPIC = arn("sns", "alarms")
ALARM = arn("cloudwatch", "alarm:pay-errors")
MAIL = "on-call@harbour.example"


@cache
def seen(denied: frozenset[str] = frozenset(), regions: tuple[str, ...] = (REGION,)) -> Seen:
    """What a ledger knows in which these calls were denied: made once, it is long."""
    return made.seen(failing=dict.fromkeys(denied, "denied"), regions=regions)


def letting(*services: str, action: str = "*", **condition: Any) -> dict[str, Any]:
    """A canonical policy that lets services do something, under a condition if one is given."""
    allow = {"Effect": "Allow", "Action": [action], "Principal": {"Service": list(services)}}
    return {"Statement": [allow | ({"Condition": condition} if condition else {})]}


def function(name: str = "pay", **more: Any) -> Row:
    callers = letting("lambda.alarms.cloudwatch.amazonaws.com", "sns.amazonaws.com")
    more.setdefault("attributes", {"log_group": f"/aws/lambda/{name}", "policy": callers})
    return actual("aws_lambda_function", name, arn=arn("lambda", f"function:{name}"), **more)


def alarm(name: str = "pay-errors", /, **more: Any) -> Row:
    """An alarm on the errors of the function, unless said otherwise."""
    attributes = {
        "namespace": "AWS/Lambda", "metric_name": "Errors", "dimensions": {"FunctionName": "pay"},
        "statistic": "Sum", "comparison_operator": "GreaterThanThreshold", "threshold": 0.0,
        "actions_enabled": True, "alarm_actions": [TOPIC], "metrics": None, "state_value": "OK",
        **more,
    }  # fmt: skip
    return actual(
        "aws_cloudwatch_metric_alarm", name, arn=arn("cloudwatch", f"alarm:{name}"),
        attributes=attributes,
    )  # fmt: skip


def composite(name: str, rule: str, /, **more: Any) -> Row:
    attributes = {
        "alarm_rule": rule, "actions_enabled": True, "alarm_actions": [TOPIC],
        "actions_suppressor": None, "state_value": "OK", **more,
    }  # fmt: skip
    return actual(
        "aws_cloudwatch_composite_alarm", name, arn=arn("cloudwatch", f"alarm:{name}"),
        attributes=attributes,
    )  # fmt: skip


def topic(**more: Any) -> Row:
    attributes = {"encrypted_with": None, "subscriptions_confirmed": 0, **more}
    return actual("aws_sns_topic", TOPIC, arn=TOPIC, name="alarms", attributes=attributes)


def subscription(protocol: str = "email", endpoint: str = MAIL, **more: Any) -> Row:
    attributes = {
        "topic_arn": TOPIC, "protocol": protocol, "endpoint": endpoint, "confirmed": True,
        "filter_policy": None, "filter_policy_scope": None, **more,
    }  # fmt: skip
    where = f"{TOPIC}:{endpoint}"
    return actual("aws_sns_topic_subscription", where, arn=where, attributes=attributes)


def reached(
    *rows: Row,
    of: str = FUNCTION,
    known: Seen | None = None,
    directory: Directory | None = None,
    tier: int = 1,
) -> Reach:
    """What is said of one resource and its first intent."""
    known = known or seen()
    speaking = Speaking(rows, known, directory or Directory())
    found = [r for r in reach(rows, known, speaking, tier) if r.resource == of]
    return found[0]


DELIVERED = arn("firehose", "deliverystream/a")


def delivery(*, only_stores: bool = True) -> Row:
    attributes = {"only_stores": only_stores}
    return actual(
        "aws_kinesis_firehose_delivery_stream", DELIVERED, arn=DELIVERED, attributes=attributes
    )


WHOLE = (function(), alarm(), topic(), subscription())


def test_a_whole_way_is_told_hop_by_hop() -> None:
    found = reached(*WHOLE)
    assert (found.intent, found.verdict, found.broken, found.via) == ("errors", "yes", "", "direct")
    assert found.path == (ALARM, TOPIC, f"{TOPIC}:{MAIL}", MAIL)
    assert found.alarm == ALARM


BROKEN: list[tuple[str, str, str, tuple[Row, ...]]] = [
    ("no alarm", "alarm", "no alarm looks at Errors", (function(), topic(), subscription())),
    ("other metric", "alarm", "no alarm", (function(), alarm(metric_name="Throttles"), topic())),
    ("other function", "alarm", "no alarm", (function(), alarm(dimensions={"FunctionName": "p"}))),
    ("no action", "action", "has no action", (function(), alarm(alarm_actions=[]), topic())),
    ("only told when well", "action", "has no action",
     (function(), alarm(alarm_actions=[], ok_actions=[TOPIC]), topic(), subscription())),
    ("off", "action", "switched off", (function(), alarm(actions_enabled=False), topic())),
    ("scaling", "action", "tells nobody",
     (function(), alarm(alarm_actions=[arn("autoscaling", "scalingPolicy:1")]))),
    ("machine", "action", "tells nobody",
     (function(), alarm(alarm_actions=["arn:aws:automate:eu-west-1:ec2:stop"]))),
    ("no topic", "target", "does not exist", (function(), alarm(), subscription())),
    ("no function", "target", "does not exist",
     (function(), alarm(alarm_actions=[arn("lambda", "function:gone")]))),
    ("AWS's key", "target", "AWS's own key",
     (function(), alarm(), topic(encrypted_with="alias/aws/sns"), subscription())),
    ("nobody", "subscription", "has no subscriber", (function(), alarm(), topic())),
    ("waiting", "subscription", "has confirmed: 1 asked",
     (function(), alarm(), topic(), subscription(confirmed=False))),
    ("filtered", "subscription", "attributes that no alarm has",
     (function(), alarm(), topic(), subscription(filter_policy={"team": ["a"]}))),
    ("queue gone", "endpoint", "does not exist",
     (function(), alarm(), topic(), subscription("sqs", arn("sqs", "gone")))),
    ("listener gone", "endpoint", "does not exist",
     (function(), alarm(), topic(), subscription("lambda", arn("lambda", "function:gone")))),
    ("stored", "endpoint", "only stores",
     (function(), alarm(), topic(), delivery(), subscription("firehose", DELIVERED))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("hop", "says", "rows"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN]
)
def test_the_first_broken_hop_is_named(hop: str, says: str, rows: tuple[Row, ...]) -> None:
    found = reached(*rows)
    assert (found.verdict, found.broken) == ("no", hop)
    assert says in found.says


def test_who_has_left_does_not_hear() -> None:
    gone = Directory(people=(Person(MAIL, left=True),))
    found = reached(*WHOLE, directory=gone)
    assert (found.verdict, found.broken) == ("no", "person")
    assert MAIL in found.says
    empty = Directory(teams=(Team("a", also=(MAIL,), members=()),))
    assert reached(*WHOLE, directory=empty).broken == "person"
    whole = Directory(teams=(Team("a"),), whole=True)
    assert (reached(*WHOLE, directory=whole).verdict) == "unknown"
    there = Directory(teams=(Team("a", also=(MAIL,), members=("ada",)),), whole=True)
    assert reached(*WHOLE, directory=there).verdict == "yes"


@pytest.mark.parametrize(
    ("protocol", "endpoint", "more"),
    [
        ("lambda", arn("lambda", "function:page:live"), function("page")),
        ("https", "https://events.pager.example/x/secret-key", topic()),
        ("sms", "+4512345678", topic()),
    ],
)
def test_an_endpoint_that_is_there_hears(protocol: str, endpoint: str, more: Row) -> None:
    rows = {
        r.resource: r
        for r in (function(), alarm(), topic(), subscription(protocol, endpoint), more)
    }
    found = reached(*rows.values())
    assert found.verdict == "yes"
    assert "secret-key" not in found.says


CALLS_QUEUE = arn("sqs", "calls")
QUEUE = actual("aws_sqs_queue", "q", arn=CALLS_QUEUE)


def reads(enabled: bool = True) -> Row:
    attributes = {"event_source_arn": CALLS_QUEUE, "enabled": enabled}
    return actual("aws_lambda_event_source_mapping", "u", attributes=attributes)


def test_a_queue_is_heard_where_something_is_known_to_read_it() -> None:
    told = (*WHOLE[:3], subscription("sqs", CALLS_QUEUE), QUEUE)
    assert reached(*told, reads()).verdict == "yes"
    for rows in (told, (*told, reads(enabled=False))):
        found = reached(*rows)
        assert (found.verdict, found.broken) == ("unknown", "endpoint")
        assert "whether anybody reads it" in found.says


ANYBODY = {"Effect": "Allow", "Action": ["sns:publish"], "Principal": {"AWS": ["*"]}}


def equal(key: str, value: str) -> dict[str, Any]:
    return {"Condition": {"StringEquals": {key: [value]}}}


def sourced(*arns: str) -> dict[str, Any]:
    return {"Condition": {"ArnLike": {"aws:SourceArn": list(arns)}}}


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (None, "yes"),
        ({"Statement": [ANYBODY]}, "yes"),
        ({"Statement": [ANYBODY | equal("AWS:SourceOwner", ACCOUNT)]}, "yes"),  # as AWS makes it
        ({"Statement": [ANYBODY | sourced("arn:aws:cloudwatch:*:*:alarm:*")]}, "yes"),
        ({"Statement": [ANYBODY | sourced("arn:aws:s3:::uploads")]}, "no"),
        ({"Statement": [ANYBODY | equal("aws:PrincipalOrgID", "o-1")]}, "unknown"),
        ({"Statement": [ANYBODY | equal("AWS:SourceOwner", OTHER_ACCOUNT)]}, "no"),
        ({"Statement": [ANYBODY | {"Principal": {"AWS": [ACCOUNT]}}]}, "unknown"),
        ({"Statement": [ANYBODY | {"Principal": {"AWS": [OTHER_ACCOUNT]}}]}, "no"),
        ({"Statement": [ANYBODY | {"Action": ["sns:subscribe"]}]}, "no"),
        (letting("events.amazonaws.com", action="SNS:Publish"), "no"),
        (letting("events.amazonaws.com", "cloudwatch.amazonaws.com", action="SNS:Publish"), "yes"),
        ({"Statement": [ANYBODY, ANYBODY | {"Effect": "Deny"}]}, "no"),
        ({"Statement": [ANYBODY, ANYBODY | {"Effect": "Deny", "Condition": {
            "Bool": {"aws:SecureTransport": ["false"]}}}]}, "yes"),
    ],
)  # fmt: skip
def test_a_topic_must_let_the_alarm_publish(policy: Any, verdict: str) -> None:
    found = reached(*WHOLE[:2], topic(policy=policy), subscription())
    assert found.verdict == verdict
    if verdict != "yes":
        assert (found.broken, "publish" in found.says) == ("target", True)


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (
            {"Statement": [ANYBODY | equal("AWS:SourceOwner", OTHER_ACCOUNT)]},
            "no",
        ),  # as AWS makes it there
        (letting("cloudwatch.amazonaws.com", StringEquals={"aws:SourceAccount": [ACCOUNT]}), "yes"),
        (
            letting(
                "cloudwatch.amazonaws.com", StringEquals={"aws:SourceAccount": [OTHER_ACCOUNT]}
            ),
            "no",
        ),
        ({"Statement": [ANYBODY | {"Principal": {"AWS": [ACCOUNT]}}]}, "unknown"),
    ],
)
def test_a_topic_of_another_account_must_let_in_the_account_of_the_alarm(
    policy: Any, verdict: str
) -> None:
    there = arn("sns", "alarms", account=OTHER_ACCOUNT)
    far = replace(topic(policy=policy), account=OTHER_ACCOUNT, arn=there, resource=there)
    heard = replace(subscription(topic_arn=there), account=OTHER_ACCOUNT)
    assert reached(function(), alarm(alarm_actions=[there]), far, heard).verdict == verdict


def test_a_topic_that_nobody_may_publish_to_is_broken_before_its_subscribers_are() -> None:
    shut = topic(policy=letting("events.amazonaws.com"))
    assert reached(*WHOLE[:2], shut).broken == "target"
    # what may be shut and has no subscriber is heard by nobody
    perhaps = topic(policy=letting("cloudwatch.amazonaws.com", Bool={"aws:Odd": ["true"]}))
    assert reached(*WHOLE[:2], perhaps).verdict == "no"


def key(policy: Any = None, state: str = "Enabled", **more: Any) -> Row:
    attributes = {"policy": policy, "key_state": state, **more}
    return actual("aws_kms_key", "k-1", arn=arn("kms", "key/k-1"), attributes=attributes)


ROOT = {"Statement": [{"Effect": "Allow", "Action": ["kms:*"], "Principal": {"AWS": [ACCOUNT]}}]}
OPEN = letting("cloudwatch.amazonaws.com", action="kms:*")


@pytest.mark.parametrize(
    ("named", "rows", "verdict", "says"),
    [
        ("k-1", (key(OPEN),), "yes", ""),
        (arn("kms", "key/k-1"), (key(OPEN),), "yes", ""),
        ("alias/alarms", (key(OPEN), actual("aws_kms_alias", "alias/alarms", attributes={
            "target_key_id": "k-1"})), "yes", ""),
        ("k-1", (key(ROOT),), "no", "does not let CloudWatch use it"),
        ("k-1", (key(letting("cloudwatch.amazonaws.com", action="kms:Decrypt")),), "no", "does not let"),
        ("k-1", (key(OPEN, "Disabled"),), "no", "is disabled"),
        ("k-1", (key(OPEN, "PendingDeletion"),), "no", "will be deleted"),
        ("k-1", (), "unknown", "was not read"),
        ("alias/alarms", (key(OPEN),), "unknown", "was not read"),
        (arn("kms", "key/k-1", account=OTHER_ACCOUNT), (key(OPEN),), "unknown", "was not read"),
    ],
)  # fmt: skip
def test_the_key_of_a_topic_must_let_the_alarm_use_it(
    named: str, rows: tuple[Row, ...], verdict: str, says: str
) -> None:
    found = reached(
        *WHOLE[:2], topic(encrypted_with=named, kms_master_key_id=named), subscription(), *rows
    )
    assert (found.verdict, says in found.says) == (verdict, True)
    if verdict != "yes":
        assert found.broken == "target"


@pytest.mark.parametrize(
    ("policy", "direct", "by_topic"),
    [
        (None, "no", "no"),
        (letting("sns.amazonaws.com", ArnLike={"AWS:SourceArn": [TOPIC]}), "no", "yes"),
        (letting("lambda.alarms.cloudwatch.amazonaws.com"), "yes", "no"),
    ],
)
def test_a_function_must_let_itself_be_called(policy: Any, direct: str, by_topic: str) -> None:
    page = function("page", attributes={"policy": policy})
    at_once = alarm(alarm_actions=[page.resource])
    assert reached(function(), at_once, page).verdict == direct
    found = reached(function(), alarm(), topic(), subscription("lambda", page.resource), page)
    assert found.verdict == by_topic


@pytest.mark.parametrize(
    ("policy", "role", "verdict"),
    [
        (letting("events.amazonaws.com"), None, "yes"),
        (letting("cloudwatch.amazonaws.com"), None, "no"),
        (letting("cloudwatch.amazonaws.com"), "arn:aws:iam::123456789012:role/tell", "yes"),
        ({"Statement": [ANYBODY | equal("AWS:SourceOwner", ACCOUNT)]}, None, "unknown"),
    ],
)
def test_a_rule_tells_a_topic_that_lets_it_or_its_role(
    policy: Any, role: str | None, verdict: str
) -> None:
    rule, target = event_rule()
    target = replace(target, attributes={**target.attributes, "role_arn": role})
    rows = (function(), alarm(alarm_actions=[]), topic(policy=policy), subscription(), rule, target)
    assert reached(*rows).verdict == verdict


def test_one_way_that_holds_is_enough_and_the_furthest_is_told() -> None:
    deaf = alarm("a", alarm_actions=[])
    gone = alarm("b", alarm_actions=[arn("sns", "gone")])
    assert reached(function(), deaf, gone).broken == "target"
    assert reached(*WHOLE, deaf, gone).verdict == "yes"
    both = alarm(alarm_actions=[arn("sns", "gone"), TOPIC])
    assert reached(function(), both, topic(), subscription()).verdict == "yes"


# Ways to look at a metric.


def stat(
    name: str, *, id_: str = "m1", returned: bool = False, **dimensions: str
) -> dict[str, Any]:
    pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": pairs}
    return {"Id": id_, "ReturnData": returned, "MetricStat": {"Metric": metric, "Stat": "Sum"}}


def math(*queries: dict[str, Any], **more: Any) -> Row:
    return alarm(namespace=None, metric_name=None, dimensions={}, metrics=list(queries), **more)


def expression(text: str, id_: str = "e1", *, returned: bool = True) -> dict[str, Any]:
    return {"Id": id_, "Expression": text, "ReturnData": returned}


ERRORS = stat("Errors", FunctionName="pay")
CALLS = stat("Invocations", id_="m2", FunctionName="pay")


@pytest.mark.parametrize(
    ("looking", "via"),
    [
        (math(ERRORS, CALLS, expression("m1 / m2 * 100")), "math"),
        (math(ERRORS, expression("m1 * 2", "e2", returned=False), expression("e2 + 1")), "math"),
        (math(ERRORS, expression("SUM(METRICS())")), "math"),
        (math(stat("Errors", returned=True, FunctionName="pay")), "math"),
        (math(stat("Errors", returned=True, FunctionName="pay"),
              expression("ANOMALY_DETECTION_BAND(m1, 2)", "b"), threshold_metric_id="b",
              comparison_operator="GreaterThanUpperThreshold"), "anomaly"),
        (alarm(dimensions={}), "aggregate"),
        (alarm(dimensions={"FunctionName": "pay", "Resource": "pay:live"}), "direct"),
        (math(expression('SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName)')), "query"),
        (math(expression('SELECT SUM(Errors) FROM "AWS/Lambda" GROUP BY FunctionName')), "query"),
        (math(expression("SELECT SUM(Errors) FROM SCHEMA(\"AWS/Lambda\", FunctionName) WHERE "
                         "FunctionName = 'pay' GROUP BY FunctionName ORDER BY SUM() DESC")), "query"),
    ],
)  # fmt: skip
def test_an_alarm_may_look_at_a_metric_in_many_ways(looking: Row, via: str) -> None:
    found = reached(function(), looking, topic(), subscription())
    assert (found.verdict, found.via) == ("yes", via)


@pytest.mark.parametrize(
    "looking",
    [
        math(CALLS, expression("m2 * 2")),
        math(ERRORS, CALLS, expression("m2 * 2")),  # what is fetched and not used
        math(stat("Errors", FunctionName="other"), expression("m1 * 2")),
        math(expression("SELECT SUM(Errors) FROM \"AWS/Lambda\" WHERE FunctionName = 'other'")),
        math(expression('SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", Resource)')),
        math(expression('SELECT SUM(Throttles) FROM "AWS/Lambda"')),
        math(expression("nonsense (")),
        alarm(comparison_operator="LessThanThreshold"),  # rings when it is quiet
        alarm(dimensions={"Resource": "pay"}),
    ],
)  # fmt: skip
def test_what_looks_at_something_else_is_no_alarm_for_it(looking: Row) -> None:
    found = reached(function(), looking, topic(), subscription())
    assert (found.verdict, found.broken) == ("no", "alarm")


def test_an_alarm_that_rings_the_wrong_way_round_is_named() -> None:
    found = reached(
        function(), alarm(comparison_operator="LessThanThreshold"), topic(), subscription()
    )
    assert found.says == "no alarm rings when it should: pay-errors rings when Errors is low"


def test_a_query_that_chooses_by_tags_may_or_may_not_choose_it() -> None:
    text = "SELECT SUM(Errors) FROM \"AWS/Lambda\" WHERE tag.team = 'a' GROUP BY FunctionName"
    found = reached(function(), math(expression(text)), topic(), subscription())
    assert (found.verdict, found.broken) == ("unknown", "alarm")


def test_a_service_is_known_by_its_cluster_too() -> None:
    def service(cluster: str) -> Row:
        return actual(
            "aws_ecs_service", f"{cluster}/api", name="api",
            attributes={"name": "api", "cluster": arn("ecs", f"cluster/{cluster}")},
        )  # fmt: skip

    busy = alarm(
        namespace="AWS/ECS", metric_name="CPUUtilization",
        dimensions={"ClusterName": "one", "ServiceName": "api"},
    )  # fmt: skip
    one, two = service("one"), service("two")
    rows = (one, two, busy, topic(), subscription())
    assert reached(*rows, of=one.resource).verdict == "yes"
    assert reached(*rows, of=two.resource).verdict == "no"


@pytest.mark.parametrize(
    ("kind", "dimensions", "verdict"),
    [
        ("aws_api_gateway", {"ApiName": "shop", "Stage": "live"}, "yes"),
        ("aws_api_gateway", {"ApiName": "shop"}, "yes"),  # all its stages together
        ("aws_api_gateway", {"ApiName": "shop", "Stage": "beta"}, "no"),
        ("aws_api_gateway", {"ApiName": "other"}, "no"),
        ("aws_apigatewayv2", {"ApiId": "a1", "Stage": "live"}, "yes"),
        ("aws_apigatewayv2", {"ApiId": "a1"}, "yes"),
        ("aws_apigatewayv2", {"ApiId": "a1", "Stage": "beta"}, "no"),
        ("aws_apigatewayv2", {"ApiId": "a2"}, "no"),
    ],
)
def test_a_stage_is_watched_by_itself_or_with_all_of_its_api(
    kind: str, dimensions: dict[str, str], verdict: str
) -> None:
    later = kind == "aws_apigatewayv2"
    api = actual(
        f"{kind}_api" if later else f"{kind}_rest_api", "a1", name="shop",
        attributes={"name": "shop", "protocol_type": "HTTP"},
    )  # fmt: skip
    stage = actual(
        f"{kind}_stage", "a1/live" if later else "ags-a1-live", parent_id="a1",
        attributes={"stage_name": "live", "access_log_settings": []},
    )  # fmt: skip
    metric = "5xx" if later else "5XXError"
    failing = alarm(namespace="AWS/ApiGateway", metric_name=metric, dimensions=dimensions)
    found = reached(api, stage, failing, topic(), subscription(), of=stage.resource)
    assert (found.intent, found.verdict) == ("errors", verdict)


def test_a_threshold_that_is_never_passed_is_no_alarm() -> None:
    db = actual("aws_db_instance", "db", arn=arn("rds", "db:db"), attributes={"engine": "postgres"})
    full = {"namespace": "AWS/RDS", "metric_name": "CPUUtilization", "statistic": "Average",
            "dimensions": {"DBInstanceIdentifier": "db"}}  # fmt: skip
    deaf = alarm(**full, threshold=100.0)
    found = reached(db, deaf, topic(), subscription(), of=db.resource)
    assert (found.intent, found.verdict, found.broken) == ("compute", "no", "alarm")
    assert "never above 100" in found.says
    assert (
        reached(db, alarm(**full, threshold=99.0), topic(), subscription(), of=db.resource).verdict
        == "yes"
    )
    at = alarm(**full, threshold=100.0, comparison_operator="GreaterThanOrEqualToThreshold")
    assert reached(db, at, topic(), subscription(), of=db.resource).verdict == "yes"
    speaking = Speaking((deaf, topic(), subscription()), seen(), Directory())
    (way,) = alarm_ways((deaf,), speaking)
    assert (way.verdict, bool(way.deaf)) == ("yes", True)


def test_what_has_no_region_is_watched_where_its_metrics_are() -> None:
    cdn = actual("aws_cloudfront_distribution", "E1", arn="arn:aws:cloudfront::1:distribution/E1",
                 attributes={"enabled": True})  # fmt: skip
    watching = {"namespace": "AWS/CloudFront", "metric_name": "5xxErrorRate",
                "dimensions": {"DistributionId": "E1", "Region": "Global"}}  # fmt: skip
    known = seen(regions=(REGION, "us-east-1"))
    here = alarm(**watching)
    there = replace(here, region="us-east-1")
    assert reached(cdn, here, topic(), subscription(), of=cdn.resource, known=known).verdict == "no"
    assert (
        reached(cdn, there, topic(), subscription(), of=cdn.resource, known=known).verdict == "yes"
    )
    assert reached(cdn, here, of=cdn.resource, known=seen()).verdict == "unknown"


# Composite alarms.

SILENT = alarm(alarm_actions=[])
OTHER = alarm("other", metric_name="Duration", alarm_actions=[])


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ('ALARM("pay-errors")', "yes"),
        ("ALARM(pay-errors)", "yes"),
        (f'ALARM("{ALARM}") OR ALARM(other)', "yes"),
        ("ALARM(pay-errors) AND NOT ALARM(other)", "yes"),
        ("ALARM(pay-errors) AND OK(other)", "yes"),
        ("NOT OK(pay-errors)", "yes"),
        ("(ALARM(other) OR (ALARM(pay-errors) AND TRUE))", "yes"),
        ("ALARM(pay-errors) AND ALARM(other)", "unknown"),
        ("ALARM(pay-errors) AND INSUFFICIENT_DATA(other)", "unknown"),
        ("NOT ALARM(pay-errors)", "no"),
        ("ALARM(pay-errors) AND FALSE", "no"),
        ("ALARM(pay-errors) OR TRUE", "no"),
        ("OK(pay-errors)", "no"),
        ("INSUFFICIENT_DATA(pay-errors)", "no"),
        ("ALARM(other)", "no"),
        ("AT_LEAST(1, ALARM, (pay-errors, other))", "yes"),
        ("AT_LEAST(50%, ALARM, (pay-errors, other))", "yes"),
        ("AT_LEAST(2, NOT OK, (pay-errors, other))", "unknown"),
        ("AT_LEAST(2, ALARM, (pay-errors, other))", "unknown"),
        ("AT_LEAST(1, OK, (pay-errors, other))", "no"),
        ("ALARM(pay-errors) XOR nonsense", "unknown"),
    ],
)
def test_a_composite_alarm_speaks_for_what_makes_it_ring(rule: str, verdict: str) -> None:
    rows = (function(), SILENT, OTHER, composite("all", rule), topic(), subscription())
    found = reached(*rows)
    assert found.verdict == verdict
    if verdict == "yes":
        assert found.via == "direct composite"
        assert found.path[:2] == (ALARM, arn("cloudwatch", "alarm:all"))


@pytest.mark.parametrize(
    ("inner", "outer", "verdict"),
    [
        ("ALARM(pay-errors)", "ALARM(inner)", "yes"),
        ("ALARM(pay-errors) OR ALARM(other)", "ALARM(inner) AND NOT ALARM(other)", "yes"),
        ("OK(pay-errors)", "NOT ALARM(inner)", "yes"),
        ("OK(pay-errors)", "OK(inner)", "yes"),
        ("ALARM(pay-errors)", "ALARM(inner) AND NOT ALARM(pay-errors)", "no"),
        ("ALARM(pay-errors) AND ALARM(other)", "ALARM(inner)", "unknown"),
        ("ALARM(outer)", "ALARM(inner)", "no"),
    ],
)
def test_composites_of_composites(inner: str, outer: str, verdict: str) -> None:
    rows = (
        function(), SILENT, OTHER, composite("inner", inner, alarm_actions=[]),
        composite("outer", outer), topic(), subscription(),
    )  # fmt: skip
    assert reached(*rows).verdict == verdict


def test_a_composite_that_is_held_back_says_nothing() -> None:
    def held(by: str, state: str = "OK", **more: Any) -> Reach:
        block = [{"alarm": by, "wait_period": 60, "extension_period": 60}]
        window = alarm("window", metric_name="Window", alarm_actions=[], state_value=state)
        over = composite("all", "ALARM(pay-errors)", actions_suppressor=block)
        return reached(function(), SILENT, window, over, topic(), subscription(), **more)

    assert held("window").verdict == "yes"
    assert held(arn("cloudwatch", "alarm:window"), "ALARM").verdict == "no"
    assert "holds back" in held("window", "ALARM").says
    assert held("pay-errors").verdict == "no"
    assert held("gone").verdict == "yes"


def test_as_many_alarms_as_resources_are_joined_by_what_they_look_at() -> None:
    from unittest import mock

    from scanner.derive import reach as module

    many = 60
    rows = [function(f"f{i}") for i in range(many)]
    rows += [alarm(f"a{i}", dimensions={"FunctionName": f"f{i}"}) for i in range(many)]
    with mock.patch.object(module, "_looks_at", wraps=module._looks_at) as looked:
        found = reach(rows, seen(), Speaking(rows, seen(), Directory()), 1)
    assert {r.broken for r in found} == {"target"}
    assert looked.call_count == many, "an alarm was tried for what it does not name"


# What speaks for an alarm beside its actions, what silences it, and what watches in its stead.


def event_rule(**pattern: Any) -> tuple[Row, Row]:
    """A rule on the events of alarms, and its target, the topic."""
    asked = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        **pattern,
    }
    enabled = asked.pop("enabled", True)
    to = asked.pop("to", TOPIC)
    attributes = {"event_pattern": asked, "is_enabled": enabled, "event_bus_name": "default"}
    rule = actual(
        "aws_cloudwatch_event_rule", "tell", arn=arn("events", "rule/tell"), attributes=attributes
    )
    target = actual(
        "aws_cloudwatch_event_target", "default/tell/1", attributes={"target_arn": to},
        parent_type="aws_cloudwatch_event_rule", parent_id="tell",
    )  # fmt: skip
    return rule, target


@pytest.mark.parametrize(
    ("pattern", "verdict"),
    [
        ({}, "yes"),
        ({"detail": {"state": {"value": ["ALARM"]}}}, "yes"),
        ({"detail": {"alarmName": [{"prefix": "pay-"}]}}, "yes"),
        ({"detail": {"alarmName": [{"anything-but": ["other"]}]}, "resources": [ALARM]}, "yes"),
        ({"detail-type": [{"wildcard": "CloudWatch Alarm*"}]}, "yes"),
        ({"detail": {"alarmName": [{"suffix": "-ERRORS"}]}}, "no"),
        ({"detail": {"state": {"value": ["OK"]}}}, "no"),
        ({"source": ["aws.ec2"]}, "no"),
        ({"detail-type": ["CloudWatch Alarm Configuration Change"]}, "no"),
        ({"account": [OTHER_ACCOUNT]}, "no"),
        ({"detail": {"previousState": {"value": ["OK"]}}}, "unknown"),
        ({"$or": [{"region": [REGION]}]}, "unknown"),
        ({"enabled": False}, "no"),
        ({"to": arn("sns", "gone")}, "no"),
        ({"to": arn("logs", "log-group:/events")}, "no"),
        ({"to": arn("sqs", "gone")}, "no"),
        ({"to": arn("events", "event-bus/central")}, "unknown"),
    ],
)
@pytest.mark.parametrize(
    "silent",
    [
        alarm(alarm_actions=[]),
        alarm(actions_enabled=False),
        alarm(alarm_actions=[arn("sns", "gone")]),
    ],
)
def test_a_rule_of_eventbridge_tells_of_what_has_no_action(
    silent: Row, pattern: dict[str, Any], verdict: str
) -> None:
    found = reached(function(), silent, *event_rule(**pattern), topic(), subscription())
    assert found.verdict == verdict
    if verdict == "yes":
        assert found.path[:3] == (ALARM, arn("events", "rule/tell"), TOPIC)


def test_a_rule_of_another_region_or_bus_does_not_hear_it() -> None:
    rule, target = event_rule()
    rows = (function(), SILENT, topic(), subscription())
    away = (replace(rule, region="eu-north-1"), replace(target, region="eu-north-1"))
    assert reached(*rows, *away).verdict == "no"
    bus = replace(rule, attributes={**rule.attributes, "event_bus_name": "own"})
    assert reached(*rows, bus, target).verdict == "no"


@pytest.mark.parametrize(
    "call", ["events.list_rules", "events.list_targets_by_rule", "events.list_event_buses"]
)
def test_a_rule_that_was_not_seen_may_tell_of_it(call: str) -> None:
    found = reached(function(), SILENT, topic(), subscription(), known=seen(frozenset({call})))
    assert (found.verdict, found.broken) == ("unknown", "action")


def mute(schedule: str = "cron(0 * * * *)", duration: str = "PT1H", /, **more: Any) -> Row:
    attributes = {
        "schedule": schedule, "duration": duration, "alarm_names": ["pay-errors"], "expires": None,
        "status": "ACTIVE", **more,
    }  # fmt: skip
    return actual("aws_cloudwatch_alarm_mute_rule", "quiet", attributes=attributes)


@pytest.mark.parametrize(
    ("schedule", "duration", "ever"),
    [
        ("cron(0 * * * *)", "PT1H", True),
        ("cron(0 0 * * *)", "P1D", True),
        ("cron(0 0 * * *)", "PT23H59M", False),
        ("cron(30 9,21 * * *)", "PT12H", True),
        ("cron(30 9,20 * * *)", "PT12H", False),
        ("cron(0 0 * * MON)", "P7D", True),
        ("cron(0 0 * * MON-FRI)", "P1D", False),
        ("cron(0 0 * * FRI)", "P2DT12H", False),
        ("cron(0 0 1,15 * *)", "P15D", False),
        ("cron(0 0 1,11,21 * *)", "P11D", True),
        ("cron(0 0 1 JAN *)", "P15D", False),
        ("cron(0 0 1 * MON)", "P15D", False),
        ("cron(61 0 * * *)", "P15D", False),
        ("cron(0 0 L * ?)", "P15D", False),
        ("at(2026-12-24T00:00)", "P15D", False),
        ("cron(0 0 * * *)", "a day", False),
    ],
)
def test_a_mute_rule_that_begins_again_before_it_ends_mutes_for_ever(
    schedule: str, duration: str, ever: bool
) -> None:
    found = reached(*WHOLE, mute(schedule, duration))
    assert (found.verdict, found.broken) == (("no", "action") if ever else ("yes", ""))
    rows = (*WHOLE, mute(schedule, duration))
    (way,) = alarm_ways(rows, Speaking(rows, seen(), Directory()))
    assert way.muted == ("quiet" if ever else "")


def test_a_mute_rule_that_ends_or_mutes_another_alarm_silences_nothing() -> None:
    for more in (
        {"expires": "2027-01-01T00:00:00Z"},
        {"status": "EXPIRED"},
        {"alarm_names": ["other"]},
    ):
        assert reached(*WHOLE, mute(**more)).verdict == "yes"
    assert reached(*WHOLE, mute(), *event_rule()).verdict == "yes"


def test_mute_rules_that_were_not_read_leave_it_open() -> None:
    denied = seen(frozenset({"cloudwatch.list_alarm_mute_rules"}))
    assert reached(*WHOLE, known=denied).verdict == "unknown"
    assert reached(function(), SILENT, known=denied).verdict == "no"
    quiet = mute()
    lost = {k: v for k, v in quiet.attributes.items() if k in ("status", "expires")}
    assert reached(*WHOLE, replace(quiet, attributes=lost)).verdict == "unknown"


def stream(**more: Any) -> Row:
    attributes = {"state": "running", "include_filter": None, "exclude_filter": None, **more}
    return actual("aws_cloudwatch_metric_stream", "out", attributes=attributes)


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ({}, "unknown"),
        ({"state": "stopped"}, "no"),
        ({"include_filter": [{"namespace": "AWS/Lambda", "metric_names": None}]}, "unknown"),
        ({"include_filter": [{"namespace": "AWS/Lambda", "metric_names": ["Errors"]}]}, "unknown"),
        ({"include_filter": [{"namespace": "AWS/Lambda", "metric_names": ["Duration"]}]}, "no"),
        ({"include_filter": [{"namespace": "AWS/EC2", "metric_names": None}]}, "no"),
        ({"exclude_filter": [{"namespace": "AWS/Lambda", "metric_names": None}]}, "no"),
        ({"exclude_filter": [{"namespace": "AWS/EC2", "metric_names": None}]}, "unknown"),
    ],
)
def test_what_a_metric_stream_passes_on_may_be_watched_there(
    more: dict[str, Any], verdict: str
) -> None:
    rows = (function(), stream(**more))
    assert reached(*rows).verdict == verdict
    told = reach(rows, seen(), Speaking(rows, seen(), Directory()), 1)
    (cover,) = covers(rows, seen(), Speaking(rows, seen(), Directory()), told) or [None]
    assert (cover is not None and cover.speaks) == (verdict == "unknown")
    assert reached(*WHOLE, stream(**more)).verdict == "yes"


def link(account: str, *shared: str) -> Row:
    sink = f"arn:aws:oam:{REGION}:{account}:sink/1"
    attributes = {"resource_types": list(shared) or None, "sink_arn": sink}
    return actual("aws_oam_link", "central", attributes=attributes)


@pytest.mark.parametrize(
    ("shared", "verdict"),
    [
        (link("999999999999", "AWS::CloudWatch::Metric", "AWS::Logs::LogGroup"), "unknown"),
        # an alarm there may ask the function's own log group
        (link("999999999999", "AWS::Logs::LogGroup"), "unknown"),
        (link("999999999999", "AWS::XRay::Trace"), "no"),
        # what was not read of it may share anything
        (link("999999999999"), "unknown"),
        # that account's alarms were read, and are judged as any other's
        (link(ACCOUNT, "AWS::CloudWatch::Metric"), "no"),
    ],
)
def test_what_is_shared_with_a_monitoring_account_may_be_watched_there(
    shared: Row, verdict: str
) -> None:
    way = reached(function(), shared)
    assert way.verdict == verdict
    assert ("999999999999" in way.says) == (verdict == "unknown")
    assert reached(*WHOLE, shared).verdict == "yes"


def test_links_that_were_not_seen_may_share_it() -> None:
    denied = seen(frozenset({"oam.list_links"}))
    assert reached(function(), known=denied).verdict == "unknown"


def test_a_metric_stream_that_was_not_seen_may_pass_it_on() -> None:
    denied = seen(frozenset({"cloudwatch.list_metric_streams"}))
    assert reached(function(), known=denied).verdict == "unknown"


@pytest.mark.parametrize(
    ("looking", "verdict"),
    [
        (math(expression("SELECT SUM(Errors) FROM AWS/Lambda, AWS/EC2")), "unknown"),
        (math(expression("SELECT SUM(Throttles) FROM AWS/Lambda, AWS/EC2")), "no"),
        (math(promql='sum({"Errors","FunctionName"="pay"}) > 0'), "unknown"),
        (math(promql="up == 0"), "no"),
    ],
)
def test_a_question_that_is_not_read_may_be_about_it(looking: Row, verdict: str) -> None:
    assert reached(function(), looking, topic(), subscription()).verdict == verdict


def test_an_alarm_on_all_functions_together_covers_each() -> None:
    rows = (function(), alarm(dimensions={}), topic(), subscription())
    speaking = Speaking(rows, seen(), Directory())
    (cover,) = covers(rows, seen(), speaking, reach(rows, seen(), speaking, 1))
    assert (cover.alarm, cover.resource, cover.speaks) == (ALARM, FUNCTION, True)


LOGS = "/aws/lambda/pay"


def counted(group: str = LOGS) -> Row:
    made = [{"name": "Boom", "namespace": "app", "value": "1"}]
    attributes = {"log_group_name": group, "metric_transformation": made}
    return actual("aws_cloudwatch_log_metric_filter", f"{group}:boom", attributes=attributes)


BOOM = alarm("boom", namespace="app", metric_name="Boom", dimensions={})
LOGGING = function()


def test_an_alarm_on_what_is_counted_in_its_logs_may_tell_of_its_failures() -> None:
    rows = (LOGGING, counted(), BOOM, topic(), subscription())
    found = reached(*rows)
    assert (found.verdict, found.alarm, found.via) == ("unknown", BOOM.resource, "logs")
    speaking = Speaking(rows, seen(), Directory())
    (cover,) = covers(rows, seen(), speaking, reach(rows, seen(), speaking, 1))
    assert (cover.alarm, cover.speaks) == (BOOM.resource, True)
    for lost in (rows[1], rows[2]):
        assert reached(*(row for row in rows if row is not lost)).verdict == "no"
    assert reached(LOGGING, counted("/other"), BOOM, topic(), subscription()).verdict == "no"
    silent = alarm("boom", namespace="app", metric_name="Boom", dimensions={}, alarm_actions=[])
    assert reached(LOGGING, counted(), silent).broken == "action"
    assert reached(*rows, alarm()).verdict == "yes"


def test_metric_filters_that_were_not_seen_leave_it_open() -> None:
    denied = seen(frozenset({"logs.describe_metric_filters"}))
    assert reached(LOGGING, known=denied).verdict == "unknown"
    assert (
        reached(function(attributes={}), topic()).verdict == "unknown"
    )  # where it logs to was not read


def asking(*groups: str, **more: Any) -> Row:
    """An alarm on what a query finds in log groups."""
    attributes = {
        "log_groups": list(groups), "actions_enabled": True, "alarm_actions": [TOPIC], "state_value": "OK",
        **more,
    }  # fmt: skip
    return actual(
        "aws_cloudwatch_log_alarm",
        "boom",
        arn=arn("cloudwatch", "alarm:boom"),
        attributes=attributes,
    )


@pytest.mark.parametrize(
    ("looking", "verdict"),
    [
        (asking(LOGS), "unknown"),
        (asking("/other", arn("logs", f"log-group:{LOGS}:*")), "unknown"),
        (asking(arn("logs", f"log-group:{LOGS}")), "unknown"),
        # its query says by itself what it reads
        (asking(), "unknown"),
        (asking("/other"), "no"),
        (asking(arn("logs", f"log-group:{LOGS}", account=OTHER_ACCOUNT)), "no"),
        (asking(LOGS, alarm_actions=[]), "no"),
        (asking(LOGS, actions_enabled=False), "no"),
    ],
)
def test_an_alarm_on_a_query_of_its_logs_may_tell_of_its_failures(
    looking: Row, verdict: str
) -> None:
    found = reached(function(), looking, topic(), subscription())
    assert found.verdict == verdict
    assert (found.via == "logs") == (found.alarm is not None)
    if verdict == "unknown":
        assert "in its logs is not weighed" in found.says


def test_cloudwatchs_answer_about_such_alarms_becomes_what_is_read_here() -> None:
    """moto knows none of them: botocore's own stub checks that they have AWS's shape."""
    client = boto3.client(
        "cloudwatch", region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
    )
    told = {
        "AlarmName": "boom", "AlarmArn": arn("cloudwatch", "alarm:boom"), "ActionsEnabled": True,
        "AlarmActions": [TOPIC], "StateValue": "OK",
        "ScheduledQueryConfiguration": {
            "QueryString": "filter level = 'error'", "LogGroupIdentifiers": [LOGS],
            "ScheduledQueryRoleARN": "arn:aws:iam::123456789012:role/q",
            "ScheduleConfiguration": {"ScheduleExpression": "rate(5 minutes)", "StartTimeOffset": 300},
            "AggregationExpression": "count(*)",
        },
    }  # fmt: skip
    kind = load()["aws_cloudwatch_log_alarm"]
    with Stubber(client) as stub:
        stub.add_response("describe_alarms", {"LogAlarms": [told]}, dict(kind.params))
        stub.add_response("describe_alarms", {"MetricAlarms": [], "CompositeAlarms": []})
        stub.add_client_error("describe_alarms", "ValidationError")
        (page,) = pages(client, kind, kind.params)
        # what does not know the type leaves the list out
        assert list(pages(client, kind, kind.params)) == [[]]
        with pytest.raises(ClientError) as refused:
            list(pages(client, kind, kind.params))
    assert refused.value.response["Error"]["Code"] in kind.absent
    made_of = shaped(
        kind, {**page[0], "tags": []}, frozenset(), Scope(ACCOUNT, REGION, (REGION,)), made.hide
    )
    assert isinstance(made_of, Row)
    assert reached(function(), made_of, topic(), subscription()).via == "logs"


def test_an_alarm_on_logs_goes_its_way_like_any_other() -> None:
    rows = (asking(LOGS), topic(), subscription())
    (way,) = alarm_ways(rows, Speaking(rows, seen(), Directory()))
    assert (way.alarm, way.verdict) == (arn("cloudwatch", "alarm:boom"), "yes")
    quiet = (asking(LOGS), mute(alarm_names=["boom"]), topic(), subscription())
    (way,) = alarm_ways(quiet, Speaking(quiet, seen(), Directory()))
    assert (way.verdict, way.broken, way.muted) == ("no", "action", "quiet")
    over = composite("all", "ALARM(boom)")
    above = (function(), asking(LOGS, alarm_actions=[]), over, topic(), subscription())
    assert reached(*above).verdict == "unknown"
    assert alarm_ways(above, Speaking(above, seen(), Directory()))[0].verdict == "yes"


def told(**more: Any) -> Row:
    attributes = {
        "enabled": True, "sns_topic": TOPIC, "source_type": "db-instance", "source_ids": ["db"],
        "event_categories": ["low storage", "failure"], **more,
    }  # fmt: skip
    return actual(
        "aws_db_event_subscription", "told", arn=arn("rds", "es:told"), attributes=attributes
    )


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ({}, "yes"),
        ({"source_ids": None}, "yes"),
        ({"source_type": None, "event_categories": None}, "yes"),
        ({"source_ids": ["other"]}, "no"),
        ({"source_type": "db-cluster"}, "no"),
        ({"event_categories": ["backup"]}, "no"),
        ({"enabled": False}, "no"),
        ({"sns_topic": arn("sns", "gone")}, "no"),
        ({"sns_topic": arn("sns", "alarms", account=OTHER_ACCOUNT)}, "unknown"),
    ],
)
def test_rds_itself_tells_whoever_subscribed_to_its_events(
    more: dict[str, Any], verdict: str
) -> None:
    db = actual("aws_db_instance", "db", arn=arn("rds", "db:db"), attributes={"engine": "postgres"})
    rows = (db, told(**more), topic(), subscription())
    speaking = Speaking(rows, seen(), Directory())
    found = {r.intent: r for r in reach(rows, seen(), speaking, 2)}
    assert found["storage"].verdict == verdict
    assert found["compute"].verdict == "no"
    heard = [c.speaks for c in covers(rows, seen(), speaking, ())]
    assert any(heard) == (verdict != "no")


# What only may tell of it, or tells of a part of what fails.


def test_what_is_delivered_to_another_service_may_ring_there() -> None:
    rows = (function(), alarm(), topic(), subscription("firehose", DELIVERED))
    assert reached(*rows, delivery(only_stores=False)).verdict == "unknown"
    assert reached(*rows).broken == "endpoint"
    denied = seen(frozenset({"firehose.list_delivery_streams"}))
    assert reached(*rows, known=denied).verdict == "unknown"


def passing(group: str = LOGS) -> Row:
    attributes = {"log_group_name": group, "destination_arn": arn("lambda", "function:forwarder")}
    return actual("aws_cloudwatch_log_subscription_filter", f"{group}/out", name="out", attributes=attributes,
                  parent_id=group)  # fmt: skip


def test_logs_that_are_passed_on_may_be_watched_there() -> None:
    found = reached(function(), passing())
    assert (found.verdict, found.path) == ("unknown", (passing().resource,))
    assert reached(function(), passing("/other")).verdict == "no"
    assert reached(*WHOLE, passing()).verdict == "yes"
    denied = seen(frozenset({"logs.describe_subscription_filters"}))
    assert reached(function(), known=denied).verdict == "unknown"


def role(principal: dict[str, list[str]], effect: str = "Allow") -> Row:
    policy = {
        "Statement": [{"Effect": effect, "Action": ["sts:AssumeRole"], "Principal": principal}]
    }
    return actual("aws_iam_role", "reader", attributes={"assume_role_policy": policy})


@pytest.mark.parametrize(
    ("trusting", "verdict"),
    [
        (role({"AWS": ["arn:aws:iam::464622532012:root"]}), "unknown"),
        (role({"AWS": ["464622532012"]}), "unknown"),
        (role({"Service": ["devops-guru.amazonaws.com"]}), "unknown"),
        (role({"AWS": ["464622532012"]}, "Deny"), "no"),
        (role({"AWS": [f"arn:aws:iam::{OTHER_ACCOUNT}:root"]}), "no"),
        (role({"Service": ["lambda.amazonaws.com"]}), "no"),
        (replace(role({"AWS": ["464622532012"]}), account=OTHER_ACCOUNT), "no"),
    ],
)
def test_a_supplier_who_may_read_the_metrics_may_watch_them(trusting: Row, verdict: str) -> None:
    assert reached(function(), trusting).verdict == verdict
    assert reached(*WHOLE, trusting).verdict == "yes"


def test_roles_that_were_not_seen_may_trust_a_supplier() -> None:
    denied = seen(frozenset({"iam.get_account_authorization_details"}))
    assert reached(function(), known=denied).verdict == "unknown"


@pytest.mark.parametrize(
    ("looking", "verdict"),
    [
        ({"namespace": "shop", "metric_name": "Failed", "dimensions": {"service": "pay"}}, "unknown"),
        ({"namespace": "AWS/ApplicationSignals", "metric_name": "Fault",
          "dimensions": {"Service": "pay"}}, "unknown"),
        ({"namespace": "shop", "metric_name": "Failed", "dimensions": {"service": "order"}}, "no"),
        ({"namespace": "shop", "metric_name": "Failed", "dimensions": {}}, "no"),
        ({"namespace": "AWS/DynamoDB", "dimensions": {"TableName": "pay"}}, "no"),
        ({"namespace": "LambdaInsights", "dimensions": {"function_name": "pay"}}, "no"),
        ({"namespace": "shop", "dimensions": {"service": "pay"}, "alarm_actions": []}, "no"),
    ],
)  # fmt: skip
def test_a_metric_of_somebodys_own_that_names_it_may_tell_of_its_failures(
    looking: dict[str, Any], verdict: str
) -> None:
    found = reached(function(), alarm(**looking), topic(), subscription())
    assert found.verdict == verdict
    assert (found.via == "own") == (looking["namespace"] in ("shop", "AWS/ApplicationSignals")
                                    and "pay" in looking["dimensions"].values())  # fmt: skip


LB = arn("elasticloadbalancing", "loadbalancer/app/shop/1")


def probed(fqdn: str, *records: tuple[str, str], **more: Any) -> tuple[Row, ...]:
    """A health check that asks a name, an alarm on it, and the records on the way."""
    made_by = {"namespace": "AWS/Route53", "metric_name": "HealthCheckStatus",
               "dimensions": {"HealthCheckId": "h"}, "comparison_operator": "LessThanThreshold"}  # fmt: skip
    return (
        actual("aws_route53_health_check", "h", attributes={"fqdn": fqdn}),
        replace(alarm(**{**made_by, **more}), region="us-east-1"),
        *(actual("aws_route53_record", host, attributes={"host": host, "target": to})
          for host, to in records),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        (probed("shop.elb.example"), "unknown"),
        (probed("Shop.example", ("shop.example", "dualstack.shop.elb.example.")), "unknown"),
        (
            probed("a.example", ("a.example", "b.example"), ("b.example", "shop.elb.example")),
            "unknown",
        ),
        (probed("a.example", ("a.example", "a.example")), "no"),
        (probed("other.elb.example"), "no"),
        (probed("shop.elb.example", dimensions={"HealthCheckId": "other"}), "no"),
        (probed("shop.elb.example", alarm_actions=[]), "no"),
    ],
)
def test_a_health_check_that_asks_its_name_may_tell_of_a_balancer(
    rows: tuple[Row, ...], verdict: str
) -> None:
    attributes = {"dns_name": "shop.elb.example", "load_balancer_type": "application",
                  "arn_suffix": "app/shop/1"}  # fmt: skip
    lb = actual("aws_lb", LB, arn=LB, name="shop", attributes=attributes)
    known = seen(regions=(REGION, "us-east-1"))
    found = {r.intent: r for r in reach(
        (lb, *rows, *HEARD), known, Speaking((lb, *rows, *HEARD), known, Directory()), 1)}  # fmt: skip
    assert found["errors"].verdict == verdict
    assert (found["errors"].via == "probe") == (found["errors"].alarm is not None)
    if rows[0].attributes["fqdn"] == "shop.elb.example":  # where its alarms are nobody looked
        unseen = reach((lb, rows[0]), seen(), Speaking((lb, rows[0]), seen(), Directory()), 1)
        assert {r.verdict for r in unseen} == {"unknown"}
    denied = seen(frozenset({"route53.list_health_checks"}), regions=(REGION, "us-east-1"))
    speaking = Speaking((lb,), denied, Directory())
    assert {r.verdict for r in reach((lb,), denied, speaking, 1)} == {"unknown"}


GAVE_UP = arn("sqs", "gave-up")


def given_up(to: str = GAVE_UP) -> Row:
    block = [{"on_failure": [{"destination": to}], "on_success": []}]
    return actual("aws_lambda_function_event_invoke_config", "pay", attributes={"destination_config": block},
                  parent_id="pay")  # fmt: skip


def fed(*, dead: str | None = GAVE_UP, to: str = "pay", enabled: bool = True) -> tuple[Row, Row]:
    """A queue that feeds the function, with a dead-letter queue."""
    source = arn("sqs", "orders")
    redrive = {"deadLetterTargetArn": dead, "maxReceiveCount": 3} if dead else None
    attributes = {"event_source_arn": source, "function_name": to, "enabled": enabled,
                  "destination_config": None}  # fmt: skip
    return (
        actual("aws_sqs_queue", "orders", arn=source, attributes={"redrive_policy": redrive}),
        actual("aws_lambda_event_source_mapping", "m", attributes=attributes),
    )


DEPTH = alarm("depth", namespace="AWS/SQS", metric_name="ApproximateNumberOfMessagesVisible",
              dimensions={"QueueName": "gave-up"})  # fmt: skip
HEARD = (topic(), subscription())


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ((given_up(TOPIC), *HEARD), "unknown"),
        ((given_up(TOPIC), topic()), "no"),
        ((given_up(), DEPTH, *HEARD), "unknown"),
        # nobody looks into the queue
        ((given_up(), *HEARD), "no"),
        ((given_up(), DEPTH, topic()), "no"),
        ((*fed(), DEPTH, *HEARD), "unknown"),
        ((*fed(to=FUNCTION), DEPTH, *HEARD), "unknown"),
        ((*fed(dead=None), DEPTH, *HEARD), "no"),
        ((*fed(to="other"), DEPTH, *HEARD), "no"),
        ((*fed(enabled=False), DEPTH, *HEARD), "no"),
        (
            (function(attributes={"log_group": LOGS, "dead_letter_target_arn": TOPIC}), *HEARD),
            "unknown",
        ),
    ],
)
def test_what_a_function_gave_up_may_be_heard_of(rows: tuple[Row, ...], verdict: str) -> None:
    whole = rows if rows[0].resource == FUNCTION else (function(), *rows)
    found = reached(*whole)
    assert found.verdict == verdict
    assert (found.via == "failed") == (verdict == "unknown")


@pytest.mark.parametrize(
    "call", ["lambda.list_event_source_mappings", "lambda.list_function_event_invoke_configs"]
)
def test_where_its_failures_go_was_not_seen(call: str) -> None:
    assert reached(function(), known=seen(frozenset({call}))).verdict == "unknown"
    source, mapping = fed()
    theirs = {**mapping.attributes, "event_source_arn": arn("sqs", "orders", account=OTHER_ACCOUNT)}
    # it is another account's, or its attributes were not read
    for rows in ((replace(mapping, attributes=theirs),), (mapping, replace(source, attributes={}))):
        assert "gives up what fails was not read" in reached(function(), *rows).says
    assert reached(function(), mapping).verdict == "no"


MACHINE = arn("states", "stateMachine:pay")


@pytest.mark.parametrize(
    ("pattern", "verdict"),
    [
        ({"detail": {"status": ["FAILED", "TIMED_OUT"]}}, "yes"),
        ({"detail": {"status": ["FAILED"], "stateMachineArn": [MACHINE]}}, "yes"),
        ({}, "yes"),
        ({"detail": {"status": ["SUCCEEDED"]}}, "no"),
        ({"detail": {"stateMachineArn": [arn("states", "stateMachine:other")]}}, "no"),
        ({"detail": {"status": ["FAILED"], "name": ["nightly"]}}, "unknown"),
        ({"enabled": False}, "no"),
        ({"to": arn("sns", "gone")}, "no"),
        ({"source": ["aws.cloudwatch"]}, "no"),
    ],
)
def test_a_rule_that_takes_its_failed_executions_tells_of_them(
    pattern: dict[str, Any], verdict: str
) -> None:
    def machine(type_: str) -> Row:
        attributes = {"type": type_, "logging_configuration": None}
        return actual(
            "aws_sfn_state_machine", MACHINE, arn=MACHINE, name="pay", attributes=attributes
        )

    kind = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"]}
    rows = (*event_rule(**{**kind, **pattern}), *HEARD)
    assert reached(machine("STANDARD"), *rows, of=MACHINE).verdict == verdict
    # which tells of no execution
    assert reached(machine("EXPRESS"), *rows, of=MACHINE).verdict == "no"


@pytest.mark.parametrize(("names", "verdict"), [(["db"], "yes"), (["other"], "no")])
def test_a_rule_that_takes_what_rds_tells_of_a_database(names: list[str], verdict: str) -> None:
    db = actual("aws_db_instance", "db", arn=arn("rds", "db:db"), attributes={"engine": "postgres"})
    detail = {"EventCategories": ["low storage"], "SourceIdentifier": names}
    kind = {"source": ["aws.rds"], "detail-type": ["RDS DB Instance Event"]}
    rule = event_rule(**kind, detail=detail)
    rows = (db, *rule, *HEARD)
    found = {r.intent: r for r in reach(rows, seen(), Speaking(rows, seen(), Directory()), 2)}
    assert (found["storage"].verdict, found["compute"].verdict) == (verdict, "no")


# What was not seen.

PATH_CALLS = [
    "cloudwatch.describe_alarms", "sns.list_topics", "sns.get_topic_attributes",
    "sns.list_subscriptions", "sns.get_subscription_attributes", "sqs.list_queues",
    "lambda.list_event_source_mappings", "lambda.get_policy", "kms.list_keys",
    "kms.get_key_policy", "kms.describe_key",
    "lambda.list_functions",
]  # fmt: skip
BESIDE_CALLS = [
    "logs.describe_metric_filters", "logs.describe_subscription_filters", "oam.list_links",
    "cloudwatch.list_metric_streams", "iam.get_account_authorization_details",
    "lambda.list_function_event_invoke_configs", "firehose.list_delivery_streams",
    "firehose.describe_delivery_stream",
]  # fmt: skip


def without(call: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """What a scan has where a call was denied."""
    lists: dict[str, tuple[str, ...]] = {
        "cloudwatch.describe_alarms": (
            "aws_cloudwatch_metric_alarm", "aws_cloudwatch_log_alarm", "aws_cloudwatch_composite_alarm",
        ),
        "logs.describe_metric_filters": ("aws_cloudwatch_log_metric_filter",),
        "logs.describe_subscription_filters": ("aws_cloudwatch_log_subscription_filter",),
        "oam.list_links": ("aws_oam_link",),
        "cloudwatch.list_metric_streams": ("aws_cloudwatch_metric_stream",),
        "iam.get_account_authorization_details": ("aws_iam_role",),
        "lambda.list_function_event_invoke_configs": ("aws_lambda_function_event_invoke_config",),
        "firehose.list_delivery_streams": ("aws_kinesis_firehose_delivery_stream",),
        "sns.list_topics": ("aws_sns_topic",),
        "sns.list_subscriptions": ("aws_sns_topic_subscription",),
        "sqs.list_queues": ("aws_sqs_queue",),
        "lambda.list_event_source_mappings": ("aws_lambda_event_source_mapping",),
        "kms.list_keys": ("aws_kms_key",),
    }  # fmt: skip
    lost: dict[str, tuple[str, str]] = {
        "sns.get_topic_attributes": ("aws_sns_topic", "encrypted_with subscriptions_confirmed"),
        "sns.get_subscription_attributes": (
            "aws_sns_topic_subscription", "filter_policy filter_policy_scope",
        ),
        "lambda.get_policy": ("aws_lambda_function", "policy"),
        "firehose.describe_delivery_stream": ("aws_kinesis_firehose_delivery_stream", "only_stores"),
        "kms.get_key_policy": ("aws_kms_key", "policy"),
        "kms.describe_key": ("aws_kms_key", "key_state"),
    }  # fmt: skip
    left = []
    for row in rows:
        if row.type in lists.get(call, ()):
            continue
        if call == "lambda.list_functions" and row.name == "page":
            continue
        type_, names = lost.get(call, ("", ""))
        if row.type == type_:
            kept = {k: v for k, v in row.attributes.items() if k not in names.split()}
            row = replace(row, attributes=kept, unread=(call,))
        left.append(row)
    return tuple(left)


@pytest.mark.parametrize("call", PATH_CALLS)
def test_a_call_that_was_denied_makes_it_unknown_and_never_broken(call: str) -> None:
    by_queue = (
        topic(),
        subscription("sqs", CALLS_QUEUE),
        replace(QUEUE, origin="service"),
        reads(),
    )
    by_function = (
        topic(),
        subscription("lambda", arn("lambda", "function:page")),
        function("page"),
    )
    by_key = (topic(kms_master_key_id="k-1", encrypted_with="k-1"), key(OPEN), subscription())
    ends: dict[str, tuple[Row, ...]] = {
        "sqs.list_queues": by_queue, "lambda.list_event_source_mappings": by_queue,
        "lambda.list_functions": by_function, "lambda.get_policy": by_function,
        "kms.list_keys": by_key, "kms.get_key_policy": by_key, "kms.describe_key": by_key,
    }  # fmt: skip
    rows = (function(), alarm(), *ends.get(call, (topic(), subscription())))
    assert reached(*rows).verdict == "yes"
    found = reached(*without(call, rows), known=seen(frozenset({call})))
    assert found.verdict == "unknown"
    assert "no alarm looks" not in found.says


def test_an_alarm_of_its_own_may_have_a_composite_that_was_not_seen() -> None:
    known = seen(frozenset({"cloudwatch.describe_alarms"}))
    speaking = Speaking((SILENT,), known, Directory())
    assert speaking.of(SILENT).verdict == "unknown"


@pytest.mark.parametrize(
    "action",
    [
        arn("sns", "alarms", account=OTHER_ACCOUNT),
        arn("sns", "alarms", region="ap-south-1"),
        "arn:aws:ssm-incidents::123456789012:response-plan/page",
        arn("ssm", "opsitem:1"),
        "nonsense",
    ],
)
def test_a_target_that_cannot_be_read_is_unknown(action: str) -> None:
    found = reached(function(), alarm(alarm_actions=[action]), topic(), subscription())
    assert (found.verdict, found.broken) == ("unknown", "target")


def test_subscribers_of_other_accounts_are_unknown() -> None:
    found = reached(function(), alarm(), topic(subscriptions_confirmed=2))
    assert (found.verdict, found.broken) == ("unknown", "subscription")


def test_an_attribute_that_names_it_was_not_read() -> None:
    stage = actual("aws_api_gateway_stage", "ags-abc-live", attributes={})
    found = reached(stage, of=stage.resource)
    assert (found.verdict, found.broken) == ("unknown", "alarm")


def test_what_aws_or_a_group_made_is_not_asked() -> None:
    rows = [actual("aws_instance", "i-1", origin="spawned"), actual("aws_sqs_queue", "q")]
    found = reach(rows, seen(), Speaking(rows, seen(), Directory()), 1)
    assert {r.intent for r in found} == {"backlog"}


def test_a_higher_tier_asks_for_more() -> None:
    rows = [function()]
    asked = [
        {r.intent for r in reach(rows, seen(), Speaking(rows, seen(), Directory()), tier)}
        for tier in (1, 2, 3)
    ]
    assert asked[0] == {"errors"}
    assert asked[0] < asked[1] < asked[2]


# Laws.

BITS: list[Row] = [
    SILENT, alarm("loud"), alarm("gone", alarm_actions=[arn("sns", "gone")]), OTHER,
    composite("any", "ALARM(pay-errors) OR ALARM(other)"),
    composite("both", "ALARM(pay-errors) AND ALARM(other)"),
    topic(), topic(subscriptions_confirmed=3), subscription(), subscription(endpoint="b@x.example"),
    subscription("sqs", arn("sqs", "calls")), subscription(confirmed=False, endpoint="c@x.example"),
    actual("aws_sqs_queue", "q", arn=arn("sqs", "calls")),
    counted(), BOOM, asking(LOGS), passing(), stream(), link("999999999999"), given_up(), given_up(TOPIC),
    *fed(), DEPTH, role({"AWS": ["464622532012"]}), delivery(only_stores=False), delivery(),
    subscription("firehose", DELIVERED),
]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(range(len(BITS))), unique=True), st.data())
def test_to_remove_any_hop_never_makes_it_better(chosen: list[int], data: st.DataObject) -> None:
    rows = {BITS[i].resource: BITS[i] for i in chosen}
    before = reached(function(), *rows.values())
    if not rows:
        return
    gone = data.draw(st.sampled_from(sorted(rows)))
    after = reached(function(), *(row for key, row in rows.items() if key != gone))
    assert RANK[after.verdict] <= RANK[before.verdict]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(range(len(BITS))), unique=True),
    st.sets(st.sampled_from([*PATH_CALLS, *BESIDE_CALLS]), min_size=1),
)
def test_what_was_not_seen_is_never_a_broken_hop(chosen: list[int], denied: set[str]) -> None:
    rows = tuple({BITS[i].resource: BITS[i] for i in chosen}.values())
    whole = reached(function(), *rows)
    left: tuple[Row, ...] = rows
    for call in denied - {"lambda.list_functions"}:
        left = without(call, left)
    seen_ = seen(frozenset(denied))
    found = reached(function(), *left, known=seen_)
    if found.verdict != "unknown":
        assert found.verdict == whole.verdict
    assert found.broken in HOPS


def test_a_way_is_told_the_same_whatever_the_order() -> None:
    rows = [function(), *BITS]
    assert reached(*rows) == reached(*reversed(rows))


def test_an_alarm_of_another_account_may_look_at_ours() -> None:
    watching = replace(
        math({**stat("Errors", returned=True, FunctionName="pay"), "AccountId": ACCOUNT}),
        account=OTHER_ACCOUNT,
    )
    assert reached(function(), watching, topic(), subscription()).verdict in ("yes", "unknown")
