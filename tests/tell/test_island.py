"""The packed list of a page with many findings says what the findings say, and nothing that was hidden."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace
from typing import Any

import pytest

from scanner.model import Finding
from scanner.tell import island, page, words
from scanner.tell.clean import clean
from scanner.tell.digest import NO_OWNER, owner_key

from . import sample
from .reading import Page, rendered


def unpacked(shards: list[str]) -> list[dict[str, Any]]:
    """The rows of shards, each with its columns' words."""
    rows = []
    for shard in shards:
        columns = json.loads(gzip.decompress(base64.b64decode(shard, validate=True)))
        coded = [name for name in columns if isinstance(columns[name], dict)]
        for number, fingerprint in enumerate(columns["fingerprint"]):
            words_ = {name: columns[name]["words"][columns[name]["at"][number]] for name in coded}
            text = columns["text"][number].split("\x1f")
            rows.append({**words_, "text": text, "fingerprint": fingerprint})
    return rows


def test_a_row_for_each_finding_in_their_order_over_several_shards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(island, "SHARD", 70)
    report = sample.many(200)
    shards = list(island.shards(report, report.findings))
    assert len(shards) == 3
    now, rules = report.scan.now, {rule.id: rule for rule in report.rules}
    for row, finding in zip(unpacked(shards), report.findings, strict=True):
        rule, team = rules[finding.rule], finding.owner.team
        assert row == {
            "fingerprint": finding.fingerprint,
            "severity": finding.severity,
            "status": finding.status,
            "rule": [rule.id, rule.title, rule.why, words.general(rule.fix).strip()],
            "type": finding.type,
            "owner": [team or NO_OWNER, owner_key(team)],
            "place": [finding.account, finding.region],
            "seen": [words.moment(finding.first_seen), words.age(finding.first_seen, now)],
            "text": [finding.says, finding.resource, finding.address or ""],
        }


def test_what_is_invisible_is_written_out_and_separates_nothing() -> None:
    findings: list[Finding] = [
        sample.hostile_finding(f"{text}\x1f", number)
        for number, text in enumerate(sample.corpus().values())
    ]
    report = replace(sample.hostile(), findings=tuple(findings), rules=())
    for row, finding in zip(unpacked(list(island.shards(report, findings))), findings, strict=True):
        says = clean(finding.says)
        assert row["text"] == [says, says, says if finding.address else ""]
        assert row["rule"][:2] == [finding.rule, finding.rule]


def test_the_same_findings_are_the_same_bytes() -> None:
    report = sample.many(50)
    first, again = (list(island.shards(report, report.findings)) for _ in range(2))
    assert first == again


def test_a_page_with_many_carries_all_and_tells_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    report = sample.many(90)
    assert "shard" not in rendered(report, ".html")
    monkeypatch.setattr(page, "LIMIT", 89)
    monkeypatch.setattr(page, "FIRST", 20)
    told = Page(rendered(report, ".html"))
    assert len(told.findings) == 20
    shards = [
        text
        for text, (_, attrs) in zip(
            told.texts["script"], (e for e in told.elements if e[0] == "script"), strict=True
        )
        if attrs.get("class") == "shard"
    ]
    listed = [row["fingerprint"] for row in unpacked(shards)]
    assert sorted(listed) == sorted(f.fingerprint for f in report.findings)
    assert told.findings == set(listed[:20])
