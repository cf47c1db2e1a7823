"""What every source says about who answers for a resource, in the order in which they are believed.

| way          | what is read                                                               | how sure |
|--------------|----------------------------------------------------------------------------|----------|
| `tag`        | the resource's own tags, any of `owner_tags` or `role_tags`                 | certain  |
| `stack`      | the same tags of the CloudFormation stack that made it                      | likely   |
| `codeowners` | state path and module, or yor's tags, to a file, to the line of CODEOWNERS  | likely   |
| `catalogue`  | `spec.owner` of the Backstage entity that names its ARN or holds its file   | likely   |
| `parent`     | whoever answers for what it belongs to (owners.py)                          | likely   |

Nobody answers by these, but they are asked when nobody does:

| `declared`   | an owner tag of its declaration, which somebody took off in AWS             | guess    |
| `creator`    | a tag that says who made it, then CloudTrail, where it was asked            | guess    |
| `account`    | `account_owners` in the settings, then the tags of the account itself       | guess    |
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.derive.tags import all_tagged, declared_tags, folded
from scanner.directory import Directory, Maker, Said, Sources
from scanner.model import OWNER_ROLES, OwnerState
from scanner.owner import is_placeholder
from scanner.seen import Seen
from scanner.settings import Settings

WAYS = ("tag", "stack", "codeowners", "catalogue", "parent")
LEADS = ("declared", "creator", "account")
SURE = {"tag": "certain", **dict.fromkeys(WAYS[1:], "likely"), **dict.fromkeys(LEADS, "guess")}

ACCOUNT = "aws_organizations_account"
STACK = "aws_cloudformation_stack"
STACK_ID, STACK_NAME = "aws:cloudformation:stack-id", "aws:cloudformation:stack-name"

_ROLE = re.compile(r"assumed-?role|:role/|^AROA", re.IGNORECASE)
_USER = re.compile(r"^(?:IAMUser:[^:]+:|arn:[^:]+:iam::\d{12}:user/(?:.*/)?)(.+)$")


@dataclass(frozen=True, slots=True)
class Claim:
    """One source's word."""

    source: str
    via: str
    """In words: `tag team`, `line 3 of CODEOWNERS`."""
    named: str
    """As written."""
    team: str | None
    """The team that is meant; None where none is that could answer."""
    state: OwnerState
    nearest: str | None = None
    verified: bool = False

    @property
    def told(self) -> str:
        """The way, and what it says where that is not the team itself."""
        if self.named.strip() == self.team:
            return self.via
        return f"{self.via} says {self.named!r}{_why(self)}"


def _why(claim: Claim) -> str:
    meant = f"; {claim.nearest} is the nearest" if claim.nearest else ""
    return {
        "unknown": f", and no team is called that{meant}",
        "departed": ", who has left",
        "person": ", a person" + (f" of {claim.nearest}" if claim.nearest else " in no one team"),
        "empty": ", and nobody is left in it",
        "unreachable": ", and it has no channel",
    }.get(claim.state, f", which is {claim.team}" if claim.team else "")


def claim(source: str, via: str, named: str, directory: Directory) -> Claim:
    """A source's word, held against the directory."""
    if is_placeholder(named):
        return Claim(source, via, named, None, "placeholder")
    known = directory.look_up(named)
    return Claim(
        source, via, named, known.team, known.state, known.nearest, known.verified
    )  # fmt: skip


