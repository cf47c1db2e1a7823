"""Our parsers of replies against botocore's own: the same answer, or the same refusal, whatever comes."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.model import OperationModel
from botocore.parsers import ResponseParserFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.parsing import OURS, Body, Parsers
from scanner.collect.reply import READERS

from .test_guard import _model
from .test_reply import ASKED, PROTOCOLS, operation, whole

SERVICES = {call.partition(".")[0]: call for call in ASKED}
"""One operation of every service."""
NAMESPACE = 'xmlns="http://example.com/doc/"'


def read(factory: Any, model: OperationModel, body: bytes) -> Any:
    """What a parser makes of a 200, or the kind of its refusal."""
    factory.set_parser_defaults(timestamp_parser=str)
    parser = factory.create_parser(model.service_model.resolved_protocol)
    try:
        answer = {"status_code": 200, "headers": {}, "body": body}
        # a text that comes twice is a list of elements to botocore, and each parser has its own
        return re.sub(r" at 0x\w+", "", repr(_sorted(parser.parse(answer, model.output_shape))))
    except Exception as error:
        return type(error)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=str)}
    return [_sorted(inner) for inner in value] if isinstance(value, list) else value


def known(model: OperationModel, body: bytes) -> bytes:
    """The body as the guard leaves it."""
    found = Body(body)
    found.document = READERS[model.service_model.resolved_protocol]("", body)
    return found


@pytest.mark.parametrize("call", SERVICES.values(), ids=SERVICES)
def test_an_answer_is_the_same_as_botocores(call: str) -> None:
    model = operation(call)
    body, _ = whole(model)
    theirs = read(ResponseParserFactory(), model, body)
    assert len(theirs) > 80  # the metadata alone are 66
    assert read(Parsers(), model, body) == theirs
    if model.service_model.resolved_protocol in OURS:
        assert read(Parsers(), model, known(model, body)) == theirs


MODELS = [_model(service).operation_model(name) for service, name in PROTOCOLS.values()]


@settings(max_examples=100, deadline=None)
@given(data=st.data(), model=st.sampled_from(MODELS))
def test_what_is_changed_anywhere_is_read_as_botocore_reads_it(
    data: st.DataObject, model: OperationModel
) -> None:
    body, _ = whole(model)
    changed = _changed_json(body, data) if body[:1] == b"{" else _changed_xml(body, data)
    theirs = read(ResponseParserFactory(), model, changed)
    assert read(Parsers(), model, changed) == theirs
    assert read(Parsers(), model, known(model, changed)) == theirs


def _changed_xml(body: bytes, data: st.DataObject) -> bytes:
    root = ElementTree.fromstring(body)
    for _ in range(data.draw(st.integers(1, 3))):
        parents = [node for node in root.iter() if len(node)]
        if not parents:
            break
        parent = data.draw(st.sampled_from(parents))
        child = data.draw(st.sampled_from(list(parent)))
        match data.draw(st.sampled_from(["twice", "gone", "unknown", "bare", "text", "attribute"])):
            case "twice":
                parent.append(child)
            case "gone":
                parent.remove(child)
            case "unknown":
                child.tag = "nobodyKnowsThis"
            case "bare":
                child.clear()
            case "text":
                child.text = data.draw(st.sampled_from(["", "x", "true", "7", " "]))
            case "attribute":
                child.set("{http://www.w3.org/2001/XMLSchema-instance}type", "Group")
    root.tag = root.tag.rpartition("}")[2]
    text = ElementTree.tostring(root)
    if data.draw(st.booleans()) and b"xmlns" not in text:
        text = text.replace(b"<" + root.tag.encode(), f"<{root.tag} {NAMESPACE}".encode(), 1)
    return text


def _changed_json(body: bytes, data: st.DataObject) -> bytes:
    document = json.loads(body)
    holders: list[Any] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict | list) and value:
            holders.append(value)
            for inner in value.values() if isinstance(value, dict) else value:
                walk(inner)

    walk(document)
    holder = data.draw(st.sampled_from(holders))
    key = data.draw(
        st.sampled_from(list(holder) if isinstance(holder, dict) else list(range(len(holder))))
    )
    holder[key] = data.draw(st.sampled_from([None, "x", 7, True, [], {}, [None], {"a": None}]))
    return json.dumps(document).encode()
