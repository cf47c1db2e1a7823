-- title: CloudFormation stack that cannot go on
-- severity: medium
-- params:
--   days: {default: 30, help: after how many days a change set counts as forgotten}
-- role: request
-- since: "0.1"
-- says: "the stack {name} stands at {status}"
-- why: |
--   What it made before it failed is there and is nobody's, and no further change can be made until somebody
--   clears it.
-- fix: |
--   # See what failed. What it holds is listed here; a stack that was never made whole can only be deleted:
--   aws cloudformation describe-stack-resources --region {region!sh} --stack-name {resource!sh}
-- population: aws_cloudformation_stack
-- evidence:
--   status: where it stands
--   created_at: when it was begun

select
    s.resource, s.status, s.created_at,
from aws_cloudformation_stack as s
where s.status in ('CREATE_FAILED', 'ROLLBACK_FAILED', 'ROLLBACK_COMPLETE', 'DELETE_FAILED', 'UPDATE_ROLLBACK_FAILED',
        'IMPORT_ROLLBACK_FAILED')
    or (s.status = 'REVIEW_IN_PROGRESS' and s.created_at < s.seen_at - to_days($days))
