"""The nouns: what a rule, a finding, an owner, a gap and a report are. Nothing here does I/O.

A `Report` holds everything a renderer needs. `findings.json` is its lossless form: `msgspec.convert`
of the decoded file gives the same `Report` back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scanner.grant import GrantLedger
from scanner.owner import Owner as Owner
from scanner.owner import OwnerState as OwnerState
from scanner.owner import RoleOwner as RoleOwner
from scanner.owner import Routing as Routing
from scanner.owner import routable as routable
from scanner.timeline import Figures, LastWrites, Story
from scanner.waiver import Waived, WaiverUse

SCHEMA = 1
"""Version of findings.json; it grows when a field changes its meaning or goes."""

Severity = Literal["critical", "high", "medium", "low"]
Status = Literal["new", "standing", "gone", "unknown", "waived"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
STATUSES: tuple[Status, ...] = ("new", "standing", "unknown", "waived", "gone")
OPEN: tuple[Status, ...] = ("new", "standing")
"""Of what is there, and nothing excuses."""
FAMILIES = ("drift", "ownership", "orphan", "access", "watch", "recovery")
ROLES = ("request", "cost", "access", "monitoring", "recovery")
OWNER_ROLES = ROLES[1:]
"""The roles that somebody may answer in; whoever names nobody for one leaves it to the primary owner."""
CONTEXT = (
    "requested_by", "ticket", "purpose", "expires", "service", "environment", "cost_center",
    "data_class",
)  # fmt: skip
"""What a resource says of the request that it came from."""

DECLARED_COUNTS = (
    "in_sync",
    "changed",
    "missing",
    "not_compared",
    "unreadable",
    "out_of_scope",
    "unsupported",
)
ACTUAL_COUNTS = (
    "declared",
    "unmanaged",
    "double_declared",
    "provider_default",
    "child",
    "unknown",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, one resource, the evidence, and who must act."""

    fingerprint: str
    """Stable over scans: 24 hex digits of account, region, type, id, rule and identity columns."""
    rule: str
    """family/name."""
    severity: Severity
    status: Status
    resource: str
    """ARN, else the stable uid account/region/type/id."""
    type: str
    """Terraform resource type."""
    id: str
    name: str
    account: str
    region: str
    address: str | None
    """Terraform address, where the resource is declared."""
    owner: Owner
    says: str
    """The finding in one sentence."""
    evidence: Mapping[str, Any]
    """The rule's evidence columns, by name."""
    first_seen: str
    """UTC, ISO 8601: `now` of the first scan that reported it, since it was last gone."""
    fix: str
    """What to do, for this resource."""
    declared_in: str = ""
    """The state that declares it, where one does and it is known which."""
    unknown_because: str = ""
    """Why it could not be decided, where status is `unknown`."""
    roles: Mapping[str, RoleOwner] = field(default_factory=dict)
    """Who answers in each of the four roles; empty for what is no resource."""
    context: Mapping[str, str] = field(default_factory=dict)
    """What the resource says of its request: `ticket`, `purpose`, `environment` and so on."""
    age_days: int = 0
    """Whole days from `first_seen` to this scan."""
    earliest: str = ""
    """`now` of the first scan that ever reported it."""
    reopened: int = 0
    """How often it had gone and came back."""
    story: Story | None = None
    """When drift came, and what became of it before; None where it is no drift or has no history."""
    last_writes: LastWrites | None = None
    """Of drift: what CloudTrail recorded last on the resource; None where it was not asked."""
    wasted: float | None = None
    """USD since `first_seen`, at the monthly cost of its evidence; None where that is not known."""
    evidence_hash: str = ""
    """16 hex digits of the evidence that does not vary by itself: what a waiver was approved on."""
    waiver: Waived | None = None
    """Where status is `waived` it holds; else it has expired, was given for other evidence, or what it
    excuses could not be looked at."""
    told_by: str = ""
    """Fingerprint of the open finding that tells of the same act and leads: an output may tell it there."""
    also: tuple[str, ...] = ()
    """The rules whose findings tell of the same act: those that it leads, or the one that leads it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was asked and did not come back whole."""

    account: str
    region: str
    service: str
    operation: str
    status: str
    """denied | throttled | timeout | malformed | vanished | region_off | unsupported | ..."""
    error_code: str
    message: str
    count: int
    """How many calls ended this way."""
    types: tuple[str, ...]
    """Terraform types that are not, or not wholly, seen because of it."""
    rules: tuple[str, ...]
    """Rules that cannot be decided there because of it."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what was asked came back whole."""

    asked: int
    complete: int
    percent: float
    """complete / asked * 100, rounded down to one decimal, so that 100.0 means all of it."""
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """Which run this is."""

    id: str
    started: str
    finished: str
    version: str
    now: str
    """The moment the rules judged by, UTC ISO 8601."""
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    rule_set: str = ""
    """sha256 of the rules that ran: the same hash, the same questions."""
    previous: str | None = None
    """Id of the scan this one is compared with."""


