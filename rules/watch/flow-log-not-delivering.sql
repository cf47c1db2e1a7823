-- title: Flow log that does not arrive
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "the flow log {name} of {of} is not delivered: {error}"
-- why: |
--   The flow log is there, so every check that asks for one passes, but nothing has been recorded since its
--   delivery began to fail.
-- fix: |
--   # Mend the role or the log group's or bucket's policy that the error names; the status follows in minutes:
--   aws ec2 describe-flow-logs --region {region!sh} --flow-log-ids {id!sh}
-- population: aws_flow_log
-- evidence:
--   of: the VPC, subnet or interface
--   error: what AWS says
--   destination: where it should arrive

select
    f.resource,
    f.resource_id as of,
    coalesce(f.deliver_logs_error_message, f.deliver_logs_status) as error,
    f.log_destination as destination,
from aws_flow_log as f
where f.deliver_logs_status = 'FAILED'
