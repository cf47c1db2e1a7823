-- title: Every action of a service on everything
-- severity: medium
-- severities: severity
-- role: access
-- since: "0.1"
-- says: "{name} may do everything that {service} can, on every resource, by the policy {policy}"
-- why: |
--   Reading one thing was meant, deleting all of them is allowed. A mistake or a leak in one place
--   reaches everything the whole account keeps in that service.
-- fix: |
--   # See which of these actions it has used, and write a policy of those on named resources.
--   aws iam generate-service-last-accessed-details --arn {resource!sh} --granularity ACTION_LEVEL
-- population: (select resource from aws_iam_role where origin = '' union all select resource from aws_iam_user union all select resource from aws_iam_group) as principals
-- identity: [document, service]
-- undecided: unknown
-- evidence:
--   service: the service whose every action is allowed
--   policy: the name of the policy that allows it
--   document: the policy itself
--   via: inline or attached
--   target: the resources, as written
--   unknown: why it is not known, where it is not
--   severity: high for services that hold data, keys or permissions

with principals as (
    select r.resource from aws_iam_role as r where r.origin = ''
    union all
    select u.resource from aws_iam_user as u
    union all
    select g.resource from aws_iam_group as g
)

select distinct on (w.principal, w.document, w.service)
    w.principal as resource,
    w.service,
    regexp_extract(w.document, '[^/:]+$') as policy,
    w.document,
    w.via,
    w.target,
    if(w.verdict = 'unknown', 'a policy that it holds, or that caps it, could not be read', null) as unknown,
    case
        when w.service in (
            'iam', 'sts', 'sso', 'organizations', 'kms', 'secretsmanager', 'ssm', 's3', 'dynamodb', 'rds',
            'ec2', 'lambda', 'cloudformation', 'sqs', 'sns', 'kinesis', 'elasticfilesystem', 'ecr',
            'backup', 'cloudtrail', 'route53', 'redshift', 'glue', 'logs'
        ) then 'high'
        else 'medium'
    end as severity,
from wildcards as w
join principals as p on p.resource = w.principal
where w.via <> 'group'
order by w.principal, w.document, w.service, w.via
