"""The block to paste: YAML that says what the finding says, whatever the finding says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scanner.tell.waiver import block, quoted

from . import sample
from .harbour import FINDINGS

NOW = "2026-11-23T02:00:00Z"
CORPUS = sample.corpus()


def read(text: str) -> Any:
    return yaml.load(text, Loader=yaml.BaseLoader)


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_a_hostile_name_stays_a_name(name: str) -> None:
    text = CORPUS[name]
    finding = replace(sample.hostile_finding(text), evidence_hash="0123456789abcdef")
    made = block(finding, NOW, {"reason": text, "approved_by": text})
    (entry,) = read(made)
    assert set(entry) == {
        "id", "rule", "match", "category", "owner", "requested_by", "approved_by", "ticket",
        "reason", "created", "expires", "evidence",
    }  # fmt: skip
    assert (entry["owner"], entry["reason"], entry["approved_by"]) == (text, text, text)
    expected = {"arn": text, "account": text, "fingerprint": finding.fingerprint}
    assert entry["match"] == {key: value for key, value in expected.items() if value}
    assert made.isascii()
    assert len(made.splitlines()) == 12 + sum(bool(v) for v in expected.values())


@given(st.text())
def test_every_text_reads_back_as_it_was(text: str) -> None:
    assert read(f"a: {quoted(text)}\n") == {"a": text}
    assert "\n" not in quoted(text)


def test_it_ends_after_thirty_days_and_says_nothing_for_people() -> None:
    (entry,) = yaml.safe_load(block(FINDINGS[0], NOW))
    assert (entry["created"], entry["expires"]) == (date(2026, 11, 23), date(2026, 12, 23))
    assert [entry[key] for key in ("requested_by", "approved_by", "ticket", "reason")] == [""] * 4
    assert entry["rule"] == FINDINGS[0].rule
