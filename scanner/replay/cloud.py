"""A moto cloud inside this process: its patches, its replay, and the source of its ids.

moto is imported by this module, so the environment must be set first (`recording.moto_env`).
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import json
import random
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import unquote_to_bytes

from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from scanner.replay.lacking import nothing, patch_aws_policies, patch_ecs, patch_option_groups
from scanner.replay.quick import one_partition, quicken
from scanner.replay.recording import Entry
from scanner.replay.telling import TELLING

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the cloud answered to one request."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(slots=True)
class Replayed:
    """How a replay went: the number of requests sent, and a line for each that failed."""

    requests: int = 0
    failed: list[str] = field(default_factory=list)


class Dispatcher(DomainDispatcherApplication):
    """moto's own dispatcher, which looks up the backend of the same few hosts over and over."""

    def __init__(self) -> None:
        super().__init__(_create_app)
        find = super().get_backend_for_host
        self._backend_for_host = functools.lru_cache(maxsize=1024)(find)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Any:
        """moto's answer, or an empty one for a listing that it lacks."""
        lacking = nothing(environ)
        if lacking is None:
            return super().__call__(environ, start_response)
        kind, body = lacking
        start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    def get_backend_for_host(self, host: str | None) -> Any:
        """moto's name for the service at a host. Raises NotImplementedError if it has none."""
        backend = self._backend_for_host(host)
        if host is not None and not backend:
            raise NotImplementedError(f"moto has no service at {host}")
        return backend


def _create_app(service: Any) -> Any:
    # Only now, not at the start: importing what a world does not use costs a second.
    if service in ("rds", "cloudformation"):
        _patch_rds()
        patch_option_groups()
        patch_aws_policies()
    if service == "ecs":
        patch_ecs()
    if service in ("elb", "elbv2", "cloudformation"):
        _patch_elbv2()
    if service == "stepfunctions":
        _patch_stepfunctions()
    if service == "apigateway":  # moto serves both versions under the name of the first
        _patch_apigatewayv2()
    if service == "wafv2":
        _patch_wafv2()
    if service == "applicationautoscaling":
        _patch_applicationautoscaling()
    if service in TELLING:
        TELLING[service]()
    return create_backend_app(service)


@functools.cache
def _patch_rds() -> None:
    # moto gives every database the same resource id, and Terraform finds a database by it.
    from moto.rds import models

    before = models.DBInstance.__init__

    @functools.wraps(before)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        before(self, *args, **kwargs)
        digest = hashlib.sha256(self.db_instance_identifier.encode()).digest()
        self.dbi_resource_id = "db-" + base64.b32encode(digest).decode()[:26]

    models.DBInstance.__init__ = init  # type: ignore[method-assign]


@functools.cache
def _patch_elbv2() -> None:
    # moto names a listener's default rule after an address in memory: another one each time.
    from moto.elbv2 import models

    before = models.FakeRule.__init__

    @functools.wraps(before)
    def init(self: Any, listener_arn: str, *args: Any, **kwargs: Any) -> None:
        before(self, listener_arn, *args, **kwargs)
        digest = hashlib.sha256(listener_arn.encode()).hexdigest()
        self.arn = listener_arn.replace(":listener/", ":listener-rule/") + f"/{digest[:16]}"

    models.FakeRule.__init__ = init  # type: ignore[method-assign]


@functools.cache
def _patch_stepfunctions() -> None:
    # Terraform has AWS validate a state machine before it plans one, and list its versions; moto
    # answers 500 for both, and has no versions.
    from moto.stepfunctions.responses import StepFunctionResponse as Response

    def validate(self: Any) -> str:
        return '{"result": "OK", "diagnostics": []}'

    def versions(self: Any) -> str:
        return '{"stateMachineVersions": []}'

    Response.validate_state_machine_definition = validate  # type: ignore[attr-defined]
    Response.list_state_machine_versions = versions  # type: ignore[attr-defined]


@functools.cache
def _patch_apigatewayv2() -> None:
    # moto keeps authorizers and tells of each, but lists none.
    from moto.apigatewayv2.responses import ApiGatewayV2Response

    def get_authorizers(self: Any) -> tuple[int, dict[str, str], str]:
        api = self.apigatewayv2_backend.get_api(self.path.split("/")[-2])
        items = [authorizer.to_json() for authorizer in api.authorizers.values()]
        return 200, {}, json.dumps({"items": items})

    ApiGatewayV2Response.get_authorizers = get_authorizers  # type: ignore[attr-defined]


