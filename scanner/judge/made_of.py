"""What the derived tables are made of: for each the types, and of those the columns, that `derive` reads."""

from __future__ import annotations

from collections.abc import Mapping, Set

from scanner.catalog.keys import naming

ON_THE_WAY = (
    "aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm", "aws_sns_topic",
    "aws_sns_topic_subscription", "aws_lambda_function", "aws_sqs_queue", "aws_cloudwatch_event_rule",
    "aws_cloudwatch_event_target", "aws_cloudwatch_alarm_mute_rule", "aws_cloudwatch_metric_stream",
    "aws_cloudwatch_log_metric_filter", "aws_cloudwatch_log_alarm", "aws_db_event_subscription",
    "aws_oam_link", "aws_cloudwatch_log_subscription_filter", "aws_kinesis_firehose_delivery_stream",
    "aws_lambda_event_source_mapping", "aws_lambda_function_event_invoke_config", "aws_iam_role",
    "aws_route53_health_check", "aws_route53_record",
)  # fmt: skip
"""What stands between an alarm and somebody (derive.speaking), or in the place of one (derive.passed_on)."""

_LOGGING = frozenset(
    {
        "aws_lambda_function",
        "aws_api_gateway_stage",
        "aws_apigatewayv2_stage",
        "aws_sfn_state_machine",
    }
)
_NAMED = frozenset({"aws_lb", "aws_cloudfront_distribution"})
_FUNCTIONS = frozenset({"aws_lambda_function"})
TELLS_OF: Mapping[str, Set[str]] = {
    "aws_cloudwatch_log_subscription_filter": _LOGGING,
    "aws_cloudwatch_log_metric_filter": _LOGGING,
    "aws_db_event_subscription": frozenset({"aws_db_instance", "aws_rds_cluster"}),
    "aws_lambda_event_source_mapping": _FUNCTIONS,
    "aws_lambda_function_event_invoke_config": _FUNCTIONS,
    "aws_route53_health_check": _NAMED,
    "aws_route53_record": _NAMED,
}
"""Of those, which tell of resources of some types alone: what else is watched does not hang on them."""

BACKUPS = (
    "aws_backup_vault", "aws_backup_plan", "aws_backup_selection", "aws_kms_key", "aws_ebs_snapshot",
    "aws_db_snapshot", "aws_db_cluster_snapshot", "aws_db_instance", "aws_rds_cluster",
    "aws_dynamodb_table", "aws_s3_bucket", "aws_efs_file_system", "aws_ebs_volume",
    "aws_redshift_cluster", "aws_redshift_cluster_snapshot", "aws_instance",
)  # fmt: skip
"""What holds data, and what says whether it would come back (derive.recovery)."""

FILLED_BY: Mapping[str, tuple[str, ...]] = {
    "alarm_covers": ON_THE_WAY,
    "alarm_ways": ON_THE_WAY,
    "alarm_reach": ON_THE_WAY,
    "recovery": BACKUPS,
    "state_stores": ("aws_s3_bucket", "aws_dynamodb_table"),
    **dict.fromkeys(
        (
            "grants", "statements", "statement_actions", "statement_scopes", "action_patterns",
            "administrators", "wildcards", "paths", "grant_changes", "grant_records", "grant_uses",
        ),
        (
            "aws_iam_role", "aws_iam_user", "aws_iam_group", "aws_iam_policy",
            "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy",
            "aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment",
            "aws_iam_group_policy_attachment",
        ),
    ),
    "host_names": (
        "aws_lb", "aws_elb", "aws_cloudfront_distribution", "aws_api_gateway_domain_name",
        "aws_apigatewayv2_api", "aws_elastic_beanstalk_environment", "aws_eip", "aws_network_interface",
        "aws_instance", "aws_nat_gateway", "aws_route53_record", "aws_s3_bucket",
    ),
    "policy_versions": ("aws_iam_policy",),
    **dict.fromkeys(
        ("guardrails", "guarded_accounts"),
        (
            "aws_organizations_organization", "aws_organizations_organizational_unit",
            "aws_organizations_policy", "aws_organizations_policy_attachment",
        ),
    ),
    "trusts": (
        "aws_iam_role", "aws_sqs_queue", "aws_sns_topic", "aws_s3_bucket", "aws_kms_key",
        "aws_secretsmanager_secret", "aws_lambda_function", "aws_ecr_repository",
        "aws_cloudwatch_event_bus",
    ),
}  # fmt: skip
"""Derived tables and the types they are made from (scanner/derive)."""

READ: Mapping[str, tuple[str, ...]] = {
    "aws_backup_vault": ("protected", "restored"),
    "aws_backup_plan": ("rule",),
    "aws_backup_selection": ("resources",),
    "aws_kms_key": ("key_state",),
    "aws_s3_bucket": ("versioning_status", "block_public_policy", "sse_algorithm"),
    "aws_dynamodb_table": (
        "point_in_time_recovery_enabled",
        "on_demand_backups",
        "deletion_protection_enabled",
    ),
    "aws_efs_file_system": ("backup_status",),
    "aws_sns_topic": ("encrypted_with", "subscriptions_confirmed"),
    "aws_sns_topic_subscription": ("filter_policy",),
    "aws_cloudwatch_alarm_mute_rule": ("alarm_names",),
}
"""Columns of those types that are read there, beside what a list says."""

HEARD = frozenset({"alarm_covers", "alarm_ways", "alarm_reach"})
"""Tables of who would hear."""

DERIVED = HEARD | {"recovery", "state_stores"}
"""Tables that are made of such columns."""


def filled_by(table: str) -> tuple[str, ...]:
    """The types that a derived table is made of; () for what is no such table."""
    return tuple(naming()) if table == "key_uses" else FILLED_BY.get(table, ())


def decides(type_: str, about: str, tables: Set[str]) -> bool:
    """Whether what a rule finds about a resource of type `about` may hang on rows of a type, through the
    derived tables it reads."""
    only = TELLS_OF.get(type_)
    of = {table for table in tables if type_ in filled_by(table)}
    return only is None or about in only or not of <= HEARD


def columns_of(type_: str, tables: Set[str]) -> tuple[str, ...]:
    """The columns of a type that these tables are made of, beside what a list says."""
    derives = any(type_ in filled_by(table) for table in tables & DERIVED)
    keys = naming().get(type_, ()) if "key_uses" in tables else ()
    return (*(READ.get(type_, ()) if derives else ()), *keys)
