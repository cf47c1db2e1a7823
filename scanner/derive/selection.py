"""Whether a selection of AWS Backup takes a resource: by ARN, by tags, by conditions, and what it leaves out.

AWS's words: of ListOfTags any one will do, of Conditions all must hold, and both are case sensitive. They do
not say what becomes of a resource that one of Resources and ListOfTags names and the other does not, nor what
StringNotEquals makes of a tag that is not there: that is None. What is not chosen by its type or ARN is
taken only where the region has opted in to its type (AWS Backup Developer Guide, "Assign resources to a
backup plan").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import translate
from functools import lru_cache
from re import Pattern
from re import compile as re_compile
from re import split as re_split
from typing import Any

PREFIX = "aws:ResourceTag/"


def selects(
    selection: Mapping[str, Any],
    arn: str,
    tags: Mapping[str, str] | None,
    opted: bool | None = True,
    *,
    asked: bool = False,
) -> bool | None:
    """Whether it takes the resource; None where that is not known. `selection`: attributes of the row;
    `opted`: whether the region has opted in to the resource's type; `asked`: even of what is named.
    """
    if any(name not in selection for name in ("resources", "not_resources", "selection_tag")):
        return None
    if any(like(arn, pattern) for pattern in selection["not_resources"] or ()):
        return False
    named = [str(pattern) for pattern in selection["resources"] or ()]
    tagged = list(selection["selection_tag"] or ())
    by_arn = any(like(arn, pattern) for pattern in named) if named else None
    by_tag = _any_of(tagged, tags) if tagged else None
    if named and tagged:
        if tags is None:
            return None
        chosen = by_arn if by_arn == by_tag else None
    elif named:
        chosen = by_arn
    elif tagged:
        if tags is None:
            return None
        chosen = by_tag
    else:
        chosen = True  # without either it takes all that its conditions let through
    by_type = False if asked else _by_type(arn, named)
    free = True if by_type or opted else by_type if opted is False else None
    return every((chosen, _conditions(selection.get("conditions") or {}, tags), free))


def _by_type(arn: str, named: Iterable[str]) -> bool | None:
    """Whether the resource is named, or its type is: not by a name of its service, or by a star, alone."""
    found = [_names_type(pattern) for pattern in named if like(arn, pattern)]
    return True if True in found else None if None in found else False


def _names_type(pattern: str) -> bool | None:
    parts = pattern.split(":", 5)
    if "*" not in pattern:
        return True
    if len(parts) < 6 or "*" in parts[2]:
        return False
    # a bucket's ARN has no word for its type; of others AWS does not say what a star in its place is
    return True if parts[2] == "s3" or "*" not in re_split("[:/]", parts[5])[0] else None


def _any_of(lines: Iterable[Mapping[str, Any]], tags: Mapping[str, str] | None) -> bool:
    return any(
        str(line.get("key")) in (tags or {})
        and (tags or {})[str(line.get("key"))] == str(line.get("value"))
        for line in lines
    )


def _conditions(conditions: Mapping[str, Any], tags: Mapping[str, str] | None) -> bool | None:
    found: list[bool | None] = []
    for operator, lines in conditions.items():
        for line in lines or ():
            key = str(line.get("ConditionKey") or "").removeprefix(PREFIX)
            wanted = str(line.get("ConditionValue") or "")
            found.append(_condition(operator, key, wanted, tags))
    return every(found)


def _condition(operator: str, key: str, wanted: str, tags: Mapping[str, str] | None) -> bool | None:
    negated = operator in ("StringNotEquals", "StringNotLike")
    if tags is None or (key not in tags and negated):
        return None
    if key not in tags:
        return False
    if operator in ("StringEquals", "StringNotEquals"):
        return (tags[key] == wanted) is not negated
    if operator in ("StringLike", "StringNotLike"):
        return like(tags[key], wanted) is not negated
    return None


def every(found: Iterable[bool | None]) -> bool | None:
    """Whether all hold; None where that hangs on one that is not known."""
    told = list(found)
    return False if False in told else None if None in told else True


def like(text: str, pattern: str) -> bool:
    """Whether a text is as a pattern with `*` says."""
    return _pattern(str(pattern)).match(text) is not None


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> Pattern[str]:
    # of fnmatch's signs only the star is one here
    return re_compile(translate(pattern.replace("[", "[[]").replace("?", "[?]")))
