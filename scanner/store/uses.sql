-- What IAM said of the services that principals use, laid on their grants; store/uses.py runs each block.

-- name: mattering
-- whom to ask about: administrators, who can become one, who holds all of a service, who shows no use
with likely as (
    select a.principal, 0 as rank from administrators as a
    union all select p.principal, 1 from paths as p
    union all select w.principal, 2 from wildcards as w
    union all
    select r.resource, 3
    from resources as r
    left join resources as c on c.type = 'aws_iam_credential' and c.account = r.account and c.name = r.name
    where (r.type = 'aws_iam_role' and json_extract_string(r.attributes, '$.last_used_date') is null)
        or (r.type = 'aws_iam_user' and coalesce(
            json_extract_string(c.attributes, '$.password_last_used'),
            json_extract_string(c.attributes, '$.key_1_last_used'),
            json_extract_string(c.attributes, '$.key_2_last_used')
        ) is null)
)
select r.resource, r.arn, r.account
from resources as r join likely as l on l.principal = r.resource
where r.type in ('aws_iam_user', 'aws_iam_role') and r.arn is not null and r.origin = ''
    and not contains(r.arn, ':role/aws-service-role/')
group by all
order by min(l.rank), r.resource
limit ?

-- name: held
-- what makes the grants of those that were asked about what they are
select g.given_by, g.document, g.principal
from grants as g join service_uses as q on q.principal = g.principal and q.service = ''

-- name: used
insert into grant_uses
with named as (
    select distinct p.digest, if(p.not_actions or not contains(p.pattern, ':'), '*', split_part(p.pattern, ':', 1)) as service
    from (
        select s.digest, s.not_actions, unnest(s.actions) as pattern from statements as s
        where s.effect = 'Allow' and s.digest in (
            select g.digest from grants as g join service_uses as q on q.principal = g.principal and q.service = ''
        )
    ) as p
)
select
    g.principal, g.document, g.via, g.given_by, n.service, max(u.used_at),
    coalesce(
        if(max(b.since) is null, null, greatest(max(b.since), max(d.since), max(m.since))),
        max(cast(w.granted as timestamp))
    )
from grants as g
join service_uses as q on q.principal = g.principal and q.service = ''
join named as n on n.digest = g.digest
left join service_uses as u on u.principal = g.principal and u.service <> '' and n.service in (u.service, '*')
left join standing as b on b.resource = g.given_by
left join standing as d on d.resource = g.document
left join standing as m on m.resource = g.principal and g.via = 'group'
left join grant_records as w on w.principal = g.principal and w.document = g.document and w.given_by = g.given_by
where g.via in ('inline', 'attached', 'group', 'permission_set')
group by g.principal, g.document, g.via, g.given_by, n.service
