"""Nothing but the operations the catalog names can leave: every service, every operation of botocore's."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import botocore
import msgspec
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from scanner.catalog import load
from scanner.collect.failure import classify
from scanner.collect.session import VERBS, Session, allowed
from scanner.errors import NotReadOnly

from .cloud import REGION

LOADER = Loader()
DATA = Path(botocore.__file__).parent / "data"
SERVICES = LOADER.list_available_services("service-2")
GROUPS = [SERVICES[start : start + 30] for start in range(0, len(SERVICES), 30)]
ASKED = {kind.list for kind in load().values() if kind.list}
ASKED |= {call.call for kind in load().values() for call in kind.calls}
ASKED |= {"sts.get_caller_identity", "ec2.describe_regions"}


@lru_cache(maxsize=64)
def _model(service: str) -> ServiceModel:
    # botocore's own loader takes three times as long, and reads the extras, which no operation needs
    version = LOADER.determine_latest_version(service, "service-2")
    file = DATA / service / version / "service-2.json.gz"
    return ServiceModel(msgspec.json.decode(gzip.decompress(file.read_bytes())), service)


@pytest.fixture
def guarded(_environment: None) -> Iterator[tuple[Session, list[str]]]:
    """A session, and what left it: nothing may."""
    session, sent = Session(), []

    def stop(event_name: str, **_: Any) -> None:
        sent.append(event_name)
        raise AssertionError(f"{event_name}: a request left")

    session._session.register("before-send.*.*", stop)
    yield session, sent
    assert sent == []


def test_the_whole_of_botocore_is_asked_about() -> None:
    assert len(SERVICES) > 400
    assert {call.partition(".")[0] for call in ASKED} <= set(SERVICES)


@pytest.mark.parametrize("services", GROUPS, ids=lambda group: f"{group[0]} to {group[-1]}")
def test_every_operation_that_no_type_names_is_refused(
    services: list[str], guarded: tuple[Session, list[str]]
) -> None:
    session, _ = guarded
    emitter = session.client("sts", REGION).meta.events
    for service in services:
        model = _model(service)
        refused = [name for name in model.operation_names if _refused(session, model, name)]
        named = {f"{service}.{xform_name(name)}": name for name in model.operation_names}
        assert set(refused) == {name for call, name in named.items() if call not in ASKED}
        # the event that botocore emits before a request is built reaches the guard, whatever the id
        event = f"before-parameter-build.{model.service_id.hyphenize()}.{refused[0]}"
        with pytest.raises(NotReadOnly):
            emitter.emit(event, params={}, model=model.operation_model(refused[0]), context={})


def test_a_profile_may_log_in_by_taking_a_role(guarded: tuple[Session, list[str]]) -> None:
    """botocore itself asks STS or SSO for the credentials of a profile, outside our clients."""
    session, _ = guarded
    emitter = session._session.get_component("event_emitter")
    model = _model("sts").operation_model("AssumeRole")
    emitter.emit("before-parameter-build.sts.AssumeRole", params={}, model=model, context={})
    with pytest.raises(NotReadOnly):
        session.client("sts", REGION).assume_role(
            RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="ss"
        )


def _refused(session: Session, model: ServiceModel, name: str) -> bool:
    try:
        session._guard(model=model.operation_model(name))
    except NotReadOnly:
        return True
    return False


WRITES: list[tuple[str, Callable[[Any], Any]]] = [
    ("s3", lambda c: c.delete_bucket(Bucket="b")),
    ("s3", lambda c: c.put_object(Bucket="b", Key="k", Body=b"")),
    ("s3", lambda c: c.get_object(Bucket="b", Key="k")),
    ("s3", lambda c: list(c.get_paginator("list_objects_v2").paginate(Bucket="b"))),
    ("s3", lambda c: c.get_waiter("object_exists").wait(Bucket="b", Key="k")),
    ("s3", lambda c: c.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})),
    ("s3", lambda c: c.create_bucket(Bucket="b")),
    ("ec2", lambda c: c.terminate_instances(InstanceIds=["i-1"])),
    ("ec2", lambda c: c.run_instances(MinCount=1, MaxCount=1)),
    ("ec2", lambda c: c.get_password_data(InstanceId="i-1")),
    ("iam", lambda c: c.create_access_key(UserName="u")),
    (
        "iam",
        lambda c: c.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/Admin"),
    ),
    ("dynamodb", lambda c: list(c.get_paginator("scan").paginate(TableName="tbl"))),
    ("dynamodb", lambda c: c.delete_table(TableName="tbl")),
    ("dynamodb", lambda c: c.execute_statement(Statement="DELETE FROM tbl")),
    ("secretsmanager", lambda c: c.get_secret_value(SecretId="s")),
    ("ssm", lambda c: c.get_parameter(Name="p", WithDecryption=True)),
    ("sqs", lambda c: c.receive_message(QueueUrl="https://q")),
    ("sqs", lambda c: c.purge_queue(QueueUrl="https://q")),
    ("kms", lambda c: c.decrypt(CiphertextBlob=b"x")),
    ("lambda", lambda c: c.get_function(FunctionName="f")),
    ("lambda", lambda c: c.invoke(FunctionName="f")),
    ("logs", lambda c: c.filter_log_events(logGroupName="g")),
    (
        "sts",
        lambda c: c.assume_role(RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="ss"),
    ),
    ("sts", lambda c: c.get_session_token()),
    ("rds", lambda c: c.delete_db_instance(DBInstanceIdentifier="d")),
    ("route53", lambda c: c.delete_hosted_zone(Id="z")),
    ("cloudformation", lambda c: c.delete_stack(StackName="s")),
]


@pytest.mark.parametrize(("service", "call"), WRITES, ids=[str(n) for n in range(len(WRITES))])
def test_a_client_refuses_before_anything_is_sent(
    service: str, call: Callable[[Any], Any], guarded: tuple[Session, list[str]]
) -> None:
    session, sent = guarded
    with pytest.raises(NotReadOnly) as caught:
        call(session.client(service, REGION))
    assert "nothing was sent" in str(caught.value)
    assert sent == []
    assert classify(caught.value).status == "refused"


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH"])
def test_a_verb_that_writes_does_not_leave_even_where_the_operation_is_allowed(
    verb: str, guarded: tuple[Session, list[str]]
) -> None:
    session, sent = guarded
    client = session.client("s3", REGION)

    def changed(request: Any, **_: Any) -> None:
        request.method = verb

    client.meta.events.register("request-created.s3.ListBuckets", changed)
    with pytest.raises(NotReadOnly, match=f"a {verb} request"):
        client.list_buckets()
    assert sent == []


@pytest.mark.parametrize("call", sorted(ASKED))
def test_what_the_catalog_asks_is_a_read_by_its_verb_too(call: str) -> None:
    service, _, name = call.partition(".")
    model = _model(service)
    operation = next(n for n in model.operation_names if xform_name(n) == name)
    assert model.operation_model(operation).http["method"] in VERBS - (
        {"POST"} if service == "s3" else set()
    )


@pytest.mark.usefixtures("_environment")
def test_what_may_be_asked_does_leave() -> None:
    """The hook that proves silence above is no deaf one."""
    session = Session()
    heard: list[str] = []

    def stop(event_name: str, **_: Any) -> None:
        heard.append(event_name)
        raise ConnectionError("stopped here")

    session._session.register("before-send.*.*", stop)
    with pytest.raises(ConnectionError):
        session.client("sts", REGION).get_caller_identity()
    assert heard == ["before-send.sts.GetCallerIdentity"]


def test_only_the_operations_of_the_given_types_are_allowed() -> None:
    assert allowed([]) == {"sts.get_caller_identity", "ec2.describe_regions"}
    queue = load()["aws_sqs_queue"]
    assert allowed([queue]) - allowed([]) == {queue.list, *(call.call for call in queue.calls)}
    assert allowed(load().values()) == ASKED
