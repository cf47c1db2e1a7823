"""A made-up AWS that answers every operation of the catalog out of botocore's models, on the wire.

Every list has two items, and every text of an item is the same word, so that ids and keys fit each other
whatever the operation; documents, regions, dates and map keys are what the catalog expects. Answers are
written by moto's serializers and read by botocore as if they had come from a socket. `faults` makes any
operation fail in any way; `asked` counts what was sent.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from threading import Lock
from typing import Any

from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.loaders import Loader
from botocore.model import OperationModel, Shape

from scanner.catalog import Attribute, ResourceType, load
from scanner.collect.engine import Collected, Engine
from scanner.collect.patience import Patience
from scanner.collect.rates import Rates
from scanner.collect.session import Account, Identity, Session

ACCOUNT = "123456789012"
REGION = "eu-west-1"
WORDS = ("1001", "1002")
REPORT = (
    b"user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    b"password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    b"access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    b"access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    b"access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
    b"cert_2_active,cert_2_last_rotated\n"
    b"<root_account>,arn:aws:iam::123456789012:root,2020-01-02T03:04:05+00:00,not_supported,"
    b"2026-01-01T00:00:00+00:00,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,"
    b"N/A,false,N/A,false,N/A\n"
    b"1001,arn:aws:iam::123456789012:user/1001,2020-01-02T03:04:05+00:00,true,no_information,"
    b"2020-01-02T03:04:05+00:00,N/A,false,true,2020-01-02T03:04:05+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,"
    b"N/A,false,N/A,false,N/A\n"
)
DOCUMENT = json.dumps(
    {"Version": "2012-10-17", "Statement": [
        {"Sid": "1001", "Effect": "Allow", "Principal": "*", "Action": "a:b", "Resource": "*"}]}
)  # fmt: skip
_TOKEN = re.compile(r"(token|marker|position)$|^(istruncated|hasmore|lastevaluated)\w*$", re.I)
_LITERAL = re.compile(r"'([^']*)'")
_WORDS = re.compile(r"[A-Za-z_][\w-]*")
_DEEPEST = 9
_TWICE = 2
"""Lists this near to the top have two items."""

Response = tuple[int, Mapping[str, str], bytes]
Fault = Callable[[OperationModel], Response | Exception]


def paths_of(attribute: Attribute) -> Iterator[tuple[str, str]]:
    """Kind and path of an attribute and of everything in it."""
    yield attribute.kind, attribute.path
    for inner in attribute.of.values():
        yield from paths_of(inner)


def texts_of(kind: ResourceType) -> Iterator[str]:
    """Every path and template that is read from a type's items."""
    for key in ("items", "id", "arn", "name", "region", "tags", "created", "key", "ignore", "gone"):
        yield getattr(kind, key)
    yield from (kind.default, kind.service, kind.spawned)
    for call in kind.calls:
        yield from (call.when, call.items, call.key, call.match)
    for link in kind.belongs_to:
        yield link.id
    for attribute in kind.kept.values():
        yield from (path for _, path in paths_of(attribute))


@lru_cache(maxsize=1)
def _documents() -> frozenset[str]:
    """Members whose text is a document."""
    found = {"Policy", "PolicyDocument"}
    for kind in load().values():
        for attribute in kind.kept.values():
            for sort, path in paths_of(attribute):
                if sort in ("policy", "json") and _WORDS.findall(path):
                    found.add(_WORDS.findall(path)[-1])
        for text in texts_of(kind):
            for inside in re.findall(r"from_json\(([^()]*)\)", text):
                found.update(_WORDS.findall(inside)[-1:])
    return frozenset(found)


@lru_cache(maxsize=1)
def _literals() -> tuple[frozenset[str], frozenset[str]]:
    """Texts the catalog compares with: those that a further call wants, and the others.

    Most of the others mean that an item is left out.
    """
    kinds = load().values()
    calls = [call for kind in kinds for call in kind.calls]
    wanted = {x for call in calls for x in re.findall(r"== *'([^']*)'", call.when)}
    others = {x for kind in kinds for text in texts_of(kind) for x in _LITERAL.findall(text)}
    return frozenset(wanted), frozenset(others - wanted)


