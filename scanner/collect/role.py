"""The credentials of a role in another account, renewed by themselves and narrowed to what a scan reads."""

from __future__ import annotations

from typing import Any

from botocore.credentials import DeferredRefreshableCredentials, create_assume_role_refresher
from botocore.exceptions import ClientError

from scanner.collect.permissions import session_arns, session_policy
from scanner.collect.session import Session

SECONDS = 3600
"""How long a role's credentials last: more is refused to whoever has taken a role already (AssumeRole,
DurationSeconds). botocore takes new ones ten minutes before the end."""


def role_credentials(
    session: Session, role: str, external_id: str | None, region: str, scan_id: str
) -> Any:
    """botocore's credentials of a role, renewed by themselves, narrowed to what a scan reads."""
    arguments: dict[str, Any] = {
        "RoleSessionName": f"watchbill-{scan_id}"[:64],
        "DurationSeconds": SECONDS,
        # whatever the role may do: this is what a session of ours may at most
        "PolicyArns": session_arns(role.split(":")[1]),
        "Policy": session_policy(),
    }
    if external_id:
        arguments["ExternalId"] = external_id
    client = session.client("sts", region)
    narrow = create_assume_role_refresher(client, {"RoleArn": role, **arguments})
    # how much of a session the policies take up, STS alone knows; AWS's own lets nothing be changed either
    del arguments["Policy"]
    plain = create_assume_role_refresher(client, {"RoleArn": role, **arguments})

    def refresh() -> Any:
        try:
            return narrow()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "PackedPolicyTooLarge":
                raise
            return plain()

    return DeferredRefreshableCredentials(refresh, "assume-role")
