-- title: Key pair that no instance uses
-- severity: low
-- role: access
-- since: "0.1"
-- says: "no instance and no launch template uses the key pair {name}"
-- why: |
--   Somebody has the private half. If it was a person who left, the next instance that is started with this
--   key lets them in.
-- fix: |
--   # Ask the owner. This removes the public half from AWS; what was started with it keeps it:
--   aws ec2 delete-key-pair --region {region!sh} --key-name {name!sh}
-- population: aws_key_pair
-- evidence:
--   key_type: rsa or ed25519
--   created_at: when it was made
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

select
    k.resource,
    k.key_type,
    k.created_at,
    ['instances', 'launch templates (every version)', 'launch configurations'] as searched,
    ['Elastic Beanstalk', 'EMR', 'people who use it elsewhere'] as not_searched,
from aws_key_pair as k
anti join aws_instance as i
    on i.account = k.account and i.region = k.region and i.key_name = k.key_name
anti join (select l.account, l.region, unnest(l.referenced_keys) as key_name from aws_launch_template as l) as t
    on t.account = k.account and t.region = k.region and t.key_name = k.key_name
anti join aws_launch_configuration as c
    on c.account = k.account and c.region = k.region and c.key_name = k.key_name
