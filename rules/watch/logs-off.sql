-- title: Service that writes no logs
-- severity: low
-- role: monitoring
-- since: "0.1"
-- says: "{name} writes no {logs}"
-- why: |
--   When it is attacked or fails, nobody can say who asked it what, and what became of that. It cannot be switched on
--   for what has already happened.
-- fix: |
--   # Switch them on where it is declared (access_logs, access_log_settings, logging_configuration, logging_config and the like); then
--   terraform plan
-- population: (select resource from aws_lb union all select resource from aws_elb union all select resource from aws_api_gateway_stage union all select resource from aws_apigatewayv2_stage union all select resource from aws_sfn_state_machine union all select resource from aws_eks_cluster union all select resource from aws_wafv2_web_acl union all select resource from aws_cloudfront_distribution union all select resource from aws_redshift_cluster union all select resource from aws_opensearch_domain union all select resource from aws_msk_cluster union all select resource from aws_transfer_server) as writers
-- identity: [logs]
-- evidence:
--   logs: which

with quiet as (
    select b.resource, 'access logs' as logs from aws_lb as b
    where b.load_balancer_type = 'application' and json_extract_string(b.access_logs, '$[0].enabled') = 'false'
    union
    select e.resource, 'access logs' from aws_elb as e where json_extract_string(e.access_logs, '$[0].enabled') = 'false'
    union
    select s.resource, 'access logs' from aws_api_gateway_stage as s
    where coalesce(json_array_length(s.access_log_settings), 0) = 0
    union
    select s.resource, 'access logs' from aws_apigatewayv2_stage as s
    where coalesce(json_array_length(s.access_log_settings), 0) = 0
    union
    -- those of an express workflow are all that is left of it
    select m.resource, 'execution logs' from aws_sfn_state_machine as m
    where m.type = 'EXPRESS' and coalesce(json_extract_string(m.logging_configuration, '$[0].level'), 'OFF') = 'OFF'
    union
    select c.resource, 'logs of its control plane' from aws_eks_cluster as c where len(c.enabled_cluster_log_types) = 0
    union
    -- what Firewall Manager logs is listed too
    select w.resource, 'logs of the requests it judges' from aws_wafv2_web_acl as w
    anti join aws_wafv2_web_acl_logging_configuration as l on l.resource_arn = w.resource where w.origin = ''
    union
    -- newer logs are delivered from one region, which may not have been scanned; real-time ones are set at the behavior
    select d.resource, 'access logs' from aws_cloudfront_distribution as d
    semi join ledger as g
        on g.operation = 'describe_delivery_sources' and g.complete and g.account = d.account and g.region = 'us-east-1'
    where d.enabled and not d.logging_enabled and d.default_cache_behavior::varchar not like '%:realtime-log-config/%'
    union
    select r.resource, 'audit logs' from aws_redshift_cluster as r where not r.logging_enabled
    union
    select o.resource, 'logs' from aws_opensearch_domain as o where not o.publishes_logs
    union
    select k.resource, 'logs of its brokers' from aws_msk_cluster as k where not k.broker_logs
    union
    select t.resource, 'logs of its transfers' from aws_transfer_server as t
    where coalesce(len(t.structured_log_destinations), 0) = 0 and coalesce(t.logging_role, '') = ''
)

select q.resource, q.logs from quiet as q anti join aws_cloudwatch_log_delivery_source as v on v.resource_arn = q.resource
