"""Which declared instance is which actual resource, and what neither side can say.

In: declared instances, actual rows, and what the ledger says was seen. Out: one `Match` a declared
instance and one class an actual resource, so that both sums equal the inputs.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from scanner.catalog import ResourceType, aliases, load, shape
from scanner.derive.classify import classify
from scanner.derive.matching import Actual, Instance, Match, Matching, Seen, of_state, own_arn
from scanner.seen import GLOBAL


def match(
    declared: Sequence[Instance],
    actual: Sequence[Actual],
    seen: Seen,
    *,
    complete_sources: bool = True,
) -> Matching:
    """Match both sides on ARN, else on account, region, type and natural key."""
    result = Matching()
    by_arn: dict[tuple[str, str | None], Actual] = {
        (row.type, row.arn): row for row in actual if row.arn and row.origin != "gone"
    }
    by_key: dict[tuple[str, str], list[Actual]] = defaultdict(list)
    for row in actual:
        if row.origin == "gone":
            continue
        by_key[row.type, row.key].append(row)
        if row.id != row.key:
            by_key[row.type, row.id].append(row)
    own = [place(one, load().get(aliases().get(one.type, ""))) for one in declared]
    places = _places(declared, own)
    for instance, where in zip(declared, own, strict=True):
        made = _one(instance, where, places, by_arn, by_key)
        result.matches.append(made)
        if made.resource is not None:
            result.by_resource.setdefault(made.resource.resource, []).append(made)
    # a state's id of a parent may be written otherwise than AWS's (queue URLs), so ask the parent's match
    ids = {(m.type, m.declared.id): m.resource for m in result.matches if m.resource is not None}
    for made in result.matches:
        if made.resource is None and not made.status:
            _absent(made, load()[made.type], ids, by_key, seen)
    classify(actual, result, complete_sources)
    return result


def place(instance: Instance, kind: ResourceType | None) -> tuple[str, str]:
    """Account and region that the instance itself names, `` where it does not."""
    account = region = ""
    parts = own_arn(instance, kind).split(":")
    if len(parts) > 5:
        account, region = parts[4], parts[3]
    if not account:
        owner = instance.attributes.get("owner_id")
        if isinstance(owner, str) and re.fullmatch(r"\d{12}", owner):
            account = owner
    # what the provider itself says of the object comes before what its ARN lets one guess
    account = instance.account or account
    if kind is not None:
        region = GLOBAL if kind.scope == "global" else instance.region or region
    return account, region


def _places(
    declared: Iterable[Instance], own: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], tuple[str, str]]:
    """For each provider of each state the account and region its instances agree on."""
    accounts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    regions: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for instance, (account, region) in zip(declared, own, strict=True):
        kind = load().get(aliases().get(instance.type, ""))
        key = (instance.source, instance.provider)
        if account:
            accounts[key][account] += 1
        if region and region != GLOBAL and (kind is None or kind.scope == "region"):
            regions[key][region] += 1
    return {
        key: (_only(accounts[key]), _only(regions[key])) for key in accounts.keys() | regions.keys()
    }


def _only(counts: Counter[str]) -> str:
    return next(iter(counts)) if len(counts) == 1 else ""


def _one(
    instance: Instance,
    own: tuple[str, str],
    places: Mapping[tuple[str, str], tuple[str, str]],
    by_arn: Mapping[tuple[str, str | None], Actual],
    by_key: Mapping[tuple[str, str], list[Actual]],
) -> Match:
    name = aliases().get(instance.type, "")
    kind = load().get(name)
    near = places.get((instance.source, instance.provider), ("", ""))
    account, region = own[0] or near[0], own[1] or near[1]
    made = Match(instance, name or instance.type, account, region, instance.id)
    if kind is None:
        made.status, made.reason = "unsupported", f"watchbill does not collect {instance.type}"
        return made
    if kind.beyond and of_state(f"{{{kind.beyond}}}", instance.attributes):
        made.status = "unsupported"
        made.reason = f"watchbill does not collect {instance.type} with {kind.beyond}"
        return made
    if kind.declared_key:
        made.key = str(of_state(kind.declared_key, instance.attributes) or instance.id)
    found = by_arn.get((name, instance.arn)) if instance.arn else None
    if found is None:
        held = [
            row
            for row in by_key.get((name, made.key), [])
            if (not account or row.account == account)
            and (not region or region == GLOBAL or row.region in (region, GLOBAL))
        ]
        held = [row for row in held if _holds(kind, instance, row)]
        found = held[0] if len({row.resource for row in held}) == 1 else None
        if found is None and held:
            made.status = "unreadable"
            made.reason = "the state does not say which of several resources this is"
            return made
    if found is not None:
        made.resource, made.account, made.region = found, found.account, found.region
    return made


def _holds(kind: ResourceType, instance: Instance, row: Actual) -> bool:
    """Whether the row has all that the instance names of what several may share."""
    for name in kind.holds:
        if name not in row.attributes:
            continue  # not read: comparing says so
        try:
            wanted = shape.declared(name, kind.attributes[name], instance.attributes, str)
        except (ValueError, RecursionError):
            continue  # not readable in the state: comparing says so
        if wanted is not shape.UNDECLARED and not set(wanted) <= set(row.attributes[name]):
            return False
    return True


def _absent(
    made: Match,
    kind: ResourceType,
    ids: Mapping[tuple[str, str], Actual],
    by_key: Mapping[tuple[str, str], list[Actual]],
    seen: Seen,
) -> None:
    """Not found: missing only where everything that could hold it was read."""
    if made.declared.deposed:
        made.status, made.reason = "not_compared", "deposed: Terraform itself is about to delete it"
        return
    if not made.declared.attributes:
        made.status, made.reason = "unreadable", "the state does not say which resource this is"
        return
    if not made.account or not made.region:
        made.status = "out_of_scope"
        made.reason = "the state does not say which account and region this is in"
        return
    if not seen.in_scope(made.account, made.region):
        made.status = "out_of_scope"
        made.reason = f"{made.account} {made.region} was not scanned"
        return
    parent = named = ""
    if kind.declared_parent:
        named = str(of_state(kind.declared_parent, made.declared.attributes) or "")
        # a parent that is not known by this name may be any: then any failure counts
        above = ids.get((kind.container, named))
        if above is not None:
            parent, made.parent = above.id, above.resource
    because = seen.listed(kind.type, made.account, made.region, parent)
    if because:
        made.status, made.reason = "unreadable", because
    elif named and _given(kind.container) and (kind.container, named) not in by_key:
        made.status, made.reason = "out_of_scope", f"{named} is in no account that was scanned"
    else:
        made.status = "missing"


def _given(container: str) -> bool:
    """Whether no Terraform resource makes what things of a type are found in."""
    return bool(container) and load()[container].given
