"""A reply that is not whole is not data, in any protocol; a reply that is whole is let through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import PROTOCOL_PARSERS

from scanner.catalog import load
from scanner.collect.reply import MalformedReply, check_bytes

from .cloud import Cloud, serialized
from .test_guard import _model

ASKED = sorted(
    {kind.list for kind in load().values() if kind.list}
    | {call.call for kind in load().values() for call in kind.calls}
)
PROTOCOLS = {
    "json": ("dynamodb", "ListTables"),
    "json with numbers": ("kms", "ListAliases"),
    "rest-json": ("lambda", "ListFunctions"),
    "query": ("iam", "ListRoles"),
    "query with wrapper": ("sns", "ListTopics"),
    "ec2": ("ec2", "DescribeInstances"),
    "rest-xml": ("route53", "ListHostedZones"),
    "s3": ("s3", "ListBuckets"),
    "s3 payload": ("s3", "GetPublicAccessBlock"),
}
PAGE = b"""<!DOCTYPE html>
<html lang="en"><head><title>Proxy</title></head><body><h1>Sign in to continue</h1><br></body></html>"""
XHTML = b"<html xmlns='http://www.w3.org/1999/xhtml'><body>Sign in</body></html>"


def operation(call: str) -> OperationModel:
    from botocore import xform_name

    service, _, name = call.partition(".")
    model = _model(service)
    return model.operation_model(next(n for n in model.operation_names if xform_name(n) == name))


def check(
    model: OperationModel, body: Any, headers: Mapping[str, str] | None = None, status: int = 200
) -> None:
    answer = {"status_code": status, "headers": headers or {}, "body": body}
    check_bytes(response_dict=answer, operation_model=model, customized_response_dict={})


def whole(model: OperationModel) -> tuple[bytes, dict[str, str]]:
    _, headers, body = Cloud().answer("", model)
    return body, dict(headers)


def cbor(value: Any) -> bytes:
    """Enough of RFC 8949 to write an answer."""
    if isinstance(value, dict):
        return bytes([0xA0 + len(value)]) + b"".join(cbor(k) + cbor(v) for k, v in value.items())
    if isinstance(value, list):
        return bytes([0x80 + len(value)]) + b"".join(map(cbor, value))
    text = value.encode()
    return bytes([0x78, len(text)]) + text


@pytest.fixture
def alarms() -> OperationModel:
    """CloudWatch's, as botocore speaks to it where CBOR comes first."""
    model = _model("cloudwatch")
    metadata = {**model.metadata, "protocols": ["smithy-rpc-v2-cbor"]}
    spoken = ServiceModel({**model._service_description, "metadata": metadata}, "cloudwatch")
    assert spoken.resolved_protocol == "smithy-rpc-v2-cbor"
    return spoken.operation_model("DescribeAlarms")


ALARMS = cbor({"MetricAlarms": [{"AlarmName": "one"}, {"AlarmName": "two"}], "NextToken": "t"})


def test_a_whole_answer_in_cbor_is_let_through_and_a_cut_or_foreign_one_is_not(
    alarms: OperationModel,
) -> None:
    check(alarms, ALARMS)
    check(alarms, bytearray(ALARMS))
    check(alarms, cbor({}))
    for end in range(len(ALARMS)):
        with pytest.raises(MalformedReply):
            check(alarms, ALARMS[:end])
    for body in BODIES.values():
        with pytest.raises(MalformedReply):
            check(alarms, body)


def test_every_protocol_of_botocores_is_covered() -> None:
    """One that is not is refused, rather than let through unread."""
    assert set(PROTOCOL_PARSERS) == {
        "ec2", "json", "query", "rest-json", "rest-xml", "smithy-rpc-v2-cbor",
    }  # fmt: skip


@pytest.fixture(params=list(PROTOCOLS.values()), ids=list(PROTOCOLS))
def model(request: pytest.FixtureRequest) -> OperationModel:
    service, name = request.param
    return _model(service).operation_model(name)


def test_a_whole_reply_is_let_through(model: OperationModel) -> None:
    body, headers = whole(model)
    check(model, body, headers)
    check(model, body)
    check(model, bytearray(body))


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9, 0.999])
def test_a_cut_reply_is_malformed_even_where_its_length_is_right(
    model: OperationModel, share: float
) -> None:
    body, _ = whole(model)
    cut = body.rstrip()[: max(1, int(len(body.rstrip()) * share) - 1)]
    with pytest.raises(MalformedReply):
        check(model, cut, {"Content-Length": str(len(cut))})


BODIES: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \r\n\t",
    "a page": PAGE,
    "a strict page": XHTML,
    "a page in capitals": XHTML.replace(b"html", b"HTML"),
    "text": b"upstream connect error or disconnect/reset before headers",
    "a JSON array": b'[{"TableNames": []}]',
    "a JSON text": b'"ok"',
    "a JSON number": b"5",
    "JSON null": b"null",
    "invalid UTF-8": b'{"a": "\xff\xfe"}',
    "invalid UTF-8 in XML": b"<a>\xff\xfe</a>",
    "two documents": b"{}{}",
    "two roots": b"<a/><b/>",
    "deep arrays": b"[" * 100_000,
    "an unknown encoding": b'<?xml version="1.0" encoding="nosuch"?><a/>',
    "an encoding expat has not": b'<?xml version="1.0" encoding="utf-7"?><a/>',
    "zeroes": b"\0" * 64,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_foreign_body_is_malformed(model: OperationModel, body: bytes) -> None:
    with pytest.raises(MalformedReply):
        check(model, body)


@pytest.mark.parametrize("off", [-1, 1, 1000])
def test_a_length_that_is_not_the_promised_one_is_malformed(
    model: OperationModel, off: int
) -> None:
    body, _ = whole(model)
    with pytest.raises(MalformedReply, match="promised"):
        check(model, body, {"content-length": str(len(body) + off)})


def test_the_length_of_a_compressed_reply_is_that_of_other_bytes(model: OperationModel) -> None:
    body, _ = whole(model)
    check(model, body, {"Content-Length": "7", "Content-Encoding": "gzip"})


@pytest.mark.parametrize("status", [200, 202, 203, 204, 206])
def test_a_success_of_any_sort_must_be_whole(model: OperationModel, status: int) -> None:
    with pytest.raises(MalformedReply):
        check(model, b"", status=status)


@pytest.mark.parametrize("status", [301, 400, 403, 404, 500, 503])
def test_an_error_is_left_to_botocore(model: OperationModel, status: int) -> None:
    check(model, b"", status=status)
    check(model, PAGE, status=status)


@pytest.mark.parametrize("call", ASKED)
def test_no_right_answer_to_an_operation_of_the_catalog_raises_an_alarm(call: str) -> None:
    model = operation(call)
    body, headers = whole(model)
    check(model, body, headers)
    if call != "s3.get_bucket_policy":  # whose body is the document itself, which is never empty
        _, others, nothing = serialized(model, {})
        check(model, nothing, others)


@pytest.mark.parametrize("call", ASKED)
def test_an_empty_answer_to_an_operation_of_the_catalog_is_none(call: str) -> None:
    with pytest.raises(MalformedReply):
        check(operation(call), b"")


def test_an_operation_whose_answer_stands_in_headers_may_have_an_empty_body() -> None:
    check(_model("s3").operation_model("HeadBucket"), b"")


def test_a_stream_is_not_read() -> None:
    class Stream:
        pass

    check(_model("s3").operation_model("GetObject"), Stream())
