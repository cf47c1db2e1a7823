-- title: Permission to become administrator
-- severity: high
-- severities: severity
-- role: access
-- since: "0.1"
-- says: "{name} lets its holder become administrator: {actions}"
-- why: |
--   With these actions on everything one can rewrite a policy, take over a principal, or run code as any
--   role there is. It is as good as AdministratorAccess, but no list of administrators shows it.
-- fix: |
--   # Name the policies, users or roles that are meant as Resource, and iam:PassedToService for iam:PassRole.
--   # See what the actions are used for first:
--   aws iam generate-service-last-accessed-details --arn {principal!sh} --granularity ACTION_LEVEL
-- references: [pathfinding.cloud, Rhino Security Labs AWS privilege escalation methods]
-- population: (select resource from aws_iam_role where origin = '' union all select resource from aws_iam_user union all select resource from aws_iam_group) as principals
-- evidence:
--   principal: who holds it
--   document: the policy that allows the first of the actions
--   actions: what they need, all of it allowed
--   boundary: the permissions boundary that caps them, if any
--   severity: medium where a boundary caps it

with ways as (
    select string_split(unnest([
        'iam:createpolicyversion', 'iam:setdefaultpolicyversion', 'iam:attachuserpolicy',
        'iam:attachgrouppolicy', 'iam:attachrolepolicy', 'iam:putuserpolicy', 'iam:putgrouppolicy',
        'iam:putrolepolicy', 'iam:createaccesskey', 'iam:createloginprofile', 'iam:updateloginprofile',
        'iam:updateassumerolepolicy', 'iam:addusertogroup', 'iam:passrole ec2:runinstances',
        'iam:passrole lambda:createfunction lambda:invokefunction', 'iam:passrole glue:createdevendpoint',
        'iam:passrole lambda:createfunction lambda:createeventsourcemapping',
        'iam:passrole lambda:createfunction lambda:addpermission', 'iam:passrole cloudformation:createstack',
        'iam:passrole glue:createjob glue:startjobrun', 'iam:passrole codebuild:createproject codebuild:startbuild',
        'iam:passrole ecs:registertaskdefinition ecs:runtask', 'iam:passrole sagemaker:createnotebookinstance',
        'iam:passrole ecs:registertaskdefinition ecs:createservice', 'iam:passrole sagemaker:createtrainingjob',
        'iam:passrole states:createstatemachine states:startexecution', 'iam:passrole scheduler:createschedule',
        'iam:passrole datapipeline:createpipeline datapipeline:putpipelinedefinition',
    ]), ' ') as actions
), principals as (
    select r.resource, r.permissions_boundary as boundary from aws_iam_role as r where r.origin = ''
    union all select u.resource, u.permissions_boundary from aws_iam_user as u
    union all select g.resource, null from aws_iam_group as g
), wide as (
    select g.principal, g.document, g.via, g.action from grants as g
    where not g.conditional and not g.negated and not regexp_full_match(g.action, '\*+(:\*+)?')
        and regexp_full_match(g.target, '\*+|arn:[^:]*:[a-z0-9*-]*:[^:]*:[^:]*:([a-z-]+[/:])?\*+')
)
select distinct on (resource)
    -- what people hold through a group is mended in the policy
    if(contains(a.principal, ':group/') and a.via = 'attached' and a.document = b.document
        and a.document = c.document, a.document, a.principal) as resource,
    a.principal, a.document, w.actions, p.boundary,
    if(p.boundary is null, 'high', 'medium') as severity,
from ways as w join wide as a on w.actions[1] glob a.action join principals as p on p.resource = a.principal
join wide as b on b.principal = a.principal and w.actions[(len(w.actions) + 1) // 2] glob b.action
join wide as c on c.principal = a.principal and w.actions[-1] glob c.action
order by resource, w.actions, a.principal, a.document, b.document, c.document
