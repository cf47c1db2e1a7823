"""Reads waivers.yaml into `Waiver`s, strictly, and appends to it.

The file is a list. Scalars are taken as the text that stands there, so an account keeps its leading zero
and a ticket may be a number. A key that is not known or stands there twice, a rule that does not exist, a
date that is none, a match of everything: each is refused with its line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

import yaml

from scanner.errors import WaiverError
from scanner.judge.waivers import MOST_DAYS, SELVES, matches_all, same_person
from scanner.judge.whole import write_whole
from scanner.model import Rule
from scanner.owner import is_placeholder
from scanner.store.lineage import lineage
from scanner.waiver import Waiver

FILE = "waivers.yaml"
CATEGORIES = ("accepted-risk", "mitigated", "false-positive", "planned-removal")
MATCH = (
    "arn",
    "glob",
    "fingerprint",
    "tag",
    "account",
    "region",
    "attribute",
    "principal",
    "action",
)
NEEDED = (
    "id", "rule", "match", "category", "owner", "requested_by", "approved_by", "ticket", "reason",
    "created", "expires",
)  # fmt: skip
SHORTEST_REASON = 20
HIDDEN = "something in it cannot be seen"

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "fingerprint": (re.compile("[0-9a-f]{24}"), "24 hex digits, as reports show it"),
    "account": (re.compile(r"[0-9]{12}"), "an account of 12 digits"),
    "region": (re.compile(r"global|[a-z]{2}(-[a-z]+)+-[0-9]+"), "a region, or global"),
}
_PEOPLE = ("owner", "requested_by", "approved_by", "ticket")
"""Where a word that only stands for one would be nobody's."""
_ANY = frozenset({"", "arn", "aws", "aws-cn", "aws-us-gov"})
"""Words of a glob that narrow nothing down."""


