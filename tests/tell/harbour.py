"""What a small company's scan found: every kind of finding once, and two gaps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scanner.model import Finding, Gap, Owner, OwnerState, Severity, Status
from scanner.timeline import Event, LastWrites, Story, Write
from scanner.waiver import Waiver

ACCOUNT, REGION, NOW = "123456789012", "us-east-1", "2026-11-23T00:00:00Z"

RULES: Mapping[str, tuple[Severity, str, str, str]] = {
    "drift/changed-attribute": (
        "high",
        "An attribute is not what the state declares",
        "Somebody changed it outside Terraform. The next apply reverts the change, or the next "
        "refresh hides it.",
        "Apply to bring the declared value back, or put the actual value into the configuration.",
    ),
    "drift/missing-resource": (
        "high",
        "A declared resource does not exist",
        "The state still lists it, so whatever depends on it fails or is silently unprotected.",
        "Apply to create it again, or remove it from the configuration.",
    ),
    "drift/unmanaged-resource": (
        "medium",
        "A resource that nobody declared",
        "Nobody reviews it, nobody recreates it, and it stays when its reason is gone.",
        "Import it with an import block, or delete it.",
    ),
    "ownership/unowned-resource": (
        "medium",
        "Nobody answers for a resource",
        "A problem with it reaches nobody.",
        "Tag it with the team that answers for it.",
    ),
    "ownership/expired-resource": (
        "medium",
        "A resource is past its own end date",
        "Its tag says it should be gone; until then it costs and can be attacked.",
        "Delete it, or move the date with a reason.",
    ),
    "orphan/unattached-volume": (
        "low",
        "A volume that no instance uses",
        "It is paid by the hour and may hold data that nobody watches.",
        "Take a snapshot and delete the volume.",
    ),
    "access/administrator-by-hand": (
        "critical",
        "Somebody made an administrator by hand",
        "It can do everything in the account, and no review ever saw it.",
        "Remove the policy, or declare the role with an owner and a reason.",
    ),
    "access/open-trust": (
        "critical",
        "A role that everybody may assume",
        "Any AWS account in the world can become this role.",
        "Name the accounts or services that may assume it.",
    ),
    "watch/alarm-without-action": (
        "high",
        "An alarm that tells nobody",
        "It turns red and nobody hears it.",
        "Give it an action whose topic has a confirmed subscriber.",
    ),
    "watch/unwatched-queue": (
        "medium",
        "A queue without an alarm",
        "It can fill up for days before a customer says so.",
        "Put an alarm on the age of its oldest message.",
    ),
    "recovery/database-without-backup": (
        "critical",
        "A database without backups",
        "What is lost in it is lost.",
        "Set a backup retention of at least 7 days.",
    ),
}


def fingerprint(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _write(attribute: str) -> Write:
    role = "AWSReservedSSO_Developer_0a1b"
    return Write(
        "SetQueueAttributes", "2026-11-08T21:14:03Z", "ada@harbour.example", role,
        "sqs.amazonaws.com", "the console", (attribute,),
    )  # fmt: skip


def finding(
    rule: str,
    type: str,
    id: str,
    says: str,
    evidence: Mapping[str, Any],
    *,
    arn: str = "",
    address: str | None = None,
    team: str | None = None,
    via: str = "tag team",
    state: OwnerState = "valid",
    status: Status = "standing",
    severity: Severity | None = None,
    first_seen: str = "2026-11-09T00:00:00Z",
    fix: str = "",
    because: str = "",
) -> Finding:
    since = NOW if status == "new" else first_seen
    drift = rule == "drift/changed-attribute"
    return Finding(
        fingerprint=fingerprint(ACCOUNT, REGION, type, id, rule, str(evidence.get("attribute"))),
        rule=rule,
        severity=severity or RULES[rule][0],
        status=status,
        resource=arn or f"{ACCOUNT}/{REGION}/{type}/{id}",
        type=type,
        id=id,
        name=id,
        account=ACCOUNT,
        region=REGION,
        address=address,
        owner=Owner(team=team, via=via if team else "", state=state if team else "missing"),
        says=says,
        evidence=evidence,
        first_seen=since,
        fix=fix,
        unknown_because=because,
        age_days=(datetime.fromisoformat(NOW) - datetime.fromisoformat(since)).days,
        earliest=since,
        story=Story(since, None, 14, False, (Event("found", None, since),)) if drift else None,
        last_writes=LastWrites((_write(str(evidence["attribute"])),)) if drift else None,
        evidence_hash=hashlib.sha256(json.dumps(evidence).encode()).hexdigest()[:16],
    )


def _arn(service: str, rest: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{rest}"


def _policy(principal: Any, action: Any, resource: str) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


QUEUE = _arn("sqs", "harbour-refund")

FINDINGS: tuple[Finding, ...] = (
    finding(
        "access/administrator-by-hand",
        "aws_iam_role",
        "break-glass",
        "break-glass holds AdministratorAccess and no state declares it",
        {
            "policies": ["arn:aws:iam::aws:policy/AdministratorAccess"],
            "trusts": [f"arn:aws:iam::{ACCOUNT}:root"],
            "created": "2026-11-20T21:14:03Z",
            "last_used": None,
        },
        arn=_arn("iam", "role/break-glass", region=""),
        status="new",
        fix="aws iam detach-role-policy --role-name break-glass \\\n"
        "  --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
    ),
    finding(
        "access/open-trust",
        "aws_iam_role",
        "harbour-settlement",
        "harbour-settlement can be assumed by every AWS account",
        {"principal": "*", "action": "sts:AssumeRole", "condition": {}, "can_read": ["ledger"]},
        arn=_arn("iam", "role/harbour-settlement", region=""),
        address="aws_iam_role.settlement",
        team="payments",
        status="new",
        fix="terraform apply -target=aws_iam_role.settlement",
    ),
    finding(
        "recovery/database-without-backup",
        "aws_db_instance",
        "harbour-reports",
        "harbour-reports keeps no backup and can be deleted at once",
        {"backup_retention_period": 0, "deletion_protection": False, "engine": "postgres"},
        arn=_arn("rds", "db:harbour-reports"),
        address="aws_db_instance.reports",
        team="payments",
        fix='resource "aws_db_instance" "reports" {\n  backup_retention_period = 7\n'
        "  deletion_protection     = true\n}",
    ),
    finding(
        "drift/changed-attribute",
        "aws_sqs_queue",
        "harbour-refund",
        "policy of harbour-refund lets everybody use the queue",
        {
            "attribute": "policy",
            "declared": _policy({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", QUEUE),
            "actual": _policy("*", "sqs:*", QUEUE),
        },
        arn=QUEUE,
        address='module.worker["refund"].aws_sqs_queue.main',
        team="payments",
        severity="critical",
        status="new",
        fix="terraform apply -target='module.worker[\"refund\"].aws_sqs_queue.main'",
    ),
    finding(
        "drift/changed-attribute",
        "aws_db_instance",
        "harbour-ledger",
        "deletion_protection of harbour-ledger is off",
        {"attribute": "deletion_protection", "declared": True, "actual": False},
        arn=_arn("rds", "db:harbour-ledger"),
        address="aws_db_instance.ledger",
        team="payments",
    ),
    finding(
        "drift/changed-attribute",
        "aws_security_group",
        "sg-3b9a2f0c51d7e8406",
        "harbour-bastion lets the whole internet in on port 22",
        {
            "attribute": "ingress",
            "declared": [
                {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "203.0.113.0/24"}
            ],
            "actual": [
                {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "203.0.113.0/24"},
                {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0"},
            ],
        },
        arn=_arn("ec2", "security-group/sg-3b9a2f0c51d7e8406"),
        address="aws_security_group.bastion",
        team="platform",
        severity="critical",
        first_seen="2026-11-14T00:00:00Z",
        fix="terraform apply -target=aws_security_group.bastion",
    ),
    finding(
        "drift/changed-attribute",
        "aws_lambda_function",
        "harbour-capture",
        "memory_size of harbour-capture is 2048, declared 512",
        {"attribute": "memory_size", "declared": 512, "actual": 2048},
        arn=_arn("lambda", "function:harbour-capture"),
        address='module.worker["capture"].aws_lambda_function.this',
        team="payments",
        severity="low",
    ),
    finding(
        "drift/missing-resource",
        "aws_sqs_queue",
        "harbour-chargebacks.fifo",
        "harbour-chargebacks.fifo is declared and does not exist",
        {
            "declared_id": "https://sqs.us-east-1.amazonaws.com/123456789012/harbour-chargebacks.fifo"
        },
        arn=_arn("sqs", "harbour-chargebacks.fifo"),
        address="aws_sqs_queue.chargebacks",
        team="payments",
        status="new",
    ),
    finding(
        "drift/unmanaged-resource",
        "aws_instance",
        "i-6d07e8f8eb7e9a39b",
        "i-6d07e8f8eb7e9a39b runs and no state declares it",
        {"instance_type": "m5.4xlarge", "image": "ami-12c6146b", "launched": "2026-11-18"},
        arn=_arn("ec2", "instance/i-6d07e8f8eb7e9a39b"),
        fix='import {\n  to = aws_instance.notebook\n  id = "i-6d07e8f8eb7e9a39b"\n}',
    ),
    finding(
        "ownership/unowned-resource",
        "aws_sns_topic",
        "harbour-newsletter",
        "harbour-newsletter carries no team tag",
        {"tags": {"company": "harbour"}, "wanted": "team"},
        arn=_arn("sns", "harbour-newsletter"),
        address="aws_sns_topic.newsletter",
        team="platform",
        via="fallback",
        state="missing",
    ),
    finding(
        "ownership/expired-resource",
        "aws_dynamodb_table",
        "harbour-price-experiment",
        "harbour-price-experiment was to be gone on 2025-04-30",
        {"expires": "2025-04-30", "days_over": 572},
        arn=_arn("dynamodb", "table/harbour-price-experiment"),
        address="aws_dynamodb_table.price_experiment",
        team="search",
        status="standing",
    ),
    finding(
        "orphan/unattached-volume",
        "aws_ebs_volume",
        "vol-83b6063986893f5e5",
        "vol-83b6063986893f5e5 (200 GiB) is attached to nothing",
        {"size_gib": 200, "volume_type": "gp3", "monthly_usd": 16.0},
        arn=_arn("ec2", "volume/vol-83b6063986893f5e5"),
        fix="aws ec2 create-snapshot --volume-id vol-83b6063986893f5e5\n"
        "# then, once the snapshot is complete, this destroys the volume:\n"
        "aws ec2 delete-volume --volume-id vol-83b6063986893f5e5",
    ),
    finding(
        "watch/alarm-without-action",
        "aws_cloudwatch_metric_alarm",
        "harbour-bastion-cpu",
        "harbour-bastion-cpu has no action",
        {"alarm_actions": [], "actions_enabled": True, "metric": "AWS/EC2 CPUUtilization"},
        arn=_arn("cloudwatch", "alarm:harbour-bastion-cpu"),
        address="aws_cloudwatch_metric_alarm.bastion_cpu",
        team="platform",
        via="state path states/platform.tfstate",
        state="inherited",
    ),
    finding(
        "watch/unwatched-queue",
        "aws_sqs_queue",
        "test-queue-2",
        "test-queue-2 has no alarm",
        {"metrics_wanted": ["ApproximateAgeOfOldestMessage"], "alarms": []},
        arn=_arn("sqs", "test-queue-2"),
        status="new",
    ),
    finding(
        "recovery/database-without-backup",
        "aws_dynamodb_table",
        "harbour-timetable",
        "harbour-timetable had no point-in-time recovery when it was last seen",
        {"point_in_time_recovery": False},
        arn=_arn("dynamodb", "table/harbour-timetable"),
        address="aws_dynamodb_table.timetable",
        team="search",
        severity="high",
        status="unknown",
        because="dynamodb DescribeContinuousBackups was denied in 123456789012 us-east-1",
    ),
    finding(
        "orphan/unattached-volume",
        "aws_ebs_volume",
        "vol-faa582d23ae591308",
        "vol-faa582d23ae591308 (40 GiB) is attached to nothing",
        {"size_gib": 40},
        arn=_arn("ec2", "volume/vol-faa582d23ae591308"),
        address="aws_ebs_volume.migration",
        team="search",
        status="gone",
    ),
)

GAPS = (
    Gap(
        account=ACCOUNT,
        region=REGION,
        service="dynamodb",
        operation="DescribeContinuousBackups",
        status="denied",
        error_code="AccessDeniedException",
        message="User is not authorized to perform dynamodb:DescribeContinuousBackups",
        count=4,
        types=("aws_dynamodb_table",),
        rules=("recovery/database-without-backup",),
    ),
    Gap(
        account=ACCOUNT,
        region="eu-west-1",
        service="cloudwatch",
        operation="DescribeAlarms",
        status="throttled",
        error_code="Throttling",
        message="Rate exceeded",
        count=1,
        types=("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"),
        rules=("watch/alarm-without-action", "watch/unwatched-queue"),
    ),
)


def waiver(id: str, rule: str, arn: str, expires: str, reason: str) -> Waiver:
    return Waiver(
        id=id,
        rule=rule,
        match={"arn": arn, "account": ACCOUNT},
        category="planned-removal",
        owner="search",
        requested_by="ada",
        approved_by="grace",
        ticket="OPS-412",
        reason=reason,
        created="2026-08-30",
        expires=expires,
        where=f"waivers.yaml:{len(id)}",
    )


WAIVERS: tuple[Waiver, ...] = (
    waiver(
        "price-experiment",
        "ownership/expired-resource",
        _arn("dynamodb", "table/harbour-price-experiment"),
        "2026-12-05",
        "the experiment is read once more when prices change in December",
    ),
    waiver(
        "old-volume",
        "orphan/unattached-volume",
        _arn("ec2", "volume/vol-83b6063986893f5e5"),
        "2026-11-20",
        "it is kept until the audit of the year has been closed",
    ),
    waiver(
        "gone-queue",
        "ownership/unowned-resource",
        _arn("sqs", "harbour-trial"),
        "2027-02-28",
        "the trial ends with its contract, and then the queue goes",
    ),
)
