-- title: Port that is open to the whole internet
-- severity: high
-- severities: severity
-- role: access
-- since: "0.1"
-- says: "the security group {name} lets the whole internet in to {ports}"
-- why: |
--   Such a port is found within minutes and tried day and night. What answers there, a database or a login,
--   was not made to stand that alone.
-- fix: |
--   # Name the addresses or the group that need it, where the rule is declared. This closes it:
--   aws ec2 revoke-security-group-ingress --region {region!sh} --group-id {id!sh} --security-group-rule-ids {rule_id!sh}
-- population: aws_security_group
-- identity: [rule_id]
-- params:
--   ports:
--     default: [20, 21, 22, 23, 135, 139, 445, 1433, 1521, 2049, 2375, 2376, 3306, 3389, 5432, 5601, 5900, 5985, 5986, 6379, 9092, 9200, 9300, 11211, 27017]
--     help: ports that are for administrators and for data
-- evidence:
--   ports: the ports among those of the settings, or all that are open where they are many
--   source: from where
--   protocol: tcp, udp or all
--   rule_id: the rule that lets them in
--   severity: critical where every port is open

with open as (
    select
        r.parent as resource, r.id as rule_id, coalesce(r.cidr_ipv4, r.cidr_ipv6) as source, r.ip_protocol as protocol,
        r.from_port, r.to_port,
        r.ip_protocol in ('-1', 'all') or (r.from_port <= 0 and r.to_port >= 65535) as everything,
        list_filter(cast($ports as integer[]), lambda port: port between r.from_port and r.to_port) as hit
    from aws_vpc_security_group_ingress_rule as r
    where (r.cidr_ipv4 = '0.0.0.0/0' or r.cidr_ipv6 = '::/0') and r.ip_protocol in ('tcp', 'udp', '6', '17', '-1', 'all')
)

select
    g.resource,
    case
        when o.everything then 'every port'
        when len(o.hit) > 4 then 'the ports ' || o.from_port || ' to ' || o.to_port
        else 'port ' || array_to_string(o.hit, ', ')
    end as ports,
    o.source,
    o.protocol,
    o.rule_id,
    if(o.everything, 'critical', 'high') as severity,
from open as o
join aws_security_group as g on g.resource = o.resource
where o.everything or len(o.hit) > 0
