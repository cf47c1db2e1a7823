"""What is encrypted with which key."""

from __future__ import annotations

from scanner.catalog.keys import naming
from scanner.derive.keys import key_uses
from tests.derive.made import ACCOUNT, REGION, actual

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k-1"


def test_whatever_can_be_encrypted_is_looked_at() -> None:
    assert {
        "aws_ebs_volume", "aws_ebs_snapshot", "aws_s3_bucket", "aws_db_instance", "aws_rds_cluster",
        "aws_db_snapshot", "aws_secretsmanager_secret", "aws_sqs_queue", "aws_sns_topic",
        "aws_cloudwatch_log_group", "aws_ssm_parameter", "aws_efs_file_system", "aws_lambda_function",
        "aws_dynamodb_table", "aws_cloudtrail", "aws_kinesis_stream", "aws_ecr_repository",
        "aws_eks_cluster", "aws_backup_vault", "aws_redshift_cluster", "aws_opensearch_domain",
        "aws_sfn_state_machine", "aws_kinesis_firehose_delivery_stream",
    } <= naming().keys()  # fmt: skip


def test_an_id_an_alias_and_an_arn_inside_a_block() -> None:
    inside = [{"encryption_type": "KMS", "kms_key": KEY}]
    elsewhere = "arn:aws:kms:us-east-1:210987654321:alias/ledger"
    rows = [
        actual("aws_sqs_queue", "q", attributes={"kms_master_key_id": "alias/ledger"}),
        actual("aws_sns_topic", "t", attributes={"kms_master_key_id": elsewhere}),
        actual("aws_ecr_repository", "r", attributes={"encryption_configuration": inside}),
        actual("aws_ssm_parameter", "p", attributes={"key_id": "k-1"}),
        actual("aws_ebs_volume", "v", attributes={"kms_key_id": None}),
        actual("aws_ebs_volume", "w"),
    ]
    assert {(u.type, u.account, u.region, u.key) for u in key_uses(rows)} == {
        ("aws_sqs_queue", ACCOUNT, REGION, "ledger"),
        ("aws_sns_topic", "210987654321", "us-east-1", "ledger"),
        ("aws_ecr_repository", ACCOUNT, REGION, "k-1"),
        ("aws_ssm_parameter", ACCOUNT, REGION, "k-1"),
    }
