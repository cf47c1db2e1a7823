"""gl-code-quality-report.json holds what GitLab documents, field by field, and nothing else."""

from __future__ import annotations

import json

import jsonschema
import pytest

from scanner.model import OPEN
from scanner.tell.codequality import SEVERITY

from . import sample
from .reading import rendered

TEXT = {"type": "string", "minLength": 1}
DOCUMENTED = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": TEXT,
            "check_name": TEXT,
            "fingerprint": TEXT,
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "lines"],
                "properties": {
                    # relative to the repository, and not led by ./
                    "path": {"type": "string", "pattern": "^[^./]"},
                    "lines": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


@pytest.mark.parametrize("estate", [*sample.ESTATES, "hostile"])
def test_every_estate_is_as_gitlab_documents_it(estate: str) -> None:
    report = sample.ESTATES[estate]() if estate in sample.ESTATES else sample.hostile()
    violations = json.loads(rendered(report, "gl-code-quality-report.json"))
    jsonschema.validate(violations, DOCUMENTED)
    prints = [violation["fingerprint"] for violation in violations]
    assert len(set(prints)) == len(prints)
    severities = {f.fingerprint: SEVERITY[f.severity] for f in report.findings if f.status in OPEN}
    assert {v["fingerprint"]: v["severity"] for v in violations} == severities
