-- title: Data that nobody can read any more
-- severity: critical
-- role: recovery
-- since: "0.2"
-- says: "nobody can read what {name} holds, nor restore its backups: {reason}"
-- why: |
--   What it is encrypted with is switched off or has no material. The backups look whole, and not one of them can
--   be opened.
-- fix: |
--   # A key that is disabled is enabled again; for what else may be wrong with it:
--   aws kms enable-key --region {region!sh} --key-id {key!sh}
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
    -- a key that waits for its deletion is told with all that it is used by
    and k.key_state in ('Disabled', 'Unavailable', 'PendingImport')
