"""Reports to render: a small company's estate in every condition, without a scan."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from scanner.grant import HOW, GrantLedger, GrantLine, TeamGrants
from scanner.judge.waivers import excuse, uses
from scanner.model import (
    ACTUAL_COUNTS,
    DECLARED_COUNTS,
    SCHEMA,
    Counts,
    Coverage,
    Finding,
    Gap,
    Owner,
    Report,
    RuleSummary,
    Scan,
    Source,
    Status,
    TypeCoverage,
)
from scanner.timeline import Cleanup, Day, Figures, Flow, LastWrites, Share, Waste, Write
from scanner.waiver import Waived, Waiver, WaiverUse

from .harbour import ACCOUNT, FINDINGS, GAPS, NOW, REGION, RULES, WAIVERS, fingerprint

TODAY = date.fromisoformat(NOW[:10])


def summaries(findings: Iterable[Finding]) -> tuple[RuleSummary, ...]:
    found = list(findings)
    return tuple(
        RuleSummary(
            id=rule,
            title=title,
            severity=severity,
            role="request",
            why=why,
            fix=fix,
            population=20 + 7 * len(rule) % 31,
            findings=sum(f.rule == rule and f.status in ("new", "standing") for f in found),
            unknown=sum(f.rule == rule and f.status == "unknown" for f in found),
        )
        for rule, (severity, title, why, fix) in RULES.items()
    )


def empty() -> Report:
    """Nothing was asked and nothing was given."""
    return Report(
        schema=SCHEMA,
        scan=Scan(id="20261123T000000Z-00000000", started=NOW, finished=NOW, version="0", now=NOW),
        coverage=Coverage(asked=0, complete=0, percent=0.0, gaps=()),
        counts=Counts(dict.fromkeys(DECLARED_COUNTS, 0), dict.fromkeys(ACTUAL_COUNTS, 0)),
        findings=(),
        notes=("No state was given: nothing is known to be declared.",),
    )


def over_time(*teams: str | None) -> Figures:
    """Figures of three days, with these teams."""
    days = [
        Day(f"2026-11-{day}T00:00:00Z", 2, 1, 3, count, 4, 0, 90.5, 80.0, None, 99.5, 31.5, after)
        for day, count, after in ((21, 30, 9.5), (22, 1200, None), (23, 28, 4.0))
    ]
    return Figures(
        runs=5,
        since="2026-11-21T00:00:00Z",
        declared=Share(181, 200, 3, 90.5, 1.5),
        owned=Share(160, 200, 0, 80.0, 0.0),
        accountable=Share(0, 0, 200, None, 100.0),
        seen=Share(398, 400, 0, 99.5, 0.0),
        teams=tuple(Flow(team, 2, 1, 25, 3, 4, 1) for team in teams),
        ages={"<7": 3, "7-30": 20, "30-90": 5, ">90": 0},
        ages_unknown=4,
        cleanup=Cleanup(None, 7, 28, 4, 12.0, None),
        cleanup_by_team=tuple(Cleanup(team, 3, 9, 1, 2.5, 30.0) for team in teams),
        waste=Waste(31.5, 4, 2),
        days=tuple(days),
    )


def clean_estate() -> Report:
    """Everything was seen and nothing is wrong."""
    return Report(
        schema=SCHEMA,
        scan=Scan(
            id="20261123T000000Z-9f3c21aa",
            started=NOW,
            finished="2026-11-23T00:00:41Z",
            version="0",
            now=NOW,
            accounts=(ACCOUNT,),
            regions=(REGION, "eu-west-1"),
            rule_set=hashlib.sha256(b"rules").hexdigest(),
            previous="20261122T000000Z-1b7700d4",
        ),
        coverage=Coverage(asked=412, complete=412, percent=100.0, gaps=()),
        counts=Counts(
            dict.fromkeys(DECLARED_COUNTS, 0) | {"in_sync": 188},
            dict.fromkeys(ACTUAL_COUNTS, 0) | {"declared": 188, "provider_default": 21},
        ),
        findings=(),
        rules=summaries(()),
        sources=(
            Source(
                source="s3://harbour-terraform/platform/terraform.tfstate",
                status="ok",
                message="",
                serial=252,
                lineage="551800b2-6b8b-90ce-5da8-ce5f74168b50",
                terraform_version="1.11.4",
                instances=200,
                digest=hashlib.sha256(b"state").hexdigest(),
            ),
        ),
        types=(
            TypeCoverage("aws_db_instance", 2, 2, 44, 18, complete=True),
            TypeCoverage("aws_sqs_queue", 9, 8, 96, 0, complete=True),
        ),
    )


def grant(principal: str, document: str, via: str = "attached", **more: Any) -> GrantLine:
    """A grant of which nothing is known but what `more` says."""
    said: dict[str, Any] = {
        "account": ACCOUNT, "how": "declared", "administrator": "", "owner_state": "valid",
        "written": False, "disagree": False, "late": False, "used": "unknown",
        "by_service": False,
    }  # fmt: skip
    rest = {
        name: None
        for name in GrantLine.__dataclass_fields__
        if name not in {*said, "principal", "document", "via", "unknown"}
    }
    return GrantLine(principal=principal, document=document, via=via, **{**rest, **said, **more})


def grants() -> GrantLedger:
    """A grant of every kind."""
    iam = f"arn:aws:iam::{ACCOUNT}"
    lines = (
        grant(
            f"{iam}:role/break-glass", "arn:aws:iam::aws:policy/AdministratorAccess", how="by_hand",
            administrator="yes", requested_by="ada@example.com", approved_by="grace@example.com",
            purpose="the database was down", ticket="OPS-42", granted="2026-03-01T00:00:00Z",
            written=True, recorded_end="2026-06-02T00:00:00Z", enforced_end="2027-01-01T12:00:00Z",
            disagree=True, late=True, used="at", last_used="2026-11-20T08:30:00Z",
            owner_state="missing", revert="aws iam detach-role-policy --role-name break-glass",
        ),
        grant(
            f"{iam}:user/grace", f"{iam}:policy/engineers", "group", owner="platform",
            through=f"{iam}:group/engineers", how="unknown", used="unknown",
            revert="aws iam remove-user-from-group --user-name grace --group-name engineers",
            unknown={
                "how": "whether a state puts an undeclared user into the group was not compared",
                "request": "no grants.yaml was given, and no tag of the principal does either",
                "used": "the credential report tells of no use, or was not read",
            },
        ),
        grant(
            f"{iam}:role/worker", f"{ACCOUNT}/global/aws_iam_role_policy/worker:write", "inline",
            owner="payments", address='module.worker["a"].aws_iam_role_policy.this', used="unused",
            claimed_end="2100-01-02T00:00:00Z",
            revert="aws iam delete-role-policy --role-name worker --policy-name write",
            unknown={"used": "AWS recorded no use in the last 400 days, and tells of no more"},
        ),
        grant(
            f"{iam}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Read_1", f"{iam}:policy/read",
            "permission_set", how="aws", administrator="unknown", written=True, used="none",
            unknown={"revert": "in its permission set, in IAM Identity Center"},
        ),
        grant(
            f"{iam}:role/worker", f"{iam}:policy/edge", "boundary", owner="payments",
            unknown={"revert": "not known: what gives it was not read"},
        ),
    )  # fmt: skip
    teams = (
        TeamGrants("payments", 1200, 1200, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1200),
        TeamGrants("platform", 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1),
        TeamGrants(None, 2, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1),
    )
    denied = f"{ACCOUNT}: iam:get_account_authorization_details was denied"
    return GrantLedger(teams, 1, lines, (denied,))


def hostile_grant(text: str, number: int) -> GrantLine:
    """A grant in which everything that somebody can name is `text`."""
    named = dict.fromkeys(
        (
            "principal", "document", "through", "account", "owner", "requested_by", "purpose",
            "ticket", "approved_by", "granted", "recorded_end", "claimed_end", "enforced_end",
            "last_used", "revert", "owner_state", "address",
        ),
        text,
    )  # fmt: skip
    return grant(
        **named, via="group", how=HOW[number % 4], used="at", disagree=True, unknown={"how": text}
    )


def mixed() -> Report:
    """Everything was seen and every kind of finding is there."""
    base = clean_estate()
    bare = [f for f in FINDINGS if f.status != "unknown"]
    found, under = excuse(bare, WAIVERS, {}, TODAY)
    findings = tuple(found)
    return replace(
        base,
        waivers=uses(WAIVERS, under, {w.id: True for w in WAIVERS}, (), TODAY),
        counts=Counts(
            base.counts.declared
            | {"in_sync": 154, "changed": 26, "missing": 6, "not_compared": 14},
            base.counts.actual | {"declared": 180, "unmanaged": 18, "child": 11},
        ),
        findings=findings,
        rules=summaries(findings),
        fallback_owner="platform",
        grants=grants(),
        cards={
            FINDINGS[0].resource: {
                "declared": "yes",
                "owned": "yes",
                "permitted": "no",
                "watched": "none",
                "recoverable": "unknown",
            },
        },
        overdue_days={"critical": 2, "high": 14, "low": 180},
        figures=over_time("payments", "search", None),
    )


def incomplete() -> Report:
    """Some of it could not be seen: calls denied and throttled, a state encrypted."""
    base = mixed()
    rules = tuple(
        replace(rule, blind=(f"{ACCOUNT} eu-west-1: cloudwatch DescribeAlarms was throttled",))
        if rule.id.startswith("watch/")
        else rule
        for rule in summaries(FINDINGS)
    )
    encrypted = Source(
        source="states/search.tfstate",
        status="encrypted",
        message="the state is encrypted by OpenTofu; give the passphrase",
        serial=None,
        lineage="",
        terraform_version="",
        instances=0,
        digest=hashlib.sha256(b"encrypted").hexdigest(),
    )
    return replace(
        base,
        coverage=Coverage(asked=412, complete=407, percent=98.7, gaps=GAPS),
        counts=Counts(
            base.counts.declared | {"unreadable": 3}, base.counts.actual | {"unknown": 4}
        ),
        findings=tuple(excuse(FINDINGS, WAIVERS, {}, TODAY)[0]),
        rules=rules,
        sources=(*base.sources, encrypted),
        types=(*base.types, TypeCoverage("aws_dynamodb_table", 5, 4, 40, 6, complete=False)),
        notes=("One of two states could not be read: what it declares is not known.",),
    )


CORPUS = Path(__file__).parents[2] / "fixtures" / "hostile" / "strings.json"


def corpus() -> dict[str, str]:
    """Strings that were made to break out of something, by what they try."""
    named: dict[str, str] = json.loads(CORPUS.read_text(encoding="utf-8"))
    return named


def hostile_finding(text: str, number: int = 0) -> Finding:
    """A finding in which every field that AWS or a state can set is `text`."""
    statuses: tuple[Status, ...] = ("new", "standing", "unknown", "waived")
    rules = tuple(RULES)
    return Finding(
        fingerprint=fingerprint("hostile", str(number), text),
        rule=rules[number % len(rules)],
        severity=RULES[rules[number % len(rules)]][0],
        status=statuses[number % len(statuses)],
        resource=text,
        type=text,
        id=text,
        name=text,
        account=text,
        region=text,
        address=text if number % 2 else None,
        owner=Owner(team=text, via=text, state="valid"),
        says=text,
        evidence={"attribute": text, "declared": text, "actual": [text], "tags": {text: text}},
        first_seen=text,
        fix=text,
        unknown_because=text,
        last_writes=LastWrites(
            (Write(text, text, text, text, text, text, (text,)),) * (number % 2), text
        ),
        waiver=Waived(text, text, text, text, text, text, bool(number % 4), text)
        if number % 4 in (0, 3)
        else None,
    )


def hostile(strings: Iterable[str] | None = None) -> Report:
    """An estate whose every name was chosen by somebody who wishes us ill."""
    texts = list(corpus().values() if strings is None else strings)
    text = texts[0]
    gaps = tuple(
        Gap(t, t, t, t, "denied", t, t, 1, types=(t,), rules=(t,)) for t in texts[: len(texts) // 2]
    )
    return Report(
        schema=SCHEMA,
        scan=Scan(text, text, text, text, NOW, tuple(texts[:5]), tuple(texts[5:9]), text, text),
        coverage=Coverage(asked=100, complete=99, percent=99.0, gaps=gaps),
        counts=Counts({text: 1, "in_sync": 1}, {text: 1, "declared": 1}),
        findings=tuple(hostile_finding(t, number) for number, t in enumerate(texts)),
        rules=tuple(
            replace(r, title=text, why=text, fix=text, blind=(text,)) for r in summaries(())
        ),
        sources=tuple(Source(t, t, t, 1, t, t, 1, t) for t in texts[:4]),
        types=(TypeCoverage(text, 1, 1, 1, 1, complete=False),),
        fallback_owner=text,
        notes=tuple(texts[-3:]),
        grants=GrantLedger(
            tuple(TeamGrants(t, *[1] * 13) for t in texts[:3]),
            0,
            tuple(hostile_grant(t, number) for number, t in enumerate(texts[:8])),
            tuple(texts[:4]),
        ),
        waivers=tuple(
            WaiverUse(
                Waiver(t, t, {t: t, "tag": {t: t}}, t, t, t, t, t, t, t, t, t, t), t, 3, (), 1, 1
            )
            for t in texts[:6]
        ),
    )


def many(count: int) -> Report:
    """`count` findings over 40 teams, as a large estate has them."""
    base = mixed()
    kinds = [f for f in FINDINGS if f.status != "gone"]
    findings = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        team = f"team-{number % 41:02}" if number % 41 else None
        owner = Owner(team, "tag team" if team else "", "valid" if team else "missing")
        name = f"{kind.id}-{number:06}"
        findings.append(
            replace(
                kind,
                fingerprint=fingerprint("many", str(number)),
                resource=f"{kind.resource}-{number:06}",
                id=name,
                name=name,
                owner=owner,
            )
        )
    return replace(base, findings=tuple(findings), rules=summaries(findings))


ESTATES = {
    "empty": empty,
    "clean": clean_estate,
    "mixed": mixed,
    "incomplete": incomplete,
    "hostile": hostile,
}
