"""What the patterns of policies stand for, where that decides who can become whom.

Only the actions of methods.toml are looked for, and of resources only users, roles, groups and
policies: so a pattern is looked up in sorted lists once, however many statements use it. A pattern that
stands for every resource of a kind is `wide`, and not spelled out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.catalog.actions import WILD, catalogue, expansions, expression, matching
from scanner.derive.grants import Statement
from scanner.derive.methods import Method, methods
from scanner.derive.versions import reverts
from scanner.seen import Seen

KINDS = {
    "aws_iam_user": "user",
    "aws_iam_role": "role",
    "aws_iam_group": "group",
    "aws_iam_policy": "policy",
}
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_OWN_NAME = "${aws:username}"
_ANY = "\x01"
"""Stands for what no name holds: a pattern that fits it fits all."""


@dataclass
class Interest:
    """Rows for store.paths."""

    actions: list[Mapping[str, Any]] = field(default_factory=list)
    """Action, and the kind of resource that it is about."""
    patterns: list[Mapping[str, Any]] = field(default_factory=list)
    """Pattern of actions, and an action that it stands for."""
    entities: list[Mapping[str, Any]] = field(default_factory=list)
    """User, role, group or policy."""
    wide: list[Mapping[str, Any]] = field(default_factory=list)
    """Pattern of resources, and a kind of which it stands for all, in an account or `*`."""
    hits: list[Mapping[str, Any]] = field(default_factory=list)
    """Pattern of resources, and an entity that it stands for."""
    own: list[Mapping[str, Any]] = field(default_factory=list)
    """Pattern of resources that names whoever asks."""
    carriers: list[Mapping[str, Any]] = field(default_factory=list)
    """Something that carries a role: method, role, and what it is."""
    carrier_hits: list[Mapping[str, Any]] = field(default_factory=list)
    """Pattern of resources, and a carrier that it stands for."""
    unseen: list[Mapping[str, Any]] = field(default_factory=list)
    """Method, and an account in which what may carry a role was not seen."""
    named: list[Mapping[str, Any]] = field(default_factory=list)
    """Pattern of resources, a method that is unseen somewhere, and the account of what it may stand for."""
    members: list[Mapping[str, Any]] = field(default_factory=list)
    """User, and a group that it is in."""
    methods: list[Mapping[str, Any]] = field(default_factory=list)

    def inputs(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The rows by the names that store.paths has for them."""
        return {
            "action": self.actions, "pattern": self.patterns, "entity": self.entities,
            "wide": self.wide, "hit": self.hits, "own": self.own, "carrier": self.carriers,
            "carrier_hit": self.carrier_hits, "unseen": self.unseen, "named": self.named,
            "member": self.members, "method": self.methods,
        }  # fmt: skip


def interest(
    rows: Iterable[Any],
    statements: Iterable[Statement],
    wanted: Sequence[Method] | None = None,
    seen: Seen | None = None,
) -> Interest:
    """What the patterns stand for among the rows; without `seen` all that carries a role is there."""
    wanted = methods() if wanted is None else wanted
    rows = list(rows)
    found = Interest(methods=[_method(m) for m in wanted])
    about: dict[str, str] = {}
    for method in wanted:
        about[method.primary] = method.on or about.get(method.primary, "")
        for other in method.others:
            about.setdefault(other, "")
    found.actions = [{"action": action, "kind": kind} for action, kind in sorted(about.items())]
    action_patterns: set[str] = set()
    target_patterns: set[str] = set()
    told: set[int] = set()
    for statement in statements:
        if id(statement.actions) not in told:  # shared by statements that say the same
            told.add(id(statement.actions))
            action_patterns.update(statement.actions)
        if id(statement.targets) not in told:
            told.add(id(statement.targets))
            target_patterns.update(statement.targets)
    found.patterns = [
        {"pattern": pattern, "action": action}
        for pattern, action in expansions(sorted(action_patterns), sorted(about))
    ]
    found.entities = [
        {
            "entity": row.resource,
            "kind": KINDS[row.type],
            "account": row.account,
            "profile": bool(row.attributes.get("instance_profile_arns")),
            "own": not row.origin,
            "reverts": reverts(row),
        }
        for row in rows
        if row.type in KINDS
    ]
    _targets(found, target_patterns, Index(e["entity"] for e in found.entities))
    found.carriers = list(_carriers(rows, wanted))
    carriers = sorted({carrier["carrier"] for carrier in found.carriers})
    found.carrier_hits = [
        {"target": target, "carrier": carrier}
        for target, carrier in expansions(sorted(target_patterns), carriers)
    ]
    found.unseen = list(_unseen(wanted, sorted({e["account"] for e in found.entities}), seen))
    hidden = {one["method"] for one in found.unseen}
    found.named = list(_named((m for m in wanted if m.id in hidden), sorted(target_patterns)))
    found.members = list(_members(rows))
    return found


