"""Compare two recorded worlds by what their clouds answer: part of a maintainer's command.

Both are served in processes of their own and asked the same: the reads that were dropped from the
recording, and, for every service in it, each list, describe and get operation that botocore knows
and whose required parameters can be filled from names that earlier replies held. Replies are
compared whole but for times and ports, lists without regard to order. The first world is served
twice, and values that differ between its own two replays are ignored and counted.
"""

from __future__ import annotations

import http.client
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from scanner.replay import Served, served
from scanner.replay.recording import Entry

# Signing names that are not botocore's names, and one that two of its services share.
SERVICES = {
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elb", "elbv2"),
    "monitoring": ("cloudwatch",),
    "ses": ("ses", "sesv2"),
    "states": ("stepfunctions",),
}
READ = re.compile(r"(?:BatchGet|Describe|Get|Head|List|Search)(?![a-z])")
# Large, the same in every cloud, or made up anew for each call or process.
SKIPPED = {
    "DescribeInstanceTypes",
    "DescribeInstanceTypeOfferings",
    "DescribeReservedInstancesOfferings",
    "GetAuthorizationToken",
    "GetFederationToken",
    "GetRandomPassword",
    "GetSessionToken",
}
ROUNDS = 3
MOST_CALLS = 300
MOST_OPTIONAL = 40

SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/")
PORT = re.compile(r"127\.0\.0\.1:\d+")
TIME = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"
    r"|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT|\b1[6-9]\d{8}(\d{3})?(\.\d+)?\b"
)
# moto writes one for each request to a bucket that logs, those of the comparison among them.
ACCESS_LOG = re.compile(r"\d{4}(-\d\d){5}-[0-9A-F]{16}$")
IGNORED_KEYS = {"ResponseMetadata", "RequestId", "requestId", "HostId"}

