"""The pages say first what the four readers came for, and stand alone."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from dataclasses import replace
from datetime import date

import pytest

from scanner.grant import GrantLedger
from scanner.model import AccountSummary, Report
from scanner.tell import page
from scanner.tell.digest import Digest, ordered, owner_key
from scanner.tell.words import moment

from . import sample
from .reading import Page, rendered, tree


def accounts() -> Report:
    """Findings of two accounts, and a third that could not be entered."""
    report = sample.incomplete()
    ids = ("111122223333", "444455556666", "777788889999")
    findings = [replace(f, account=ids[n % 2]) for n, f in enumerate(report.findings)]
    told = [
        AccountSummary(
            id_, "", "scanned" if n < 2 else "unreachable", "", ("us-east-1",), 1, n < 2, 5, 3
        )
        for n, id_ in enumerate(ids)
    ]
    return replace(report, findings=tuple(findings), accounts=tuple(told))


ESTATES = {name: make() for name, make in sample.ESTATES.items()} | {"accounts": accounts()}


def every_page(report: Report) -> dict[str, str]:
    return {"report.html": rendered(report, ".html"), **tree(report)}


@pytest.mark.parametrize("estate", ESTATES)
def test_pages_are_well_formed_and_have_one_of_each_landmark(estate: str) -> None:
    for name, text in every_page(ESTATES[estate]).items():
        parsed = Page(text)
        assert not parsed.problems, name
        tags = [tag for tag, _ in parsed.elements]
        for once in ("h1", "main", "header", "footer", "nav", "title", "style", "script"):
            assert tags.count(once) == 1, (name, once)
        ids = parsed.values("id")
        assert len(ids) == len(set(ids)), name
        for reference in parsed.values("aria-labelledby"):
            assert reference in ids, (name, reference)


@pytest.mark.parametrize("estate", ESTATES)
def test_links_lead_somewhere(estate: str) -> None:
    files = {"findings.json", "findings.csv", "grants.csv", "SHA256SUMS"}
    pages = tree(ESTATES[estate])
    ids = {name: set(Page(text).values("id")) for name, text in pages.items()}
    for name, text in pages.items():
        for link in Page(text).values("href"):
            path, _, fragment = link.partition("#")
            target = path or name
            if "/" in name and path:
                folder = name.partition("/")[0]
                target = path.removeprefix("../") if path.startswith("../") else f"{folder}/{path}"
            assert target in ids.keys() | files, (name, link)
            assert not fragment or fragment in ids[target], (name, link)


@pytest.mark.parametrize("estate", ESTATES)
def test_the_single_page_leans_on_no_other_file(estate: str) -> None:
    parsed = Page(rendered(ESTATES[estate], ".html"))
    assert all(link.startswith("#") for link in parsed.values("href"))
    assert {link.removeprefix("#") for link in parsed.values("href")} <= set(parsed.values("id"))


@pytest.mark.parametrize("estate", ESTATES)
def test_policy_allows_only_what_is_on_the_page(estate: str) -> None:
    for name, text in every_page(ESTATES[estate]).items():
        parsed = Page(text)
        policy = next(
            attrs["content"]
            for tag, attrs in parsed.elements
            if attrs.get("http-equiv") == "Content-Security-Policy"
        )
        for kind in ("script", "style"):
            inside = parsed.texts[kind][0].encode()
            digest = base64.b64encode(hashlib.sha256(inside).digest()).decode()
            assert f"{kind}-src 'sha256-{digest}'" in policy, name
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy
        assert not parsed.values("style")
        assert not parsed.values("src")


def test_accessible_names_of_tables() -> None:
    for text in every_page(ESTATES["incomplete"]).values():
        tags = [tag for tag, _ in Page(text).elements]
        assert tags.count("caption") == tags.count("table")
        headers = [attrs for tag, attrs in Page(text).elements if tag == "th"]
        assert all("scope" in attrs for attrs in headers)


def test_no_header_is_empty_and_no_heading_skips_a_level() -> None:
    whole = replace(sample.FINDINGS[0], evidence={"declared": 1, "actual": 2})
    report = replace(ESTATES["incomplete"], findings=(*ESTATES["incomplete"].findings, whole))
    for name, text in every_page(report).items():
        for header in re.findall(r"<th\b[^>]*>(.*?)</th>", text, re.S):
            assert re.sub("<[^>]+>", "", header).strip(), name
        levels = [int(level) for level in re.findall(r"<h([1-6])\b", text)]
        steps = itertools.pairwise(levels)
        assert all(after <= before + 1 for before, after in steps), (name, levels)


def test_the_verdict_is_the_headline_and_what_was_not_seen_follows() -> None:
    text = rendered(ESTATES["incomplete"], ".html")
    verdict = Digest(ordered(ESTATES["incomplete"])).verdict.replace(" %", "\u00a0%")
    assert Page(text).texts["h1"] == [verdict]
    order = [text.index(f'id="{name}"') for name in ("unseen", "new", "silent", "findings")]
    assert order == sorted(order)


def test_the_four_readers_find_theirs() -> None:
    report = ESTATES["incomplete"]
    pages = tree(report)
    main = Page(pages["index.html"]).texts["main"][0]
    before = re.sub(r"\s+", " ", main[: main.index("Declared and actual")])
    for said in (
        "98.7 % 407 of 412 calls",
        "61.5 % 8 of 13",
        "New since the last scan 5",
        "Nobody would notice 2",
        report.scan.id,
        "1 account \u00d7 2 regions",
        "serial 252, lineage 551800b2-6b8b-90ce-5da8-ce5f74168b50",
        report.scan.rule_set[:16],
        "denied: dynamodb:DescribeContinuousBackups",
    ):
        assert said in before, said
    assert f'href="owners/{owner_key("payments")}.html"' in pages["index.html"]


def test_the_first_page_says_what_is_overdue_and_for_whom() -> None:
    report = ESTATES["mixed"]
    limits = {"critical": 2, "high": 14, "low": 180}
    late = [
        f
        for f in report.findings
        if f.status in ("new", "standing")
        and f.severity in limits
        and (date(2026, 11, 23) - date.fromisoformat(f.first_seen[:10])).days > limits[f.severity]
    ]
    assert late
    index = tree(report)["index.html"]
    said = re.sub(r"\s+", " ", Page(index).texts["main"][0])
    assert f"{len(late)} findings are overdue. Half is fixed within 12 days" in said
    assert "Open: 28 on 2026-11-23, 1,200 on 2026-11-22, 30 on 2026-11-21." in said
    (matrix,) = re.findall('<table class="matrix">(.*?)</table>', index, re.S)
    last = [
        re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)[-1] for row in matrix.split("</tr>")[1:-1]
    ]
    assert sum(int(cell) for cell in last if cell.isdigit()) == len(late)
    assert "overdue." not in tree(replace(report, overdue_days={}))["index.html"]


def test_every_owner_has_a_page_and_the_unrouted_too() -> None:
    report = ESTATES["incomplete"]
    pages = tree(report)
    teams = {f.owner.team for f in report.findings if f.status != "gone"}
    for team in teams:
        shown = Page(pages[f"owners/{owner_key(team)}.html"]).findings
        own = {f.fingerprint for f in report.findings if f.owner.team == team}
        assert shown == own
    unrouted = pages[f"owners/{owner_key(None)}.html"]
    assert "findings have no owner" in unrouted
    assert "98.7" in unrouted


def test_a_finding_says_everything_about_itself() -> None:
    finding = next(f for f in sample.FINDINGS if "declared" in f.evidence and f.fix)
    report = replace(ESTATES["mixed"], findings=(finding,))
    text = Page(rendered(report, ".html")).texts["details"][0]
    for said in (
        finding.severity,
        finding.says,
        finding.resource,
        finding.address or "",
        finding.fix,
        finding.fingerprint,
        "payments",
        "tag team",
        "2026-11-23 00:00 UTC",
        "policy.Statement[].Principal",
        '{"Service":"sns.amazonaws.com"}',
    ):
        assert said in text, said
    assert "Version" not in text


def test_rule_text_stands_once() -> None:
    text = rendered(ESTATES["mixed"], ".html")
    assert text.count(sample.RULES["drift/changed-attribute"][2]) == 1


def test_a_rule_without_a_summary_is_shown_by_its_id() -> None:
    report = replace(ESTATES["mixed"], rules=())
    assert Page(rendered(report, ".html")).findings == {f.fingerprint for f in report.findings}


def test_the_first_are_told_whole_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "LIMIT", 80)
    monkeypatch.setattr(page, "FIRST", 20)
    report = sample.many(90)
    pages = tree(report)
    index = Page(pages["index.html"])
    assert "20 of 90 findings are told whole here" in index.texts["main"][0]
    assert "findings.csv" in index.values("href")
    worst = {f.fingerprint for f in report.findings if f.severity == "critical"}
    assert index.findings & worst
    owners = [Page(text).findings for name, text in pages.items() if name.startswith("owners/")]
    assert set().union(*owners) == {f.fingerprint for f in report.findings}
    policy = index.values("content")[1]
    for script in (text for text in index.texts["script"] if text.startswith('"use strict"')):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_each_account_has_a_page_with_only_its_own_where_there_are_several() -> None:
    report = accounts()
    pages = {name: text for name, text in tree(report).items() if name.startswith("accounts/")}
    assert len(pages) == 3
    for account in report.accounts:
        parsed = Page(pages[page.account_pages(report)[account.id]])
        assert parsed.findings == {
            f.fingerprint for f in report.findings if f.account == account.id
        }
    (shut,) = [text for text in pages.values() if "was not looked into: unreachable" in text]
    assert "0 of 1 call came back whole" in shut
    assert "neither well nor ill" in shut


def test_the_page_of_rules_has_every_rule_and_leads_to_what_it_found() -> None:
    report = ESTATES["incomplete"]
    pages = tree(report)
    parsed = Page(pages["rules.html"])
    said = parsed.texts["main"][0]
    assert all(rule.id in said and rule.title in said for rule in report.rules)
    found = {f.rule for f in report.findings if f.status != "gone"}
    links = [link for link in parsed.values("href") if link.startswith("index.html#r-")]
    assert len(links) == len(found & {rule.id for rule in report.rules})


def test_the_page_of_grants_sums_up_first_and_tells_each_with_what_is_not_known() -> None:
    report = ESTATES["mixed"]
    ledger = report.grants
    assert ledger is not None
    text = tree(report)["grants.html"]
    said = re.sub(r"\s+", " ", Page(text).texts["main"][0])
    for words in (
        "1,203 grants: 1,200 declared, 1 by hand, 1 AWS's own, 1 not known; 1 is past its end",
        "There may be more in 123456789012: iam:get_account_authorization_details was denied",
        "5 of 1,204 are told here",
        f'watchbill query --scan {report.scan.id} --csv "from grant_ledger"',
        "break-glass AdministratorAccess attached policy by hand no owner 2026-11-20 2026-06-01"
        " administratorpast its endends disagree",
        "Ends 2026-06-01, its last day (by grants.yaml)",
        "Ends 2027-01-01 12:00 UTC (by the dates in the policy, which AWS enforces)",
        "no use recorded (AWS recorded no use in the last 400 days, and tells of no more)",
        "Declared not known (whether a state puts an undeclared user into the group was not compared)",
        "In its permission set, in IAM Identity Center.",
        "Request not known (no grants.yaml was given, and no tag of the principal does either)",
        "Terraform gives it back at the next apply",
        "Ends never (by grants.yaml)",
    ):
        assert words in said, words
    assert text.count("<details") == len(ledger.lines)
    whole = replace(ledger, teams=ledger.teams[1:], lines=ledger.lines[1:])
    assert "are told here" not in tree(replace(report, grants=whole))["grants.html"]
    assert "grants.html" not in tree(replace(report, grants=None))
    failed = replace(report, grants=GrantLedger((), 0, (), problem="took longer than 60 s"))
    assert "could not be counted: took longer than 60 s" in tree(failed)["grants.html"]
    none = replace(report, grants=GrantLedger((), 0, ()))
    assert "No grant was seen." in tree(none)["grants.html"]


def test_anchors_are_fingerprints() -> None:
    assert page.anchor("0123456789abcdef01234567") == "f-0123456789abcdef01234567"
    assert re.fullmatch("f-[0-9A-Za-z_-]+", page.anchor('"><script>'))


@pytest.mark.parametrize(
    ("value", "shown", "block"),
    [
        ("text", "text", False),
        ("", "(empty)", False),
        (None, "(none)", False),
        (True, "yes", False),
        (1, "1", False),
        (0, "0", False),
        ([], "(none)", False),
        (["a"], "a", False),
        (["a", 2], "a\n2", True),
        ({"a": 1}, '{\n  "a": 1\n}', True),
        ([{"a": 1}], '[\n  {\n    "a": 1\n  }\n]', True),
        ("a\nb", "a\nb", True),
    ],
)
def test_evidence(value: object, shown: str, block: bool) -> None:
    finding = replace(sample.FINDINGS[0], evidence={"name": value})
    (entry,) = page.item(ESTATES["mixed"], finding).evidence
    assert (entry.value, entry.block) == (shown, block)


def test_a_resources_card_says_what_was_asked_of_it() -> None:
    text = tree(ESTATES["mixed"])["resources.html"]
    (card,) = re.findall('<span class="card block">(.*?)</span></th>', text, re.S)
    said = re.sub("<[^>]+>", "", card).split()
    assert " ".join(said) == "declared yes owned yes permitted no recoverable not known"


def test_the_page_of_resources_has_each_with_all_that_is_wrong_with_it() -> None:
    report = sample.incomplete()
    text = tree(report)["resources.html"]
    still = [f for f in report.findings if f.status != "gone"]
    (body,) = re.findall("<tbody[^>]*>(.*?)</tbody>", text, re.S)
    assert body.count("<tr ") == len({f.resource for f in still})
    assert set(re.findall('href="index.html#([^"]+)"', body)) == {
        page.anchor(f.fingerprint) for f in still
    }
    rank = ("critical", "high", "medium", "low")
    rows = body.split("</tr>")[:-1]
    first = [re.findall('class="sev (\\w+)"', row)[0] for row in rows]
    firm = [
        rank.index(one) for one, row in zip(first, rows, strict=True) if 'class="soft">' not in row
    ]
    assert firm == sorted(firm)


def test_a_finding_says_which_state_declares_it_and_which_call_told_of_it() -> None:
    report = ESTATES["mixed"]
    known = next(f for f in report.findings if f.address and f.type == "aws_sqs_queue")
    source = report.sources[0]
    one = replace(report, findings=(replace(known, declared_in=source.source),))
    said = re.sub(r"\s+", " ", Page(rendered(one, ".html")).texts["main"][0])
    assert f"{known.address} in {source.source}, serial {source.serial}" in said
    assert f"Asked of AWS sqs.list_queues {moment(report.scan.started)}" in said
    unseen = replace(known, status="unknown", unknown_because="sqs was denied")
    assert "Asked of AWS" not in rendered(replace(report, findings=(unseen,)), ".html")