@dataclass(frozen=True, slots=True)
class Source:
    """One declared state that was read, or could not be."""

    source: str
    status: str
    """ok, or why not: missing | malformed | encrypted | unsupported | denied | stale."""
    message: str
    serial: int | None
    lineage: str
    terraform_version: str
    instances: int
    digest: str
    """sha256 of the bytes that were read."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Every declared instance and every actual resource, each in exactly one class."""

    declared: Mapping[str, int]
    actual: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """A rule as a reader of the report needs it, with what it found."""

    id: str
    title: str
    severity: Severity
    role: str
    why: str
    fix: str
    population: int
    """How many resources the rule looked at."""
    findings: int
    """new + standing."""
    unknown: int
    """Findings and scopes that could not be decided."""
    blind: tuple[str, ...] = ()
    """Scopes (`account region: reason`) in which the rule could not be decided."""
    preview: bool = False
    """Shown, but never fails the gate."""


@dataclass(frozen=True, slots=True)
class TypeCoverage:
    """One resource type: how many were seen, declared and compared."""

    type: str
    actual: int
    declared: int
    compared: int
    """Attributes compared over all instances."""
    not_compared: int
    """Declared attributes that no table line compares."""
    complete: bool


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """An account of ours, how much of it was seen, and what was found."""

    id: str
    name: str
    """In the organization, where it was asked."""
    status: str
    """scanned | unreachable | suspended | pending_closure | ..."""
    reason: str
    """Why it was not scanned, or not wholly."""
    regions: tuple[str, ...]
    asked: int
    complete: int
    resources: int
    findings: int
    """new + standing."""


@dataclass(frozen=True, slots=True)
class Report:
    """A scan against the one before."""

    schema: int
    scan: Scan
    coverage: Coverage
    counts: Counts
    findings: tuple[Finding, ...]
    rules: tuple[RuleSummary, ...] = ()
    sources: tuple[Source, ...] = ()
    types: tuple[TypeCoverage, ...] = ()
    accounts: tuple[AccountSummary, ...] = ()
    fallback_owner: str | None = None
    routing: Routing | None = None
    """None in reports made before it was counted."""
    ownership: Mapping[str, int] = field(default_factory=dict)
    """How many resources of people's own making are in each state of ownership; what is untaggable, or was
    not read, stands apart from whoever could have an owner."""
    readiness: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Of each aspect (declared, owned, permitted, watched, recoverable) how many resources of people's own
    making are `yes`, `no`, `unknown`, or `none` where there is nothing to ask."""
    cards: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The same aspects and verdicts of each resource with findings, where it is of people's own making."""
    overdue_days: Mapping[Severity, int] = field(default_factory=dict)
    """After how many days an open finding is overdue, by the settings of this scan."""
    figures: Figures | None = None
    """What the store's scans say taken together; None where there is no history."""
    notes: tuple[str, ...] = field(default=())
    """Sentences a reader must know before trusting the rest (`no state was given`)."""
    waivers: tuple[WaiverUse, ...] = ()
    grants: GrantLedger | None = None
    """Who was given what in IAM; None in reports made before it was told."""
    identified: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """How many resources that the catalog does not collect are known by their ARN alone: by Terraform type
    (``: not known) and state, declared | unmanaged | unknown. Empty unless the settings ask (`long_tail`)."""


@dataclass(frozen=True, slots=True)
class Param:
    """A setting of a rule."""

    default: Any
    help: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A SELECT with promises; see rules/README.md."""

    id: str
    title: str
    severity: Severity
    role: str
    since: str
    says: str
    why: str
    fix: str
    population: str
    sql: str
    identity: tuple[str, ...]
    evidence: Mapping[str, str]
    params: Mapping[str, Param]
    references: tuple[str, ...] = ()
    status: Literal["preview", "stable", "retired"] = "stable"
    severities: str = ""
    """Name of an evidence column that holds the row's own severity, if the rule has one."""
    varies: tuple[str, ...] = ()
    """Evidence columns that change while the problem stays the same (sizes, counts)."""
    undecided: str = ""
    """Name of an evidence column that says why a row is not known; null where it is."""
    everywhere: bool = False
    """What it looks for may be in any account and region: a finding is a fact where all were seen."""
    same_act: Mapping[str, Mapping[str, str | tuple[str, ...]]] = field(default_factory=dict)
    """Rules whose findings tell of the act that this rule tells of: by rule what their evidence must hold, a
    tuple of values or the name of this rule's own column; `resource` names the column that holds theirs."""
