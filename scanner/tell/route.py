"""The way of a message to somebody, or of a principal to what it may become, stop by stop."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from scanner.model import Finding
from scanner.tell import words


@dataclass(frozen=True, slots=True)
class Stop:
    """One station of the way."""

    says: str
    kind: Literal["", "broken", "end"] = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Where it starts, what it goes through, where it ends."""

    title: str
    stops: tuple[Stop, ...]


def route(finding: Finding) -> Route | None:
    """The way that the evidence of `finding` tells; None where it tells none."""
    evidence = finding.evidence
    if _text(evidence, "reason") and ("path" in evidence or "silent_alarms" in evidence):
        return _heard(finding)
    if _text(evidence, "does") and _text(evidence, "gives"):
        return _becomes(evidence)
    return None


def _heard(finding: Finding) -> Route:
    evidence = finding.evidence
    through = [_short(stop) for stop in _texts(evidence.get("path"))]
    alarms = _texts(evidence.get("silent_alarms"))
    if alarms:
        through = [_short(alarms[0]) if len(alarms) == 1 else words.plural(len(alarms), "alarm")]
    stops = [Stop(finding.name or finding.id), *map(Stop, through)]
    broken = Stop(_text(evidence, "reason"), "broken")
    return Route("As far as a message gets", (*stops, broken, Stop("somebody", "end")))


def _becomes(evidence: Mapping[str, Any]) -> Route:
    hops = evidence.get("hops")
    more = words.plural(hops - 1, "more step") if isinstance(hops, int) and hops > 1 else ""
    stops = (
        Stop(_text(evidence, "principal_name")),
        Stop(_text(evidence, "does"), "broken"),
        Stop(more),
        Stop(_text(evidence, "gives"), "end"),
    )
    return Route("The shortest way", tuple(stop for stop in stops if stop.says))


def _text(evidence: Mapping[str, Any], name: str) -> str:
    value = evidence.get(name)
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _short(arn: str) -> str:
    """The last part of an ARN."""
    return re.split("[:/]", arn)[-1] or arn