def read(path: str | Path, rules: Mapping[str, Rule], today: date) -> tuple[Waiver, ...]:
    """The waivers of a file, in its order; `rules` are all that exist, disabled ones too.

    Raises WaiverError naming the file, the line and the key.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        hint = "`watchbill waivers add` makes one"
        raise WaiverError(f"{path}: no such file", hint=hint) from error
    except (OSError, UnicodeDecodeError) as error:
        raise WaiverError(f"{path}: cannot be read: {error}", hint="mend the file") from error
    return parse(text, str(path), rules, today)


def append(path: Path, block: str, rules: Mapping[str, Rule], today: date) -> tuple[Waiver, ...]:
    """Put a block behind what the file holds, whose comments stay; the waivers it then has.

    Raises WaiverError, and leaves the file as it is, where the whole would not be one that can be read.
    """
    before = ""
    if path.exists():
        read(path, rules, today)
        before = path.read_text(encoding="utf-8")
        if before and not before.endswith("\n"):
            before += "\n"
        root = yaml.compose(before, Loader=yaml.SafeLoader)
        column = root.value[0].start_mark.column - 2 if root is not None and root.value else 0
        block = "".join(" " * max(0, column) + line for line in block.splitlines(keepends=True))
    after = before + ("\n" if before.strip() else "") + block
    waivers = parse(after, str(path), rules, today)
    write_whole(path, after.encode())
    return waivers


def parse(text: str, where: str, rules: Mapping[str, Rule], today: date) -> tuple[Waiver, ...]:
    """The waivers of a text. Raises WaiverError for the first thing in it that is not as it must be."""
    problem = ""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = f"{getattr(error, 'problem', None) or error}"
        problem = f"{where}:{mark.line + 1 if mark else 1}: not YAML: {' '.join(problem.split())}"
    if problem:
        raise WaiverError(problem, hint="mend the file")
    if root is None:
        return ()
    if not isinstance(root, yaml.SequenceNode):
        raise WaiverError(
            f"{where}:{root.start_mark.line + 1}: the file is a list of waivers",
            hint="begin each with `- id:` at the start of a line",
        )
    waivers: dict[str, Waiver] = {}
    for node in root.value:
        made = _Entry(node, where).waiver(rules, today)
        if made.id in waivers:
            raise WaiverError(
                f"{made.where}: waiver {made.id}: it is there already ({waivers[made.id].where})",
                hint="every waiver has an id of its own",
            )
        waivers[made.id] = made
    return tuple(waivers.values())


class _Entry:
    """One waiver as it stands in the file."""

    def __init__(self, node: Any, where: str) -> None:
        self._where = where
        self._line = node.start_mark.line + 1
        self._name = ""
        self._nodes = self._mapping(node)
        for key in self._nodes:
            if key not in (*NEEDED, "evidence"):
                self._refuse(key, "there is no such key", _nearest(key, (*NEEDED, "evidence")))
        for key in NEEDED:
            if key not in self._nodes:
                self._refuse("", f"{key} is missing", f"it needs {', '.join(NEEDED)}")

    def waiver(self, rules: Mapping[str, Rule], today: date) -> Waiver:
        """The waiver, every promise of it checked."""
        self._name = self._text("id")
        for key in _PEOPLE:
            if is_placeholder(self._text(key)):
                self._refuse(key, f"{self._text(key)} names nobody and nothing", "name it")
        if not _ID.fullmatch(self._name):
            self._refuse("id", "up to 80 letters, digits, dots, hyphens", "rename it")
        rule = self._rule(rules)
        category = self._text("category")
        if category not in CATEGORIES:
            self._refuse("category", f"{category} is none", _nearest(category, CATEGORIES))
        reason = " ".join(self._text("reason").split())
        if len(reason) < SHORTEST_REASON:
            self._refuse(
                "reason",
                f"{len(reason)} characters say too little",
                f"say in {SHORTEST_REASON} or more why this may stay",
            )
        requested, approved = self._text("requested_by"), self._text("approved_by")
        if rule.severity == "critical" and not rule.severities and same_person(requested, approved):
            self._refuse("approved_by", "whoever asked for it", "let somebody else approve it")
        created, expires = self._dates(rule, today)
        match = self._match()
        evidence = self._text("evidence") if "evidence" in self._nodes else ""
        if evidence and not re.fullmatch("[0-9a-f]{16}", evidence):
            self._refuse("evidence", "not 16 hex digits", "take it from a report, or leave it out")
        if evidence and not {"arn", "fingerprint"} & match.keys():
            self._refuse("evidence", "the match names no single resource", "leave it out")
        return Waiver(
            id=self._name,
            rule=rule.id,
            match=match,
            category=category,
            owner=self._text("owner"),
            requested_by=requested,
            approved_by=approved,
            ticket=self._text("ticket"),
            reason=reason,
            created=created.isoformat(),
            expires=expires.isoformat(),
            evidence=evidence,
            where=f"{self._where}:{self._line}",
        )

    def _rule(self, rules: Mapping[str, Rule]) -> Rule:
        name = self._text("rule")
        if name not in rules:
            self._refuse("rule", f"there is no rule {name}", _nearest(name, rules))
        if SELVES in lineage(rules[name].sql).tables:
            self._refuse("rule", "a waiver excuses no waiver", "mend or take out the other one")
        return rules[name]

    def _dates(self, rule: Rule, today: date) -> tuple[date, date]:
        created, expires = self._date("created"), self._date("expires")
        # it may be tomorrow already where it was written
        if created > today + timedelta(days=1):
            self._refuse("created", f"{created} has yet to come", "write the day it was approved")
        if expires < created:
            self._refuse("expires", f"{expires} is before {created}", "write its last day")
        # where rows differ in severity, each finding's own severity decides, when it is judged
        severity = "low" if rule.severities else rule.severity
        most = MOST_DAYS[severity]
        if (expires - created).days > most:
            latest = created + timedelta(days=most)
            what = f"waivers of {rule.id} ({severity}) last at most {most} days"
            self._refuse("expires", what, f"{latest} or before; renew it then, if it must be")
        return created, expires

    def _match(self) -> dict[str, Any]:
        line, found = self._nodes["match"]
        if not isinstance(found, Mapping) or not found:
            self._refuse(
                "match", "says nothing that must hold", f"one or more of {', '.join(MATCH)}"
            )
        match: dict[str, Any] = {}
        for key, value in found.items():
            if key not in MATCH:
                self._refuse(f"match.{key}", "there is no such key", _nearest(key, MATCH), line)
            if key == "tag":
                tags = value if isinstance(value, Mapping) else {}
                if not tags or not all(isinstance(v, str) and k for k, v in tags.items()):
                    self._refuse("match.tag", "not `KEY: value`", "tag: {team: payments}", line)
                match[key] = dict(tags)
                continue
            if not isinstance(value, str) or not value.strip():
                self._refuse(
                    f"match.{key}", "a text is expected", "quote it, or leave it out", line
                )
            if _hides(value):
                self._refuse(f"match.{key}", HIDDEN, "write it anew", line)
            form = _FORMS.get(key)
            if form and not form[0].fullmatch(value):
                self._refuse(f"match.{key}", f"{value} is not {form[1]}", "mend it", line)
            match[key] = value
        glob = match.get("glob", "x")
        if set(re.split(r"[*?:]", glob)) <= _ANY or matches_all(glob):
            self._refuse("match.glob", "matches everything", "name what it is about", line)
        return match

    def _date(self, key: str) -> date:
        text = self._text(key)
        with suppress(ValueError):
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                return date.fromisoformat(text)
        self._refuse(key, f"{text} is no date", "write it as 2026-11-23; it counts whole, in UTC")

    def _text(self, key: str) -> str:
        value = self._nodes[key][1]
        if not isinstance(value, str) or not value.strip():
            self._refuse(key, "no text stands there", f"write it behind `{key}:`")
        if _hides(" ".join(value.split())):
            self._refuse(key, HIDDEN, "write it anew")
        return value.strip()

    def _mapping(self, node: Any) -> dict[str, tuple[int, Any]]:
        if not isinstance(node, yaml.MappingNode):
            self._refuse("", "a waiver is `key: value` lines", f"it needs {', '.join(NEEDED)}")
        found: dict[str, tuple[int, Any]] = {}
        for key, value in self._pairs(node, ""):
            line = value.start_mark.line + 1
            if not isinstance(value, yaml.MappingNode):
                found[key] = (line, self._scalar(value, key))
                continue
            inner: dict[str, Any] = {}
            for name, part in self._pairs(value, key):
                if isinstance(part, yaml.MappingNode):
                    inner[name] = {
                        k: self._scalar(v, f"{key}.{name}.{k}")
                        for k, v in self._pairs(part, f"{key}.{name}")
                    }
                else:
                    inner[name] = self._scalar(part, f"{key}.{name}")
            found[key] = (line, inner)
        return found

    def _pairs(self, node: Any, key: str) -> Iterable[tuple[str, Any]]:
        seen: set[str] = set()
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                self._refuse(key, "a key is a word", "mend it", name.start_mark.line + 1)
            if name.value in seen:
                said = f"{key}.{name.value}" if key else name.value
                self._refuse(said, "stands there twice", "keep one", name.start_mark.line + 1)
            seen.add(name.value)
            yield name.value, value

    def _scalar(self, node: Any, key: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._refuse(key, "one text is expected", "mend it", node.start_mark.line + 1)
        return "" if node.tag == "tag:yaml.org,2002:null" else str(node.value)

    def _refuse(self, key: str, problem: str, hint: str, line: int = 0) -> NoReturn:
        known = getattr(self, "_nodes", {})
        line = line or (known[key][0] if key in known else self._line)
        about = f"waiver {self._name}: " if self._name else ""
        said = f"{key}: " if key else ""
        raise WaiverError(f"{self._where}:{line}: {about}{said}{problem}", hint=hint)


def _hides(text: str) -> bool:
    """Whether something in it cannot be seen."""
    return any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in text)


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(names[:12])}"
