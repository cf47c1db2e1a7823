-- title: Permission set that was changed and not provisioned
-- severity: medium
-- role: access
-- since: "0.1"
-- says: "the permission set {name} was changed, and {count} accounts still have the earlier one"
-- why: |
--   What IAM Identity Center shows is not what people may do there. What was taken away still works, and whoever took it
--   away believes that it is gone.
-- fix: |
--   # See what was changed, then bring it to the accounts:
--   aws sso-admin provision-permission-set --region {region!sh} --instance-arn {instance!sh} --permission-set-arn {set!sh} --target-type ALL_PROVISIONED_ACCOUNTS
-- references: [IAM Identity Center API reference, ListAccountsForProvisionedPermissionSet]
-- population: aws_ssoadmin_permission_set
-- varies: [count, accounts]
-- evidence:
--   count: how many accounts
--   accounts: which
--   instance: the instance of IAM Identity Center
--   set: the permission set's ARN

select
    p.resource,
    len(p.not_provisioned_in) as count,
    p.not_provisioned_in as accounts,
    p.instance_arn as instance,
    p.arn as set,
from aws_ssoadmin_permission_set as p
where len(p.not_provisioned_in) > 0
