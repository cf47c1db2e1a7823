"""The cases of a rule: what they may say, and that a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.errors import RuleError
from scanner.judge.cases import read_cases, run_cases
from scanner.judge.load import parse
from tests.judge.test_load import GOOD

RULE = parse("watch/full-queue", GOOD, "here")


def outcomes(tmp_path: Path, text: str) -> list[bool]:
    file = tmp_path / "full-queue.yaml"
    file.write_text(text)
    return [outcome.passed for outcome in run_cases(RULE, read_cases(file), str(file))]


def test_rows_and_settings_and_the_columns_that_matter(tmp_path: Path) -> None:
    text = """
- case: finds
  given: {aws_sqs_queue: [{resource: q, messages_visible: 9}]}
  expect: [{resource: q}]
- case: by other settings does not
  params: {most: 10}
  given: {aws_sqs_queue: [{resource: q, messages_visible: 9}]}
  expect: []
- case: nothing given
  expect: []
"""
    assert outcomes(tmp_path, text) == [True, True, True]


@pytest.mark.parametrize(
    "expect",
    ["[]", "[{resource: p}]", "[{resource: q, messages: 8}]", "[{resource: q}, {resource: q}]"],
)
def test_another_row_fewer_or_more_are_failures(expect: str, tmp_path: Path) -> None:
    text = f"""
- case: it
  given: {{aws_sqs_queue: [{{resource: q, messages_visible: 9}}]}}
  expect: {expect}
"""
    assert outcomes(tmp_path, text) == [False]


def test_two_rows_that_look_alike_need_two_rows(tmp_path: Path) -> None:
    text = """
- case: it
  given: {aws_sqs_queue: [{resource: q, messages_visible: 9}, {resource: q, messages_visible: 8}]}
  expect: [{resource: q}, {resource: q}]
"""
    assert outcomes(tmp_path, text) == [True]


def test_a_known_gap_must_fail(tmp_path: Path) -> None:
    text = """
- case: not yet
  known_gap: queues of other accounts are not seen
  given: {aws_sqs_queue: []}
  expect: [{resource: q}]
- case: no gap any more
  known_gap: it was one
  given: {aws_sqs_queue: []}
  expect: []
"""
    assert outcomes(tmp_path, text) == [True, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- case: x\n  expect: [\n", "full-queue.yaml"),
        ("- case: x\n  expected: []\n", "expect"),
        ("- case: x\n  given: {aws_sqs_quee: []}\n  expect: []\n", "no table aws_sqs_quee"),
        ("- case: x\n  given: {aws_sqs_queue: [{size: 1}]}\n  expect: []\n", "no column size"),
        ("- case: x\n  given: {aws_sqs_queue: [{messages_visible: many}]}\n  expect: []\n", "many"),
        ("- case: x\n  given: {aws_sqs_queue: [{seen_at: soon}]}\n  expect: []\n", "soon"),
    ],
)
def test_a_case_that_says_nonsense_is_told_with_its_file(
    text: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(RuleError, match=words) as caught:
        outcomes(tmp_path, text)
    assert "full-queue.yaml" in caught.value.message


def test_a_rule_without_cases_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no cases"):
        read_cases(tmp_path / "none.yaml")


def test_a_date_is_a_text_like_everything_from_aws(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("- case: x\n  given: {scan: [{seen_at: 2026-11-23}]}\n  expect: []\n")
    (case,) = read_cases(file)
    assert case.given == {"scan": [{"seen_at": "2026-11-23"}]}
