-- title: Resource that a service may use for anybody
-- severity: medium
-- role: access
-- since: "0.1"
-- says: "{service} may use the {kind} {name} for every customer of AWS, not only for us"
-- why: |
--   The service acts for whoever asks it. Another account can have it send here, or read from here, because the policy
--   does not say for whose resource it has to act.
-- fix: |
--   # Say in the policy for whom: Condition ArnLike aws:SourceArn, or StringEquals aws:SourceAccount. Who wrote it:
--   aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue={name!sh}
-- references: [AWS IAM, the confused deputy problem]
-- population: (select distinct t.resource from trusts as t where t.kind <> 'role' and t.principal_type = 'Service') as resources
-- identity: [service]
-- evidence:
--   service: the service that is let in
--   kind: what it is let into
--   action: what it may do

select distinct on (t.resource, t.principal)
    t.resource,
    t.principal as service,
    t.kind,
    t.action,
from trusts as t
where t.kind <> 'role'
    and t.principal_type = 'Service'
    and not list_has_any(t.kinds, ['source', 'organization', 'principal'])
order by t.resource, t.principal, t.action
