-- title: Permissions that their holder has not used
-- severity: low
-- role: access
-- since: "0.1"
-- says: "{name} may use {services} by {document} and has not in {days} days"
-- why: |
--   What is not used is needed by nobody and open to whoever takes the principal over. IAM records the last use of each service
--   that a principal's policies allow, denied attempts too, for 400 days; it was asked about this principal.
-- fix: |
--   # Ask the owner whether it is for emergencies or once a year. If not, take these services out of the policy, or the grant away:
--   watchbill query "select address, revert, * from grant_ledger where services_asked"
-- references: [AWS IAM User Guide, last accessed information]
-- population: grant_uses
-- identity: [document, via]
-- params:
--   days: {default: 90, help: days without a use after which a service that a grant allows counts as unused}
-- undecided: unknown
-- varies: [last, used, days, since]
-- evidence:
--   document: the policy
--   via: inline, attached, group or permission_set
--   services: those that it allows and that were not used; `*` where it allows all and none was
--   used: those that it allows and that were
--   last: the last use of one that it allows
--   days: for so long, or since IAM tracks it
--   since: for so long at least it has been held as it is
--   unknown: why it is not known, where it is not

with told as (
    select
        u.principal, u.document, u.via, u.service, u.used_at, u.since,
        x.seen_at - to_days(least(cast($days as integer), 400)) as bar,
        coalesce(u.used_at < x.seen_at - to_days(least(cast($days as integer), 400)), true) as idle
    from grant_uses as u cross join scan as x
)

select
    u.principal as resource,
    u.document,
    u.via,
    list_sort(list(distinct u.service) filter (u.idle)) as services,
    coalesce(list_sort(list(distinct u.service) filter (not u.idle)), []) as used,
    strftime(max(u.used_at), '%Y-%m-%d') as last,
    least(cast($days as integer), 400) as days,
    strftime(max(u.since), '%Y-%m-%d') as since,
    if(
        bool_and(u.since < u.bar), null,
        'the grant may be younger than that: AWS keeps no date of it, and no scan has seen it for so long'
    ) as unknown,
from told as u
join resources as p on p.resource = u.principal
left join aws_iam_role as r on r.resource = u.principal
-- a young one had no time; of a role that is not used at all orphan/unused-role tells
where p.created_at < u.bar and coalesce(r.last_used_date >= u.bar, true)
group by u.principal, u.document, u.via
having bool_or(u.idle)
