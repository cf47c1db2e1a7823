"""botocore's endpoint with less work: a request is signed and prepared once, in plain dicts.

Until here a request is botocore's own: parameters checked and written, the endpoint's rules applied. Its
handlers are heard as before. What is signed otherwise than by version 4, or has handlers that nobody knows
here, is made as botocore makes it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from botocore.awsrequest import AWSPreparedRequest
from botocore.endpoint import Endpoint, convert_to_response_dict
from botocore.exceptions import NoCredentialsError
from botocore.hooks import first_non_none_response
from botocore.httpchecksum import handle_checksum_body

from scanner.collect.signing import sign

AFTERWARDS = frozenset(
    {
        "MaxAttemptsSeeder.seed_max_attempts",
        "UserAgentString.rebuild_and_replace_user_agent_handler",
        "add_retry_headers",
    }
)
"""botocore's handlers of `request-created` behind the one that signs."""
VERSIONS = {"v4": False, "s3v4": True}
"""Whether S3's, by the name of the signature's version."""
BODILESS = ("GET", "HEAD", "OPTIONS")


class _Way(NamedTuple):
    """How the requests of an operation are made."""

    event: str
    """The end of its events' names."""
    ours: bool
    afterwards: list[Callable[..., Any]]
    heard: bool
    """Whether anybody wants to know before a request is signed."""


class _Headers(dict[str, str]):
    replace_header = dict.__setitem__


class _Asked:
    """What botocore's handlers want to see of a request."""

    def __init__(self, params: dict[str, Any], body: bytes | None) -> None:
        self.method, self.url, self.context = params["method"], params["url"], params["context"]
        self.auth_path, self.data = params.get("auth_path"), body
        self.headers = _Headers(params["headers"])


class Sending(Endpoint):  # type: ignore[misc]
    """A client's endpoint, to stand in the place of botocore's."""

    def __init__(self, client: Any, http: Any) -> None:
        theirs = client._endpoint
        super().__init__(
            theirs.host,
            theirs._endpoint_prefix,
            theirs._event_emitter,
            theirs._response_parser_factory,
            http,
        )
        self._signer = client._request_signer
        self._ways: dict[str, _Way] = {}
        self._versions: dict[tuple[str, str | None, str | None], Any] = {}

    def create_request(self, params: dict[str, Any], operation_model: Any = None) -> Any:
        """The request, signed with the credentials of the thread's turn."""
        way = self._way(operation_model)
        version = self._version(operation_model.name, params["context"])
        if not way.ours or version not in VERSIONS or not _plain(params, version, operation_model):
            return super().create_request(params, operation_model)
        asked = _Asked(params, _written(params["body"]))
        if way.heard:
            self._event_emitter.emit(
                f"before-sign.{way.event}",
                request=asked,
                signing_name=self._signer.signing_name,
                region_name=self._signer.region_name,
                signature_version=version,
                request_signer=self._signer,
                operation_name=operation_model.name,
            )
        self._sign(asked, version)
        for handler in way.afterwards:
            handler(request=asked, operation_name=operation_model.name)
        if asked.method not in BODILESS:
            asked.headers["Content-Length"] = str(len(asked.data or b""))
        return AWSPreparedRequest(
            asked.method, asked.url, asked.headers, asked.data, False, asked.context
        )

    def _update_retries_context(
        self, context: dict[str, Any], attempt: int, success_response: Any = None
    ) -> None:
        # botocore's has the system make it, during which other threads run
        known = context.setdefault("retries", {})
        if "invocation-id" not in known:
            known["invocation-id"] = _uuid(random.getrandbits(128))
        super()._update_retries_context(context, attempt, success_response)

    def _way(self, model: Any) -> _Way:
        way = self._ways.get(model.name)
        if way is None:
            event = f"{model.service_model.service_id.hyphenize()}.{model.name}"
            find = self._event_emitter._emitter._handlers.prefix_search
            first, *rest = find(f"request-created.{event}")
            names = {getattr(handler, "__qualname__", "") for handler in rest}
            known = first == self._signer.handler and names <= AFTERWARDS
            way = _Way(event, known, rest, bool(find(f"before-sign.{event}")))
            self._ways[model.name] = way
        return way

    def _version(self, operation: str, context: dict[str, Any]) -> Any:
        """The version of the signature, which what the endpoint's rules said decides."""
        key = (
            operation,
            context.get("auth_type"),
            (context.get("signing") or {}).get("signing_name"),
        )
        version = self._versions.get(key)
        if version is None:
            version = self._versions[key] = self._signer._choose_signer(
                operation, "standard", context
            )
        return version

    def _sign(self, asked: _Asked, version: str) -> None:
        credentials = self._signer._credentials.get_frozen_credentials()
        if credentials is None:
            raise NoCredentialsError
        signing = asked.context.get("signing") or {}
        scope = (
            signing.get("region") or self._signer.region_name,
            signing.get("signing_name") or self._signer.signing_name,
        )
        sign(
            asked.method, asked.url, asked.headers, asked.data, credentials, scope, _now(),
            s3=VERSIONS[version],
        )  # fmt: skip

    def _get_response(
        self, request: Any, operation_model: Any, context: dict[str, Any]
    ) -> tuple[Any, Exception | None]:
        event = self._way(operation_model).event
        emit = self._event_emitter.emit
        try:
            http = first_non_none_response(emit(f"before-send.{event}", request=request))
            if http is None:
                http = self.http_session.send(request)
        except Exception as error:
            return None, error
        response = convert_to_response_dict(http, operation_model)
        if context.get("checksum"):
            handle_checksum_body(http, response, context, operation_model)
        customized: dict[str, Any] = {}
        emit(
            f"before-parse.{event}",
            operation_model=operation_model,
            response_dict=response,
            customized_response_dict=customized,
        )
        parser = self._response_parser_factory.create_parser(
            operation_model.service_model.resolved_protocol
        )
        parsed = parser.parse(response, operation_model.output_shape)
        parsed.update(customized)
        if http.status_code >= 300:
            self._add_modeled_error_fields(response, parsed, operation_model, parser)
        return (http, parsed), None


def _uuid(bits: int) -> str:
    """These bits as a random UUID (RFC 9562, version 4), sooner than the standard library's."""
    text = f"{bits:032x}"
    variant = "89ab"[bits >> 60 & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def _now() -> datetime:
    return datetime.now(UTC)


def _written(body: Any) -> bytes | None:
    if isinstance(body, dict):
        body = urlencode(
            [(_bytes(name), _bytes(value)) for name, value in body.items()], doseq=True
        )
    return _bytes(body) or None


def _bytes(text: Any) -> Any:
    return text.encode() if isinstance(text, str) else text


def _plain(params: dict[str, Any], version: str, model: Any) -> bool:
    """Whether the body is whole and signed, and nothing asks for anything else."""
    context = params["context"]
    return (
        isinstance(params["body"], bytes | str | dict)
        and context.get("payload_signing_enabled", True)
        and not context.get("unsigned_payload")
        and not (context.get("checksum") or {}).get("request_algorithm")
        and not model.has_streaming_output
        and not model.has_event_stream_output
        and (version != "s3v4" or not params["body"])
        and not {"Date", "Authorization", "X-Amz-Date"} & params["headers"].keys()
    )