@functools.cache
def _patch_wafv2() -> None:
    # moto knows which web ACL a resource has, but lists no web ACL's resources.
    from moto.wafv2.responses import WAFV2Response

    kinds = {"APPLICATION_LOAD_BALANCER": ":loadbalancer/app/", "API_GATEWAY": ":/restapis/"}

    def list_resources_for_web_acl(self: Any) -> str:
        wanted = kinds.get(self._get_param("ResourceType") or "APPLICATION_LOAD_BALANCER")
        acl = self.wafv2_backend.wacls.get(self._get_param("WebACLArn"))
        arns = acl.associated_resources if acl and wanted else []
        return json.dumps({"ResourceArns": [arn for arn in arns if str(wanted) in arn]})

    WAFV2Response.list_resources_for_web_acl = list_resources_for_web_acl  # type: ignore[attr-defined]


@functools.cache
def _patch_applicationautoscaling() -> None:
    # moto refuses these namespaces; an account that scales nothing there lists nothing.
    from moto.applicationautoscaling import models, responses

    known = [namespace.value for namespace in models.ServiceNamespaceValueSet]
    later = ["elasticache", "neptune", "workspaces"]
    every = Enum("every", {name: name for name in [*known, *later]})  # type: ignore[misc]
    responses.ServiceNamespaceValueSet = every  # type: ignore[assignment, attr-defined]


class Draws:
    """Where moto's ids come from: one seeded generator, and how far along it the cloud is.

    Every request draws from it, reads too, so a recording that leaves requests out says for
    each of the others at which draw it stood. `position` counts 32-bit draws since the seed.
    """

    def __init__(self) -> None:
        self._own: random.Random | None = None
        self.position = 0

    @property
    def seeded(self) -> bool:
        """Whether there is a seed to count from."""
        return self._own is not None

    def seed(self, seed: int) -> None:
        """Seed moto's generator; the position is 0 from here."""
        mock_random.seed(seed)
        self._own = random.Random(seed)  # noqa: S311 - moto's own kind, to keep pace with it
        self.position = 0

    def move_to(self, position: int) -> None:
        """Put moto's generator at a position at or after the one last seen or set.

        Raises ValueError for an earlier position, or when nothing was seeded.
        """
        if self._own is None or position < self.position:
            raise ValueError(f"draw {position} cannot be reached from {self.position}")
        if position > self.position:
            self._own.getrandbits(32 * (position - self.position))
            self.position = position
        mock_random.setstate(self._own.getstate())

    def catch_up(self) -> int:
        """Find the position moto's generator has drawn itself to, and return it."""
        if self._own is not None:
            reached = mock_random.getstate()[1]
            while self._own.getstate()[1] != reached:
                self._own.getrandbits(32)
                self.position += 1
        return self.position


class Cloud:
    """An empty cloud that requests can be sent to. One a process: moto's state is global."""

    def __init__(self) -> None:
        quicken()
        # A recording is seeded by its first request, and what moto makes before that by this.
        mock_random.seed(0)
        self.application = Dispatcher()
        self.draws = Draws()

    def send(self, entry: Entry) -> Answer:
        """Send one request as it is. An error inside moto is answered with status 500."""
        seen: list[tuple[int, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            seen.append((int(status.split()[0]), headers))

        try:
            chunks = self.application(environ(entry), start)
            body = b"".join(chunks)
        except Exception as cause:
            return Answer(500, [], traceback.format_exception_only(cause)[-1].strip().encode())
        getattr(chunks, "close", lambda: None)()
        return Answer(*seen[-1], body)

    def play(self, entry: Entry) -> Answer:
        """Send one request at its place in the recording, with the ids it was recorded with."""
        if entry.at is not None:
            self.draws.move_to(entry.at)
        answer = self.send(entry)
        if entry.seed is not None:
            self.draws.seed(entry.seed)
        return answer

    def replay(self, entries: Iterable[Entry]) -> Replayed:
        """Play a recording. A request failed if the answer's status is not the recorded one,
        or, in a recording that holds none, if it is 500 or above."""
        entries = list(entries)
        if any(entry.at is not None for entry in entries):
            one_partition()
        done = Replayed()
        for entry in entries:
            answer = self.play(entry)
            done.requests += 1
            expected = entry.status
            if answer.status >= 500 if expected is None else answer.status != expected:
                done.failed.append(
                    f"request {done.requests}, {entry.method} {entry.url}: status "
                    f"{answer.status}, recorded {expected}: {answer.body[:200]!r}"
                )
        return done


def environ(entry: Entry) -> Environ:
    """The WSGI environment of one recorded request."""
    parts = entry.parts
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    made: Environ = {
        "REQUEST_METHOD": entry.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path or "/").decode("latin-1"),
        "QUERY_STRING": parts.query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "SERVER_NAME": parts.hostname or "127.0.0.1",
        "SERVER_PORT": str(parts.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(entry.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in entry.headers.items():
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            made[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    made["CONTENT_LENGTH"] = str(len(entry.body))
    return made
