-- title: EKS cluster in which nothing can run
-- severity: medium
-- params:
--   days: {default: 7, help: after how many days without anything to run on}
-- role: cost
-- since: "0.1"
-- says: "the EKS cluster {name} has nothing to run anything on"
-- why: |
--   It is paid for by the hour, more when its version is old, and its API and its roles stay open for nothing.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. This destroys it:
--   aws eks delete-cluster --region {region!sh} --name {name!sh}
-- population: aws_eks_cluster
-- evidence:
--   version: of Kubernetes
--   created_at: when it was made
--   monthly_cost: what it costs a month in USD, use not counted; empty where that is not known
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

select
    k.resource, k.version, k.created_at, k.monthly_cost,
    ['node groups', 'Fargate profiles', 'Auto Mode', 'instances with its tag'] as searched,
    ['hybrid nodes', 'instances without its tag'] as not_searched,
from aws_eks_cluster as k
anti join aws_eks_node_group as n on n.parent = k.resource
anti join aws_eks_fargate_profile as f on f.parent = k.resource
-- nodes of Karpenter and of one's own making say whose they are
anti join aws_instance as i on i.account = k.account and i.region = k.region
    and (i.tags['kubernetes.io/cluster/' || k.name] is not null or i.tags['eks:eks-cluster-name'] = k.name)
where k.status = 'ACTIVE' and k.auto_mode is not true
    and k.created_at < k.seen_at - to_days($days)
