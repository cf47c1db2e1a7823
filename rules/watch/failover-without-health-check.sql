-- title: Failover that nothing sets off
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the failover record {name} never fails over: nothing says when its target is down"
-- why: |
--   Route 53 takes a record without a health check for healthy, whatever happens behind it. The second one is there,
--   paid for and never answered with.
-- fix: |
--   # Declare an aws_route53_health_check and name it as health_check_id; of an alias evaluate_target_health will do. Then
--   terraform plan
-- population: (select resource from aws_route53_record where json_extract_string(failover_routing_policy, '$[0].type') = 'PRIMARY') as primaries
-- evidence:
--   alias_target: what it stands for, if it is an alias

select
    r.resource,
    r.alias_target,
from aws_route53_record as r
where json_extract_string(r.failover_routing_policy, '$[0].type') = 'PRIMARY'
    and r.health_check_id is null
    and coalesce(json_extract_string(r.alias, '$[0].evaluate_target_health'), 'false') = 'false'
