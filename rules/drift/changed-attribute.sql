-- title: Attribute changed outside Terraform
-- severity: medium
-- severities: severity
-- role: request
-- since: "0.1"
-- says: "{address}: {attribute} is not what was declared: {effect}"
-- why: |
--   What runs is no longer what was reviewed. The next apply undoes the change without notice,
--   or whoever relies on the change finds out during an incident.
-- fix: |
--   # Keep the change: write it into the configuration until `terraform plan` shows no change.
--   # Undo it:
--   terraform apply -target={address!sh}
-- references: [terraform plan -refresh-only]
-- population: declared where status in ('in_sync', 'changed')
-- identity: [attribute]
-- evidence:
--   attribute: the attribute that differs
--   declared: its value in the Terraform state
--   actual: its value in AWS
--   effect: what the difference means
--   severity: how much that matters
--   state: the state that declares it

-- two states may declare one resource, and both may be wrong: it is told once
select distinct on (c.resource, c.attribute)
    c.resource,
    c.attribute,
    cast(c.declared as json) as declared,
    cast(c.actual as json) as actual,
    c.effect,
    c.severity,
    c.source as state,
from comparisons as c
where c.verdict = 'changed'
order by c.resource, c.attribute, c.source, c.address
