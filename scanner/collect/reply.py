"""A reply that is not whole is not data.

botocore takes a truncated or empty 200 reply for an answer with no items. These checks run on the bytes
before botocore parses them, and on the parsed answer before the engine believes that a list is empty.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from typing import Any
from xml.etree import ElementTree

from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

from scanner.collect.parsing import Body

CBOR_MAP = 5
"""The major type of a map (RFC 8949, 3.1)."""


class MalformedReply(Exception):
    """AWS answered 200 with something that is not the whole answer."""


def check_bytes(response_dict: MutableMapping[str, Any], operation_model: Any, **_: Any) -> None:
    """botocore `before-parse` handler: raises MalformedReply for a 2xx reply that is cut or foreign.

    What the body was read as goes on beside it, so that it is parsed once (collect.parsing).
    """
    if not 200 <= int(response_dict.get("status_code") or 0) < 300:
        return
    output = operation_model.output_shape
    body = response_dict.get("body")
    if output is None or not isinstance(body, bytes | bytearray):
        return
    headers = response_dict.get("headers")
    _check_length(headers if isinstance(headers, HeadersDict) else HeadersDict(headers or {}), body)
    payload = output.serialization.get("payload")
    service = operation_model.service_model
    protocol = service.resolved_protocol
    name = f"{service.service_name}:{operation_model.name}"
    if payload and output.members[payload].type_name in ("blob", "string"):
        # a document that is not there is an error to AWS (NoSuchBucketPolicy), never an empty one
        if output.members[payload].type_name == "string" and not body.strip():
            raise MalformedReply(f"{name} answered 200 with an empty body")
        return
    if protocol == "smithy-rpc-v2-cbor":
        _check_cbor(name, response_dict, output)
        return
    read = READERS.get(protocol)
    if read is None:
        raise MalformedReply(f"{name} answers in {protocol}, which nobody here can read")
    if not body or body.isspace():
        if _needs_body(output):
            raise MalformedReply(f"{name} answered 200 with an empty body")
        return
    known = Body(body)
    known.document = read(name, body)
    response_dict["body"] = known


def _needs_body(output: Any) -> bool:
    """Whether any member of the answer travels in the body rather than in a header."""
    places = [member.serialization.get("location") for member in output.members.values()]
    return any(place not in ("header", "headers", "statusCode") for place in places)


def _check_length(headers: Mapping[str, str], body: bytes | bytearray) -> None:
    promised = headers.get("content-length")
    if promised and promised.isdigit() and int(promised) != len(body):
        if headers.get("content-encoding"):
            return
        raise MalformedReply(f"{promised} bytes were promised and {len(body)} came")


def _json(name: str, body: bytes | bytearray) -> dict[str, Any]:
    try:
        document = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise MalformedReply(
            f"{name} answered 200 with a body that is not JSON: {error}"
        ) from error
    if not isinstance(document, dict):
        raise MalformedReply(f"{name} answered 200 with JSON that is not an object")
    return document


def _xml(name: str, body: bytes | bytearray) -> Any:
    try:
        # our own tables say what a reply may hold: nothing outside it is fetched by this parser
        document = ElementTree.fromstring(bytes(body))  # noqa: S314
    except (
        ElementTree.ParseError,
        ValueError,
        LookupError,
    ) as error:  # the latter two: its encoding
        raise MalformedReply(f"{name} answered 200 with a body that is not XML: {error}") from error
    if document.tag.rpartition("}")[2].lower() == "html":
        raise MalformedReply(f"{name} answered 200 with an HTML page")
    return document


READERS = {"json": _json, "rest-json": _json, "query": _xml, "ec2": _xml, "rest-xml": _xml}


def _check_cbor(name: str, response: Mapping[str, Any], output: Any) -> None:
    body = response["body"]
    if not body and output.members:
        raise MalformedReply(f"{name} answered 200 with an empty body")
    if body and body[0] >> 5 != CBOR_MAP:
        raise MalformedReply(f"{name} answered 200 with a body that is no CBOR map")
    try:
        # read twice, since botocore's parser alone knows where the map ends
        create_parser("smithy-rpc-v2-cbor").parse({"headers": {}, **response}, output)
    except Exception as error:  # it raises whatever it stumbles over
        raise MalformedReply(
            f"{name} answered 200 with a body that is not CBOR: {error}"
        ) from error
