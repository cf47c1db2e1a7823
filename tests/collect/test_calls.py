"""How many calls it takes: one chain where AWS has a list or batch form, however many resources there are."""

from __future__ import annotations

from typing import Any

from scanner.catalog import load

from .cloud import ACCOUNT, Cloud, Response, collected, family, hasty, serialized

TYPES = load()
MANY = 1000


def role(number: int) -> dict[str, Any]:
    name = f"role-{number:04}"
    return {
        "RoleName": name,
        "RoleId": f"AROA{number}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "Path": "/",
        "AssumeRolePolicyDocument": "{}",
        "RolePolicyList": [{"PolicyName": "inline", "PolicyDocument": "{}"}],
        "AttachedManagedPolicies": [
            {"PolicyName": "p", "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/p"}
        ],
        "Tags": [{"Key": "team", "Value": "payments"}],
    }


def test_a_thousand_roles_with_policies_and_tags_are_one_chain_of_calls() -> None:
    cloud = Cloud()

    def details(model: Any) -> Response:
        first = cloud.asked["iam.get_account_authorization_details"] == 1
        half = range(MANY // 2) if first else range(MANY // 2, MANY)
        more = {"IsTruncated": first, **({"Marker": "next"} if first else {})}
        return serialized(model, {"RoleDetailList": [role(n) for n in half], **more})

    def roles(model: Any) -> Response:
        return serialized(model, {"Roles": [], "IsTruncated": False})

    cloud.faults["iam.get_account_authorization_details"] = details
    cloud.faults["iam.list_roles"] = roles
    wanted = {"aws_iam_role_policy", "aws_iam_role_policy_attachment"}
    made = collected(cloud.attach(hasty()), family(TYPES, wanted))
    found = [row.type for row in made.rows]
    for name in ("aws_iam_role", *wanted):
        assert found.count(name) == MANY
    assert all(r.tags == {"team": "payments"} for r in made.rows if r.type == "aws_iam_role")
    # two pages of the one listing, and one of what it leaves out
    assert cloud.asked == {"iam.get_account_authorization_details": 2, "iam.list_roles": 1}


def test_the_interfaces_of_nat_gateways_are_told_apart_by_one_call() -> None:
    def interface(number: int) -> dict[str, Any]:
        return {
            "NetworkInterfaceId": f"eni-{number}",
            "SubnetId": f"subnet-{number}",
            "Status": "available",
            "Association": {"AllocationId": "eipalloc-1"},
            "RequesterManaged": False,
        }

    def interfaces(model: Any) -> Response:
        return serialized(model, {"NetworkInterfaces": [interface(n) for n in range(3)]})

    def gateways(model: Any) -> Response:
        held = [
            {
                "NatGatewayId": f"nat-{n}",
                "NatGatewayAddresses": [{"NetworkInterfaceId": f"eni-{n}"}],
            }
            for n in range(2)
        ]
        return serialized(model, {"NatGateways": held})

    cloud = Cloud()
    cloud.faults["ec2.describe_network_interfaces"] = interfaces
    cloud.faults["ec2.describe_nat_gateways"] = gateways
    made = collected(cloud.attach(hasty()), family(TYPES, {"aws_network_interface"}))
    found = {row.id: row.origin for row in made.rows if row.type == "aws_network_interface"}
    assert found == {"eni-0": "spawned", "eni-1": "spawned", "eni-2": ""}
    assert cloud.asked["ec2.describe_nat_gateways"] == 1


def test_members_of_groups_and_clusters_are_told_by_one_listing_for_all_of_them() -> None:
    def details(model: Any) -> Response:
        groups = [{"GroupName": f"group-{n}", "Arn": f"arn:{n}"} for n in range(MANY)]
        users = [
            {"UserName": "ann", "GroupList": ["group-0", "group-1"]},
            {"UserName": "bob", "GroupList": ["group-1"]},
        ]
        return serialized(model, {"GroupDetailList": groups, "UserDetailList": users})

    def clusters(model: Any) -> Response:
        held = [{"DBClusterIdentifier": f"cluster-{n}"} for n in range(90)]
        return serialized(model, {"DBClusters": held})

    def instances(model: Any) -> Response:
        held = [("a", "cluster-0"), ("b", "cluster-0"), ("c", "cluster-1"), ("alone", None)]
        named = [
            {"DBInstanceIdentifier": id_, **({"DBClusterIdentifier": of} if of else {})}
            for id_, of in held
        ]
        return serialized(model, {"DBInstances": named})

    cloud = Cloud()
    cloud.faults["iam.get_account_authorization_details"] = details
    cloud.faults["rds.describe_db_clusters"] = clusters
    cloud.faults["rds.describe_db_instances"] = instances
    wanted = {"aws_iam_group_membership", "aws_rds_cluster_instance"}
    made = collected(cloud.attach(hasty()), family(TYPES, wanted))
    users = {r.id: r.attributes["users"] for r in made.rows if r.type == "aws_iam_group_membership"}
    assert (users["group-0"], users["group-1"], users["group-2"]) == (["ann"], ["ann", "bob"], [])
    members = {
        (r.id, r.parent_id) for r in made.rows if r.type == "aws_rds_cluster_instance"
    }  # fmt: skip
    assert members == {("a", "cluster-0"), ("b", "cluster-0"), ("c", "cluster-1")}
    assert cloud.asked == {
        "iam.get_account_authorization_details": 2,
        "rds.describe_db_clusters": 1,
        "rds.describe_db_instances": 1,
    }


def test_scaling_policies_are_asked_of_the_namespaces_that_have_a_target() -> None:
    namespaces = TYPES["aws_appautoscaling_target"].fan_out["ServiceNamespace"]
    rest = {"ServiceNamespace": "dynamodb", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"}
    tables = ["table/a", "table/b"]

    def targets(model: Any) -> Response:
        first = cloud.asked["application-autoscaling.describe_scalable_targets"] == 1
        held = [{"ResourceId": table, **rest} for table in tables] if first else []
        return serialized(model, {"ScalableTargets": held})

    def policies(model: Any) -> Response:
        held = [{"PolicyName": "reads", "ResourceId": t, **rest} for t in ("table/b", "table/c")]
        return serialized(model, {"ScalingPolicies": held})

    def actions(model: Any) -> Response:
        return serialized(model, {"ScheduledActions": []})

    cloud = Cloud()
    cloud.faults["application-autoscaling.describe_scalable_targets"] = targets
    cloud.faults["application-autoscaling.describe_scaling_policies"] = policies
    cloud.faults["application-autoscaling.describe_scheduled_actions"] = actions
    wanted = {"aws_appautoscaling_policy", "aws_appautoscaling_scheduled_action"}
    made = collected(cloud.attach(hasty()), family(TYPES, wanted))
    assert [r.id for r in made.rows if r.type == "aws_appautoscaling_policy"] == [
        "dynamodb/table/b/dynamodb:table:ReadCapacityUnits/reads"
    ]
    assert cloud.asked == {
        "application-autoscaling.describe_scalable_targets": len(namespaces),
        "application-autoscaling.describe_scaling_policies": 1,
        "application-autoscaling.describe_scheduled_actions": 1,
    }
    cloud.asked.clear()
    tables.clear()
    collected(cloud.attach(hasty()), family(TYPES, wanted))
    assert cloud.asked.total() == len(namespaces), "a region that scales nothing costs no more"
