"""A request is botocore's own to the byte, for every operation that is used and whatever is asked."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.endpoint import Endpoint
from botocore.exceptions import EndpointResolutionError
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.catalog import load
from scanner.collect.sending import Sending
from scanner.collect.session import LISTS, LOOKUP, REACH, TAG_POLICY, TAGGED, USES, Session, allowed
from scanner.collect.signing import sign
from scanner.collect.turn import Turn, taking

from .cloud import REGION, Made, Raw, example

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEYS = ReadOnlyCredentials("AKID", "secret", "a token")
WORDS = st.text("abzAZ09 -_.~/%+=\t:é", max_size=8)
NAMES = st.sampled_from(
    ["Content-Type", "X-Amz-Target", "User-Agent", "Expect", "Host", "x-amzn-trace-id", "Accept"]
)


class _Made(Exception):
    """It was, and both times the same."""


OURS, THEIRS = Sending.create_request, Endpoint.create_request


def _twice(self: Sending, params: dict[str, Any], operation_model: Any) -> None:
    """In the place of `create_request`: makes the request both ways, and sends none."""
    again = dict(params, headers=dict(params["headers"]), context=_copied(params["context"]))
    ours = OURS(self, params, operation_model)
    assert _seen(ours) == _seen(THEIRS(self, again, operation_model))
    assert "Signature=" in ours.headers["Authorization"]
    raise _Made


def _copied(context: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value if key in ("client_config", "auth_options") else deepcopy(value)
        for key, value in context.items()
    }


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _seen(request: Any) -> tuple[str, str, dict[str, str], bytes]:
    body = request.body or b""
    return (
        request.method,
        request.url,
        {name.lower(): _text(value) for name, value in request.headers.items()},
        body.encode() if isinstance(body, str) else body,
    )


def _asked(session: Session, call: str, params: Any) -> None:
    service, _, name = call.partition(".")
    with pytest.raises(_Made):
        getattr(session.client(service, REGION), name)(**params)


def test_every_operation_is_asked_as_botocore_asks_it(session: Session) -> None:
    """With all the parameters that it has, by a user and by a role."""
    extra = REACH | {TAG_POLICY, LOOKUP, LISTS, TAGGED, *USES}
    calls = allowed(load().values()) | extra
    with (
        mock.patch.object(session, "_allowed", calls),
        mock.patch.object(Sending, "create_request", _twice),
        mock.patch.object(Endpoint, "create_request", side_effect=AssertionError("not ours")),
        mock.patch("botocore.auth.get_current_datetime", return_value=NOW),
        mock.patch("scanner.collect.sending._now", return_value=NOW),
    ):
        for call in sorted(calls):
            client = session.client(call.partition(".")[0], REGION)
            name = client._PY_TO_OP_NAME[call.partition(".")[2]]
            shape = client.meta.service_model.operation_model(name).input_shape
            params = example(shape, "", Made(call, frozenset())) if shape else {}
            least = {name: shape.members[name].metadata.get("min", 1) for name in params}
            params |= {name: least[name] for name, value in params.items() if value == 1}
            # the one service whose endpoint depends on the ARN that is asked about
            arns = [key for key in params if key.endswith("ARN") and call.startswith("kinesis.")]
            params |= dict.fromkeys(arns, f"arn:aws:kinesis:{REGION}:123456789012:stream/s")
            needed = shape.required_members if shape else []
            _asked(session, call, {name: params[name] for name in needed})
            with taking(Turn("1" * 12, _Role())), suppress(EndpointResolutionError):
                _asked(session, call, params)


class _Role:
    """A role's credentials, with a token."""

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return KEYS


@settings(deadline=None)
@given(
    headers=st.dictionaries(NAMES, WORDS, max_size=6),
    port=st.sampled_from(["", ":443", ":8080"]),
    path=WORDS,
    query=st.lists(st.tuples(WORDS, WORDS), max_size=4),
    body=st.binary(max_size=20),
    token=st.sampled_from([None, "", "a token"]),
    s3=st.booleans(),
)
def test_whatever_is_asked(
    headers: dict[str, str],
    port: str,
    path: str,
    query: list[tuple[str, str]],
    body: bytes,
    token: str | None,
    s3: bool,
) -> None:
    url = f"https://Example.com{port}/{path}"
    if query:
        url += "?" + "&".join(f"{name}={value}" for name, value in query)
    keys = ReadOnlyCredentials("AKID", "secret", token)
    request = AWSRequest("POST", url, headers, body)
    request.context["client_config"] = Config()
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
        (S3SigV4Auth if s3 else SigV4Auth)(keys, "sqs", REGION).add_auth(request)
    ours = dict(headers)
    sign("POST", url, ours, body, keys, (REGION, "sqs"), NOW, s3=s3)
    assert ours == dict(request.headers.items())


def test_a_bucket_that_is_elsewhere_is_asked_there_and_signed_for_there() -> None:
    """S3 answers with the bucket's region, and botocore asks once more."""
    session = Session()
    asked: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        asked.append(request)
        if len(asked) == 1:
            body = b"<Error><Code>PermanentRedirect</Code></Error>"
            headers = {"x-amz-bucket-region": "eu-central-1"}
            return AWSResponse(request.url, 301, headers, Raw(body))
        return AWSResponse(request.url, 200, {}, Raw(b"<Tagging><TagSet/></Tagging>"))

    client = session.client("s3", REGION)
    client.meta.events.register("before-send.s3.GetBucketTagging", answer)
    assert client.get_bucket_tagging(Bucket="bucket")["TagSet"] == []
    first, second = asked
    assert f"/{REGION}/s3/" in first.headers["Authorization"]
    assert "/eu-central-1/s3/" in second.headers["Authorization"]
    assert ".s3.eu-central-1." in second.url
