"""Two of each type, made by boto3 in any emulator: steps as data, in the order in which they are run.

A step is the type that it makes, the call, and its parameters; `{n}` is 1 or 2, and `{name.Path}` what an earlier
step of that name answered. Its own parameters carry the tag `team: blue` in whatever form the call wants.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import jmespath

PLAIN = json.dumps(
    {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}]}
)  # fmt: skip
TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)  # fmt: skip
MAP, PAIRS, LOWER = (
    {"team": "blue"},
    [{"Key": "team", "Value": "blue"}],
    [{"key": "team", "value": "blue"}],
)


def _ec2(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": PAIRS}]


Step = tuple[str, str, dict[str, Any]]

STEPS: tuple[Step, ...] = (
    ("aws_vpc", "ec2.create_vpc", {"CidrBlock": "10.{n}.0.0/16", "TagSpecifications": _ec2("vpc")}),
    ("aws_subnet", "ec2.create_subnet", {"VpcId": "{aws_vpc.Vpc.VpcId}", "CidrBlock": "10.{n}.1.0/24", "TagSpecifications": _ec2("subnet")}),
    ("aws_security_group", "ec2.create_security_group", {"GroupName": "web{n}", "Description": "web", "VpcId": "{aws_vpc.Vpc.VpcId}", "TagSpecifications": _ec2("security-group")}),
    ("aws_internet_gateway", "ec2.create_internet_gateway", {"TagSpecifications": _ec2("internet-gateway")}),
    ("aws_route_table", "ec2.create_route_table", {"VpcId": "{aws_vpc.Vpc.VpcId}", "TagSpecifications": _ec2("route-table")}),
    ("aws_network_acl", "ec2.create_network_acl", {"VpcId": "{aws_vpc.Vpc.VpcId}", "TagSpecifications": _ec2("network-acl")}),
    ("aws_eip", "ec2.allocate_address", {"Domain": "vpc", "TagSpecifications": _ec2("elastic-ip")}),
    ("aws_ebs_volume", "ec2.create_volume", {"AvailabilityZone": "eu-west-1a", "Size": 1, "TagSpecifications": _ec2("volume")}),
    ("aws_ebs_snapshot", "ec2.create_snapshot", {"VolumeId": "{aws_ebs_volume.VolumeId}", "TagSpecifications": _ec2("snapshot")}),
    ("aws_key_pair", "ec2.create_key_pair", {"KeyName": "pair{n}", "TagSpecifications": _ec2("key-pair")}),
    ("aws_network_interface", "ec2.create_network_interface", {"SubnetId": "{aws_subnet.Subnet.SubnetId}", "TagSpecifications": _ec2("network-interface")}),
    ("aws_launch_template", "ec2.create_launch_template", {"LaunchTemplateName": "template{n}", "LaunchTemplateData": {"InstanceType": "t3.micro"}, "TagSpecifications": _ec2("launch-template")}),
    ("aws_nat_gateway", "ec2.create_nat_gateway", {"SubnetId": "{aws_subnet.Subnet.SubnetId}", "AllocationId": "{aws_eip.AllocationId}", "TagSpecifications": _ec2("natgateway")}),
    ("aws_vpc_endpoint", "ec2.create_vpc_endpoint", {"VpcId": "{aws_vpc.Vpc.VpcId}", "ServiceName": "com.amazonaws.eu-west-1.s3", "TagSpecifications": _ec2("vpc-endpoint")}),
    ("aws_instance", "ec2.run_instances", {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "SubnetId": "{aws_subnet.Subnet.SubnetId}", "TagSpecifications": _ec2("instance")}),
    ("aws_iam_role", "iam.create_role", {"RoleName": "role{n}", "AssumeRolePolicyDocument": TRUST, "Tags": PAIRS}),
    ("aws_iam_role_policy", "iam.put_role_policy", {"RoleName": "role{n}", "PolicyName": "inline", "PolicyDocument": PLAIN}),
    ("aws_iam_user", "iam.create_user", {"UserName": "user{n}", "Tags": PAIRS}),
    ("aws_iam_user_policy", "iam.put_user_policy", {"UserName": "user{n}", "PolicyName": "inline", "PolicyDocument": PLAIN}),
    ("aws_iam_access_key", "iam.create_access_key", {"UserName": "user{n}"}),
    ("aws_iam_group", "iam.create_group", {"GroupName": "group{n}"}),
    ("aws_iam_group_policy", "iam.put_group_policy", {"GroupName": "group{n}", "PolicyName": "inline", "PolicyDocument": PLAIN}),
    ("aws_iam_policy", "iam.create_policy", {"PolicyName": "policy{n}", "PolicyDocument": PLAIN, "Tags": PAIRS}),
    ("aws_iam_instance_profile", "iam.create_instance_profile", {"InstanceProfileName": "profile{n}", "Tags": PAIRS}),
    ("aws_sqs_queue", "sqs.create_queue", {"QueueName": "queue{n}", "tags": MAP}),
    ("aws_sns_topic", "sns.create_topic", {"Name": "topic{n}", "Tags": PAIRS}),
    ("aws_sns_topic_subscription", "sns.subscribe", {"TopicArn": "{aws_sns_topic.TopicArn}", "Protocol": "email", "Endpoint": "a@example.com"}),
    ("aws_s3_bucket", "s3.create_bucket", {"Bucket": "bucket-of-the-pair-{n}", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}),
    ("", "s3.put_bucket_tagging", {"Bucket": "bucket-of-the-pair-{n}", "Tagging": {"TagSet": PAIRS}}),
    ("aws_s3_bucket_versioning", "s3.put_bucket_versioning", {"Bucket": "bucket-of-the-pair-{n}", "VersioningConfiguration": {"Status": "Enabled"}}),
    ("aws_dynamodb_table", "dynamodb.create_table", {"TableName": "table{n}", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "Tags": PAIRS}),
    ("aws_kms_key", "kms.create_key", {"Tags": [{"TagKey": "team", "TagValue": "blue"}]}),
    ("aws_kms_alias", "kms.create_alias", {"AliasName": "alias/mine{n}", "TargetKeyId": "{aws_kms_key.KeyMetadata.KeyId}"}),
    ("aws_cloudwatch_log_group", "logs.create_log_group", {"logGroupName": "group{n}", "tags": MAP}),
    ("aws_cloudwatch_metric_alarm", "cloudwatch.put_metric_alarm", {"AlarmName": "alarm{n}", "MetricName": "m", "Namespace": "n", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum", "Tags": PAIRS}),
    ("aws_secretsmanager_secret", "secretsmanager.create_secret", {"Name": "secret{n}", "SecretString": "x", "Tags": PAIRS}),
    ("aws_ssm_parameter", "ssm.put_parameter", {"Name": "/p{n}", "Value": "x", "Type": "String", "Tags": PAIRS}),
    ("aws_ecs_cluster", "ecs.create_cluster", {"clusterName": "cluster{n}", "tags": LOWER}),
    ("aws_ecs_task_definition", "ecs.register_task_definition", {"family": "task{n}", "containerDefinitions": [{"name": "c", "image": "i", "memory": 64}], "tags": LOWER}),
    ("aws_ecr_repository", "ecr.create_repository", {"repositoryName": "repository{n}", "tags": PAIRS}),
    ("aws_efs_file_system", "efs.create_file_system", {"CreationToken": "t{n}", "Tags": PAIRS}),
    ("aws_kinesis_stream", "kinesis.create_stream", {"StreamName": "stream{n}", "ShardCount": 1}),
    ("", "kinesis.add_tags_to_stream", {"StreamName": "stream{n}", "Tags": MAP}),
    ("aws_cloudwatch_event_bus", "events.create_event_bus", {"Name": "bus{n}", "Tags": PAIRS}),
    ("aws_cloudwatch_event_rule", "events.put_rule", {"Name": "rule{n}", "ScheduleExpression": "rate(1 day)", "Tags": PAIRS}),
    ("aws_route53_zone", "route53.create_hosted_zone", {"Name": "example{n}.com", "CallerReference": "{n}"}),
    ("aws_route53_health_check", "route53.create_health_check", {"CallerReference": "h{n}", "HealthCheckConfig": {"IPAddress": "192.0.2.1", "Port": 80, "Type": "TCP"}}),
    ("aws_db_instance", "rds.create_db_instance", {"DBInstanceIdentifier": "db{n}", "Engine": "postgres", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20, "MasterUsername": "u", "MasterUserPassword": "hunter2hunter2", "Tags": PAIRS}),
    ("aws_rds_cluster", "rds.create_db_cluster", {"DBClusterIdentifier": "cluster{n}", "Engine": "aurora-postgresql", "MasterUsername": "u", "MasterUserPassword": "hunter2hunter2", "Tags": PAIRS}),
    ("aws_db_subnet_group", "rds.create_db_subnet_group", {"DBSubnetGroupName": "group{n}", "DBSubnetGroupDescription": "d", "SubnetIds": ["{aws_subnet.Subnet.SubnetId}"], "Tags": PAIRS}),
    ("aws_sfn_state_machine", "stepfunctions.create_state_machine", {"name": "machine{n}", "definition": '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}', "roleArn": "{aws_iam_role.Role.Arn}", "tags": LOWER}),
    ("aws_lb_target_group", "elbv2.create_target_group", {"Name": "targets{n}", "Protocol": "HTTP", "Port": 80, "VpcId": "{aws_vpc.Vpc.VpcId}", "Tags": PAIRS}),
    ("aws_lb", "elbv2.create_load_balancer", {"Name": "balancer{n}", "Subnets": ["{aws_subnet.Subnet.SubnetId}"], "Type": "network", "Tags": PAIRS}),
    ("aws_lb_listener", "elbv2.create_listener", {"LoadBalancerArn": "{aws_lb.LoadBalancers[0].LoadBalancerArn}", "Port": 80, "Protocol": "TCP", "DefaultActions": [{"Type": "forward", "TargetGroupArn": "{aws_lb_target_group.TargetGroups[0].TargetGroupArn}"}], "Tags": PAIRS}),
    ("aws_acm_certificate", "acm.request_certificate", {"DomainName": "a{n}.example.com", "Tags": PAIRS}),
    ("aws_api_gateway_rest_api", "apigateway.create_rest_api", {"name": "api{n}", "tags": MAP}),
    ("aws_apigatewayv2_api", "apigatewayv2.create_api", {"Name": "api{n}", "ProtocolType": "HTTP", "Tags": MAP}),
    ("aws_lambda_function", "lambda.create_function", {"FunctionName": "function{n}", "Runtime": "python3.12", "Role": "{aws_iam_role.Role.Arn}", "Handler": "m.h", "Code": {"ZipFile": b"PK\x05\x06" + b"\0" * 18}, "Tags": MAP}),
    ("aws_elasticache_cluster", "elasticache.create_cache_cluster", {"CacheClusterId": "cache{n}", "Engine": "redis", "CacheNodeType": "cache.t3.micro", "NumCacheNodes": 1, "Tags": PAIRS}),
    ("aws_vpc_dhcp_options", "ec2.create_dhcp_options", {"DhcpConfigurations": [{"Key": "domain-name", "Values": ["x.example"]}]}),
    ("", "ec2.create_tags", {"Resources": ["{aws_vpc_dhcp_options.DhcpOptions.DhcpOptionsId}"], "Tags": PAIRS}),
    ("aws_vpc_security_group_ingress_rule", "ec2.authorize_security_group_ingress", {"GroupId": "{aws_security_group.GroupId}", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}], "TagSpecifications": _ec2("security-group-rule")}),
    ("aws_vpc_peering_connection", "ec2.create_vpc_peering_connection", {"VpcId": "{aws_vpc.Vpc.VpcId}", "PeerVpcId": "{aws_vpc.Vpc.VpcId}", "TagSpecifications": _ec2("vpc-peering-connection")}),
    ("aws_ami", "ec2.create_image", {"InstanceId": "{aws_instance.Instances[0].InstanceId}", "Name": "image{n}", "TagSpecifications": _ec2("image")}),
    ("aws_flow_log", "ec2.create_flow_logs", {"ResourceType": "VPC", "ResourceIds": ["{aws_vpc.Vpc.VpcId}"], "TrafficType": "ALL", "LogDestinationType": "cloud-watch-logs", "LogGroupName": "group{n}", "DeliverLogsPermissionArn": "{aws_iam_role.Role.Arn}", "TagSpecifications": _ec2("vpc-flow-log")}),
    ("aws_iam_openid_connect_provider", "iam.create_open_id_connect_provider", {"Url": "https://issuer{n}.example.com", "ThumbprintList": ["a" * 40], "ClientIDList": ["c"], "Tags": PAIRS}),
    ("aws_cloudwatch_composite_alarm", "cloudwatch.put_composite_alarm", {"AlarmName": "composite{n}", "AlarmRule": "ALARM(alarm{n})", "Tags": PAIRS}),
    ("aws_cloudwatch_event_target", "events.put_targets", {"Rule": "rule{n}", "Targets": [{"Id": "t", "Arn": "{aws_sns_topic.TopicArn}"}]}),
    ("aws_cloudwatch_log_metric_filter", "logs.put_metric_filter", {"logGroupName": "group{n}", "filterName": "f", "filterPattern": "x", "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]}),
    ("aws_db_parameter_group", "rds.create_db_parameter_group", {"DBParameterGroupName": "parameters{n}", "DBParameterGroupFamily": "postgres16", "Description": "d", "Tags": PAIRS}),
    ("aws_db_snapshot", "rds.create_db_snapshot", {"DBSnapshotIdentifier": "snapshot{n}", "DBInstanceIdentifier": "db{n}", "Tags": PAIRS}),
    ("aws_rds_cluster_instance", "rds.create_db_instance", {"DBInstanceIdentifier": "member{n}", "DBClusterIdentifier": "cluster{n}", "Engine": "aurora-postgresql", "DBInstanceClass": "db.t3.medium", "Tags": PAIRS}),
    ("aws_ecs_service", "ecs.create_service", {"cluster": "cluster{n}", "serviceName": "service{n}", "taskDefinition": "task{n}", "desiredCount": 0, "tags": LOWER}),
    ("aws_elasticache_subnet_group", "elasticache.create_cache_subnet_group", {"CacheSubnetGroupName": "caches{n}", "CacheSubnetGroupDescription": "d", "SubnetIds": ["{aws_subnet.Subnet.SubnetId}"], "Tags": PAIRS}),
    ("aws_lambda_alias", "lambda.create_alias", {"FunctionName": "function{n}", "Name": "live", "FunctionVersion": "$LATEST"}),
    ("aws_lb_listener_rule", "elbv2.create_rule", {"ListenerArn": "{aws_lb_listener.Listeners[0].ListenerArn}", "Priority": 5, "Conditions": [{"Field": "path-pattern", "Values": ["/x"]}], "Actions": [{"Type": "forward", "TargetGroupArn": "{aws_lb_target_group.TargetGroups[0].TargetGroupArn}"}], "Tags": PAIRS}),
    ("aws_autoscaling_group", "autoscaling.create_auto_scaling_group", {"AutoScalingGroupName": "group{n}", "MinSize": 0, "MaxSize": 0, "LaunchTemplate": {"LaunchTemplateName": "template{n}"}, "VPCZoneIdentifier": "{aws_subnet.Subnet.SubnetId}", "Tags": [{"Key": "team", "Value": "blue", "PropagateAtLaunch": False}]}),
    ("aws_apigatewayv2_stage", "apigatewayv2.create_stage", {"ApiId": "{aws_apigatewayv2_api.ApiId}", "StageName": "live", "Tags": MAP}),
    ("aws_cloudtrail", "cloudtrail.create_trail", {"Name": "trail{n}", "S3BucketName": "bucket-of-the-pair-{n}", "TagsList": PAIRS}),
    ("aws_cloudformation_stack", "cloudformation.create_stack", {"StackName": "stack{n}", "TemplateBody": '{"Resources": {"W": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}', "Tags": PAIRS}),
)  # fmt: skip

UNTAGGED = frozenset({"aws_route53_zone", "aws_route53_health_check"})
"""Types whose creating call takes no tags."""

LACKS = {"moto": frozenset({"aws_cloudwatch_composite_alarm"})}
"""Types that an emulator has no operation to make."""

_HOLE = re.compile(r"\{([^{}\"]+)\}")


def make(client: Any) -> dict[str, str]:
    """Run all steps twice; by type the error of those that the emulator refused.

    `client(service)` gives boto3's clients.
    """
    refused: dict[str, str] = {}
    for n in (1, 2):
        held: dict[str, Any] = {"n": str(n)}
        for type_, call, params in STEPS:
            service, _, operation = call.partition(".")
            try:
                answer = getattr(client(service), operation)(**filled(params, held))
            except Exception as error:  # whatever an emulator lacks is said, and the rest is made
                refused[type_ or call] = f"{type(error).__name__}: {error}"[:200]
                continue
            held[type_ or call] = answer
    return refused


def filled(value: Any, held: Mapping[str, Any]) -> Any:
    """Parameters with their holes filled; a text that is JSON has none."""
    if isinstance(value, dict):
        return {key: filled(inner, held) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, held) for inner in value]
    if isinstance(value, str) and not value.startswith('{"'):
        return _HOLE.sub(lambda hole: str(jmespath.search(hole[1], held)), value)
    return value
