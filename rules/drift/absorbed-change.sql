-- title: Change outside Terraform that a refresh took into the state
-- severity: medium
-- severities: severity
-- role: request
-- since: "0.1"
-- says: "the state took over what was drift: {attribute} of {at} was {before}, became {now}: {effect}"
-- why: |
--   Somebody changed it outside Terraform, and an apply or refresh wrote the change into the state, so that no
--   plan shows it as drift any more. If the configuration says otherwise, the next apply undoes it without notice.
-- fix: |
--   # See whether the configuration says so too: then the plan shows no change, and there is nothing left to do.
--   terraform plan -target={at!sh}
--   # If it does not, that plan shows what an apply puts back; to keep the change, write it into the configuration.
-- population: stories where attribute <> ''
-- identity: [attribute]
-- evidence:
--   attribute: the attribute that was changed
--   at: the address that declares it
--   before: its value in the state before, as JSON
--   now: its value in the state since, as JSON
--   effect: what the change means
--   severity: how much that matters, high at most, as it may have been reviewed since
--   taken_after: the last scan that saw it as drift
--   taken_at: the first scan that saw it in the state
--   serial_before: serial of the state before
--   serial: serial of the state since
--   state: the state that declares it
-- params:
--   days: {default: 14, help: how long it is told}

-- two states may declare one resource, and both may have taken it over: it is told once
select distinct on (s.resource, s.attribute)
    s.resource,
    s.attribute,
    s.address as at,
    s.absorbed as before,
    s.became as now,
    s.effect,
    s.severity,
    s.absorbed_after as taken_after,
    s.absorbed_at as taken_at,
    s.serial_before,
    s.serial,
    s.source as state,
from stories as s
join scan as t on s.absorbed_at > t.seen_at - to_days(cast($days as integer))
where s.attribute <> ''
order by s.resource, s.attribute, s.source, s.address
