"""What a rule could see: absence is claimed only where everything was looked at."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.catalog import load
from scanner.derive.probes import NAMED
from scanner.derive.recommended import table
from scanner.judge.load import population_sql
from scanner.judge.made_of import TELLS_OF, filled_by
from scanner.judge.sight import DENIED, NO_STATE, NOT_TOLD
from scanner.store.lineage import lineage

from .made import ACCOUNT, OTHER, REGION, asked, rule, sight, subject
from .rulebook import RULES

DEAF_TOPIC = RULES["watch/topic-without-subscriber"]
"""Finds because a row is not there."""
OPEN_QUEUE = RULES["access/open-resource-policy"]
"""Finds what is there, in a table that is derived from policies."""
LONE_BUCKET = RULES["recovery/bucket-without-versions"]
"""Finds what is there, by a further call for each bucket."""
UNOWNED = RULES["ownership/unowned-resource"]
"""Reads resources of every type."""

TOPIC = subject("t", "aws_sns_topic")
QUEUE = subject("q", "aws_sqs_queue")
BUCKET, OTHER_BUCKET = subject("b", "aws_s3_bucket"), subject("c", "aws_s3_bucket")


def test_where_all_was_seen_everything_is_decided() -> None:
    whole = sight()
    for each in RULES.values():
        assert whole.blind(each) == []
        for type_ in load():
            assert whole.undecided(each, subject("x", type_)) == ""


def test_what_tells_of_functions_alone_decides_nothing_about_queues() -> None:
    cut = sight(
        {("aws_lambda_event_source_mapping", REGION, ""): "lambda.list_event_source_mappings"}
    )
    function = subject("f", "aws_lambda_function")
    assert cut.undecided(RULES["watch/unwatched-queue"], QUEUE) == ""
    assert cut.undecided(RULES["watch/unwatched-function"], function) != ""
    # of which types is said twice, since the rooms do not know each other
    logging = {line.type for line in table().log}
    assert TELLS_OF["aws_cloudwatch_log_subscription_filter"] == logging
    assert TELLS_OF["aws_cloudwatch_log_metric_filter"] == logging
    assert TELLS_OF["aws_route53_record"] == NAMED.keys()
    told = {line.type for line in table().event}
    assert TELLS_OF["aws_db_event_subscription"] == told


# --- a list that is not whole --------------------------------------------------------------------


def test_a_denied_list_makes_a_rule_that_searches_it_unknown() -> None:
    cut = sight({("aws_sns_topic_subscription", REGION, ""): "sns.list_subscriptions"})
    assert cut.undecided(DEAF_TOPIC, TOPIC) == "sns:list_subscriptions denied (AccessDenied)"
    assert cut.lost(DEAF_TOPIC, TOPIC) == "sns:list_subscriptions denied (AccessDenied)"
    (place,) = cut.blind(DEAF_TOPIC)
    assert (place.account, place.region, place.type, place.resource_id) == (
        ACCOUNT,
        REGION,
        "aws_sns_topic_subscription",
        "",
    )


def test_the_other_region_was_seen() -> None:
    cut = sight({("aws_sns_topic_subscription", OTHER, ""): "sns.list_subscriptions"})
    assert cut.undecided(DEAF_TOPIC, TOPIC) == ""
    assert cut.lost(DEAF_TOPIC, TOPIC) == ""


def test_a_rule_that_only_joins_keeps_what_it_found() -> None:
    cut = sight({("aws_sqs_queue", REGION, ""): "sqs.list_queues"})
    assert lineage(OPEN_QUEUE.sql).monotone
    assert cut.undecided(OPEN_QUEUE, QUEUE) == ""
    # but what it no longer finds may be there all the same
    assert cut.lost(OPEN_QUEUE, QUEUE)
    assert cut.blind(OPEN_QUEUE)


def test_a_list_that_the_rule_does_not_read_is_none_of_its_business() -> None:
    cut = sight({("aws_lambda_function", REGION, ""): "lambda.list_functions"})
    assert cut.undecided(DEAF_TOPIC, TOPIC) == ""
    assert cut.blind(DEAF_TOPIC) == []
    assert cut.lost(DEAF_TOPIC, TOPIC) == ""


def test_what_was_never_asked_was_not_seen() -> None:
    from scanner.judge.sight import Sight
    from scanner.seen import Seen

    from .made import SCOPES

    entries = [e for e in asked() if e.type != "aws_sns_topic_subscription"]
    blind = Sight(Seen(entries), SCOPES, "", {})
    assert blind.undecided(DEAF_TOPIC, TOPIC) == "sns.list_subscriptions was not asked"


def test_a_global_list_counts_in_every_region() -> None:
    orphan = RULES["orphan/unattached-policy"]
    cut = sight({("aws_iam_role", "global", ""): "iam.get_account_authorization_details"})
    assert cut.undecided(orphan, subject("p", "aws_iam_policy", "global"))


def test_no_orphan_is_claimed_where_a_list_of_its_search_was_denied() -> None:
    searched = 0
    for each in (one for one in RULES.values() if one.id.startswith("orphan/")):
        found = lineage(each.sql)
        own = next(t for t in lineage(population_sql(each)).tables if t in load())
        read = {t for t in found.tables if t in load()}
        read |= {t for table in found.tables for t in filled_by(table) if t in load()}
        for type_ in read:
            kind = load()[type_]
            while kind.of:
                kind = load()[kind.of]
            here = REGION if kind.scope == "region" else "global"
            cut = sight({(kind.type, here, ""): kind.list})
            region = REGION if load()[own].scope == "region" else "global"
            # what was found by a row that is there stays a fact: a further row takes nothing from it
            doubted = cut.undecided(each, subject("x", own, region))
            assert doubted or found.monotone, (each.id, type_)
            assert cut.blind(each), (each.id, type_)
            searched += not found.monotone
    assert searched > 150


# --- a value that was not read -------------------------------------------------------------------


def test_a_call_about_one_bucket_makes_that_bucket_unknown_and_no_other() -> None:
    cut = sight({("aws_s3_bucket", "global", "id-b"): "s3.get_bucket_versioning"})
    assert cut.undecided(LONE_BUCKET, BUCKET) == "s3:get_bucket_versioning denied (AccessDenied)"
    assert cut.undecided(LONE_BUCKET, OTHER_BUCKET) == ""
    assert cut.lost(LONE_BUCKET, BUCKET)
    assert cut.lost(LONE_BUCKET, OTHER_BUCKET) == ""
    assert [place.resource_id for place in cut.blind(LONE_BUCKET)] == ["id-b"]


def test_a_call_whose_answer_the_rule_does_not_read_changes_nothing() -> None:
    cut = sight({("aws_s3_bucket", "global", "id-b"): "s3.get_bucket_policy"})
    assert cut.undecided(LONE_BUCKET, BUCKET) == ""
    assert cut.blind(LONE_BUCKET) == []


def test_a_policy_that_was_not_read_is_missed_by_the_rules_over_policies() -> None:
    cut = sight({("aws_sqs_queue", REGION, "id-q"): "sqs.get_queue_attributes"})
    assert cut.lost(OPEN_QUEUE, QUEUE) == "sqs:get_queue_attributes denied (AccessDenied)"
    assert cut.lost(OPEN_QUEUE, subject("p", "aws_sqs_queue")) == ""
    assert cut.lost(OPEN_QUEUE, subject("t", "aws_sns_topic", OTHER)) == ""


def test_a_value_of_another_resource_matters_where_rows_of_a_type_are_compared() -> None:
    dead = RULES["watch/queue-without-dead-letters"]
    assert "aws_sqs_queue" in lineage(dead.sql).twice
    cut = sight({("aws_sqs_queue", REGION, "id-p"): "sqs.get_queue_attributes"})
    # the policy that was not read may name this queue as its dead-letter queue
    assert cut.undecided(dead, QUEUE) == "sqs:get_queue_attributes denied (AccessDenied)"
    assert cut.undecided(RULES["watch/unwatched-queue"], QUEUE) == ""


def test_a_tag_policy_or_a_list_of_stacks_that_was_not_read_takes_nothing_back() -> None:
    untagged = RULES["ownership/missing-required-tag"]
    cut = sight({("", "global", ""): "organizations.describe_effective_policy"})
    assert cut.undecided(untagged, QUEUE) == ""
    assert "describe_effective_policy denied" in cut.lost(untagged, QUEUE)
    assert cut.lost(DEAF_TOPIC, TOPIC) == ""
    cut = sight({("aws_cloudformation_stack", REGION, ""): "cloudformation.describe_stacks"})
    assert "describe_stacks denied" in cut.lost(UNOWNED, QUEUE)
    assert cut.lost(UNOWNED, subject("q", "aws_sqs_queue", OTHER)) == ""
    assert "describe_stacks denied" in cut.lost(UNOWNED, subject("r", "aws_iam_role", "global"))
    assert sight().lost(UNOWNED, subject("r", "aws_iam_role", "global")) == ""


# --- rules over every type -----------------------------------------------------------------------


def test_a_rule_over_all_resources_is_blind_where_any_list_was_cut() -> None:
    cut = sight({("aws_sqs_queue", REGION, ""): "sqs.list_queues"})
    assert {place.type for place in cut.blind(UNOWNED)} >= {"aws_sqs_queue"}
    assert cut.undecided(UNOWNED, TOPIC) == ""
    assert cut.lost(UNOWNED, QUEUE)
    assert cut.lost(UNOWNED, TOPIC) == ""


def test_tags_that_were_not_read_are_missed_by_the_rules_over_owners() -> None:
    cut = sight({("aws_sqs_queue", REGION, "id-q"): "sqs.list_queue_tags"})
    assert cut.undecided(UNOWNED, QUEUE)
    assert cut.undecided(UNOWNED, subject("p", "aws_sqs_queue")) == ""
    assert cut.undecided(RULES["ownership/expired-resource"], QUEUE)
    assert cut.undecided(RULES["watch/unwatched-queue"], QUEUE) == ""


# --- the declared side ---------------------------------------------------------------------------


def test_without_a_state_there_is_no_question_about_declarations() -> None:
    none = sight(state_gap=NO_STATE)
    asked_ = {each.id for each in RULES.values() if none.asked(each)}
    unasked = set(RULES) - asked_
    assert {each for each in RULES if each.startswith("drift/")} <= unasked
    others = {
        "access/administrator-by-hand", "access/grant-by-hand", "access/policy-widened",
        "access/trust-widened", "access/boundary-changed", "access/joined-by-hand",
        "watch/alarm-weakened", "watch/alarm-slowed",
    }  # fmt: skip
    assert unasked - others == {each for each in RULES if each.startswith("drift/")}
    assert all(sight().asked(each) for each in RULES.values())


def test_a_state_that_was_not_read_may_declare_what_nobody_else_declares() -> None:
    unmanaged = RULES["drift/unmanaged-resource"]
    broken = sight(
        state_gap="a.tfstate could not be read", classes={"arn:q": "unknown", "arn:p": "declared"}
    )
    assert broken.undecided(unmanaged, QUEUE) == "a.tfstate could not be read"
    assert broken.undecided(RULES["drift/changed-attribute"], subject("p", "aws_sqs_queue")) == ""
    assert broken.undecided(DEAF_TOPIC, TOPIC) == ""
    assert broken.lost(unmanaged, QUEUE) == "a.tfstate could not be read"


def test_who_is_named_by_the_resource_itself_is_known_whatever_it_belongs_to() -> None:
    from scanner.judge.sight import Sight
    from scanner.seen import Seen

    from .made import SCOPES

    placeholder = RULES["ownership/placeholder-owner"]
    snapshot = subject("s", "aws_ebs_snapshot")
    cut = asked({("aws_ebs_volume", REGION, ""): "ec2.describe_volumes"})
    heir = Sight(Seen(cut), SCOPES, "", {})
    assert heir.undecided(placeholder, snapshot) == "ec2:describe_volumes denied (AccessDenied)"
    own = Sight(Seen(cut), SCOPES, "", {}, spoken=frozenset({snapshot.resource}))
    assert own.undecided(placeholder, snapshot) == ""
    assert own.lost(placeholder, snapshot) == ""


def test_what_is_outside_the_scan_is_lost_from_sight() -> None:
    assert sight().lost(DEAF_TOPIC, subject("t", "aws_sns_topic", "ap-south-1"))
    assert sight().lost(DEAF_TOPIC, subject("t", "aws_sns_topic", account="210987654321"))


# --- laws ----------------------------------------------------------------------------------------

KINDS = [kind for kind in load().values() if kind.list]
CALLS: list[tuple[tuple[str, str, str], str]] = [
    ((kind.type, REGION if kind.scope == "region" else "global", parent), call)
    for kind in KINDS
    for call, parent in [(kind.list, ""), *((each.call, "id-x") for each in kind.calls)]
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CALLS), st.sampled_from(sorted(RULES)), st.sampled_from(sorted(load())))
def test_whatever_fails_only_takes_certainty_away(
    broken: tuple[tuple[str, str, str], str], rule_id: str, type_: str
) -> None:
    (cut_type, region, _), call = broken
    where = "global" if load()[type_].scope == "global" else REGION
    cut, each, about = sight(dict([broken])), RULES[rule_id], subject("x", type_, where)
    found = lineage(each.sql)
    undecided, lost = cut.undecided(each, about), cut.lost(each, about)
    # what cannot be decided cannot be called gone either
    assert lost or not undecided
    heirs = found.tables & {"owners", "owner_roles"}  # made of what a resource belongs to, too
    # what a part is found through is its own, too
    own, kind = {type_}, load()[type_]
    while kind.container:
        kind = load()[kind.container]
        own.add(kind.type)
    if found.monotone and not found.tables & DENIED and cut_type not in own and not heirs:
        assert undecided == ""
    # a reason names the call; what was used last is asked apart, and here of nobody
    service, _, operation = call.partition(".")
    apart = {NOT_TOLD} & {lost} if "grant_uses" in found.tables else set()
    for reason in {undecided, lost} - apart:
        assert reason in ("", f"{service}:{operation} denied (AccessDenied)")
    # and elsewhere nothing changed, but for a rule that looks everywhere
    if region != "global" and where != "global" and not each.everywhere:
        assert cut.undecided(each, subject("x", type_, OTHER)) == ""
    # where something is not decided, the report says of the rule that it was blind
    if undecided:
        assert cut.blind(each)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CALLS))
def test_a_failed_call_is_felt_by_some_rule_or_read_by_none(
    broken: tuple[tuple[str, str, str], str],
) -> None:
    """Rules over all resources and over comparisons are blind wherever any list is cut."""
    (type_, _, parent), call = broken
    if not parent:
        cut = sight(dict([broken]))
        kind = load()[type_]
        assert cut.blind(RULES["drift/unmanaged-resource"]), call
        assert any(cut.blind(each) for each in RULES.values()), kind.type


def test_a_rule_made_of_anything_can_be_asked() -> None:
    """Shapes of SQL that the shipped rules do not have."""
    cut = sight({("aws_sqs_queue", REGION, ""): "sqs.list_queues"})
    shapes: dict[str, Any] = {
        "select resource, 1 as size from aws_sns_topic where not exists (from aws_sqs_queue)": True,
        "select resource, 1 as size from aws_sns_topic except select resource, 1 from aws_sqs_queue": True,
        "select t.resource, count(*) as size from aws_sns_topic t, aws_sqs_queue q group by all": True,
        "select t.resource, 1 as size from aws_sns_topic t left join aws_sqs_queue q using (name)": True,
        "select t.resource, 1 as size from aws_sns_topic t semi join aws_sqs_queue q using (name)": False,
        "select t.resource, 1 as size from aws_sns_topic t join aws_sqs_queue q using (name)": False,
    }
    for sql, unknown in shapes.items():
        assert bool(cut.undecided(rule(sql), TOPIC)) == unknown, sql


# --- what may be anywhere ------------------------------------------------------------------------

GONE_BUCKET = RULES["orphan/record-to-missing-bucket"]
GONE_BALANCER = RULES["orphan/record-to-gone-balancer"]
RECORD = subject("r", "aws_route53_record", "global")


def test_what_may_be_in_any_account_is_gone_only_where_all_of_them_were_read() -> None:
    scopes = ((ACCOUNT, REGION), (ACCOUNT, "global"), (ELSEWHERE, OTHER), (ELSEWHERE, "global"))
    denied = {("aws_lb", OTHER, ELSEWHERE): "elbv2.describe_load_balancers"}
    cut = there(scopes, denied)
    why = f"elbv2:describe_load_balancers denied (AccessDenied) in {ELSEWHERE} {OTHER}"
    assert cut.undecided(GONE_BALANCER, RECORD) == why
    assert cut.lost(GONE_BALANCER, RECORD) == why
    assert cut.undecided(GONE_BUCKET, RECORD) == ""
    # records of another account say nothing about where this one points
    records = {("aws_route53_record", "global", ELSEWHERE): "route53.list_resource_record_sets"}
    assert there(scopes, records).undecided(GONE_BALANCER, RECORD) == ""
    # a zone there is known by its records
    delegation = RULES["orphan/delegation-to-gone-zone"]
    assert there(scopes, records).undecided(delegation, RECORD)
    # and a rule that does not look everywhere is decided by its own account
    assert cut.undecided(RULES["orphan/balancer-without-targets"], subject("b", "aws_lb")) == ""


ELSEWHERE = "222222222222"


def there(scopes: tuple[tuple[str, str], ...], denied: dict[tuple[str, str, str], str]) -> Any:
    """The sight of two accounts, in which some lists were denied."""
    from dataclasses import replace

    from scanner.judge.sight import Sight
    from scanner.seen import Seen

    entries = [
        replace(entry, account=account, region=region)
        for account in (ACCOUNT, ELSEWHERE)
        for entry in asked()
        for region in {entry.region}
        | ({REGION, OTHER} - {entry.region} if entry.region != "global" else set())
    ]
    for entry in entries:
        call = denied.get((entry.type, entry.region, entry.account))
        if call == f"{entry.service}.{entry.operation}":
            entry.status, entry.error_code, entry.complete = "denied", "AccessDenied", False
    return Sight(Seen(entries), scopes, "", {})
