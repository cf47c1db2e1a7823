-- title: Resource that no Terraform state declares
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "{type} {name} runs, but no state declares it"
-- why: |
--   Nobody reviewed it, nobody can rebuild it, and nothing removes it when its purpose is gone.
-- fix: |
--   # Adopt it with this block, under a name of its own, then `terraform plan -generate-config-out=new.tf`;
--   # or find who made it and agree that it goes.
--   import {
--     to = {type}.adopted
--     id = {id!hcl}
--   }
-- population: resources where class not in ('provider_default', 'child')
-- evidence:
--   created_at: when AWS says it was made
--   parent: what it belongs to, if anything

select
    r.resource,
    r.created_at,
    r.parent,
from resources as r
where r.class in ('unmanaged', 'unknown')
