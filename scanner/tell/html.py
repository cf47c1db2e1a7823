"""The report to read: each page whole by itself, without network and without script."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TextIO

from scanner import shipped
from scanner.grant import GrantLedger
from scanner.model import OPEN, SEVERITIES, STATUSES, AccountSummary, Finding, Report
from scanner.tell import figures, grants, handover, page, resources, words
from scanner.tell.clean import clean
from scanner.tell.digest import NO_OWNER, Digest, OwnerTally, ordered

if TYPE_CHECKING:
    from jinja2 import Environment

FIRST = 6
"""Findings in a panel of the first screen."""


def render(report: Report, out: TextIO) -> None:
    """Write `report` as one page with everything in it."""
    digest = Digest(ordered(report))
    _index(digest, _everything(digest), out, tree=False)


def pages(report: Report) -> Iterator[tuple[str, Callable[[Report, TextIO], None]]]:
    """The pages of the report tree: a name relative to its folder, and what writes it."""
    digest = Digest(ordered(report))
    everything = _everything(digest)
    yield "index.html", lambda _, out: _index(digest, everything, out, tree=True)
    yield "resources.html", lambda _, out: _resources(digest, everything, out)
    yield "rules.html", lambda _, out: _rules(digest, everything, out)
    if report.grants is not None:
        yield "grants.html", partial(_grants, digest, report.grants)
    accounts = page.account_pages(report)
    yield "coverage.html", lambda _, out: _coverage(digest, accounts, out)
    for account in report.accounts if accounts else ():
        yield accounts[account.id], partial(_write_account, digest, account)
    if report.figures is not None:
        yield "figures.html", lambda _, out: _write("figures.html", out, digest, home="")
    if digest.report.waivers:
        yield "waivers.html", lambda _, out: _waivers(digest, everything, out)
    for owner in digest.owners:
        yield f"owners/{owner.key}.html", partial(_write_owner, digest, owner)


def _write_owner(digest: Digest, owner: OwnerTally, _: Report, out: TextIO) -> None:
    _owner(digest, owner, out)


def _everything(digest: Digest) -> page.Listing:
    return _listing(digest, digest.report.findings)


def _listing(digest: Digest, findings: Sequence[Finding]) -> page.Listing:
    return page.listing(digest.report, findings, [name for name, _ in digest.families])


def _index(digest: Digest, listing: page.Listing, out: TextIO, *, tree: bool) -> None:
    _write(
        "index.html",
        out,
        digest,
        home="" if tree else None,
        listing=listing,
        recent=[page.item(digest.report, f) for f in (digest.new or digest.open)[:FIRST]],
        silent=[page.item(digest.report, f) for f in digest.silent[:FIRST]],
        waivers=[] if tree else page.waivers(digest.report),
        first_of=_first_of(digest, listing),
    )


def _first_of(digest: Digest, listing: page.Listing) -> dict[tuple[str, str], str]:
    """Where a cell of the matrix leads: the first finding of an owner and severity on the page."""
    first: dict[tuple[str, str], str] = {}
    keys = {owner.team: owner.key for owner in digest.owners}
    for finding in digest.open:
        anchor = page.anchor(finding.fingerprint)
        if anchor in listing.anchors:
            first.setdefault((keys[finding.owner.team or None], finding.severity), anchor)
    return first


def _owner(digest: Digest, owner: OwnerTally, out: TextIO) -> None:
    findings = digest.by_team[owner.team]
    open_ = [f for f in findings if f.status in OPEN]
    known: Counter[tuple[str, str]] = Counter()
    for finding in open_:
        how = words.how_known(finding.owner, digest.report.fallback_owner)
        known[how, words.how_sure(finding.owner)] += 1
    _write(
        "owner.html",
        out,
        digest,
        home="../",
        owner=owner,
        known=sorted(known.items(), key=lambda pair: (-pair[1], pair[0])),
        roles=handover.roles(digest.report, owner.team),
        steps=handover.steps(open_),
        listing=_listing(digest, findings),
    )


def _write_account(digest: Digest, account: AccountSummary, _: Report, out: TextIO) -> None:
    findings = digest.by_account.get(account.id, [])
    part = Digest(replace(digest.report, findings=tuple(findings)))
    listing = _listing(digest, findings)
    _write(
        "account.html",
        out,
        digest,
        home="../",
        account=account,
        part=part,
        gaps=[gap for gap in digest.report.coverage.gaps if gap.account == account.id],
        listing=listing,
        first_of=_first_of(part, listing),
    )


def _rules(digest: Digest, listing: page.Listing, out: TextIO) -> None:
    rules = sorted(digest.report.rules, key=lambda rule: (SEVERITIES.index(rule.severity), rule.id))
    _write(
        "rules.html",
        out,
        digest,
        home="",
        families=[
            (name, [rule for rule in rules if words.family(rule.id) == name])
            for name, _ in digest.families
        ],
        places={group.rule.id: group.anchor for f in listing.families for group in f.rules},
    )


def _coverage(digest: Digest, accounts: Mapping[str, str], out: TextIO) -> None:
    _write("coverage.html", out, digest, home="", accounts=accounts)


def _resources(digest: Digest, listing: page.Listing, out: TextIO) -> None:
    _write(
        "resources.html",
        out,
        digest,
        home="",
        rows=resources.rows(digest.report, listing.anchors),
        most=resources.LIMIT,
        owner_pages={owner.key for owner in digest.owners},
    )


def _grants(digest: Digest, ledger: GrantLedger, _: Report, out: TextIO) -> None:
    _write(
        "grants.html",
        out,
        digest,
        home="",
        ledger=ledger,
        summary=grants.summary(ledger),
        told_grants=[grants.told(line) for line in ledger.lines],
        how=grants.HOW,
    )


def _waivers(digest: Digest, listing: page.Listing, out: TextIO) -> None:
    _write(
        "waivers.html", out, digest, home="", listing=listing, waivers=page.waivers(digest.report)
    )


def _write(template: str, out: TextIO, digest: Digest, **context: Any) -> None:
    environment = _environment()
    listing = context.get("listing")
    scripts = ["assets/report.js", *(["assets/list.js"] if listing and listing.shards else [])]
    allowed = " ".join(f"'{_hash(_source(name))}'" for name in scripts)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src '{_hash(_source('assets/report.css'))}'; "
        "base-uri 'none'; form-action 'none'"
    )
    stream = environment.get_template(template).stream(
        policy=policy, digest=digest, report=digest.report, scan=digest.report.scan, **context
    )
    stream.enable_buffering(64)
    out.writelines(stream)


def _source(name: str) -> str:
    """An asset as a page includes it, so that its hash is the one the browser computes."""
    return _environment().get_template(name).render()


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(shipped.reports()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_visible,
    )
    environment.globals.update(
        severities=SEVERITIES,
        statuses=STATUSES,
        no_owner=NO_OWNER,
        words=words,
        anchor=page.anchor,
        told=figures,
        limit=page.LIMIT,
    )
    environment.filters.update(number=words.number, firm=_firm)
    return environment


def _visible(value: Any) -> Any:
    """Every value on its way to a page, with what is invisible in it written out."""
    if not isinstance(value, str) or hasattr(value, "__html__"):  # what a macro made is done
        return value
    return clean(value, lines=True)


def _firm(text: str) -> str:
    """A number and its percent sign stay on one line."""
    return text.replace(" %", "\u00a0%")
