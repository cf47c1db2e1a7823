-- title: Health check that nothing asks
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "no record and no other check uses the health check {name}"
-- why: |
--   It is paid for every month, and it asks an address that may be somebody else's by now.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. This destroys it:
--   aws route53 delete-health-check --health-check-id {id!sh}
-- population: aws_route53_health_check where origin = ''
-- evidence:
--   fqdn: the name it asks
--   ip_address: the address it asks
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

select
    h.resource, h.fqdn, h.ip_address,
    ['records', 'calculated checks', 'alarms', 'names of ours'] as searched,
    ['records of other accounts', 'scripts and dashboards that read it'] as not_searched,
from aws_route53_health_check as h
anti join aws_route53_record as r on r.account = h.account and r.health_check_id = h.id
-- what asks a name of ours that is there may be a probe, whose answer is read elsewhere
anti join aws_route53_record as n on n.host = lower(h.fqdn)
anti join (select unnest(c.child_healthchecks) as id from aws_route53_health_check as c) as k on k.id = h.id
anti join aws_cloudwatch_metric_alarm as a on a.account = h.account and a.dimensions['HealthCheckId'] = h.id
where h.origin = ''
