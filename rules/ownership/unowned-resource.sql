-- title: Resource that nobody owns
-- severity: medium
-- severities: severity
-- role: request
-- since: "0.1"
-- says: "{type} {name} has no owner: neither a tag, nor its code, nor what it belongs to names one"
-- why: |
--   Whatever is wrong with it, no message about it reaches anybody. When it fails, leaks or costs,
--   the first hours go into finding out whom to ask.
-- fix: |
--   # Find who asked for it (CloudTrail knows who made it). In Terraform: tags = { team = "TEAM" }
--   # By hand, in its own region (a role or user: aws iam tag-role, tag-user):
--   aws resourcegroupstaggingapi tag-resources --resource-arn-list {resource!sh} --tags team=TEAM
-- population: resources where taggable and origin = '' and not part
-- evidence:
--   created_at: when AWS says it was made
--   parent: what it belongs to, if anything
--   lead: whom to ask, by its declaration, its creator or its account
--   severity: high for what holds data or gives access

-- what has a parent that could be owned, but is not, is told with that parent
with beside as (
    select r.resource from resources as r where r.parent is null
    union all
    select r.resource
    from resources as r
    join resources as p on p.resource = r.parent
    join owners as above on above.resource = p.resource
    where above.state = 'untaggable' or (above.state = 'missing' and p.origin <> '')
)

select
    r.resource,
    r.created_at,
    r.parent,
    o.lead,
    case
        when r.type in (
            'aws_s3_bucket', 'aws_dynamodb_table', 'aws_db_instance', 'aws_rds_cluster',
            'aws_efs_file_system', 'aws_secretsmanager_secret', 'aws_kms_key', 'aws_iam_role',
            'aws_iam_user'
        ) then 'high'
        else 'medium'
    end as severity,
from resources as r
join owners as o on o.resource = r.resource
join beside as b on b.resource = r.resource
where o.state = 'missing' and r.taggable and r.origin = '' and not r.part
