"""Two of each type, made by boto3 in any emulator: steps as data, in the order in which they are run.

A step is the type that it makes, the call, and its parameters; `{n}` is 1 or 2, and `{name.Path}` what an earlier
step of that type, or operation, answered. Its own parameters carry the tag `team: blue` in whatever form the call wants.
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


_WAF = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}

Step = tuple[str, str, dict[str, Any]]

STEPS: tuple[Step, ...] = (
    ("aws_vpc", "ec2.create_vpc", {"CidrBlock": "10.{n}.0.0/16", "TagSpecifications": _ec2("vpc")}),
    ("aws_subnet", "ec2.create_subnet", {"VpcId": "{aws_vpc.Vpc.VpcId}", "CidrBlock": "10.{n}.1.0/24", "AvailabilityZone": "eu-west-1a", "TagSpecifications": _ec2("subnet")}),
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
    ("", "ec2.create_subnet", {"VpcId": "{aws_vpc.Vpc.VpcId}", "CidrBlock": "10.{n}.2.0/24", "AvailabilityZone": "eu-west-1b"}),
    ("aws_vpc_security_group_egress_rule", "ec2.authorize_security_group_egress", {"GroupId": "{aws_security_group.GroupId}", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}], "TagSpecifications": _ec2("security-group-rule")}),
    ("aws_egress_only_internet_gateway", "ec2.create_egress_only_internet_gateway", {"VpcId": "{aws_vpc.Vpc.VpcId}", "TagSpecifications": _ec2("egress-only-internet-gateway")}),
    ("aws_customer_gateway", "ec2.create_customer_gateway", {"BgpAsn": 65000, "PublicIp": "192.0.2.{n}", "Type": "ipsec.1", "TagSpecifications": _ec2("customer-gateway")}),
    ("aws_vpn_gateway", "ec2.create_vpn_gateway", {"Type": "ipsec.1", "TagSpecifications": _ec2("vpn-gateway")}),
    ("aws_vpn_connection", "ec2.create_vpn_connection", {"Type": "ipsec.1", "CustomerGatewayId": "{aws_customer_gateway.CustomerGateway.CustomerGatewayId}", "VpnGatewayId": "{aws_vpn_gateway.VpnGateway.VpnGatewayId}", "TagSpecifications": _ec2("vpn-connection")}),
    ("aws_ec2_transit_gateway", "ec2.create_transit_gateway", {"Description": "d", "TagSpecifications": _ec2("transit-gateway")}),
    ("aws_ec2_transit_gateway_vpc_attachment", "ec2.create_transit_gateway_vpc_attachment", {"TransitGatewayId": "{aws_ec2_transit_gateway.TransitGateway.TransitGatewayId}", "VpcId": "{aws_vpc.Vpc.VpcId}", "SubnetIds": ["{aws_subnet.Subnet.SubnetId}"]}),
    ("", "ec2.create_tags", {"Resources": ["{aws_ec2_transit_gateway_vpc_attachment.TransitGatewayVpcAttachment.TransitGatewayAttachmentId}"], "Tags": PAIRS}),
    ("aws_ec2_transit_gateway_route_table", "ec2.create_transit_gateway_route_table", {"TransitGatewayId": "{aws_ec2_transit_gateway.TransitGateway.TransitGatewayId}", "TagSpecifications": _ec2("transit-gateway-route-table")}),
    ("aws_ec2_managed_prefix_list", "ec2.create_managed_prefix_list", {"PrefixListName": "list{n}", "MaxEntries": 2, "AddressFamily": "IPv4", "Entries": [{"Cidr": "10.0.0.0/8"}], "TagSpecifications": _ec2("prefix-list")}),
    ("aws_vpc_endpoint_service", "ec2.create_vpc_endpoint_service_configuration", {"NetworkLoadBalancerArns": ["{aws_lb.LoadBalancers[0].LoadBalancerArn}"], "TagSpecifications": _ec2("vpc-endpoint-service")}),
    ("aws_placement_group", "ec2.create_placement_group", {"GroupName": "group{n}", "Strategy": "spread", "TagSpecifications": _ec2("placement-group")}),
    ("aws_spot_instance_request", "ec2.request_spot_instances", {"SpotPrice": "0.5", "LaunchSpecification": {"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}, "TagSpecifications": _ec2("spot-instances-request")}),
    ("aws_ec2_instance_connect_endpoint", "ec2.create_instance_connect_endpoint", {"SubnetId": "{aws_subnet.Subnet.SubnetId}", "TagSpecifications": _ec2("instance-connect-endpoint")}),
    ("aws_api_gateway_resource", "apigateway.create_resource", {"restApiId": "{aws_api_gateway_rest_api.id}", "parentId": "{aws_api_gateway_rest_api.rootResourceId}", "pathPart": "things"}),
    ("", "apigateway.put_method", {"restApiId": "{aws_api_gateway_rest_api.id}", "resourceId": "{aws_api_gateway_resource.id}", "httpMethod": "GET", "authorizationType": "NONE"}),
    ("", "apigateway.put_integration", {"restApiId": "{aws_api_gateway_rest_api.id}", "resourceId": "{aws_api_gateway_resource.id}", "httpMethod": "GET", "type": "HTTP", "uri": "https://example.com", "integrationHttpMethod": "GET"}),
    ("aws_api_gateway_deployment", "apigateway.create_deployment", {"restApiId": "{aws_api_gateway_rest_api.id}"}),
    ("aws_api_gateway_stage", "apigateway.create_stage", {"restApiId": "{aws_api_gateway_rest_api.id}", "stageName": "live", "deploymentId": "{aws_api_gateway_deployment.id}", "tags": MAP}),
    ("aws_api_gateway_authorizer", "apigateway.create_authorizer", {"restApiId": "{aws_api_gateway_rest_api.id}", "name": "authorizer", "type": "TOKEN", "authorizerUri": "arn:aws:apigateway:eu-west-1:lambda:path/x", "identitySource": "method.request.header.Authorization"}),
    ("aws_api_gateway_model", "apigateway.create_model", {"restApiId": "{aws_api_gateway_rest_api.id}", "name": "Thing", "contentType": "application/json", "schema": "{}"}),
    ("aws_api_gateway_request_validator", "apigateway.create_request_validator", {"restApiId": "{aws_api_gateway_rest_api.id}", "name": "validator", "validateRequestBody": True, "validateRequestParameters": True}),
    ("aws_api_gateway_gateway_response", "apigateway.put_gateway_response", {"restApiId": "{aws_api_gateway_rest_api.id}", "responseType": "DEFAULT_4XX", "statusCode": "400"}),
    ("aws_api_gateway_usage_plan", "apigateway.create_usage_plan", {"name": "plan{n}", "tags": MAP}),
    ("aws_api_gateway_domain_name", "apigateway.create_domain_name", {"domainName": "api{n}.example.com", "regionalCertificateArn": "{aws_acm_certificate.CertificateArn}", "endpointConfiguration": {"types": ["REGIONAL"]}, "tags": MAP}),
    ("aws_api_gateway_base_path_mapping", "apigateway.create_base_path_mapping", {"domainName": "api{n}.example.com", "restApiId": "{aws_api_gateway_rest_api.id}", "stage": "live"}),
    ("aws_api_gateway_vpc_link", "apigateway.create_vpc_link", {"name": "link{n}", "targetArns": ["{aws_lb.LoadBalancers[0].LoadBalancerArn}"], "tags": MAP}),
    ("aws_apigatewayv2_integration", "apigatewayv2.create_integration", {"ApiId": "{aws_apigatewayv2_api.ApiId}", "IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://example.com", "IntegrationMethod": "GET", "PayloadFormatVersion": "1.0"}),
    ("aws_apigatewayv2_route", "apigatewayv2.create_route", {"ApiId": "{aws_apigatewayv2_api.ApiId}", "RouteKey": "GET /things"}),
    ("aws_apigatewayv2_authorizer", "apigatewayv2.create_authorizer", {"ApiId": "{aws_apigatewayv2_api.ApiId}", "AuthorizerType": "JWT", "Name": "authorizer", "IdentitySource": ["$request.header.Authorization"], "JwtConfiguration": {"Audience": ["a"], "Issuer": "https://example.com"}}),
    ("aws_apigatewayv2_api_mapping", "apigatewayv2.create_api_mapping", {"ApiId": "{aws_apigatewayv2_api.ApiId}", "DomainName": "api{n}.example.com", "Stage": "live", "ApiMappingKey": "v2"}),
    ("aws_apigatewayv2_vpc_link", "apigatewayv2.create_vpc_link", {"Name": "link{n}", "SubnetIds": ["{aws_subnet.Subnet.SubnetId}"], "SecurityGroupIds": ["{aws_security_group.GroupId}"], "Tags": MAP}),
    ("aws_appautoscaling_target", "application-autoscaling.register_scalable_target", {"ServiceNamespace": "ecs", "ResourceId": "service/cluster{n}/service{n}", "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": 1, "MaxCapacity": 2}),
    ("aws_appautoscaling_policy", "application-autoscaling.put_scaling_policy", {"PolicyName": "policy{n}", "ServiceNamespace": "ecs", "ResourceId": "service/cluster{n}/service{n}", "ScalableDimension": "ecs:service:DesiredCount", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}}),
    ("aws_appautoscaling_scheduled_action", "application-autoscaling.put_scheduled_action", {"ServiceNamespace": "ecs", "Schedule": "cron(0 1 * * ? *)", "ScheduledActionName": "night{n}", "ResourceId": "service/cluster{n}/service{n}", "ScalableDimension": "ecs:service:DesiredCount", "ScalableTargetAction": {"MinCapacity": 0, "MaxCapacity": 0}}),
    ("aws_athena_workgroup", "athena.create_work_group", {"Name": "group{n}", "Configuration": {}, "Tags": PAIRS}),
    ("aws_athena_named_query", "athena.create_named_query", {"Name": "query{n}", "Database": "d", "QueryString": "select 1", "WorkGroup": "group{n}"}),
    ("aws_autoscaling_policy", "autoscaling.put_scaling_policy", {"AutoScalingGroupName": "group{n}", "PolicyName": "policy{n}", "PolicyType": "SimpleScaling", "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1}),
    ("aws_launch_configuration", "autoscaling.create_launch_configuration", {"LaunchConfigurationName": "launch{n}", "ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}),
    ("aws_autoscaling_lifecycle_hook", "autoscaling.put_lifecycle_hook", {"AutoScalingGroupName": "group{n}", "LifecycleHookName": "hook{n}", "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"}),
    ("aws_autoscaling_schedule", "autoscaling.put_scheduled_update_group_action", {"AutoScalingGroupName": "group{n}", "ScheduledActionName": "night{n}", "Recurrence": "0 1 * * *", "MinSize": 0, "MaxSize": 0}),
    ("aws_backup_vault", "backup.create_backup_vault", {"BackupVaultName": "vault{n}", "BackupVaultTags": MAP}),
    ("aws_backup_plan", "backup.create_backup_plan", {"BackupPlan": {"BackupPlanName": "plan{n}", "Rules": [{"RuleName": "r", "TargetBackupVaultName": "vault{n}"}]}, "BackupPlanTags": MAP}),
    ("aws_backup_selection", "backup.create_backup_selection", {"BackupPlanId": "{aws_backup_plan.BackupPlanId}", "BackupSelection": {"SelectionName": "s{n}", "IamRoleArn": "{aws_iam_role.Role.Arn}", "Resources": ["*"]}}),
    ("aws_batch_compute_environment", "batch.create_compute_environment", {"computeEnvironmentName": "environment{n}", "type": "UNMANAGED", "state": "ENABLED", "serviceRole": "{aws_iam_role.Role.Arn}", "tags": MAP}),
    ("aws_batch_job_queue", "batch.create_job_queue", {"jobQueueName": "queue{n}", "state": "ENABLED", "priority": 1, "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "{aws_batch_compute_environment.computeEnvironmentArn}"}], "tags": MAP}),
    ("aws_batch_job_definition", "batch.register_job_definition", {"jobDefinitionName": "job{n}", "type": "container", "containerProperties": {"image": "i", "vcpus": 1, "memory": 128, "command": ["true"]}, "tags": MAP}),
    ("aws_cloudfront_origin_access_control", "cloudfront.create_origin_access_control", {"OriginAccessControlConfig": {"Name": "access{n}", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"}}),
    ("aws_cloudfront_distribution", "cloudfront.create_distribution_with_tags", {"DistributionConfigWithTags": {"DistributionConfig": {"CallerReference": "d{n}", "Comment": "c", "Enabled": True, "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "bucket-of-the-pair-{n}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}]}, "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "MinTTL": 0, "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}}}, "Tags": {"Items": PAIRS}}}),
    ("aws_cloudfront_function", "cloudfront.create_function", {"Name": "function{n}", "FunctionConfig": {"Comment": "c", "Runtime": "cloudfront-js-2.0"}, "FunctionCode": b"function handler(e) {}"}),
    ("aws_cloudwatch_dashboard", "cloudwatch.put_dashboard", {"DashboardName": "board{n}", "DashboardBody": '{"widgets": []}'}),
    ("aws_codebuild_project", "codebuild.create_project", {"name": "project{n}", "source": {"type": "S3", "location": "b/k"}, "artifacts": {"type": "NO_ARTIFACTS"}, "environment": {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"}, "serviceRole": "arn:aws:iam::123456789012:role/role{n}", "tags": LOWER}),
    ("", "iam.create_role", {"RoleName": "pipes{n}", "AssumeRolePolicyDocument": TRUST.replace("lambda", "codepipeline")}),
    ("aws_codepipeline", "codepipeline.create_pipeline", {"pipeline": {"name": "pipeline{n}", "roleArn": "arn:aws:iam::123456789012:role/pipes{n}", "artifactStore": {"type": "S3", "location": "bucket-of-the-pair-{n}"}, "stages": [{"name": "Source", "actions": [{"name": "Source", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"}, "configuration": {"S3Bucket": "bucket-of-the-pair-{n}", "S3ObjectKey": "k"}, "outputArtifacts": [{"name": "App"}]}]}, {"name": "Approve", "actions": [{"name": "Approve", "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}}]}], "version": 1}, "tags": LOWER}),
    ("aws_cognito_user_pool", "cognito-idp.create_user_pool", {"PoolName": "pool{n}", "UserPoolTags": MAP}),
    ("aws_cognito_user_pool_client", "cognito-idp.create_user_pool_client", {"UserPoolId": "{aws_cognito_user_pool.UserPool.Id}", "ClientName": "client{n}"}),
    ("aws_cognito_user_group", "cognito-idp.create_group", {"UserPoolId": "{aws_cognito_user_pool.UserPool.Id}", "GroupName": "group{n}"}),
    ("aws_cognito_resource_server", "cognito-idp.create_resource_server", {"UserPoolId": "{aws_cognito_user_pool.UserPool.Id}", "Identifier": "https://api{n}.example.com", "Name": "api"}),
    ("aws_cognito_identity_pool", "cognito-identity.create_identity_pool", {"IdentityPoolName": "identities{n}", "AllowUnauthenticatedIdentities": False, "IdentityPoolTags": MAP}),
    ("aws_config_config_rule", "config.put_config_rule", {"ConfigRule": {"ConfigRuleName": "rule{n}", "Source": {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"}}, "Tags": PAIRS}),
    ("aws_directory_service_directory", "ds.create_directory", {"Name": "corp{n}.example.com", "Password": "Hunter2hunter2!", "Size": "Small", "VpcSettings": {"VpcId": "{aws_vpc.Vpc.VpcId}", "SubnetIds": ["{aws_subnet.Subnet.SubnetId}", "{create_subnet.Subnet.SubnetId}"]}, "Tags": PAIRS}),
    ("aws_dms_endpoint", "dms.create_endpoint", {"EndpointIdentifier": "endpoint{n}", "EndpointType": "source", "EngineName": "postgres", "ServerName": "h", "Port": 5432, "DatabaseName": "d", "Username": "u", "Password": "hunter2hunter2", "Tags": PAIRS}),
    ("aws_dms_replication_subnet_group", "dms.create_replication_subnet_group", {"ReplicationSubnetGroupIdentifier": "subnets{n}", "ReplicationSubnetGroupDescription": "d", "SubnetIds": ["{aws_subnet.Subnet.SubnetId}", "{create_subnet.Subnet.SubnetId}"], "Tags": PAIRS}),
    ("aws_dms_replication_instance", "dms.create_replication_instance", {"ReplicationInstanceIdentifier": "instance{n}", "ReplicationInstanceClass": "dms.t3.micro", "ReplicationSubnetGroupIdentifier": "subnets{n}", "Tags": PAIRS}),
    ("aws_dms_replication_task", "dms.create_replication_task", {"ReplicationTaskIdentifier": "task{n}", "SourceEndpointArn": "{aws_dms_endpoint.Endpoint.EndpointArn}", "TargetEndpointArn": "{aws_dms_endpoint.Endpoint.EndpointArn}", "ReplicationInstanceArn": "{aws_dms_replication_instance.ReplicationInstance.ReplicationInstanceArn}", "MigrationType": "full-load", "TableMappings": "x", "Tags": PAIRS}),
    ("aws_ecr_pull_through_cache_rule", "ecr.create_pull_through_cache_rule", {"ecrRepositoryPrefix": "prefix{n}", "upstreamRegistryUrl": "public.ecr.aws"}),
    ("aws_ecs_capacity_provider", "ecs.create_capacity_provider", {"name": "provider{n}", "autoScalingGroupProvider": {"autoScalingGroupArn": "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1:autoScalingGroupName/group{n}"}, "tags": LOWER}),
    ("aws_efs_mount_target", "efs.create_mount_target", {"FileSystemId": "{aws_efs_file_system.FileSystemId}", "SubnetId": "{aws_subnet.Subnet.SubnetId}"}),
    ("aws_efs_access_point", "efs.create_access_point", {"ClientToken": "t{n}", "FileSystemId": "{aws_efs_file_system.FileSystemId}", "Tags": PAIRS}),
    ("aws_eks_cluster", "eks.create_cluster", {"name": "cluster{n}", "roleArn": "{aws_iam_role.Role.Arn}", "resourcesVpcConfig": {"subnetIds": ["{aws_subnet.Subnet.SubnetId}"]}, "tags": MAP}),
    ("aws_eks_node_group", "eks.create_nodegroup", {"clusterName": "cluster{n}", "nodegroupName": "nodes{n}", "subnets": ["{aws_subnet.Subnet.SubnetId}"], "nodeRole": "{aws_iam_role.Role.Arn}", "scalingConfig": {"minSize": 1, "maxSize": 1, "desiredSize": 1}, "tags": MAP}),
    ("aws_eks_fargate_profile", "eks.create_fargate_profile", {"clusterName": "cluster{n}", "fargateProfileName": "profile{n}", "podExecutionRoleArn": "{aws_iam_role.Role.Arn}", "subnets": ["{aws_subnet.Subnet.SubnetId}"], "selectors": [{"namespace": "n"}], "tags": MAP}),
    ("aws_eks_addon", "eks.create_addon", {"clusterName": "cluster{n}", "addonName": "vpc-cni", "tags": MAP}),
    ("aws_elasticache_replication_group", "elasticache.create_replication_group", {"ReplicationGroupId": "replicas{n}", "ReplicationGroupDescription": "d", "Engine": "redis", "CacheNodeType": "cache.t3.micro", "NumCacheClusters": 1, "Tags": PAIRS}),
    ("aws_elasticache_user", "elasticache.create_user", {"UserId": "user{n}", "UserName": "user{n}", "Engine": "redis", "AccessString": "on ~* +@all", "NoPasswordRequired": True, "Tags": PAIRS}),
    ("aws_elasticache_user_group", "elasticache.create_user_group", {"UserGroupId": "users{n}", "Engine": "redis", "UserIds": ["user{n}"], "Tags": PAIRS}),
    ("aws_elasticache_parameter_group", "elasticache.create_cache_parameter_group", {"CacheParameterGroupName": "parameters{n}", "CacheParameterGroupFamily": "redis7", "Description": "d"}),
    ("aws_elb", "elb.create_load_balancer", {"LoadBalancerName": "classic{n}", "Listeners": [{"Protocol": "tcp", "LoadBalancerPort": 80, "InstancePort": 80}], "AvailabilityZones": ["eu-west-1a"], "Tags": PAIRS}),
    ("", "elbv2.create_listener", {"LoadBalancerArn": "{aws_lb.LoadBalancers[0].LoadBalancerArn}", "Port": 443, "Protocol": "TLS", "Certificates": [{"CertificateArn": "{aws_acm_certificate.CertificateArn}"}], "DefaultActions": [{"Type": "forward", "TargetGroupArn": "{aws_lb_target_group.TargetGroups[0].TargetGroupArn}"}]}),
    ("", "acm.request_certificate", {"DomainName": "b{n}.example.com"}),
    ("aws_lb_listener_certificate", "elbv2.add_listener_certificates", {"ListenerArn": "{create_listener.Listeners[0].ListenerArn}", "Certificates": [{"CertificateArn": "{request_certificate.CertificateArn}"}]}),
    ("aws_lb_trust_store", "elbv2.create_trust_store", {"Name": "trust{n}", "CaCertificatesBundleS3Bucket": "b", "CaCertificatesBundleS3Key": "k"}),
    ("aws_kinesis_firehose_delivery_stream", "firehose.create_delivery_stream", {"DeliveryStreamName": "delivery{n}", "ExtendedS3DestinationConfiguration": {"RoleARN": "{aws_iam_role.Role.Arn}", "BucketARN": "arn:aws:s3:::bucket-of-the-pair-{n}"}, "Tags": PAIRS}),
    ("aws_glue_catalog_database", "glue.create_database", {"DatabaseInput": {"Name": "database{n}"}, "Tags": MAP}),
    ("aws_glue_catalog_table", "glue.create_table", {"DatabaseName": "database{n}", "TableInput": {"Name": "table{n}", "StorageDescriptor": {"Columns": [{"Name": "c", "Type": "string"}]}}}),
    ("aws_glue_job", "glue.create_job", {"Name": "job{n}", "Role": "r", "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}, "Tags": MAP}),
    ("aws_glue_crawler", "glue.create_crawler", {"Name": "crawler{n}", "Role": "r", "DatabaseName": "database{n}", "Targets": {"S3Targets": [{"Path": "s3://b/p"}]}, "Tags": MAP}),
    ("aws_guardduty_detector", "guardduty.create_detector", {"Enable": True, "Tags": MAP}),
    ("aws_guardduty_malware_protection_plan", "guardduty.create_malware_protection_plan", {"Role": "{aws_iam_role.Role.Arn}", "ProtectedResource": {"S3Bucket": {"BucketName": "bucket-of-the-pair-{n}"}}, "Tags": MAP}),
    ("aws_iam_user_ssh_key", "iam.upload_ssh_public_key", {"UserName": "user{n}", "SSHPublicKeyBody": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC{n} u"}),
    ("aws_iam_saml_provider", "iam.create_saml_provider", {"Name": "saml{n}", "SAMLMetadataDocument": "x" * 1024, "Tags": PAIRS}),
    ("aws_iam_server_certificate", "iam.upload_server_certificate", {"ServerCertificateName": "certificate{n}", "CertificateBody": "b", "PrivateKey": "k", "Tags": PAIRS}),
    ("aws_iam_virtual_mfa_device", "iam.create_virtual_mfa_device", {"VirtualMFADeviceName": "mfa{n}"}),
    ("aws_msk_cluster", "kafka.create_cluster_v2", {"ClusterName": "kafka{n}", "Provisioned": {"BrokerNodeGroupInfo": {"ClientSubnets": ["{aws_subnet.Subnet.SubnetId}"], "InstanceType": "kafka.t3.small"}, "KafkaVersion": "3.6.0", "NumberOfBrokerNodes": 1}, "Tags": MAP}),
    ("aws_kinesis_stream_consumer", "kinesis.register_stream_consumer", {"StreamARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/stream{n}", "ConsumerName": "consumer"}),
    ("aws_kinesis_video_stream", "kinesisvideo.create_stream", {"StreamName": "video{n}", "Tags": MAP}),
    ("aws_kms_grant", "kms.create_grant", {"KeyId": "{aws_kms_key.KeyMetadata.KeyId}", "GranteePrincipal": "{aws_iam_role.Role.Arn}", "Operations": ["Decrypt"], "Name": "grant{n}"}),
    ("aws_lambda_event_source_mapping", "lambda.create_event_source_mapping", {"FunctionName": "function{n}", "EventSourceArn": "arn:aws:sqs:eu-west-1:123456789012:queue{n}", "Tags": MAP}),
    ("aws_lambda_function_event_invoke_config", "lambda.put_function_event_invoke_config", {"FunctionName": "function{n}", "MaximumRetryAttempts": 1}),
    ("aws_lambda_layer_version", "lambda.publish_layer_version", {"LayerName": "layer{n}", "Content": {"ZipFile": b"PK\x05\x06" + b"\0" * 18}}),
    ("aws_cloudwatch_log_subscription_filter", "logs.put_subscription_filter", {"logGroupName": "group{n}", "filterName": "s", "filterPattern": "", "destinationArn": "arn:aws:lambda:eu-west-1:123456789012:function:function{n}"}),
    ("aws_cloudwatch_log_resource_policy", "logs.put_resource_policy", {"policyName": "policy{n}", "policyDocument": PLAIN}),
    ("aws_cloudwatch_log_destination", "logs.put_destination", {"destinationName": "destination{n}", "targetArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/stream{n}", "roleArn": "{aws_iam_role.Role.Arn}", "tags": MAP}),
    ("aws_cloudwatch_query_definition", "logs.put_query_definition", {"name": "query{n}", "queryString": "fields @message"}),
    ("aws_memorydb_subnet_group", "memorydb.create_subnet_group", {"SubnetGroupName": "memory{n}", "SubnetIds": ["{aws_subnet.Subnet.SubnetId}"], "Tags": PAIRS}),
    ("aws_memorydb_cluster", "memorydb.create_cluster", {"ClusterName": "memory{n}", "NodeType": "db.t4g.small", "ACLName": "open-access", "SubnetGroupName": "memory{n}", "Tags": PAIRS}),
    ("aws_mq_broker", "mq.create_broker", {"BrokerName": "broker{n}", "DeploymentMode": "SINGLE_INSTANCE", "EngineType": "ACTIVEMQ", "EngineVersion": "5.18", "HostInstanceType": "mq.t3.micro", "PubliclyAccessible": False, "AutoMinorVersionUpgrade": True, "Users": [{"Username": "admin", "Password": "hunter2hunter2"}], "Tags": MAP}),
    ("aws_networkfirewall_firewall_policy", "network-firewall.create_firewall_policy", {"FirewallPolicyName": "policy{n}", "FirewallPolicy": {"StatelessDefaultActions": ["aws:pass"], "StatelessFragmentDefaultActions": ["aws:pass"]}, "Tags": PAIRS}),
    ("aws_networkfirewall_rule_group", "network-firewall.create_rule_group", {"RuleGroupName": "rules{n}", "Type": "STATEFUL", "Capacity": 10, "Rules": "pass", "Tags": PAIRS}),
    ("aws_networkfirewall_firewall", "network-firewall.create_firewall", {"FirewallName": "firewall{n}", "FirewallPolicyArn": "arn:aws:network-firewall:eu-west-1:123456789012:firewall-policy/policy{n}", "VpcId": "{aws_vpc.Vpc.VpcId}", "SubnetMappings": [{"SubnetId": "{aws_subnet.Subnet.SubnetId}"}], "Tags": PAIRS}),
    ("aws_rds_cluster_parameter_group", "rds.create_db_cluster_parameter_group", {"DBClusterParameterGroupName": "clusters{n}", "DBParameterGroupFamily": "aurora-postgresql16", "Description": "d", "Tags": PAIRS}),
    ("aws_db_option_group", "rds.create_option_group", {"OptionGroupName": "options{n}", "EngineName": "mysql", "MajorEngineVersion": "8.0", "OptionGroupDescription": "d", "Tags": PAIRS}),
    ("aws_db_event_subscription", "rds.create_event_subscription", {"SubscriptionName": "events{n}", "SnsTopicArn": "{aws_sns_topic.TopicArn}", "Tags": PAIRS}),
    ("aws_db_proxy", "rds.create_db_proxy", {"DBProxyName": "proxy{n}", "EngineFamily": "POSTGRESQL", "Auth": [{"AuthScheme": "SECRETS", "SecretArn": "{aws_secretsmanager_secret.ARN}", "IAMAuth": "DISABLED"}], "RoleArn": "{aws_iam_role.Role.Arn}", "VpcSubnetIds": ["{aws_subnet.Subnet.SubnetId}"], "Tags": PAIRS}),
    ("aws_db_cluster_snapshot", "rds.create_db_cluster_snapshot", {"DBClusterSnapshotIdentifier": "clustersnapshot{n}", "DBClusterIdentifier": "cluster{n}", "Tags": PAIRS}),
    ("aws_rds_global_cluster", "rds.create_global_cluster", {"GlobalClusterIdentifier": "global{n}", "Engine": "aurora-postgresql", "Tags": PAIRS}),
    ("aws_redshift_subnet_group", "redshift.create_cluster_subnet_group", {"ClusterSubnetGroupName": "warehouse{n}", "Description": "d", "SubnetIds": ["{aws_subnet.Subnet.SubnetId}"], "Tags": PAIRS}),
    ("aws_redshift_parameter_group", "redshift.create_cluster_parameter_group", {"ParameterGroupName": "warehouse{n}", "ParameterGroupFamily": "redshift-1.0", "Description": "d", "Tags": PAIRS}),
    ("aws_redshift_cluster", "redshift.create_cluster", {"ClusterIdentifier": "warehouse{n}", "NodeType": "ra3.xlplus", "MasterUsername": "u", "MasterUserPassword": "Hunter2hunter2", "ClusterSubnetGroupName": "warehouse{n}", "Tags": PAIRS}),
    ("aws_redshift_cluster_snapshot", "redshift.create_cluster_snapshot", {"SnapshotIdentifier": "warehousesnapshot{n}", "ClusterIdentifier": "warehouse{n}", "Tags": PAIRS}),
    ("aws_route53_resolver_endpoint", "route53resolver.create_resolver_endpoint", {"CreatorRequestId": "e{n}", "Name": "endpoint{n}", "SecurityGroupIds": ["{aws_security_group.GroupId}"], "Direction": "OUTBOUND", "IpAddresses": [{"SubnetId": "{aws_subnet.Subnet.SubnetId}", "Ip": "10.{n}.1.10"}, {"SubnetId": "{create_subnet.Subnet.SubnetId}", "Ip": "10.{n}.2.10"}], "Tags": PAIRS}),
    ("aws_route53_resolver_rule", "route53resolver.create_resolver_rule", {"CreatorRequestId": "r{n}", "Name": "rule{n}", "RuleType": "FORWARD", "DomainName": "corp{n}.example.com", "TargetIps": [{"Ip": "10.0.0.2", "Port": 53}], "ResolverEndpointId": "{aws_route53_resolver_endpoint.ResolverEndpoint.Id}", "Tags": PAIRS}),
    ("aws_route53_resolver_rule_association", "route53resolver.associate_resolver_rule", {"ResolverRuleId": "{aws_route53_resolver_rule.ResolverRule.Id}", "VPCId": "{aws_vpc.Vpc.VpcId}", "Name": "a{n}"}),
    ("aws_route53_resolver_query_log_config", "route53resolver.create_resolver_query_log_config", {"Name": "log{n}", "DestinationArn": "arn:aws:s3:::bucket-of-the-pair-{n}", "CreatorRequestId": "l{n}", "Tags": PAIRS}),
    ("aws_route53_resolver_query_log_config_association", "route53resolver.associate_resolver_query_log_config", {"ResolverQueryLogConfigId": "{aws_route53_resolver_query_log_config.ResolverQueryLogConfig.Id}", "ResourceId": "{aws_vpc.Vpc.VpcId}"}),
    ("aws_resourcegroups_group", "resource-groups.create_group", {"Name": "group{n}", "ResourceQuery": {"Type": "TAG_FILTERS_1_0", "Query": '{"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": [{"Key": "team", "Values": ["blue"]}]}'}, "Tags": MAP}),
    ("aws_route53_record", "route53.change_resource_record_sets", {"HostedZoneId": "{aws_route53_zone.HostedZone.Id}", "ChangeBatch": {"Changes": [{"Action": "CREATE", "ResourceRecordSet": {"Name": "www.example{n}.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}}]}}),
    ("aws_route53_delegation_set", "route53.create_reusable_delegation_set", {"CallerReference": "s{n}"}),
    ("aws_route53_query_log", "route53.create_query_logging_config", {"HostedZoneId": "{aws_route53_zone.HostedZone.Id}", "CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:group{n}"}),
    ("aws_s3_bucket_inventory", "s3.put_bucket_inventory_configuration", {"Bucket": "bucket-of-the-pair-{n}", "Id": "all", "InventoryConfiguration": {"Id": "all", "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"}, "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::bucket-of-the-pair-{n}", "Format": "CSV"}}}}),
    ("aws_scheduler_schedule_group", "scheduler.create_schedule_group", {"Name": "group{n}", "Tags": PAIRS}),
    ("aws_scheduler_schedule", "scheduler.create_schedule", {"Name": "schedule{n}", "GroupName": "group{n}", "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": "{aws_sns_topic.TopicArn}", "RoleArn": "{aws_iam_role.Role.Arn}"}}),
    ("aws_opensearch_domain", "opensearch.create_domain", {"DomainName": "domain{n}", "TagList": PAIRS}),
    ("aws_sesv2_email_identity", "sesv2.create_email_identity", {"EmailIdentity": "mail{n}.example.com", "Tags": PAIRS}),
    ("aws_ssm_document", "ssm.create_document", {"Name": "document{n}", "DocumentType": "Command", "Content": '{"schemaVersion": "2.2", "description": "d", "mainSteps": [{"action": "aws:runShellScript", "name": "s", "inputs": {"runCommand": ["true"]}}]}', "Tags": PAIRS}),
    ("aws_ssm_association", "ssm.create_association", {"Name": "document{n}", "AssociationName": "association{n}", "Targets": [{"Key": "tag:x", "Values": ["y"]}]}),
    ("aws_ssm_patch_baseline", "ssm.create_patch_baseline", {"Name": "baseline{n}", "Tags": PAIRS}),
    ("aws_ssm_maintenance_window", "ssm.create_maintenance_window", {"Name": "window{n}", "Schedule": "rate(1 day)", "Duration": 2, "Cutoff": 1, "AllowUnassociatedTargets": False, "Tags": PAIRS}),
    ("aws_sfn_activity", "stepfunctions.create_activity", {"name": "activity{n}", "tags": LOWER}),
    ("aws_transfer_server", "transfer.create_server", {"Protocols": ["SFTP"], "Tags": PAIRS}),
    ("aws_wafv2_ip_set", "wafv2.create_ip_set", {"Name": "ips{n}", "Scope": "REGIONAL", "IPAddressVersion": "IPV4", "Addresses": ["192.0.2.0/24"], "Tags": PAIRS}),
    ("aws_wafv2_regex_pattern_set", "wafv2.create_regex_pattern_set", {"Name": "patterns{n}", "Scope": "REGIONAL", "RegularExpressionList": [{"RegexString": "x"}], "Tags": PAIRS}),
    ("aws_wafv2_rule_group", "wafv2.create_rule_group", {"Name": "rules{n}", "Scope": "REGIONAL", "Capacity": 10, "VisibilityConfig": _WAF, "Tags": PAIRS}),
    ("aws_wafv2_web_acl", "wafv2.create_web_acl", {"Name": "acl{n}", "Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "VisibilityConfig": _WAF, "Tags": PAIRS}),
    ("aws_wafv2_web_acl_logging_configuration", "wafv2.put_logging_configuration", {"LoggingConfiguration": {"ResourceArn": "{aws_wafv2_web_acl.Summary.ARN}", "LogDestinationConfigs": ["arn:aws:firehose:eu-west-1:123456789012:deliverystream/aws-waf-logs-{n}"]}}),
    ("aws_wafv2_web_acl_association", "wafv2.associate_web_acl", {"WebACLArn": "{aws_wafv2_web_acl.Summary.ARN}", "ResourceArn": "arn:aws:apigateway:eu-west-1::/restapis/{aws_api_gateway_rest_api.id}/stages/live"}),
    ("aws_glue_connection", "glue.create_connection", {"ConnectionInput": {"Name": "connection{n}", "ConnectionType": "JDBC", "ConnectionProperties": {"USERNAME": "u", "PASSWORD": "p"}}}),
    ("aws_lakeformation_resource", "lakeformation.register_resource", {"ResourceArn": "arn:aws:s3:::bucket-of-the-pair-{n}", "RoleArn": "{aws_iam_role.Role.Arn}"}),
    ("", "organizations.create_organization", {"FeatureSet": "ALL"}),
    ("", "organizations.list_roots", {}),
    ("aws_organizations_organizational_unit", "organizations.create_organizational_unit", {"ParentId": "{list_roots.Roots[0].Id}", "Name": "unit{n}", "Tags": PAIRS}),
    ("aws_organizations_account", "organizations.create_account", {"AccountName": "account{n}", "Email": "account{n}@example.com", "Tags": PAIRS}),
    ("aws_organizations_policy", "organizations.create_policy", {"Name": "policy{n}", "Description": "d", "Type": "SERVICE_CONTROL_POLICY", "Content": PLAIN, "Tags": PAIRS}),
    ("", "organizations.attach_policy", {"PolicyId": "{aws_organizations_policy.Policy.PolicySummary.Id}", "TargetId": "{aws_organizations_organizational_unit.OrganizationalUnit.Id}"}),
    ("", "sso-admin.list_instances", {}),
    ("aws_ssoadmin_permission_set", "sso-admin.create_permission_set", {"Name": "set{n}", "InstanceArn": "{list_instances.Instances[0].InstanceArn}", "Tags": PAIRS}),
)  # fmt: skip

UNTAGGED = frozenset(
    {
        "aws_glue_connection",
        "aws_route53_zone",
        "aws_route53_health_check",
        "aws_ssoadmin_permission_set",
    }
)
"""Types whose creating call takes no tags, or whose tags moto does not give."""

NO_OPERATION = "the emulator has no operation that makes it"
NO_LIST = "the emulator has no operation that lists or describes it"
LACKS = {
    "moto": {
        "aws_cloudwatch_composite_alarm": NO_OPERATION,
        "aws_placement_group": NO_OPERATION,
        "aws_ec2_instance_connect_endpoint": NO_OPERATION,
        "aws_backup_selection": NO_OPERATION,
        "aws_ecr_pull_through_cache_rule": NO_OPERATION,
        "aws_eks_addon": NO_OPERATION,
        "aws_elasticache_user_group": NO_OPERATION,
        "aws_elasticache_parameter_group": NO_OPERATION,
        "aws_lb_trust_store": NO_OPERATION,
        "aws_guardduty_malware_protection_plan": NO_OPERATION,
        "aws_cloudwatch_query_definition": NO_OPERATION,
        "aws_networkfirewall_firewall_policy": NO_OPERATION,
        "aws_networkfirewall_rule_group": NO_OPERATION,
        "aws_ssm_association": NO_OPERATION,
        "aws_ssm_patch_baseline": "it takes no tags of a baseline, and describes none",
        "aws_apigatewayv2_api_mapping": "it keeps the domain names of the two APIs apart",
        "organizations.create_organization": "an account is in one organization",
        "aws_route53_query_log": "its log group must be in another region than the others",
    }
}
"""Why an emulator does not make a type."""

UNSEEN = {
    "moto": {
        "aws_apigatewayv2_authorizer": NO_LIST,
        "aws_athena_named_query": NO_LIST,
        "aws_wafv2_web_acl_association": NO_LIST,
        "aws_ecs_capacity_provider": "it breaks where all of them are asked for",
        "aws_db_option_group": "it breaks when it writes the answer",
        "aws_cloudwatch_dashboard": "it keeps dashboards by region, and AWS has them for all",
    }
}
"""Why what an emulator made is not found in it."""

FORGETS = {
    "moto": frozenset(
        {
            "aws_dms_replication_subnet_group", "aws_iam_saml_provider", "aws_iam_server_certificate",
            "aws_rds_global_cluster", "aws_route53_resolver_query_log_config",
            "aws_ssoadmin_permission_set",
        }
    )
}  # fmt: skip
"""Types of which an emulator keeps no tags."""

ONE = {
    "aws_ecr_registry_policy", "aws_ecr_replication_configuration",
    "aws_ecr_registry_scanning_configuration", "aws_iam_account_password_policy",
    "aws_iam_account_alias", "aws_s3_account_public_access_block", "aws_config_configuration_recorder",
    "aws_config_delivery_channel",
}  # fmt: skip
"""Types of which an account, or a region of it, can hold one."""

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
            held[type_ or operation] = answer
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
