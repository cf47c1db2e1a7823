-- title: Certificate that ends soon and does not renew itself
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the certificate {name} in use ends at {not_after} and will not be renewed: {reason}"
-- why: |
--   At that moment every browser and every client refuses whatever stands behind it. It is known months
--   before, and found out on the day.
-- fix: |
--   # Imported: import the new one under the same ARN. Waiting for validation: make the records that it names:
--   aws acm describe-certificate --region {region!sh} --certificate-arn {resource!sh}
-- population: aws_acm_certificate where len(in_use_by) > 0
-- params:
--   days_before: {default: 30, help: days before its end from which a certificate is told}
-- evidence:
--   not_after: when it ends
--   reason: why it does not renew itself
--   in_use_by: what it is used by

select
    c.resource,
    c.not_after,
    coalesce(c.renewal_reason, c.renewal_status, 'it is not eligible') as reason,
    c.in_use_by,
from aws_acm_certificate as c
where len(c.in_use_by) > 0
    and c.not_after < c.seen_at + to_days(cast($days_before as integer))
    and (c.renewal_eligibility = 'INELIGIBLE' or c.renewal_status in ('PENDING_VALIDATION', 'FAILED'))
