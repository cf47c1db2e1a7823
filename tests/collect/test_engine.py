"""The engine against a made-up AWS: all of it is collected; what fails is said, and no more than that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.model import OperationModel

from scanner.catalog import Attribute, ResourceType, load
from scanner.catalog.path import words
from scanner.collect.engine import Collected
from scanner.collect.ledger import Entry
from scanner.collect.rows import Row, Scope, shaped
from scanner.collect.session import Session
from scanner.seen import Seen

from .cloud import (
    ACCOUNT,
    REGION,
    Clock,
    Cloud,
    Fault,
    Response,
    collected,
    error,
    failing,
    family,
    hasty,
    hindering,
    serialized,
)

TYPES = load()
ASKED = sorted(
    {
        (kind.type, call)
        for kind in TYPES.values()
        for call in (kind.list, *(c.call for c in kind.calls))
    }
    - {(kind.type, "") for kind in TYPES.values()}
)
"""Every type with every operation that is asked for it."""

BYSTANDERS = ("aws_sqs_queue", "aws_sns_topic", "aws_kms_alias")
DENIED = {"json": "AccessDeniedException", "ec2": "UnauthorizedOperation"}


def denied(model: OperationModel) -> Response:
    protocol = model.service_model.resolved_protocol
    return error(model, DENIED.get(protocol, "AccessDenied"), "not allowed", 403)


def lists(kind: ResourceType, call: str) -> bool:
    """Whether items of the type come from this call."""
    return call == kind.list or (kind.batch is not None and kind.batch.call == call)


def below(name: str) -> set[str]:
    """Every type that is found through this one."""
    found = {child.type for child in TYPES.values() if child.container == name}
    return found | {deeper for child in found for deeper in below(child)}


def of_type(made: Collected, name: str) -> list[Row]:
    return [row for row in made.rows if row.type == name]


def asked(made: Collected, name: str, call: str) -> list[Entry]:
    return [
        entry
        for entry in made.ledger.entries()
        if entry.type == name and f"{entry.service}.{entry.operation}" == call
    ]


def listed(made: Collected, name: str) -> str:
    region = REGION if TYPES[name].scope == "region" else "global"
    return Seen(made.ledger.entries()).listed(name, ACCOUNT, region)


# their items are told by a role's path, or by logging that is on, which this cloud knows nothing of
MADE_UP = sorted(TYPES.keys() - {"aws_iam_service_linked_role", "aws_redshift_logging"})


@pytest.mark.parametrize("name", MADE_UP)
def test_every_type_is_collected_whole_from_a_cloud_that_answers(
    name: str, session: Session, cloud: Cloud
) -> None:
    kind = TYPES[name]
    cloud.without(hindering(kind))
    made = collected(session, family(TYPES, {name}))
    assert [e for e in made.ledger.entries() if not e.complete] == []
    for call in (kind.list, *(call.call for call in kind.calls)):
        assert not call or cloud.asked[call], f"{call} was never asked"
    rows = of_type(made, name)
    assert rows
    assert listed(made, name) == ""
    for row in rows:
        assert set(row.attributes) == set(kind.kept)
        assert row.unread == ()
        assert row.id
        assert row.account == ACCOUNT
        assert row.region == (REGION if kind.scope != "global" else "global")
        assert (row.tags is None) == (not kind.tags)
        assert (row.parent_id != "") == (kind.container != "")


@pytest.mark.parametrize(("name", "call"), ASKED)
def test_an_operation_that_is_denied_is_missed_where_it_is_read_and_nowhere_else(
    name: str, call: str, session: Session, cloud: Cloud
) -> None:
    kind = TYPES[name]
    whole, made, types = _with_and_without(kind, call, session, cloud)

    entries = asked(made, name, call)
    assert entries
    assert {entry.status for entry in entries} == {"denied"}
    assert not any(entry.complete for entry in entries)
    if lists(kind, call):
        assert of_type(made, name) == []
        assert call.replace(".", ":") in listed(made, name)
        for child in below(name):
            assert of_type(made, child) == []
            assert listed(made, child), f"{child} claims that there are none"
    else:
        _is_told_by_the_resources(made, whole, kind, call)
        _is_told_by_what_was_read_from_it(made, kind, call)
    others = {other for other in types if call not in _calls(TYPES[other])} - below(name)
    assert others or not set(BYSTANDERS) & set(types)
    for other in others:
        assert of_type(made, other) == of_type(whole, other)
        assert listed(made, other) == ""


def _with_and_without(
    kind: ResourceType, call: str, session: Session, cloud: Cloud
) -> tuple[Collected, Collected, dict[str, ResourceType]]:
    witnesses = {name for name in BYSTANDERS if call not in _calls(TYPES[name])}
    types = family(TYPES, {kind.type} | below(kind.type) | witnesses)
    cloud.without(hindering(kind))
    whole = collected(session, types)
    cloud.faults[call] = denied
    return whole, collected(session, types), types


def _calls(kind: ResourceType) -> set[str]:
    return {kind.list, *(call.call for call in kind.calls)}


def _is_told_by_the_resources(
    made: Collected, whole: Collected, kind: ResourceType, call: str
) -> None:
    """They are there as before, and say themselves what is not known of them."""
    assert listed(made, kind.type) == ""
    before = {row.resource for row in of_type(whole, kind.type)}
    told = [row for row in of_type(made, kind.type) if call in row.unread]
    if kind.region not in ("", "BucketRegion"):
        # where the failed call may be the one that says in which region it is
        assert told
    else:
        assert {row.resource for row in of_type(made, kind.type)} == before
    lost = {side.into for side in kind.each if side.call == call}
    for row in told:
        for name, attribute in kind.kept.items():
            # what a failed call would have said is not there, rather than there and empty
            if lost & _words_of(attribute):
                assert name not in row.attributes
        if lost & words(kind.tags):
            assert row.tags is None


def _is_told_by_what_was_read_from_it(made: Collected, kind: ResourceType, call: str) -> None:
    lost = {side.into for side in kind.each if side.call == call}
    for child in TYPES.values():
        if child.of == kind.type and lost & words(child.items):
            assert of_type(made, child.type) == []
            assert listed(made, child.type), f"{child.type} claims that there are none"
        for name, attribute in child.kept.items():
            read = _words_of(attribute)
            if child.of == kind.type and "parent" in read and lost & read:
                assert all(name not in row.attributes for row in of_type(made, child.type))


def _words_of(attribute: Attribute) -> set[str]:
    inner = [_words_of(member) for member in attribute.of.values()]
    return set(words(attribute.path)).union(*inner)


LISTS = {
    "json": "aws_dynamodb_table",
    "rest-json": "aws_lambda_function",
    "query": "aws_sns_topic",
    "ec2": "aws_vpc",
    "rest-xml": "aws_route53_zone",
    "s3": "aws_s3_bucket",
}
"""A type of every protocol, and S3, whose errors botocore treats specially."""


def cut(cloud: Cloud, call: str) -> Fault:
    def fault(model: OperationModel) -> Response:
        status, headers, body = cloud.answer(call, model)
        half = body[: len(body) // 2]
        return status, {**headers, "Content-Length": str(len(half))}, half

    return fault


def raising(made: Callable[[], Exception]) -> Callable[[Cloud, str], Fault]:
    return lambda cloud, call: lambda model: made()


def saying(code: str, status: int = 400, message: str = "no") -> Callable[[Cloud, str], Fault]:
    return lambda cloud, call: failing(code, message, status)


def bodied(body: bytes, status: int = 200) -> Callable[[Cloud, str], Fault]:
    return lambda cloud, call: lambda model: (status, {}, body)


HERE = {"endpoint_url": "https://example.com"}
STOPS = "token expired"
"""The fault after which an account is not asked anything else."""
SCP = "User is not authorized with an explicit deny in a service control policy"
FAULTS: dict[str, tuple[Callable[[Cloud, str], Fault], str]] = {
    "throttled for ever": (saying("ThrottlingException"), "throttled"),
    "throttled by another name": (saying("RequestLimitExceeded", 503), "throttled"),
    "slowed down": (saying("SlowDown", 503), "throttled"),
    "broken inside": (saying("InternalFailure", 500), "error"),
    "away": (bodied(b"", 503), "error"),
    "too slow": (raising(lambda: ReadTimeoutError(**HERE)), "timeout"),
    "never connected": (raising(lambda: ConnectTimeoutError(**HERE)), "timeout"),
    "hung up": (raising(lambda: ConnectionClosedError(**HERE)), "error"),
    "not in this region": (raising(lambda: EndpointConnectionError(**HERE)), "unsupported"),
    "cut": (cut, "malformed"),
    "empty": (bodied(b""), "malformed"),
    "a page": (bodied(b"<!DOCTYPE html><html><body>Sign in</body></html>"), "malformed"),
    "token expired": (saying("ExpiredTokenException"), "token_expired"),
    "token unknown": (saying("UnrecognizedClientException"), "token_expired"),
    "no credentials": (raising(NoCredentialsError), "token_expired"),
    "denied by the organisation": (saying("AccessDenied", 403, SCP), "denied_by_scp"),
    "region not enabled": (saying("OptInRequired", 403), "region_off"),
    "gone meanwhile": (saying("ResourceNotFoundException", 404), "vanished"),
    "no such operation": (saying("InvalidAction"), "unsupported"),
    "a bug of ours": (raising(lambda: KeyError("x")), "error"),
}


@pytest.fixture(scope="module")
def fresh() -> tuple[Session, Cloud]:
    """A session of its own: what is throttled slows down what comes after it."""
    cloud = Cloud()
    return cloud.attach(hasty()), cloud


@pytest.mark.parametrize(("region", "offered"), [("af-south-1", False), ("us-east-1", True)])
def test_a_service_that_aws_does_not_offer_in_a_region_holds_nothing_there(
    region: str, offered: bool, session: Session, cloud: Cloud
) -> None:
    """By botocore's table of endpoints; where the table has it, it is only not reached."""
    kind = TYPES["aws_memorydb_cluster"]
    cloud.faults[kind.list] = raising(lambda: EndpointConnectionError(**HERE))(cloud, kind.list)
    made = collected(session, {kind.type: kind}, regions=(region,))
    (entry,) = asked(made, kind.type, kind.list)
    assert (entry.status, entry.complete) == (
        ("unsupported", False) if offered else ("not_offered", True)
    )
    assert entry.finished


