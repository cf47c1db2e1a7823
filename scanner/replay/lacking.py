"""Listings that moto does not answer: the cloud holds nothing of the kind, and says so.

Without this a scan of a recorded cloud would have gaps that are the emulator's and nobody's else.
"""

from __future__ import annotations

import functools
import io
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

_EC2: Mapping[str, str] = {
    "DescribeInstanceConnectEndpoints": "instanceConnectEndpointSet",
    "DescribePlacementGroups": "placementGroupSet",
}
_QUERY: Mapping[str, str] = {
    "DescribeCacheParameterGroups": "CacheParameterGroups",
    "DescribeTrustStores": "TrustStores",
    "DescribeUserGroups": "UserGroups",
}
_JSON: Mapping[str, str] = {
    "AmazonEC2ContainerRegistry_V20150921.DescribePullThroughCacheRules": "pullThroughCacheRules",
    "GraniteServiceVersion20100801.ListAlarmMuteRules": "AlarmMuteRuleSummaries",
    "GraniteServiceVersion20100801.ListMetricStreams": "Entries",
    "NetworkFirewall_20201112.ListFirewallPolicies": "FirewallPolicies",
    "AmazonSSM.ListAssociations": "Associations",
    "Logs_20140328.DescribeQueryDefinitions": "queryDefinitions",
    "NetworkFirewall_20201112.ListRuleGroups": "RuleGroups",
}
_REST = {
    re.compile(r"GET /resources/?"): "Results",
    re.compile(r"GET /restore-jobs/?"): "RestoreJobs",
    re.compile(r"GET /clusters/[^/]+/addons"): "addons",
    re.compile(r"GET /malware-protection-plan"): "malwareProtectionPlans",
    re.compile(r"POST /ListLinks"): "Items",
}
_XML = "application/xml"
_SETTINGS = "GET /account-settings"
OPTED_IN = (
    "Aurora",
    "DocumentDB",
    "DynamoDB",
    "EBS",
    "EC2",
    "EFS",
    "FSx",
    "Neptune",
    "RDS",
    "Redshift",
    "S3",
)
"""Types that a region is opted in to by whoever first uses AWS Backup there."""


def nothing(environ: dict[str, Any]) -> tuple[str, bytes] | None:
    """Content type and body of the empty answer to a request that moto has no answer for, else None."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target in _JSON:
        return "application/x-amz-json-1.1", json.dumps({_JSON[target]: []}).encode()
    asked_for = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    for asked, key in _REST.items():
        if asked.fullmatch(asked_for):
            return "application/json", json.dumps({key: []}).encode()
    if asked_for == _SETTINGS:
        settings = {"ResourceTypeOptInPreference": dict.fromkeys(OPTED_IN, True)}
        return "application/json", json.dumps(settings).encode()
    if "form-urlencoded" not in environ.get("CONTENT_TYPE", ""):
        return None
    action = parse_qs(_body(environ).decode("utf-8", "replace")).get("Action", [""])[0]
    if action in _EC2:
        return _XML, f"<{action}Response><{_EC2[action]}/></{action}Response>".encode()
    if action in _QUERY:
        result = f"<{action}Result><{_QUERY[action]}/></{action}Result>"
        return _XML, f"<{action}Response>{result}</{action}Response>".encode()
    return None


def _body(environ: dict[str, Any]) -> bytes:
    """The request's body, which can be read again."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


@functools.cache
def patch_ecs() -> None:
    """moto answers for capacity providers that are named, and fails where none is."""
    from moto.core.responses import ActionResult
    from moto.ecs.responses import EC2ContainerServiceResponse as Response

    named: Any = Response.describe_capacity_providers

    def describe_capacity_providers(self: Any) -> Any:
        if self._get_param("capacityProviders"):
            return named(self)
        held = list(self.ecs_backend.capacity_providers.values())
        return ActionResult({"capacityProviders": held, "failures": []})

    Response.describe_capacity_providers = describe_capacity_providers  # type: ignore[method-assign]


@functools.cache
def patch_option_groups() -> None:
    """moto answers for the option group that is named, and fails where none is."""
    from moto.core.responses import PaginatedResult
    from moto.rds.responses import RDSResponse

    named: Any = RDSResponse.describe_option_groups

    def describe_option_groups(self: Any) -> Any:
        if self.params.get("OptionGroupName"):
            return named(self)
        return PaginatedResult({"OptionGroupsList": list(self.backend.option_groups.values())})

    RDSResponse.describe_option_groups = describe_option_groups  # type: ignore[method-assign]


@functools.cache
def patch_aws_policies() -> None:
    """moto returns all of AWS's own policies among the authorization details, AWS those that somebody has."""
    from moto.iam.models import IAMBackend

    answer: Any = IAMBackend.get_account_authorization_details

    def get_account_authorization_details(self: Any, policy_filter: list[str]) -> Any:
        details = answer(self, policy_filter)
        own = set(map(id, self.aws_managed_policies))
        details["managed_policies"] = [
            p for p in details["managed_policies"] if id(p) not in own or p.attachment_count
        ]
        return details

    IAMBackend.get_account_authorization_details = get_account_authorization_details  # type: ignore[method-assign]
