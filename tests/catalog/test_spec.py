"""The files of the catalog are refused unless they say exactly what can be understood."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scanner.catalog import aliases, load, spec
from scanner.errors import CollectError

GOOD: dict[str, Any] = {"list": "sqs.list_queues", "items": "QueueUrls", "id": "{QueueUrl}"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"itmes": "x"}, "itmes"),
        ({"attributes": {"a": {"kind": "str", "pth": "x"}}}, "pth"),
        ({"attributes": {"a": {"path": "x"}}}, "kind"),
        ({"attributes": {"a": {"kind": "block", "of": {"b": {"knd": "str"}}}}}, "knd"),
        ({"each": [{"call": "sqs.x", "int": "y"}]}, "into"),
        ({"each": [{"call": "sqs.x", "into": "y", "sise": 3}]}, "sise"),
        ({"each": "sqs.x"}, "array"),
        ({"batch": {"call": 5, "into": "x"}}, "str"),
        ({"belongs_to": [{"type": "aws_vpc"}]}, "id"),
    ],
)
def test_a_key_that_nobody_knows_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(CollectError) as caught:
        spec.parse("aws_x", {**GOOD, **change}, "x.toml")
    assert named in str(caught.value)
    assert "x.toml: aws_x" in str(caught.value)


def test_a_type_without_an_id_is_refused() -> None:
    with pytest.raises(CollectError, match="id"):
        spec.parse("aws_x", {"list": "sqs.list_queues", "items": "QueueUrls"}, "x.toml")


def test_one_line_and_a_table_of_an_attribute_mean_the_same() -> None:
    short = spec.parse("aws_x", {**GOOD, "attributes": {"a": "int b.c"}}, "x.toml")
    table = {"a": {"kind": "int", "path": "b.c"}}
    assert (
        short.attributes == spec.parse("aws_x", {**GOOD, "attributes": table}, "x.toml").attributes
    )


def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text)
    monkeypatch.setattr(spec, "FOLDER", tmp_path)


def _type(name: str, more: str = "") -> str:
    return f'[{name}]\nlist = "sqs.list_queues"\nitems = "QueueUrls"\nid = "{{QueueUrl}}"\n{more}\n'


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a": _type("aws_x"), "b": _type("aws_x")}, "already in a.toml"),
        ({"a": _type("aws_x", 'parent = "aws_y"')}, "aws_y"),
        (
            {"a": _type("aws_x", 'parent = "aws_y"') + _type("aws_y", 'parent = "aws_x"')},
            "contain each other",
        ),
    ],
)
def test_types_that_do_not_fit_together_are_refused(
    files: dict[str, str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _folder(tmp_path, monkeypatch, **files)
    with pytest.raises(CollectError, match=says):
        spec.load.__wrapped__()


def test_containers_come_before_what_is_in_them() -> None:
    placed: set[str] = set()
    for name, kind in load().items():
        assert not kind.container or kind.container in placed
        placed.add(name)


def test_what_is_listed_within_another_has_an_id_that_no_other_can_have() -> None:
    # a finding is known by account, region, type and id; what AWS calls an id is one, a name is not
    given = re.compile(r"(?:Id|ID|Arn|ARN|\{id)\}|parent\.|\}[/|]|join\(")
    inner = [kind for kind in load().values() if kind.parent and kind.list]
    assert inner
    assert [kind.type for kind in inner if not given.search(str(kind.id))] == []


def test_every_table_of_every_file_is_a_type() -> None:
    tables = [
        name
        for file in spec.FOLDER.glob("*.toml")
        for name in tomllib.loads(file.read_text(encoding="utf-8"))
    ]
    assert sorted(tables) == sorted(load())


def test_every_name_stands_for_one_known_type() -> None:
    assert set(aliases().values()) == set(load())
    for name, kind in load().items():
        assert aliases()[name] == name
        assert all(aliases()[other] == name for other in kind.also)
