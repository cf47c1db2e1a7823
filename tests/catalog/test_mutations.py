"""The validator catches the mistakes that people make: measured, not believed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from scanner.catalog import ResourceType, load
from scanner.catalog.spec import Attribute

from . import models
from .mutations import Mutation, misspelt, mutations

SAMPLE = 2000
LEAST = 0.95
ALWAYS = {
    "operation", "writing operation", "parameter", "required parameter", "enum", "unknown kind",
    "container", "into", "path items", "path key of a call", "path match of a call", "permission",
    "type", "also", "owner", "size", "absent", "belongs_to", "declared_parent", "default", "block",
    "claimed_in", "parameter maximum",
    "fan_out", "only_in", "next",
}  # fmt: skip
"""Sorts of which none may escape; of the others, what the models do not describe may."""


def _sample(found: list[Mutation]) -> list[Mutation]:
    """The same ones every time: some of every sort, and the rest by lot."""
    lot = random.Random(20)
    lot.shuffle(found)
    seen: Counter[str] = Counter()
    first: list[Mutation] = []
    rest: list[Mutation] = []
    for mutation in found:
        seen[mutation.sort] += 1
        (first if seen[mutation.sort] <= 20 else rest).append(mutation)
    return first + rest[: max(0, SAMPLE - len(first))]


def _escaped(checker: models.Checker, sample: list[Mutation]) -> Iterator[Mutation]:
    known: dict[int, set[tuple[str, str]]] = {}
    for mutation in sample:
        # problems that are there without the mistake do not catch it
        if id(mutation.before) not in known:
            before = checker.problems(mutation.before)
            known[id(mutation.before)] = {(p.key, p.says) for p in before}
        after = {(p.key, p.says) for p in checker.problems(mutation.after)}
        if not after - known[id(mutation.before)]:
            yield mutation


def test_at_least_95_percent_of_deliberate_mistakes_are_caught(
    capsys: pytest.CaptureFixture[str],
) -> None:
    types = load()
    sample = _sample([mutation for kind in types.values() for mutation in mutations(kind)])
    escaped = list(_escaped(models.Checker(types), sample))
    share = 1 - len(escaped) / len(sample)
    all_of, out_of = Counter(m.sort for m in escaped), Counter(m.sort for m in sample)
    with capsys.disabled():
        print(f"\n{share:.1%} of {len(sample)} deliberate mistakes caught; escaped:", end=" ")
        print(
            ", ".join(f"{sort} {n} of {out_of[sort]}" for sort, n in all_of.most_common()) or "none"
        )
    assert share >= LEAST, [f"{m.sort}: {m.where}" for m in escaped]
    sound = [m for m in escaped if m.sort in ALWAYS]
    assert not sound, [f"{m.sort}: {m.where}" for m in sound]


def test_every_sort_of_mistake_is_made() -> None:
    found = Counter(m.sort for kind in load().values() for m in mutations(kind))
    assert set(found) >= ALWAYS - {"also", "owner"}
    assert len(found) > 25


QUEUE = load()["aws_sqs_queue"]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (replace(QUEUE, list="sqs.list_queue"), "botocore has no sqs.list_queue"),
        (replace(QUEUE, list="sqs.delete_queue"), "not in read_only.txt"),
        (replace(QUEUE, list="sqs.receive_message"), "hands out data"),
        (replace(QUEUE, params={"MaxResult": 1000}), "has no such parameter"),
        (replace(QUEUE, items="QueueUrl"), "has no QueueUrl"),
        (replace(QUEUE, region="_region"), "only items of scope account"),
        (replace(QUEUE, of="aws_sns_topic"), "either list or of"),
        (replace(QUEUE, id="queue"), "same for every item"),
        (replace(QUEUE, arn="arn:aws:sqs:{_region}:{_account}:x"), "{_partition}"),
        (replace(QUEUE, declared_key="{nam}"), "has no nam"),
        (replace(QUEUE, tags="attributes"), "neither a map nor a list"),
        (replace(QUEUE, permission="sqs:ReceiveMessage"), "would let data be read"),
        (
            replace(QUEUE, attributes={"arn": Attribute(kind="str", path="QueueUrl")}),
            "computed only",
        ),
        (
            replace(
                load()["aws_db_instance"],
                attributes={"password": Attribute(kind="str", path="DBInstanceArn")},
            ),
            "sensitive",
        ),
        (
            replace(
                load()["aws_lambda_function"],
                facts={"environment": Attribute(kind="map", path="Environment.Variables")},
            ),
            "AWS calls it sensitive",
        ),
    ],
)
def test_a_mistake_is_named_in_words(broken: ResourceType, says: str) -> None:
    problems = models.Checker(load()).problems(broken)
    assert any(says in problem.says for problem in problems), problems


def test_one_name_at_a_time_is_misspelt_and_texts_are_left_alone() -> None:
    assert list(misspelt("a.b || last(c, '/d')")) == [
        "ax.b || last(c, '/d')",
        "a.bx || last(c, '/d')",
        "a.b || last(cx, '/d')",
    ]
    assert list(misspelt("arn:{_partition}:s3:::{Name}", template=True)) == [
        "arn:{_partitionx}:s3:::{Name}",
        "arn:{_partition}:s3:::{Namex}",
    ]
