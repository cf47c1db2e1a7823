-- title: Load balancer that has nothing behind it
-- severity: medium
-- role: cost
-- since: "0.1"
-- says: "the load balancer {name} has nothing behind it: {reason}"
-- why: |
--   It is paid for by the hour and answers every request with an error. Often its name is still in DNS, so
--   that people reach it and believe that the service behind it is down.
-- fix: |
--   # See first which records name it, then take it out of its configuration; this destroys it:
--   aws elbv2 delete-load-balancer --region {region!sh} --load-balancer-arn {resource!sh}
-- population: aws_lb
-- evidence:
--   reason: no listener, or no target
--   dns_name: the name people reach it by
--   monthly_cost: what it costs a month in USD, use not counted; empty where that is not known
--   target_groups: the groups it forwards to, all of them empty
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

with actions as (
    select l.load_balancer_arn as balancer, l.action_types, l.target_group_arns, l.redirect_protocol
    from aws_lb_listener as l
    union all
    select l.load_balancer_arn, r.action_types, r.target_group_arns, null
    from aws_lb_listener_rule as r
    join aws_lb_listener as l on l.resource = r.parent
    where r.origin = ''
), useful as (
    -- answering by itself, or sending elsewhere than to its own other port, is a purpose too
    select a.balancer from actions as a
    where list_has_any(a.action_types, ['fixed-response', 'authenticate-oidc', 'authenticate-cognito'])
        or (list_contains(a.action_types, 'redirect') and a.redirect_protocol is distinct from 'HTTPS')
    union all
    select f.balancer
    from (select a.balancer, unnest(a.target_group_arns) as target_group from actions as a) as f
    join aws_lb_target_group as g on g.resource = f.target_group
    where g.targets > 0 or g.targets is null
)

select
    b.resource,
    if(count(a.balancer) = 0, 'it has no listener', 'no target is registered') as reason,
    b.dns_name,
    b.monthly_cost,
    list_sort(list_distinct(flatten(list(a.target_group_arns order by a.target_group_arns)))) as target_groups,
    ['listeners and their rules', 'target groups'] as searched,
    ['targets that a script registers when it needs them'] as not_searched,
from aws_lb as b
left join actions as a on a.balancer = b.resource
anti join useful as u on u.balancer = b.resource
group by b.resource, b.dns_name, b.monthly_cost
