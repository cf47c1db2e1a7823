"""The engine against moto, which knows nothing of the catalog: no false alarm, and what was made is found."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from scanner.catalog import load
from scanner.collect.engine import Collected
from scanner.collect.session import Session

from .cloud import REGION, collected

moto = pytest.importorskip("moto")
TYPES = load()
PLAIN = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture(scope="module")
def estate(_environment: None) -> Iterator[Collected]:
    """A few resources of common types in moto, and one scan of every type."""
    with moto.mock_aws():
        _build()
        yield collected(Session(), TYPES)


@pytest.fixture(scope="module")
def nothing(_environment: None) -> Iterator[Collected]:
    """One scan of every type in an account where nothing was made."""
    with moto.mock_aws():
        yield collected(Session(), TYPES)


def _build() -> None:
    def client(service: str) -> Any:
        return boto3.client(service, region_name=REGION)

    s3, sqs, sns, kms = client("s3"), client("sqs"), client("sns"), client("kms")
    iam, ec2, dynamodb = client("iam"), client("ec2"), client("dynamodb")
    s3.create_bucket(Bucket="first", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="first", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(Bucket="first", Tagging={"TagSet": [{"Key": "team", "Value": "blue"}]})
    sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": "7"}, tags={"team": "blue"})
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    role = iam.create_role(RoleName="runner", AssumeRolePolicyDocument=PLAIN)["Role"]["Arn"]
    iam.create_user(UserName="ada")
    iam.create_access_key(UserName="ada")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")
    ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)
    dynamodb.create_table(
        TableName="carts",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): pass")
    client("lambda").create_function(
        FunctionName="worker", Runtime="python3.12", Role=role, Handler="main.handler",
        Code={"ZipFile": code.getvalue()}, Environment={"Variables": {"TOKEN": "hunter2"}},
    )  # fmt: skip
    client("logs").create_log_group(logGroupName="/aws/lambda/worker")
    client("route53").create_hosted_zone(Name="example.com", CallerReference="1")
    client("secretsmanager").create_secret(Name="db", SecretString="hunter2")
    client("ssm").put_parameter(Name="/a", Value="hunter2", Type="String")
    client("ecs").create_cluster(clusterName="main")
    client("rds").create_db_instance(
        DBInstanceIdentifier="shop", Engine="postgres", DBInstanceClass="db.t3.micro",
        AllocatedStorage=20, MasterUsername="u", MasterUserPassword="hunter2hunter2",
    )  # fmt: skip


MADE = {
    "aws_s3_bucket": {"first"}, "aws_sqs_queue": {"orders"}, "aws_sns_topic": {"alarms"},
    "aws_iam_role": {"runner"}, "aws_iam_user": {"ada"}, "aws_dynamodb_table": {"carts"},
    "aws_lambda_function": {"worker"}, "aws_cloudwatch_log_group": {"/aws/lambda/worker"},
    "aws_secretsmanager_secret": {"db"}, "aws_ssm_parameter": {"/a"}, "aws_ecs_cluster": {"main"},
    "aws_db_instance": {"shop"},
}  # fmt: skip


@pytest.mark.parametrize("which", ["estate", "nothing"])
def test_no_right_reply_is_taken_for_a_broken_one(
    which: str, request: pytest.FixtureRequest
) -> None:
    made: Collected = request.getfixturevalue(which)
    broken = [
        f"{e.type}: {e.service}.{e.operation} {e.error_code}: {e.message}"
        for e in made.ledger.entries()
        if e.status in ("malformed", "refused")
    ]
    assert broken == []


@pytest.mark.parametrize("which", ["estate", "nothing"])
def test_moto_answers_nearly_all_of_what_is_asked(
    which: str, request: pytest.FixtureRequest
) -> None:
    made: Collected = request.getfixturevalue(which)
    missed = {
        f"{e.service}.{e.operation}: {e.status} {e.error_code} {e.message[:90]}"
        for e in made.ledger.entries()
        if not e.complete
    }
    asked = {f"{e.service}.{e.operation}" for e in made.ledger.entries()}
    assert len(missed) <= len(asked) * 0.1, "\n".join(sorted(missed))


@pytest.mark.parametrize(("name", "names"), MADE.items(), ids=MADE)
def test_what_was_made_is_found_by_its_name(name: str, names: set[str], estate: Collected) -> None:
    if name not in TYPES:
        pytest.fail(f"{name} left the catalog")
    found = {row.name for row in estate.rows if row.type == name}
    assert names <= found


def test_attributes_tags_and_regions_are_those_that_were_set(estate: Collected) -> None:
    (queue,) = (row for row in estate.rows if row.type == "aws_sqs_queue")
    assert queue.attributes["delay_seconds"] == 7
    assert queue.tags == {"team": "blue"}
    assert queue.region == REGION
    (bucket,) = (row for row in estate.rows if row.type == "aws_s3_bucket")
    assert bucket.tags == {"team": "blue"}
    assert bucket.region == REGION
    assert bucket.arn == "arn:aws:s3:::first"


def test_no_secret_of_the_estate_is_in_what_was_collected(estate: Collected) -> None:
    assert "hunter2" not in repr(estate.rows)
    assert "hunter2" not in repr(estate.ledger.entries())
