"""From a rule's file to a proven `Rule`.

A rule is `rules/FAMILY/NAME.sql`: comment lines (`-- `) holding YAML, then one SELECT. Its id is its path.
What the header promises is proved by DuckDB itself, on empty tables, before the rule may run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

try:
    from yaml import CSafeLoader as Loader  # libyaml's, several times sooner
except ImportError:  # a PyYAML that was built without it
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

from scanner.errors import RuleError
from scanner.model import FAMILIES, Param, Rule, Severity
from scanner.store.lineage import Lineage, lineage, volatile
from scanner.store.prove import describe, relation_names

ABOUT = ("resource", "type", "id", "name", "account", "region", "address")
"""What `says` and `fix` may name beside the evidence: the columns of `subjects`."""

HOLE = re.compile(r"\{(\w+)(?:!(sh|hcl))?\}")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class _Param(msgspec.Struct, forbid_unknown_fields=True):
    default: Any
    help: str


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    severity: Severity
    role: Literal["request", "cost", "access", "monitoring", "recovery"]
    since: str
    says: str
    why: str
    fix: str
    population: str
    evidence: dict[str, str]
    identity: list[str] = []
    params: dict[str, _Param] = {}
    references: list[str] = []
    status: Literal["preview", "stable", "retired"] = "stable"
    severities: str = ""
    varies: list[str] = []
    undecided: str = ""
    everywhere: bool = False
    same_act: dict[str, dict[str, str | list[str]]] = {}


def parse(rule_id: str, text: str, where: str) -> Rule:
    """The rule in `text`, its header checked but its SQL not yet proved. Raises RuleError."""
    lines = text.splitlines()
    # the header ends at the first line that is no comment; comments further down belong to the SQL
    split = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    head, body = lines[:split], lines[split:]
    try:
        header = yaml.load("\n".join(line[2:].removeprefix(" ") for line in head), Loader)
        fields = msgspec.convert(header, _Header)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        problem = " ".join(str(error).split())
        near = re.search(r"unknown field `(\w+)`", problem)
        hint = _nearest(near[1], _Header.__struct_fields__) if near else "see rules/README.md"
        raise RuleError(f"{where}: the header: {problem}", hint=hint) from error
    sql = "\n".join(body).strip().removesuffix(";")
    if not sql:
        raise RuleError(f"{where}: there is no SELECT below the header", hint="see rules/README.md")
    return Rule(
        id=rule_id,
        title=fields.title,
        severity=fields.severity,
        role=fields.role,
        since=fields.since,
        says=fields.says,
        why=fields.why.strip(),
        fix=fields.fix.strip(),
        population=fields.population,
        sql=sql,
        identity=tuple(fields.identity),
        evidence=fields.evidence,
        params={name: Param(p.default, p.help) for name, p in fields.params.items()},
        references=tuple(fields.references),
        status=fields.status,
        severities=fields.severities,
        varies=tuple(fields.varies),
        undecided=fields.undecided,
        everywhere=fields.everywhere,
        same_act={
            name: {c: w if isinstance(w, str) else tuple(w) for c, w in same.items()}
            for name, same in fields.same_act.items()
        },
    )


def prove(rule: Rule, where: str) -> None:
    """Check every promise of a rule against what DuckDB says of its SQL. Raises RuleError.

    One SELECT; only known tables; parameters as declared; columns exactly `resource` and the evidence;
    nothing that depends on the clock or on chance.
    """
    found = _same_answer(rule.sql, where)
    for name in sorted(found.params ^ rule.params.keys()):
        what = "there is no parameter" if name in found.params else "the SELECT does not use"
        raise RuleError(f"{where}: {what} {name}", hint="list under params what stands behind a $")
    columns = describe(rule.sql, {name: p.default for name, p in rule.params.items()}, where)
    wanted = ["resource", *rule.evidence]
    if sorted(columns) != sorted(wanted):
        lacking = ", ".join(sorted(set(wanted) - set(columns))) or "nothing"
        extra = ", ".join(sorted(set(columns) - set(wanted))) or "nothing"
        raise RuleError(
            f"{where}: the SELECT lacks {lacking} and has {extra} too much",
            hint="it returns `resource` and exactly the columns listed under evidence",
        )
    known = {*ABOUT, *rule.evidence}
    for field, text in (("says", rule.says), ("fix", rule.fix)):
        for name, _ in HOLE.findall(text):
            if name not in known:
                raise RuleError(f"{where}: {field} names {{{name}}}", hint=_nearest(name, known))
    own = [w for same in rule.same_act.values() for w in same.values() if isinstance(w, str)]
    columns_named = [*own, *(name for name in (rule.severities, rule.undecided) if name)]
    for name in (*rule.identity, *rule.varies, *columns_named):
        if name not in rule.evidence:
            raise RuleError(f"{where}: {name} is no evidence", hint=_nearest(name, rule.evidence))
    _same_answer(population_sql(rule), f"{where}: population")
    describe(population_sql(rule), {}, f"{where}: population")


def _same_answer(sql: str, where: str) -> Lineage:
    """What one SELECT depends on. Raises RuleError where its tables are not known, or where it may give
    another answer for the same snapshot.
    """
    try:
        found = lineage(sql)
    except RuleError as error:
        raise RuleError(f"{where}: {error.message}", hint=error.hint) from error
    unknown = found.tables - relation_names()
    if unknown:
        name = sorted(unknown)[0]
        raise RuleError(f"{where}: there is no table {name}", hint=_nearest(name, relation_names()))
    hidden = found.common & relation_names()
    if hidden:
        raise RuleError(
            f"{where}: the WITH hides the table {sorted(hidden)[0]} behind its own name",
            hint="give it another name, so that it shows which tables the rule reads",
        )
    clock = found.functions & volatile()
    if clock:
        raise RuleError(
            f"{where}: {sorted(clock)[0]} gives another answer each time",
            hint="compare with seen_at; the same snapshot must give the same findings",
        )
    if found.chance:
        raise RuleError(
            f"{where}: {sorted(found.chance)[0]} may give another answer each time",
            hint="say the order; the same snapshot must give the same findings",
        )
    return found


def population_sql(rule: Rule) -> str:
    """The SELECT that counts what the rule looks at."""
    return f"select count(*) as n from {rule.population}"  # noqa: S608  (proved like the rule itself)


def load_rules(folders: Iterable[Path], *, only: Iterable[str] = ()) -> Mapping[str, Rule]:
    """Every proven rule of the folders, by id, in order. Raises RuleError for the first that is not.

    A later folder may not hold a rule that an earlier one has: a silent replacement would change what
    a report means.
    """
    wanted = set(only)
    rules: dict[str, Rule] = {}
    for folder in folders:
        if not folder.is_dir():
            raise RuleError(
                f"{folder}: no such folder of rules", hint="name a folder of FAMILY/NAME.sql"
            )
        for file in sorted(folder.glob("*/*.sql")):
            rule_id = f"{file.parent.name}/{file.stem}"
            if wanted and rule_id not in wanted:
                continue
            if rule_id in rules:
                raise RuleError(
                    f"{file}: {rule_id} exists already", hint="give the rule another name"
                )
            rules[rule_id] = _one(rule_id, file)
    missing = sorted(wanted - set(rules))
    if missing:
        known = {f"{f.parent.name}/{f.stem}" for folder in folders for f in folder.glob("*/*.sql")}
        raise RuleError(f"there is no rule {missing[0]}", hint=_nearest(missing[0], known))
    return dict(sorted(rules.items()))


def cases_file(folders: Iterable[Path], rule_id: str) -> Path:
    """Where the cases of a rule stand: beside its SQL."""
    return next(
        file.with_suffix(".yaml")
        for folder in folders
        if (file := folder / f"{rule_id}.sql").is_file()
    )


def _one(rule_id: str, file: Path) -> Rule:
    family, _, name = rule_id.partition("/")
    if family not in FAMILIES:
        raise RuleError(f"{file}: {family} is no family", hint=f"one of {', '.join(FAMILIES)}")
    if not _NAME.fullmatch(name):
        raise RuleError(f"{file}: the name is not words-with-hyphens", hint="see rules/README.md")
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{file}: cannot be read: {error}", hint="rules are UTF-8 text") from error
    return _proven(rule_id, text, str(file))


@cache
def _proven(rule_id: str, text: str, where: str) -> Rule:
    """The rule in a text; the same text needs no second proof."""
    rule = parse(rule_id, text, where)
    prove(rule, where)
    return rule


def rule_set(rules: Mapping[str, Rule]) -> str:
    """sha256 over all rules with their settings: the same hash, the same questions."""
    digest = hashlib.sha256()
    for rule in rules.values():
        digest.update(msgspec.json.encode(rule, order="deterministic"))
    return digest.hexdigest()


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known)[:12])}"