class Claims:
    """Everything that is said of the rows of one scan."""

    def __init__(
        self, rows: Sequence[Any], matches: Mapping[str, Sequence[Any]], seen: Seen,
        settings: Settings, sources: Sources,
    ) -> None:  # fmt: skip
        """`matches` holds each resource's declared instances (matching.by_resource)."""
        self.makers: Mapping[str, Maker] = {}
        """Who made what nobody owns, by resource, where AWS was asked."""
        self._matches = matches
        self._seen = seen
        self._settings = settings
        self._sources = sources
        self._made: dict[tuple[str, str, str], Claim] = {}
        self._places: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for role in ("owner", *OWNER_ROLES):
            names = settings.owner_tags if role == "owner" else role_tags(role, settings)
            for name, place in {folded(n): p for p, n in reversed(list(enumerate(names)))}.items():
                self._places[name].append((role, place))
        self._accounts = {row.id: row for row in rows if row.type == ACCOUNT}
        self._stacks = {
            key: row
            for row in rows
            if row.type == STACK
            for key in (row.arn, (row.account, row.region, row.name))
        }

    def of(self, row: Any) -> Mapping[str, list[Claim]]:
        """What says who answers in each role, the most trusted first; inheritance is not in it."""
        own = {
            role: [self._claim("tag", f"tag {k}", v) for k, v in tags]
            for role, tags in self._tagged(row.tags).items()
        }
        stack = self._stack(row)
        if stack is not None:
            for role, tags in self._tagged(stack.tags).items():
                own.setdefault(role, []).extend(
                    self._claim("stack", f"tag {k} of the stack {stack.name}", v) for k, v in tags
                )
        outside = [self._said("codeowners", said) for said in self._codeowners(row)]
        outside += [self._said("catalogue", said) for said in self._catalogue(row)]
        if outside:
            own.setdefault("owner", []).extend(outside)
        return {role: _meant(claims) for role, claims in own.items()}

    def of_instance(self, instance: Any) -> Mapping[str, list[Claim]]:
        """The same of what is declared and not there: its declared tags, and the file that declares it."""
        own = {
            role: [self._claim("tag", f"declared tag {k}", v) for k, v in tags]
            for role, tags in self._tagged(declared_tags(instance.attributes)).items()
        }
        found = [s for r in self._sources.repositories for s in _found(r, [instance], {})]
        if found:
            own.setdefault("owner", []).extend(self._said("codeowners", said) for said in found)
        return {role: _meant(claims) for role, claims in own.items()}

    def leads(self, row: Any) -> list[Claim]:
        """Whom to ask where nobody answers, the best first."""
        found = []
        for instance in self._instances(row):
            tags = self._tagged(declared_tags(instance.attributes)).get("owner", ())
            found += [self._claim("declared", f"declared tag {k}", v) for k, v in tags]
        for key, made_by in all_tagged(row.tags or {}, self._settings.creator_tags):
            found += [self.creator(key, made_by)]
        maker = self.makers.get(row.resource)
        if maker is not None:
            found.append(self._made_by(maker))
        owner = self._settings.account_owners.get(row.account)
        if owner:
            found.append(self._claim("account", f"owner of the account {row.account}", owner))
        account = self._accounts.get(row.account)
        for key, value in self._tagged(account.tags).get("owner", ()) if account else ():
            found.append(self._claim("account", f"tag {key} of the account {row.account}", value))
        return found

    def creator(self, key: str, made_by: str) -> Claim:
        """Who made it. A role is nobody: whoever used it is not known."""
        if _ROLE.search(made_by):
            return Claim("creator", f"tag {key}, a role and no person", made_by, None, "missing")
        user = _USER.match(made_by.strip())
        known = self._sources.directory.look_up(user[1] if user else made_by)
        if not known.person:
            # a name that nothing is known of is no team only because it made something
            state: OwnerState = "valid" if known.verified else "missing"
            team = known.team if known.verified else None
            return Claim("creator", f"tag {key}", made_by, team, state, verified=known.verified)
        return Claim("creator", f"tag {key}", made_by, known.team, known.state, known.nearest)

    def _made_by(self, maker: Maker) -> Claim:
        """Whom CloudTrail names. A role is nobody, but its session may be called as somebody is."""
        via = f"CloudTrail ({maker.event} on {maker.day})"
        named = f"{maker.role}/{maker.name}" if maker.role else maker.name
        known = self._sources.directory.look_up(maker.name)
        if known.person:
            return Claim("creator", via, named, known.team, known.state, known.nearest)
        if known.verified and not maker.role:
            return Claim("creator", via, named, known.team, "valid", verified=True)
        nobody = ", a role and no person" if maker.role else ""
        return Claim("creator", via + nobody, named, None, "missing")

    def hidden(self, row: Any) -> bool:
        """Whether a stack made it that could not be read, which may name an owner."""
        tags = row.tags or {}
        if not (STACK_ID in tags or STACK_NAME in tags) or self._stack(row) is not None:
            return False
        return bool(self._seen.listed(STACK, row.account, row.region))

    def _claim(self, source: str, via: str, named: str) -> Claim:
        known = (source, via, named)
        if known not in self._made:
            self._made[known] = claim(*known, self._sources.directory)
        return self._made[known]

    def _said(self, source: str, said: Said) -> Claim:
        """Of several names on one line the first that can answer."""
        made = [self._claim(source, said.via, name) for name in said.names]
        first = next((c for c in made if c.state == "valid"), made[0])
        others = [c.named for c in made if c is not first]
        if not others:
            return first
        via = f"{said.via} (with {', '.join(others)})"
        return Claim(
            source, via, first.named, first.team, first.state, first.nearest, first.verified
        )

    def _tagged(self, tags: Mapping[str, str] | None) -> Mapping[str, list[tuple[str, str]]]:
        """The tags that name who answers, by role, as (their own key, their value), in their order."""
        found: dict[str, list[tuple[int, str]]] = {}
        for key in tags or ():
            for role, place in self._places.get(folded(key), ()):
                found.setdefault(role, []).append((place, key))
        return {
            role: [(key, (tags or {})[key]) for _, key in sorted(keys)]
            for role, keys in found.items()
        }

    def _stack(self, row: Any) -> Any | None:
        tags = row.tags or {}
        by_id = self._stacks.get(tags.get(STACK_ID, ""))
        name = (row.account, row.region, tags.get(STACK_NAME, ""))
        return by_id or self._stacks.get(name)

    def _instances(self, row: Any) -> list[Any]:
        found = self._matches.get(row.resource, ())
        return [match.declared for match in found if not match.declared.deposed]

    def _codeowners(self, row: Any) -> Iterator[Said]:
        for repository in self._sources.repositories:
            yield from _found(repository, self._instances(row), row.tags or {})

    def _catalogue(self, row: Any) -> Iterator[Said]:
        for catalogue in self._sources.catalogues:
            named = catalogue.of_resource(row.arn) if row.arn else None
            if named is not None:
                yield named
            else:
                yield from _found(catalogue, self._instances(row), row.tags or {})


def _found(source: Any, instances: Sequence[Any], tags: Mapping[str, str]) -> Iterator[Said]:
    said = [source.of_instance(instance) for instance in instances] + [source.of_tags(tags)]
    yield from {s.names: s for s in reversed(said) if s is not None and s.names}.values()


def _meant(claims: Iterable[Claim]) -> list[Claim]:
    """A real name beside a placeholder of the same source is the one that was meant."""
    return sorted(claims, key=lambda c: (WAYS.index(c.source), c.state == "placeholder"))


def role_tags(role: str, settings: Settings) -> Sequence[str]:
    """The tags that name who answers in one of the four roles."""
    assert role in OWNER_ROLES
    return settings.role_tags.get(role, (f"owner-{role}", f"{role}-owner"))
