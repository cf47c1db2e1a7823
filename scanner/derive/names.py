"""The DNS names and public addresses by which our resources are reached: records may outlive them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

NAMED: Mapping[str, tuple[str, ...]] = {
    "aws_lb": ("dns_name",),
    "aws_elb": ("dns_name",),
    "aws_cloudfront_distribution": ("domain_name",),
    "aws_api_gateway_domain_name": ("regional_target", "edge_target"),
    "aws_apigatewayv2_api": ("endpoint",),
    "aws_elastic_beanstalk_environment": ("cname",),
    "aws_eip": ("public_ip",),
    "aws_network_interface": ("public_ip", "ipv6_addresses"),
    "aws_instance": ("public_ip",),
    "aws_nat_gateway": ("public_ips",),
}
"""The attributes of each type that hold one, or a list of them."""


class Name(NamedTuple):
    """One name or address of one resource."""

    name: str
    resource: str
    type: str
    account: str
    region: str


RECORD = "aws_route53_record"


def names(rows: Sequence[Any]) -> list[Name]:
    """Every name, lower case and without a scheme, once for each resource that has it.

    A public hosted zone is its name and one of its name servers, with a space between.
    """
    found = set()
    for row in rows:
        of = row.attributes
        if row.type == RECORD and of.get("host") == of.get("zone_name") and not of.get("private"):
            found |= {
                Name(name, row.resource, row.type, row.account, row.region) for name in _zones(of)
            }
        for attribute in NAMED.get(row.type, ()):
            said = row.attributes.get(attribute)
            for one in said if isinstance(said, list) else [said]:
                if isinstance(one, str) and one:
                    name = one.lower().removeprefix("https://").removeprefix("wss://").rstrip(".")
                    found.add(Name(name, row.resource, row.type, row.account, row.region))
    return sorted(found)


def outlived_names(rows: Sequence[Any], known: Sequence[Name]) -> list[str]:
    """What DNS records point at and nothing of ours is called now."""
    now = {one.name for one in known}
    pointed = set()
    for row in rows:
        if row.type == RECORD:
            of = row.attributes
            pointed |= {of.get("target"), *(of.get("values") or ()), *_zones(of)}
    return sorted(name for name in pointed - now if isinstance(name, str))


def _zones(record: Mapping[str, Any]) -> set[str]:
    """The zones that a record names, each at one of their servers."""
    if record.get("kind") != "NS":
        return set()
    host, servers = record.get("host"), record.get("values") or ()
    return {f"{host} {server.lower().rstrip('.')}" for server in servers}
