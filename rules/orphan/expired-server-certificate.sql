-- title: Server certificate that has run out
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "the server certificate {name} ran out at {expiration}"
-- why: |
--   Whatever still uses it shows an error to everybody. If nothing does, it only hides the ones that matter.
-- fix: |
--   # Classic load balancers and CloudFront can use it: look there first. This destroys it:
--   aws iam delete-server-certificate --server-certificate-name {name!sh}
-- population: aws_iam_server_certificate
-- evidence:
--   expiration: when it ended
--   used: whether a classic load balancer is seen to use it
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

select
    c.resource, c.expiration,
    len(list_filter(list(b.name order by b.name), lambda name: name is not null)) > 0 as used,
    ['classic load balancers'] as searched,
    ['CloudFront', 'other load balancers', 'OpsWorks', 'copies outside AWS'] as not_searched,
from aws_iam_server_certificate as c
left join aws_elb as b on contains(b.listener::varchar, c.arn)
where c.expiration < c.seen_at
group by c.resource, c.expiration
