"""A signature is botocore's own, for every service and whatever is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from hypothesis import given
from hypothesis import strategies as st

from scanner.catalog import load
from scanner.collect.session import Session

from .cloud import REGION

SERVICES = sorted({kind.client for kind in load().values() if kind.list})
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NAMES = st.sampled_from(
    ["Content-Type", "X-Amz-Target", "x-amz-target", "User-Agent", "Expect", "Host", "amz-sdk-request"]
)  # fmt: skip


def signed(client: Any, request: AWSRequest) -> dict[str, Any]:
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
        client._request_signer.sign("Any", request)
    assert "Signature=" in request.headers["Authorization"]
    return dict(request.headers.items())


def theirs(client: Any, request: AWSRequest) -> dict[str, Any]:
    """As botocore gathers the headers."""
    made = client._request_signer.get_auth_instance

    def plain(*arguments: Any, **more: Any) -> Any:
        auth = made(*arguments, **more)
        del auth.headers_to_sign
        assert auth.headers_to_sign.__func__ is SigV4Auth.headers_to_sign
        return auth

    with mock.patch.object(client._request_signer, "get_auth_instance", plain):
        return signed(client, request)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_signs_as_botocore_does(service: str, session: Session) -> None:
    client = session.client(service, REGION)
    url = f"{client.meta.endpoint_url}/path/of a thing?b=1&a=%20x"

    def request() -> AWSRequest:
        made = AWSRequest("POST", url, {"Content-Type": "x", "User-Agent": "u"}, b"{}")
        made.context["auth_type"] = None
        return made

    assert signed(client, request()) == theirs(client, request())


@given(
    headers=st.lists(st.tuples(NAMES, st.text("ab \t", max_size=4)), max_size=6),
    port=st.sampled_from(["", ":443", ":8080"]),
)
def test_whatever_the_headers_are(headers: list[tuple[str, str]], port: str) -> None:
    def request() -> AWSRequest:
        made = AWSRequest("GET", f"https://Example.com{port}/", data=b"")
        for name, value in headers:
            made.headers[name] = value
        return made

    assert signed(CLIENT, request()) == theirs(CLIENT, request())


CLIENT = Session().client("sqs", REGION)