def action_rows(statements: Iterable[Statement]) -> list[Mapping[str, Any]]:
    """What each pattern of actions that policies use stands for, by IAM's catalogue."""
    actions = catalogue()
    patterns = {action for statement in statements for action in statement.actions}
    rows: list[Mapping[str, Any]] = []
    for pattern in sorted(p for p in patterns if p.strip("*:")):
        found = matching(pattern, actions.order)
        rows += [
            {
                "pattern": pattern, "action": actions.names[action],
                "level": actions.levels[action], "retired": actions.retired.get(action),
            }
            for action in found
        ]  # fmt: skip
        if not found:
            rows.append({"pattern": pattern, "action": None, "level": None, "retired": None})
    return rows


def _method(method: Method) -> Mapping[str, Any]:
    return {
        "method": method.id, "way": method.way, "first": method.primary,
        "others": list(method.others), "kind": method.on, "service": method.service,
        "profile": method.profile, "weak": method.weak, "says": method.says,
        "names": list(method.names),
    }  # fmt: skip


class Index:
    """ARNs of IAM, to be found by pattern."""

    def __init__(self, arns: Iterable[str]) -> None:
        self._all: list[str] = []
        self._by: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.partitions: set[str] = set()
        for arn in sorted(arns):
            parts = arn.split(":", 5)
            if len(parts) == 6 and parts[2] == "iam":
                self._all.append(arn)
                self._by[parts[1], parts[4]].append(parts[5])
                self.partitions.add(parts[1])
        for held in self._by.values():
            held.sort()

    @property
    def accounts(self) -> list[str]:
        """The accounts that have any."""
        return sorted({account for _, account in self._by})

    def fitting(self, pattern: str) -> Iterator[str]:
        """The ARNs that a pattern stands for."""
        parts = pattern.split(":", 5)
        if len(parts) < 6:
            yield from matching(pattern, self._all)  # a wildcard that runs over the colons
            return
        if not (_fits(parts[0], "arn") and _fits(parts[2], "iam") and _fits(parts[3], "")):
            return
        for (partition, account), held in self._by.items():
            if _fits(parts[1], partition) and _fits(parts[4], account):
                for name in matching(parts[5], held):
                    yield f"arn:{partition}:iam::{account}:{name}"


def _fits(pattern: str, text: str) -> bool:
    if not WILD.search(pattern):
        return pattern == text
    return expression(pattern).fullmatch(text) is not None


def _targets(found: Interest, patterns: Iterable[str], index: Index) -> None:
    for target in sorted(patterns):
        if _OWN_NAME in target.lower():
            found.own.append({"target": target})
            continue
        pattern = _VARIABLE.sub("*", target)
        if not any(_could_fit(pattern, f"arn:{p}:iam::") for p in index.partitions):
            continue
        conditional = pattern != target
        wide = list(_wide(pattern, index))
        found.wide += [
            {"target": target, "kind": kind, "account": account, "conditional": conditional}
            for kind, account in wide
        ]
        everywhere = {kind for kind, account in wide if account == "*"}
        if len(everywhere) == len(KINDS):
            continue
        known = set(wide)
        for arn in index.fitting(pattern):
            account, _, rest = arn.split(":", 4)[4].partition(":")
            kind = rest.partition("/")[0]
            if kind not in everywhere and (kind, account) not in known:
                found.hits.append({"target": target, "entity": arn, "conditional": conditional})


