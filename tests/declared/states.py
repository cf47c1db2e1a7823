"""States made for tests, as Terraform writes them."""

from __future__ import annotations

import json
from typing import Any

AWS = 'provider["registry.terraform.io/hashicorp/aws"]'
LINEAGE = "9f5ab3c2-0000-4000-8000-000000000001"


def state(*resources: dict[str, Any], serial: int = 3, lineage: str = LINEAGE) -> bytes:
    """A whole state of version 4."""
    document = {
        "version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": lineage,
        "outputs": {}, "resources": list(resources), "check_results": None,
    }  # fmt: skip
    return json.dumps(document, indent=2).encode()


def resource(
    type_: str, name: str, *instances: dict[str, Any], mode: str = "managed", **more: Any
) -> dict[str, Any]:
    """One resource block with its instances."""
    return {
        "mode": mode, "type": type_, "name": name, "provider": AWS,
        "instances": list(instances), **more,
    }  # fmt: skip


def instance(**more: Any) -> dict[str, Any]:
    """One instance; `attributes` are its id alone unless given."""
    return {"schema_version": 0, "attributes": {"id": "x"}, "sensitive_attributes": [], **more}