@pytest.mark.parametrize("name", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_list_that_fails_in_any_way_is_typed_and_claims_nothing(
    name: str, fault: str, fresh: tuple[Session, Cloud]
) -> None:
    session, cloud = fresh
    kind, (make, status) = TYPES[name], FAULTS[fault]
    cloud.reset()
    cloud.faults[kind.list] = make(cloud, kind.list)
    types = {n: k for n, k in TYPES.items() if n in ("aws_sqs_queue", name)}
    made = collected(session, types)
    (entry,) = asked(made, name, kind.list)
    assert entry.status == status
    assert not entry.complete
    assert entry.error_code
    assert entry.finished
    assert of_type(made, name) == []
    assert status in listed(made, name)
    if fault != STOPS:
        assert listed(made, "aws_sqs_queue") == ""
        assert len(of_type(made, "aws_sqs_queue")) == 2


@pytest.mark.parametrize(
    ("fault", "attempts"),
    [
        ("denied by the organisation", 1), ("token expired", 1), ("gone meanwhile", 1),
        ("broken inside", 4), ("too slow", 4), ("hung up", 4), ("cut", 4), ("a page", 4),
        ("a bug of ours", 1),
    ],
)  # fmt: skip
def test_what_may_pass_is_tried_again_and_what_may_not_is_not(fault: str, attempts: int) -> None:
    clock, cloud = Clock(), Cloud()
    session = cloud.attach(hasty(clock))
    cloud.faults["dynamodb.list_tables"] = FAULTS[fault][0](cloud, "dynamodb.list_tables")
    collected(session, {"aws_dynamodb_table": TYPES["aws_dynamodb_table"]})
    assert cloud.asked["dynamodb.list_tables"] == attempts
    assert len(clock.naps) == attempts - 1


def test_what_is_throttled_is_asked_again_until_it_is_not() -> None:
    """However often that is: AWS is slow, and nothing is lost."""
    clock, mine = Clock(), Cloud()
    session = mine.attach(hasty(clock))
    times = iter(range(99))

    def at_last(model: OperationModel) -> Response:
        if next(times) < 30:
            return error(model, "ThrottlingException")
        return mine.answer("dynamodb.list_tables", model)

    mine.faults["dynamodb.list_tables"] = at_last
    made = collected(session, {"aws_dynamodb_table": TYPES["aws_dynamodb_table"]})
    assert mine.asked["dynamodb.list_tables"] == 31
    assert [e for e in made.ledger.entries() if not e.complete] == []
    assert clock.now < 1800


def test_a_report_that_is_being_written_is_asked_for_until_it_is_there() -> None:
    kinds = family(TYPES, {"aws_iam_credential"})
    clock, call = Clock(), "iam.get_credential_report"
    cloud = Cloud()
    session = cloud.attach(hasty(clock))
    unready = failing("ReportInProgress", status=404)
    cloud.faults[call] = lambda model: (
        unready(model) if clock.now < 300 else cloud.answer(call, model)
    )
    made = collected(session, kinds)
    assert [row.name for row in of_type(made, "aws_iam_credential")] == ["1001"]
    assert 10 < cloud.asked[call] < 50
    # and where it never is, that is said
    cloud.faults[call] = unready
    made = collected(session, kinds, task_seconds=120)
    assert {e.status for e in asked(made, "aws_iam_root_user", call)} == {"timeout"}
    assert of_type(made, "aws_iam_credential") == []
    assert "report_generated" not in of_type(made, "aws_iam_root_user")[0].attributes


def test_a_token_that_is_over_is_not_tried_on_everything_else() -> None:
    cloud = Cloud()
    session = cloud.attach(hasty())
    for kind in TYPES.values():
        cloud.faults[kind.list] = failing("ExpiredTokenException")
    made = collected(session, TYPES)
    entries = made.ledger.entries()
    assert {e.status for e in entries} == {"token_expired"}
    assert {e.type for e in entries} == {k.type for k in TYPES.values() if not k.container}
    # those underway when the first answer came, and no more
    assert cloud.asked.total() <= 8
    assert made.rows == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_side_call_that_fails_in_any_way_leaves_the_resource_and_its_other_attributes(
    fault: str, fresh: tuple[Session, Cloud]
) -> None:
    session, cloud = fresh
    make, status = FAULTS[fault]
    cloud.reset()
    whole = of_type(collected(session, family(TYPES, {"aws_sqs_queue"})), "aws_sqs_queue")
    cloud.faults["sqs.list_queue_tags"] = make(cloud, "sqs.list_queue_tags")
    made = collected(session, family(TYPES, {"aws_sqs_queue_policy"}))
    assert {e.status for e in asked(made, "aws_sqs_queue", "sqs.list_queue_tags")} == {status}
    rows = of_type(made, "aws_sqs_queue")
    assert [row.resource for row in rows] == [row.resource for row in whole]
    assert [row.attributes for row in rows] == [row.attributes for row in whole]
    assert [(row.tags, row.unread) for row in rows] == [(None, ("sqs.list_queue_tags",))] * 2
    assert listed(made, "aws_sqs_queue") == listed(made, "aws_sqs_queue_policy") == ""


def test_what_a_child_reads_from_its_parents_side_calls_is_lost_with_them(
    session: Session, cloud: Cloud
) -> None:
    queue, policy = TYPES["aws_sqs_queue"], TYPES["aws_sqs_queue_policy"]
    beside = Attribute(kind="map", path="parent.tags.Tags")
    types = {queue.type: queue, policy.type: replace(policy, facts={"beside": beside})}
    for row in of_type(collected(session, types), policy.type):
        assert "beside" in row.attributes
    cloud.faults["sqs.list_queue_tags"] = denied
    rows = of_type(collected(session, types), policy.type)
    assert rows
    for row in rows:
        assert "beside" not in row.attributes
        assert "policy" in row.attributes


def test_an_error_code_that_means_not_configured_is_an_answer(
    session: Session, cloud: Cloud
) -> None:
    cloud.faults["s3.get_bucket_policy"] = failing("NoSuchBucketPolicy", status=404)
    made = collected(session, family(TYPES, {"aws_s3_bucket_policy"}))
    assert {e.status for e in asked(made, "aws_s3_bucket", "s3.get_bucket_policy")} == {"ok"}
    assert listed(made, "aws_s3_bucket_policy") == ""
    assert of_type(made, "aws_s3_bucket_policy") == []
    for row in of_type(made, "aws_s3_bucket"):
        assert row.unread == ()
        assert row.attributes["policy"] is None
    # any other 404 is none
    cloud.faults["s3.get_bucket_policy"] = failing("NoSuchBucket", status=404)
    made = collected(session, family(TYPES, {"aws_s3_bucket_policy"}))
    assert listed(made, "aws_s3_bucket_policy")
    assert all("policy" not in row.attributes for row in of_type(made, "aws_s3_bucket"))


def test_one_region_that_fails_says_nothing_of_another(session: Session, cloud: Cloud) -> None:
    queue = {"aws_sqs_queue": TYPES["aws_sqs_queue"]}
    calls = iter(range(99))

    def first_fails(model: OperationModel) -> Response:
        first = next(calls) == 0
        return denied(model) if first else cloud.answer("sqs.list_queues", model)

    cloud.faults["sqs.list_queues"] = first_fails
    made = collected(session, queue, (REGION, "eu-north-1"))
    seen = Seen(made.ledger.entries())
    said = {
        region: seen.listed("aws_sqs_queue", ACCOUNT, region) for region in (REGION, "eu-north-1")
    }
    assert sorted(map(bool, said.values())) == [False, True]
    assert {row.region for row in made.rows} == {r for r, because in said.items() if not because}


def test_what_a_region_holds_is_told_for_that_region_alone(session: Session, cloud: Cloud) -> None:
    made = collected(session, TYPES, (REGION, "eu-north-1"))
    assert [e.message for e in made.ledger.entries() if not e.complete] == []
    for kind in TYPES.values():
        rows = of_type(made, kind.type)
        found = {row.region for row in rows}
        if kind.scope == "global":
            assert found <= {"global"}
        elif kind.scope == "account":
            assert found <= {REGION}, (
                f"{kind.type} of the made-up buckets, all of which are in {REGION}"
            )
        same = Counter((row.type, row.account, row.region, row.id, row.parent_id) for row in rows)
        assert max(same.values(), default=1) <= 2 * max(1, len({r.parent_id for r in rows}))
    buckets = {row.resource for row in of_type(made, "aws_s3_bucket")}
    assert len(of_type(made, "aws_s3_bucket_versioning")) == len(buckets)


def test_buckets_of_regions_that_are_not_scanned_are_neither_told_nor_asked_about(
    session: Session, cloud: Cloud
) -> None:
    made = collected(session, family(TYPES, {"aws_s3_bucket_versioning"}), ("eu-north-1",))
    assert of_type(made, "aws_s3_bucket") == []
    assert set(cloud.asked) == {"s3.list_buckets"}
    assert made.rows == []
    # one whose region cannot be found out is told, since it may be in any
    cloud.without(frozenset({"BucketRegion"}))
    cloud.faults["s3.get_bucket_location"] = denied
    made = collected(session, family(TYPES, {"aws_s3_bucket"}), ("eu-north-1",))
    assert {row.unread for row in of_type(made, "aws_s3_bucket")} != {()}


def test_every_call_is_in_the_ledger_with_its_end(session: Session, cloud: Cloud) -> None:
    made = collected(session, TYPES)
    entries = made.ledger.entries()
    pages = Counter[str]()
    for entry in entries:
        pages[f"{entry.service}.{entry.operation}"] += entry.pages
        assert entry.status == "ok"
        assert entry.complete
        assert entry.started <= entry.finished
    assert pages == cloud.asked


@pytest.mark.parametrize(
    "name", [name for name, kind in TYPES.items() if kind.list and not kind.parent]
)
def test_an_answer_without_the_list_is_not_an_empty_list(
    name: str, session: Session, cloud: Cloud
) -> None:
    kind = TYPES[name]

    def nothing(model: OperationModel) -> Response:
        return serialized(model, {})

    cloud.faults[kind.list] = nothing
    made = collected(session, {name: kind})
    entries = asked(made, name, kind.list)
    assert entries
    assert of_type(made, name) == []
    if kind.may_omit:
        assert all(entry.complete for entry in entries)
    else:
        ends = {(entry.status, entry.error_code) for entry in entries}
        assert ends == {("malformed", "MalformedReply")}
        assert listed(made, name)


@pytest.mark.parametrize("name", TYPES)
def test_items_that_say_nothing_of_themselves_do_not_end_the_scan_or_pass_for_none(
    name: str, session: Session, cloud: Cloud
) -> None:
    """Every item is an empty object: no predicate, template or path may be tripped by it."""
    kind = TYPES[name]
    cloud.bare = True
    made = collected(session, family(TYPES, {name, "aws_sqs_queue"}))
    rows = of_type(made, name)
    counted = sum(e.items for e in asked(made, name, kind.list)) if kind.list else 0
    assert not counted or rows or listed(made, name), "items came, and nobody knows of them"


@pytest.mark.parametrize("answer", [{}, {"executionMode": None}])
def test_what_aws_never_leaves_out_is_not_read_where_an_answer_does(
    answer: dict[str, object],
) -> None:
    said = {"name": "p", "pipelineType": "V2", **answer}
    scope = Scope(ACCOUNT, REGION, (REGION,))
    made, trouble = shaped(load()["aws_codepipeline"], said, frozenset(), scope, str)
    assert made is not None
    assert trouble is None
    assert made.attributes["pipeline_type"] == "V2"
    assert "execution_mode" not in made.attributes
