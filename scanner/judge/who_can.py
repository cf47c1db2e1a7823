"""Who may do one action, on one resource or on any: one SELECT over a snapshot's grants and statements."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanner.store.connection import timestamp

_GUARDED = """
aoss appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront cloudsearch
cloudtrail-data codeartifact codebuild codecommit codepipeline cognito-identity cognito-idp comprehend
comprehendmedical compute-optimizer cost-optimization-hub dax dsql dynamodb ecr ecr-public events
firehose fis fms gamelift health inspector-scan kendra kinesisvideo kms logs memorydb networkmonitor
notifications opensearch pca-connector-ad personalize polly pricing resource-groups rolesanywhere s3
secretsmanager servicediscovery signin sqs sts support swf textract timestream-influxdb transcribe
transfer translate wafv2 workspaces xray
"""
GUARDED = frozenset(_GUARDED.split())
"""Services that resource control policies can be about (documentation of AWS Organizations, 2026)."""
SQL = Path(__file__).with_name("who_can.sql")


def who_can(action: str, resource: str | None, now: str) -> tuple[str, Mapping[str, Any]]:
    """The SELECT and its parameters. `now` is the moment to judge by."""
    values = {
        "action": action.lower(),
        "resource": resource or "",
        "now": timestamp(now),
        "guarded": action.partition(":")[0].lower() in GUARDED,
    }
    return SQL.read_text(encoding="utf-8"), values


def unseen() -> str:
    """The SELECT of what was not seen of IAM, so that somebody may be lacking."""
    return """
        select distinct l.account, l.service, l.operation, l.status
        from ledger as l
        where not l.complete and l.service = 'iam' and l.operation = 'get_account_authorization_details'
        order by all
    """


def unguarded() -> str:
    """The SELECT of the accounts of which a layer of the organization's policies was not read, and why."""
    return """
        select g.account, string_agg(g.layer, ' and ' order by g.layer) as layers, g.reason
        from guarded_accounts as g where g.state = 'unread'
        group by g.account, g.reason
        order by all
    """


def hops(principal: str) -> tuple[str, Mapping[str, Any]]:
    """The SELECT of the shortest way of a principal, a row a hop, and its parameters."""
    return (
        """
        with recursive best as (
            select distinct on (p.principal) p.* from paths as p
            order by p.principal, p.hops, p.verdict desc, p.method
        ), way as (
            select 1 as hop, b.* from best as b where b.principal = $principal
            union all
            select w.hop + 1, b.*
            from way as w join best as b on b.principal = w.target
            where w.way in ('become', 'join', 'assume', 'pass', 'carrier') and w.hop < 50
        )
        select
            w.hop, w.principal, w.target, w.says, w.actions, w.documents, w.verdict, w.needs,
            s.address,
            case
                when w.gives = 'role' then 'is another role, and by no known way more'
                when w.way in ('write', 'policy', 'sets', 'boundary', 'deny') then 'makes an administrator'
                when w.hops = 1 then 'is an administrator'
            end as last
        from way as w
        left join subjects as s on s.resource = w.documents[1]
        order by w.hop
        """,
        {"principal": principal},
    )