Call = tuple[str, str, str]  # service, operation, parameters as JSON
Known = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many replies were compared, and a line for each that differs, or that holds values
    which differ between two replays of the first world and so were left out."""

    replies: int
    differences: list[str]
    ignored: list[str]


def compare(first: Path, second: Path, reads: Iterable[Entry]) -> Comparison:
    """Compare the clouds of two worlds by the recorded `reads` and by all that can be listed."""
    with ExitStack() as stack:
        one, two, again = (stack.enter_context(served(world)) for world in (first, second, first))
        stack.enter_context(one.applied())
        probes = {_key(entry): entry for entry in reads}
        crawled = _crawl(one, _services(probes.values()))

        def answers(world: Served) -> dict[Call, Any]:
            ask = _asker(world)
            replies = {call: ask(*call) for call in crawled}
            return replies | {key: _raw(world, entry) for key, entry in probes.items()}

        expected = crawled | {key: _raw(one, entry) for key, entry in probes.items()}
        with ThreadPoolExecutor(2) as pool:
            got, repeated = pool.map(answers, (two, again))
    differences, ignored = [], []
    for probe, reply in expected.items():
        leaves, label = _leaves(reply), " ".join(probe)
        noise = {path for path, _ in leaves ^ _leaves(repeated[probe])}
        gap = sorted(leaf for leaf in leaves ^ _leaves(got[probe]) if leaf[0] not in noise)
        if noise:
            ignored.append(f"{label}: {', '.join(sorted(noise)[:4])}")
        if gap:
            differences.append(f"{label}: {gap[:4]}")
    return Comparison(len(expected), differences, ignored)


def _key(entry: Entry) -> Call:
    return (
        entry.method,
        entry.url,
        entry.header("x-amz-target") + " " + entry.body.decode("utf-8", "replace"),
    )


def _services(entries: Iterable[Entry]) -> list[str]:
    scopes = {m[1] for e in entries if (m := SCOPE.search(e.header("authorization")))}
    return sorted(name for scope in scopes for name in SERVICES.get(scope, (scope,)))


def _raw(world: Served, entry: Entry) -> Any:
    """The reply to a recorded request, sent as it was recorded."""
    link = http.client.HTTPConnection(world.url.removeprefix("http://"), timeout=60)
    drop = ("connection", "content-length", "accept-encoding")
    headers = {k: v for k, v in entry.headers.items() if k.lower() not in drop}
    parts = entry.parts
    link.request(
        entry.method,
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        entry.body,
        headers,
    )
    reply = link.getresponse()
    body = reply.read()
    link.close()
    return plain({"status": reply.status, "body": _parsed(body)})


def _parsed(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    if text.startswith("<"):
        try:
            return _tree(ElementTree.fromstring(text))  # noqa: S314 - our own emulator's reply
        except ElementTree.ParseError:
            return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _tree(node: ElementTree.Element) -> Any:
    if not len(node):
        return node.text or ""
    inside: dict[str, list[Any]] = {}
    for child in node:
        inside.setdefault(child.tag.rpartition("}")[2], []).append(_tree(child))
    return inside


def _asker(world: Served) -> Callable[[str, str, str], Any]:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.session import Session

    config = Config(
        retries={"total_max_attempts": 1},
        s3={"addressing_style": "path"},
        inject_host_prefix=False,
        read_timeout=120,
    )
    session = Session()
    clients: dict[str, Any] = {}

    def ask(service: str, method: str, parameters: str) -> Any:
        if service not in clients:
            clients[service] = session.create_client(service, endpoint_url=world.url, config=config)
        client, given = clients[service], json.loads(parameters)
        try:
            if client.can_paginate(method):
                return plain(client.get_paginator(method).paginate(**given).build_full_result())
            return plain(getattr(client, method)(**given))
        except ClientError as error:
            return plain(error.response)
        except BotoCoreError as error:
            return plain({"error": str(error)})

    return ask


def _crawl(world: Served, services: Iterable[str]) -> dict[Call, Any]:
    """Every call that could be made, with its reply."""
    from botocore import xform_name
    from botocore.session import Session

    ask, replies, known = _asker(world), {}, dict[str, set[str]]()
    session = Session()
    models = {name: session.get_service_model(name) for name in services}
    for _ in range(ROUNDS):
        for name, model in models.items():
            for operation in model.operation_names:
                if operation in SKIPPED or not READ.match(operation):
                    continue
                for given in _parameters(model.operation_model(operation).input_shape, known):
                    call = (name, xform_name(operation), json.dumps(given, sort_keys=True))
                    if call not in replies:
                        replies[call] = ask(*call)
                        _learn(replies[call], "", known)
    return replies


def _parameters(shape: Any, known: Known) -> Iterator[dict[str, Any]]:
    """What an operation can be asked: every combination of known names for its required
    parameters, and where it requires none, each known name for each of its optional ones."""
    if shape is None:
        yield {}
        return
    required = shape.required_members
    choices = [_values(shape.members[member], _candidates(member, known)) for member in required]
    for values in itertools.islice(itertools.product(*choices), MOST_CALLS):
        yield dict(zip(required, values, strict=True))
    if not required:
        for member, kind in shape.members.items():
            for value in _values(kind, known.get(member.lower(), set()))[:MOST_OPTIONAL]:
                yield {member: value}


def _values(kind: Any, candidates: set[str]) -> list[Any]:
    listed = kind.type_name == "list"
    kind = kind.member if listed else kind
    if kind.type_name != "string":
        return []
    values = sorted(kind.enum or candidates)
    return [[value] for value in values] if listed else values


def _candidates(member: str, known: Known) -> set[str]:
    name = member.lower()
    if name in ("resourcearn", "resourcearns", "resourceid", "resource", "resourcename"):
        return known.get("arn", set())
    found: set[str] = set()
    for form in {name, name.removesuffix("s"), name.removesuffix("id")}:
        for ending in ("", "name", "id", "arn"):
            found |= known.get(form + ending, set())
    return found


def _learn(node: Any, within: str, known: Known) -> None:
    """Remember the names and ids in a reply under their keys, alone and with their list's name."""
    pairs = node.items() if isinstance(node, dict) else [("", x) for x in node]
    for key, value in pairs:
        name = key.lower()
        if isinstance(value, (dict, list)):
            _learn(value, name.removesuffix("list").removesuffix("s") or within, known)
        elif isinstance(value, str) and 0 < len(value) < 300 and ":iam::aws:" not in value:
            value = value.replace("127.0.0.1:PORT", "127.0.0.1:5000")
            for label in (name, within + name):
                known.setdefault(label, set()).add(value)
            if value.startswith("arn:"):
                known.setdefault("arn", set()).add(value)


def plain(node: Any) -> Any:
    """A reply without times, ports and request ids, as JSON types, its lists sorted."""
    if isinstance(node, dict):
        return {str(k): plain(v) for k, v in sorted(node.items()) if k not in IGNORED_KEYS}
    if isinstance(node, (list, tuple)):
        values = (plain(value) for value in node if not _is_access_log(value))
        return sorted(values, key=lambda value: json.dumps(value, sort_keys=True))
    if hasattr(node, "isoformat"):
        return "TIME"
    if hasattr(node, "read"):
        node = node.read()
    if isinstance(node, bytes):
        node = node.decode("latin-1")
    if isinstance(node, bool) or node is None:
        return node
    text = TIME.sub("TIME", PORT.sub("127.0.0.1:PORT", str(node)))
    return text if isinstance(node, str) or "TIME" in text else node


def _is_access_log(node: Any) -> bool:
    key = node.get("Key") if isinstance(node, dict) else None
    key = key[0] if isinstance(key, list) and key else key
    return isinstance(key, str) and ACCESS_LOG.search(key) is not None


def _leaves(node: Any, path: str = "") -> set[tuple[str, str]]:
    if isinstance(node, dict) and node:
        return set().union(*(_leaves(v, f"{path}.{k}") for k, v in node.items()))
    if isinstance(node, list) and node:
        return set().union(*(_leaves(v, f"{path}[{i}]") for i, v in enumerate(node)))
    return {(path, json.dumps(node))}