@cache
def _keys(service: str) -> frozenset[str]:
    kinds = list(load().values())
    users = [
        kind
        for kind in kinds
        if any(
            call.startswith(f"{service}.") for call in (kind.list, *(c.call for c in kind.calls))
        )
    ]
    users += [kind for kind in kinds if kind.of in {user.type for user in users}]
    return frozenset(
        word for kind in users for text in texts_of(kind) for word in _WORDS.findall(text)
    )


@dataclass(frozen=True)
class Made:
    """How example answers are made: which members are left out, and which of two items it is."""

    service: str
    drop: frozenset[str]
    second: bool = False
    wanting: bool = False
    """Whether enums have the values that further calls want."""
    bare: bool = False
    """Whether objects in lists are empty."""


def example(shape: Any, name: str, how: Made, depth: int = 0) -> Any:
    """A value of the shape, for a member of that name; None below the greatest depth."""
    kind = shape.type_name
    if depth > _DEEPEST:
        return None
    if kind == "structure":
        members = {
            member: made
            for member, inner in shape.members.items()
            if member not in how.drop
            and not _TOKEN.search(member)
            and (made := example(inner, member, how, depth + 1)) is not None
        }
        return dict(list(members.items())[:1]) if shape.is_tagged_union else members
    if kind == "list" and how.bare and shape.member.type_name == "structure":
        return [{}]
    if kind == "list":
        ways = [how, replace(how, second=True, wanting=True)] if depth <= _TWICE else [how]
        made = [example(shape.member, name, way, depth + 1) for way in ways]
        return None if None in made else made
    if kind == "map":
        keys = shape.key.metadata.get("enum") or sorted(_keys(how.service))
        if depth > _TWICE and shape.value.type_name == "structure":
            keys = keys[:2]  # maps in maps, as API Gateway has them, are thousands of items else
        return {key: example(shape.value, key, how, depth + 1) for key in keys}
    if kind in ("integer", "long", "float", "double"):
        return 1
    if kind == "boolean":
        return how.second
    if kind == "timestamp":
        return datetime(2026, 1, 2, tzinfo=UTC)
    if kind == "blob":
        return REPORT if name == "Content" else b"1"
    return _text(shape, name, how)


def _text(shape: Shape, name: str, how: Made) -> str:
    lower = name.lower()
    if name in _documents():
        return DOCUMENT
    if name.endswith(("Region", "LocationConstraint")):
        return REGION
    if lower.endswith(("ownerid", "accountid")):
        return ACCOUNT
    word = WORDS[how.second].rjust(int(shape.metadata.get("min", 0)), "0")
    if lower.endswith("arn") or shape.name.lower().endswith("arn"):
        return f"arn:aws:thing:{REGION}:{ACCOUNT}:{word}"
    allowed = shape.metadata.get("enum")
    if allowed:
        wanted, others = _literals()
        best = [value for value in allowed if value not in others] or allowed
        return str(next((v for v in best if how.wanting and v in wanted), best[0]))
    return word


