-- title: Certificate that nothing uses
-- severity: low
-- params:
--   days: {default: 30, help: after how many days without a use}
-- role: request
-- since: "0.1"
-- says: "no service of AWS uses the certificate {name}"
-- why: |
--   It is renewed for ever for a name that may no longer be ours to prove, and one that was imported runs out
--   without anybody missing it.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. This destroys it:
--   aws acm delete-certificate --region {region!sh} --certificate-arn {resource!sh}
-- population: aws_acm_certificate
-- evidence:
--   domain_name: the name it is for
--   type: whether AWS issued it or somebody imported it
--   not_after: when it ends
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

select
    c.resource, c.domain_name, c.type, c.not_after,
    ['services that ACM knows of'] as searched,
    ['servers that hold a copy of an imported one'] as not_searched,
from aws_acm_certificate as c
where len(c.in_use_by) = 0 and c.status <> 'PENDING_VALIDATION' and c.origin = ''
    -- what can be exported is used where ACM does not see it
    and c.exportable is not true
    and c.created_at < c.seen_at - to_days($days)
