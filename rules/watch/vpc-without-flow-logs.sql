-- title: Network without flow logs
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "nothing records who talks to whom in the VPC {name}"
-- why: |
--   After an intrusion nobody can say what was reached from where, and while something cannot be reached
--   nobody can see what refuses it.
-- fix: |
--   # Declare an aws_flow_log for the VPC; by hand, into a log group and with a role that are there:
--   aws ec2 create-flow-logs --region {region!sh} --resource-type VPC --resource-ids {id!sh} --traffic-type REJECT --log-group-name LOG_GROUP --deliver-logs-permission-arn ROLE_ARN
-- population: (select resource from aws_vpc where not is_default) as networks
-- evidence:
--   cidr_block: its addresses
--   is_default: whether it is the default VPC, told only where something is in it

with logged as (
    select f.account, f.region, f.resource_id as id from aws_flow_log as f
    union all
    select s.account, s.region, s.vpc_id from aws_subnet as s
    join aws_flow_log as f on f.account = s.account and f.region = s.region and f.resource_id = s.id
    union all
    select n.account, n.region, n.vpc_id from aws_network_interface as n
    join aws_flow_log as f on f.account = n.account and f.region = n.region and f.resource_id = n.id
)

select
    v.resource,
    v.cidr_block,
    v.is_default,
from aws_vpc as v
anti join logged as l on l.account = v.account and l.region = v.region and l.id = v.id
where not v.is_default or v.id in (select n.vpc_id from aws_network_interface as n where n.vpc_id is not null)