@dataclass
class Cloud:
    """Answers, faults, and what was asked."""

    faults: dict[str, Fault] = field(default_factory=dict)
    """By `service.operation`."""
    drop: frozenset[str] = frozenset()
    """Members that no answer has."""
    bare: bool = False
    """Whether the items of every list are empty objects."""
    asked: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Response] = field(default_factory=dict)
    models: dict[str, OperationModel] = field(default_factory=dict)

    def reset(self) -> None:
        """Whole again."""
        self.faults.clear()
        self.asked.clear()
        if self.bare:
            self.bare = False
            self.answers.clear()
        self.without(frozenset())

    def without(self, members: frozenset[str]) -> None:
        """Leave these members out of every answer."""
        if members != self.drop:
            self.drop = members
            self.answers.clear()

    def attach(self, session: Session) -> Session:
        """Let the session's clients be answered by this cloud and by nothing else."""
        session._session.register("before-parameter-build.*.*", self._note)
        session._session.register("before-send.*.*", self._answer)
        return session

    def _note(self, model: OperationModel, context: dict[str, Any], **_: Any) -> None:
        self.models[f"{model.service_model.service_id.hyphenize()}.{model.name}"] = model

    def _answer(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        model = self.models[event_name.partition(".")[2]]
        call = f"{model.service_model.service_name}.{xform_name(model.name)}"
        self.asked[call] += 1
        fault = self.faults.get(call)
        if fault is not None:
            outcome = fault(model)
            if isinstance(outcome, Exception):
                raise outcome
        else:
            outcome = self.answer(call, model)
        status, headers, body = outcome
        return AWSResponse(request.url, status, dict(headers), Raw(body))

    def answer(self, call: str, model: OperationModel) -> Response:
        """The whole and right answer to an operation."""
        if call not in self.answers:
            service = model.service_model.service_name
            output = model.output_shape
            # what is asked about one item answers so that the calls after it are made
            lists = call in {kind.list for kind in load().values()}
            how = Made(service, self.drop, wanting=not lists, bare=self.bare)
            made = example(output, "", how) if output is not None else {}
            self.answers[call] = serialized(model, made)
        return self.answers[call]


class Raw:
    """A body as urllib3 would give it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body

    def read(self, *_: Any, **__: Any) -> bytes:
        body, self._body = self._body, b""
        return body


@cache
def _motos(service: str) -> Any:
    """moto's own reading of botocore's model, which its serializers want."""
    from moto.core.model import ServiceModel

    return ServiceModel(loader.load_service_model(service, "service-2"), service)


loader = Loader()


def serialized(model: OperationModel, result: Any) -> Response:
    """A result on the wire."""
    from moto.core.serialize import get_serializer_class

    service = model.service_model
    theirs = _motos(service.service_name).operation_model(model.name)
    serializer = get_serializer_class(service.service_name, service.resolved_protocol)
    made = serializer(theirs).serialize(result)
    body = made["body"]
    data = body if isinstance(body, bytes) else str(body).encode()
    headers = {key: str(value) for key, value in made["headers"].items()}
    return int(made["status_code"]), {**headers, "Content-Length": str(len(data))}, data


def error(model: OperationModel, code: str, message: str = "no", status: int = 400) -> Response:
    """AWS's error, in the protocol of the operation."""
    protocol = model.service_model.resolved_protocol
    if protocol in ("json", "rest-json"):
        body = json.dumps({"__type": code, "code": code, "message": message}).encode()
        return status, {"x-amzn-ErrorType": code, "Content-Type": "application/json"}, body
    inner = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    if protocol == "ec2":
        text = f"<Response><Errors>{inner}</Errors><RequestID>r</RequestID></Response>"
    elif protocol == "query" or model.service_model.service_name in ("route53", "cloudfront"):
        text = f"<ErrorResponse>{inner}<RequestId>r</RequestId></ErrorResponse>"
    else:
        text = inner
    return status, {"Content-Type": "text/xml"}, text.encode()


def failing(code: str, message: str = "no", status: int = 400) -> Fault:
    """A fault that answers with an error code."""
    return lambda model: error(model, code, message, status)


def hindering(kind: ResourceType) -> frozenset[str]:
    """Members whose mere presence leaves an item of the type, or of its container, or a call out."""
    found = {kind.ignore} if kind.ignore.isidentifier() else set()
    for call in kind.each:
        found.update(re.findall(r"!(\w+)", call.when))
    above = hindering(load()[kind.container]) if kind.container else frozenset()
    return frozenset(found) | above


def family(types: Mapping[str, ResourceType], names: set[str]) -> dict[str, ResourceType]:
    """The named types with everything they are found through, in the catalog's order."""
    wanted = set(names)
    for name in reversed(list(types)):
        if name in wanted and types[name].container:
            wanted.add(types[name].container)
    return {name: kind for name, kind in types.items() if name in wanted}


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[float] = []
        self._lock = Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Be there at once."""
        with self._lock:
            self.now += seconds
            self.naps.append(seconds)


def hasty(clock: Clock | None = None) -> Session:
    """A session that never really waits."""
    clock = clock or Clock()
    return Session(patience=Patience(Rates(clock=clock), clock.sleep))


def collected(
    session: Session,
    types: Mapping[str, ResourceType],
    regions: tuple[str, ...] = (REGION,),
    task_seconds: float = 1800,
) -> Collected:
    """One scan of these types."""
    identity = Identity(ACCOUNT, "aws", f"arn:aws:iam::{ACCOUNT}:user/u")
    engine = Engine(
        session,
        [Account(identity, regions)],
        hide=lambda value: "hidden",
        workers=4,
        task_seconds=task_seconds,
    )
    return engine.run(types)
