-- title: Hosted zone that holds nothing
-- severity: low
-- role: request
-- since: "0.1"
-- says: "the hosted zone {name} holds nothing but its own records"
-- why: |
--   It is paid for every month. If the name is delegated to it, nothing answers; if it is not, the zone only
--   misleads whoever adds a record to it.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. The delegation in its parent goes first. This destroys it:
--   aws route53 delete-hosted-zone --id {id!sh}
-- population: aws_route53_zone where origin = ''
-- evidence:
--   private: whether it answers in VPCs alone
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

select
    z.resource, z.private,
    ['records'] as searched,
    ['whether it is kept so that the name answers nothing'] as not_searched,
from aws_route53_zone as z
where z.record_count <= 2 and z.origin = ''
