-- title: Alarm on something that is gone
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} watches {dimension} {value}, which does not exist"
-- why: |
--   It gets no data any more and will never go off. What took the place of the thing has no alarm, while
--   everybody believes that it has.
-- fix: |
--   # Point it at what took the place of the thing where it is declared; then
--   terraform plan
-- population: aws_cloudwatch_metric_alarm where origin = '' and namespace like 'AWS/%'
-- identity: [dimension]
-- evidence:
--   dimension: what kind of thing, as CloudWatch calls it
--   value: which one
--   metric_name: what it would measure

with there as (
    select q.account, q.region, 'AWS/SQS' as namespace, 'QueueName' as dimension, q.name as value from aws_sqs_queue as q
    union all select t.account, t.region, 'AWS/SNS', 'TopicName', t.name from aws_sns_topic as t
    union all select f.account, f.region, 'AWS/Lambda', 'FunctionName', f.name from aws_lambda_function as f
    union all select t.account, t.region, 'AWS/DynamoDB', 'TableName', t.name from aws_dynamodb_table as t
    union all select d.account, d.region, 'AWS/RDS', 'DBInstanceIdentifier', d.name from aws_db_instance as d
    union all select m.account, m.region, 'AWS/RDS', 'DBInstanceIdentifier', m.name from aws_rds_cluster_instance as m
    union all select c.account, c.region, 'AWS/RDS', 'DBClusterIdentifier', c.name from aws_rds_cluster as c
    union all select i.account, i.region, 'AWS/EC2', 'InstanceId', i.id from aws_instance as i
    union all select g.account, g.region, 'AWS/EC2', 'AutoScalingGroupName', g.name from aws_autoscaling_group as g
    union all select k.account, k.region, 'AWS/Kinesis', 'StreamName', k.name from aws_kinesis_stream as k
    union all select e.account, e.region, 'AWS/ElastiCache', 'CacheClusterId', e.id from aws_elasticache_cluster as e
    union all select b.account, b.region, 'AWS/ApplicationELB', 'LoadBalancer', b.arn_suffix from aws_lb as b
    union all select b.account, b.region, 'AWS/NetworkELB', 'LoadBalancer', b.arn_suffix from aws_lb as b
), known as (
    select split_part(k.pair, ' ', 1) as namespace, split_part(k.pair, ' ', 2) as dimension
    from (select unnest([
        'AWS/SQS QueueName', 'AWS/SNS TopicName', 'AWS/Lambda FunctionName', 'AWS/DynamoDB TableName',
        'AWS/RDS DBInstanceIdentifier', 'AWS/RDS DBClusterIdentifier', 'AWS/EC2 InstanceId',
        'AWS/EC2 AutoScalingGroupName', 'AWS/Kinesis StreamName', 'AWS/ElastiCache CacheClusterId',
        'AWS/ApplicationELB LoadBalancer', 'AWS/NetworkELB LoadBalancer',
    ]) as pair) as k
)

select
    a.resource,
    k.dimension,
    a.dimensions[k.dimension] as value,
    a.metric_name,
from aws_cloudwatch_metric_alarm as a
join known as k on k.namespace = a.namespace and a.dimensions[k.dimension] is not null
anti join there as t
    on t.account = a.account and t.region = a.region and t.namespace = k.namespace
    and t.dimension = k.dimension and t.value = a.dimensions[k.dimension]
where a.origin = ''
