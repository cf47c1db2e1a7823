-- title: Data that nobody can read any more
-- severity: critical
-- role: recovery
-- since: "0.1"
-- says: "nobody can read what {name} holds, nor restore its backups: {reason}"
-- why: |
--   What it is encrypted with has no material, or its key store is not there. The backups look whole, and not one of them can
--   be opened.
-- fix: |
--   # See what the key lacks: its material is imported again, its key store is connected again.
--   aws kms describe-key --region {region!sh} --key-id {key!sh}
-- population: (select distinct resource from recovery where question = 'readable') as stores
-- evidence:
--   reason: what is wrong with the key
--   key: which key

select
    r.resource,
    r.says as reason,
    k.resource as key,
from recovery as r
join aws_kms_key as k on contains(r.says, k.resource)
where r.question = 'readable' and r.verdict = 'no'
    -- a key that is disabled, or waits for its deletion, is told with all that it is used by
    and k.key_state in ('Unavailable', 'PendingImport')
