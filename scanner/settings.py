"""watchbill.yaml and WATCHBILL_* to one frozen `Settings`; flags are laid over it by the commands."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from scanner.errors import SettingsError
from scanner.model import Severity

FILE = "watchbill.yaml"
PREFIX = "WATCHBILL_"
WAIVERS = "waivers.yaml"
GRANTS = "grants.yaml"


class Secret:
    """A setting that is never shown: nothing but `reveal` gives its text, not even an error or a repr."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(...)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def reveal(self) -> str:
        """The text, for the one call that needs it."""
        return self._text


class Repository(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A repository whose CODEOWNERS says who answers for what its code declares."""

    path: str
    """Folder of a checkout."""
    name: str = ""
    """`organization/repository`, as yor's tags say it."""
    host: Literal["github", "gitlab"] = "github"
    """Whose rules its CODEOWNERS is written by."""
    states: dict[str, str] = {}
    """Which folder of it declares a state: glob over the state's source to folder, the first that fits."""
    modules: dict[str, str] = {}
    """Which folder declares a module: `module.network` to folder; the longest address counts."""


class RequiredTags(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Tags that some resources must have."""

    tags: tuple[str, ...]
    """Keys; an alias of the same meaning will do."""
    types: tuple[str, ...] = ("*",)
    """Terraform types; globs."""
    environments: tuple[str, ...] = ()
    """Only where the environment is one of these; empty: everywhere."""
    because: str = ""
    """Who asks for it, shown beside the finding."""


class Objective(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much may be lost of some resources."""

    rpo: str
    """The age that the newest backup may have: `15m`, `24h`, `7d`."""
    types: tuple[str, ...] = ("*",)
    """Terraform types; globs."""
    environments: tuple[str, ...] = ()
    """Only where the environment is one of these; empty: everywhere."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be set. Lists in an environment variable are separated by commas."""

    regions: tuple[str, ...] = ()
    """Regions to scan, or `all` that are enabled; empty: the one the AWS environment names."""
    accounts: tuple[str, ...] = ()
    """Accounts to scan: ids, or ARNs of roles to take; empty: the one the credentials belong to."""
    organization: bool = False
    """Scan every active account of the organization that the credentials belong to."""
    role: str = "watchbill"
    """Name, with its path if it has one, of the role that is taken in every account but the caller's."""
    external_id: str | None = None
    """The external id that those roles ask for."""
    states: tuple[str, ...] = ()
    """Terraform states: files, globs, folders, s3://, gs://, azurerm://, https:// and tfc:// URLs."""
    authorization_details: tuple[str, ...] = ()
    """Files of `aws iam get-account-authorization-details`: they are judged, and AWS is not asked."""
    state_profile: str | None = None
    """AWS profile that reads states in S3 and their keys in KMS; without it, the scan's credentials do."""
    state_region: str | None = None
    """Region of the keys, and of the buckets, of states; without it, the one the environment names."""
    state_headers: Secret | None = None
    """Headers for states behind http(s), a line each: `PRIVATE-TOKEN: ...`, or with its host before it."""
    state_passphrase: Secret | None = None
    """Opens states that OpenTofu encrypted with a passphrase (key provider pbkdf2)."""
    store: str = ".watchbill"
    """Folder of the snapshots."""
    keep_days: int | None = None
    """Snapshots older than so many days are removed after a scan; the history of findings stays whole."""
    ping_url: Secret | None = None
    """Told of every scan, as healthchecks.io does it: URL/start, then URL/EXIT_CODE."""
    out: tuple[str, ...] = ()
    """Reports to write; the format follows the suffix, a path ending in / gets the whole tree."""
    fail_on: Severity | None = None
    """A finding this severe, or worse, fails the gate."""
    fail_on_rules: dict[str, str] = {}
    """A bar of its own for a rule, or a family: `{orphan: never, access/open-bucket: medium}`."""
    at_most: dict[str, int] = {}
    """How many findings may be open of a severity, family, rule, or `all`: `{high: 20, orphan: 50}`."""
    min_seen: float = 100.0
    """The gate says `incomplete` when less than this percentage of what was asked came back whole."""
    rules: tuple[str, ...] = ()
    """Further folders of rules."""
    disable: tuple[str, ...] = ()
    """Rules, or families, that are not run."""
    params: dict[str, dict[str, Any]] = {}
    """Settings of rules: `params: {ownership/unowned-resource: {grace_days: 3}}`."""
    owner_tags: tuple[str, ...] = ("owner", "team", "owned-by", "owner-team", "squad")
    """Tags that name the owning team, most trusted first; case, `-`, `_` and `:` do not matter."""
    role_tags: dict[str, tuple[str, ...]] = {}
    """Tags that name who answers in a role: `{cost: [owner-cost]}`; by default owner-ROLE and ROLE-owner."""
    creator_tags: tuple[str, ...] = ("aws:createdBy", "created-by", "creator")
    """Tags that say who made it: asked where nobody answers."""
    creator_lookups: int = 0
    """CloudTrail is asked who made what nobody owns, for at most so many resources a scan (two a second)."""
    change_lookups: int = 0
    """CloudTrail is asked for the last writes on what drifted, for at most so many resources a scan."""
    use_lookups: int = 0
    """IAM is asked when so many principals a scan, at most, last used the services that they may use."""
    account_owners: dict[str, str] = {}
    """Account to the team that is asked where nobody answers."""
    context_tags: dict[str, tuple[str, ...]] = {}
    """Tags for what a resource says of its request: requested_by, ticket, purpose, service, environment,
    cost_center, data_class; each has aliases of its own by default."""
    required_tags: tuple[RequiredTags, ...] = ()
    """Tags that resources must have, by type and environment."""
    tag_policies: bool = False
    """Ask Organizations which tags the account's tag policy requires, and require them."""
    tagging_api: bool = False
    """Ask the tagging API for the tags of types whose lists have none, a hundred resources a call; what it
    does not name is asked one by one, as all is without this. Off, since nobody says how soon it follows."""
    long_tail: bool = False
    """List what the catalog does not collect too, by identifier alone (Cloud Control, tagging API). Off,
    since it is some 120 calls an account and region, each with a permission of its own (`watchbill policy`),
    and what AWS made itself cannot be told apart."""
    teams: tuple[str, ...] = ()
    """Directories of teams: teams.yaml files, and Backstage's catalog-info.yaml; files and globs."""
    repositories: tuple[Repository, ...] = ()
    """Checkouts whose CODEOWNERS says who answers."""
    channels: dict[str, tuple[Secret, ...]] = {}
    """Team to where it is told, beside the channels of teams.yaml: Apprise's addresses, or `env:VARIABLE`."""
    overdue_days: dict[Severity, int] = msgspec.field(
        default_factory=lambda: {"critical": 2, "high": 14, "medium": 60, "low": 180}
    )
    """After how many days an open finding is overdue."""
    expiry_tags: tuple[str, ...] = ("expires", "expires-on", "expiry", "expiration", "delete-after")
    """Tags that hold the day until which a resource is wanted."""
    alarm_tier: int = 1
    """Which recommended alarms are asked for: 1 the few that everybody needs, 2 more of them, 3 all."""
    rpo_tags: tuple[str, ...] = ("rpo", "recovery-point-objective")
    """Tags that say how old the newest backup of a resource may be: `15m`, `24h`, `7d`."""
    objectives: tuple[Objective, ...] = ()
    """The same for resources without such a tag, by type and environment: the first that fits."""
    restore_proven: bool = False
    """Only what AWS Backup lists a restore of counts as recoverable."""
    ignored_tags: tuple[str, ...] = ()
    """Tag prefixes that are not compared with the declared tags; aws: is always left out."""
    grants: str | None = None
    """File that says who asked for which grant, and until when; without it ./grants.yaml, if there is one."""
    waivers: str | None = None
    """File of waivers; without it ./waivers.yaml, if there is one."""
    baseline: str | None = None
    """File of findings that were there when watchbill came: they fail no gate."""
    fallback_owner: str | None = None
    """The team that gets what nobody owns."""
    workers: int = 32
    """Calls in flight at once, for each core that a large scan uses."""
    call_seconds: int = 60
    """How long one answer may take to arrive whole."""
    task_seconds: int = 1800
    """How long one type, with all found through it, may take in one account and region: what AWS
    throttles is asked again until then."""
    run_seconds: int = 14400
    """How long all the asking may take; what is left then is a gap in the report. A scan that broke off
    is taken up by the next one only within this time."""


def read(path: str | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a file (./watchbill.yaml if there is one) with the environment laid over it.

    Raises SettingsError, naming the file or variable and the key.
    """
    return traced(path, environment)[0]


def traced(
    path: str | None = None, environment: Mapping[str, str] | None = None
) -> tuple[Settings, dict[str, str]]:
    """As `read`, and where each setting that is no default was set."""
    file = Path(path or FILE)
    values: dict[str, Any] = {}
    if file.exists():
        values = _file(file)
    elif path is not None:
        raise SettingsError(
            f"{path}: no such file", hint="give an existing watchbill.yaml to --config"
        )
    settings = _convert(values, str(file))
    overlay = _environment(os.environ if environment is None else environment)
    if overlay:
        settings = _convert({**values, **overlay}, "the environment")
    origin = dict.fromkeys(values, str(file))
    origin |= {name: f"{PREFIX}{name.upper()}" for name in overlay}
    for name, usual in (("waivers", WAIVERS), ("grants", GRANTS)):
        if getattr(settings, name) is None and Path(usual).exists():
            settings = msgspec.structs.replace(settings, **{name: usual})
            origin[name] = f"./{usual}"
    return settings, origin


def _file(file: Path) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        problem = _problem(error)
    else:
        return _mapping(file, values)
    # not chained: the parser's own words quote the file, and a secret may stand there
    raise SettingsError(f"{file}: not YAML: {problem}", hint="mend the file")


def _problem(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or type(error).__name__
    return f"{what} in line {mark.line + 1}" if mark else str(what)


def _mapping(file: Path, values: Any) -> dict[str, Any]:
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise SettingsError(f"{file}: settings are `key: value` lines", hint=f"known: {_known()}")
    return values


def _environment(environment: Mapping[str, str]) -> dict[str, Any]:
    overlay: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX):
            continue
        key = variable.removeprefix(PREFIX).lower()
        if key == "config":
            continue
        if key not in Settings.__struct_fields__:
            raise SettingsError(f"{variable}: there is no setting {key}", hint=_nearest(key))
        default = getattr(Settings(), key)
        if isinstance(default, tuple):
            overlay[key] = tuple(part.strip() for part in text.split(",") if part.strip())
        elif isinstance(default, dict):
            raise SettingsError(
                f"{variable}: {key} can only be set in {FILE}", hint="move it there"
            )
        else:
            overlay[key] = text
    return overlay


def _convert(values: Mapping[str, Any], where: str) -> Settings:
    try:
        settings = msgspec.convert(dict(values), Settings, strict=False, dec_hook=_secret)
    except msgspec.ValidationError as error:
        problem = str(error)
        unknown = re.fullmatch(r".*unknown field `([^`]*)`", problem)
        hint = _nearest(unknown[1]) if unknown else _taken(problem)
        raise SettingsError(f"{where}: {problem}", hint=hint) from error
    if not 0 <= settings.min_seen <= 100:
        raise SettingsError(
            f"{where}: min_seen is a percentage from 0 to 100", hint="mend the value"
        )
    if settings.alarm_tier not in (1, 2, 3):
        raise SettingsError(f"{where}: alarm_tier is 1, 2 or 3", hint="mend the value")
    if not 1 <= settings.workers <= 256:
        raise SettingsError(f"{where}: workers is a number from 1 to 256", hint="mend the value")
    for name in ("call_seconds", "task_seconds", "run_seconds", "keep_days"):
        if (getattr(settings, name) or 1) < 1:
            raise SettingsError(f"{where}: {name} is a number above 0", hint="mend the value")
    return settings


def _taken(problem: str) -> str:
    """What the setting that a problem is about takes."""
    key = re.search(r"`\$\.(\w+)", problem)
    kind = get_type_hints(Settings).get(key[1]) if key else None
    parts = [part for part in (kind, *get_args(kind)) if get_origin(part) is Literal]
    words = [word for part in parts for word in get_args(part)]
    return (
        f"one of {', '.join(words)}"
        if words
        else "`watchbill settings --schema` says what it takes"
    )


def _secret(wanted: type, value: Any) -> Any:
    if wanted is Secret and isinstance(value, str):
        return Secret(value.strip("\r\n"))  # a newline is the file it was read from, not the secret
    raise TypeError("Expected `str`")


def _known() -> str:
    return ", ".join(Settings.__struct_fields__)


def _nearest(key: str) -> str:
    near = get_close_matches(key, Settings.__struct_fields__, n=1)
    return f"did you mean {near[0]}?" if near else f"known: {_known()}"