def _could_fit(pattern: str, beginning: str) -> bool:
    wild = WILD.search(pattern)
    prefix = pattern[: wild.start()] if wild else pattern
    return beginning.startswith(prefix) or prefix.startswith(beginning)


def _wide(pattern: str, index: Index) -> Iterator[tuple[str, str]]:
    if not pattern.endswith("*"):
        return
    fits = expression(pattern).fullmatch
    parts = pattern.split(":", 5)
    named = [parts[4]] if len(parts) == 6 and not WILD.search(parts[4]) else index.accounts
    for kind in KINDS.values():
        for partition in sorted(index.partitions):
            if fits(f"arn:{partition}:iam::{_ANY}:{kind}/{_ANY}"):
                yield kind, "*"
                continue
            for account in named:
                if fits(f"arn:{partition}:iam::{account}:{kind}/{_ANY}"):
                    yield kind, account


def _members(rows: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    groups: dict[tuple[str, str], str] = {}
    users = []
    for row in rows:
        if row.type == "aws_iam_group":
            groups[row.account, row.name] = row.resource
        elif row.type == "aws_iam_user":
            users.append(row)
    for user in users:
        for name in user.attributes.get("groups") or ():
            if (user.account, name) in groups:
                yield {"member": user.resource, "club": groups[user.account, name]}


def _unseen(
    wanted: Iterable[Method], accounts: Sequence[str], seen: Seen | None
) -> Iterator[Mapping[str, Any]]:
    for method in wanted:
        types = [carrier["type"] for carrier in method.carriers]
        for account in accounts if method.arns else ():
            if seen and (not types or any(seen.everywhere(type_, account) for type_ in types)):
                yield {"method": method.id, "account": account}


def _named(wanted: Iterable[Method], patterns: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The patterns that may stand for something of which a method makes use, with its account or `*`."""
    by_service: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for method in wanted:
        for service, _, beginning in (arn.partition(":") for arn in method.arns):
            by_service[service].append((method.id, beginning))
    for pattern in patterns:
        parts = _VARIABLE.sub("*", pattern).split(":", 5)
        if len(parts) < 6:
            continue
        account = "*" if WILD.search(parts[4]) else parts[4]
        for service, methods_ in by_service.items():
            if _fits(parts[2], service):
                for id_, beginning in methods_:
                    if _could_fit(parts[5], beginning):
                        yield {"target": pattern, "method": id_, "account": account}


def _carriers(rows: Sequence[Any], wanted: Sequence[Method]) -> Iterator[Mapping[str, Any]]:
    """What is there that carries a role, by the methods that need it."""
    roles: dict[tuple[str, str], str] = {}
    for row in rows:
        if row.type == "aws_iam_role":
            roles[row.account, row.resource] = row.resource
            roles[row.account, row.name] = row.resource
            for arn in row.attributes.get("instance_profile_arns") or ():
                roles[row.account, "profile " + arn] = row.resource
                roles[row.account, "profile " + arn.rpartition("/")[2]] = row.resource
    by_type: dict[str, list[tuple[Method, Mapping[str, str]]]] = defaultdict(list)
    for method in wanted:
        for carrier in method.carriers:
            by_type[carrier["type"]].append((method, carrier))
    for row in rows:
        for method, carrier in by_type.get(row.type, ()):
            named = row.attributes.get(carrier.get("role") or carrier["profile"])
            key = f"profile {named}" if "profile" in carrier else str(named)
            role = roles.get((row.account, key))
            if role:
                yield {"method": method.id, "role": role, "carrier": row.resource}
