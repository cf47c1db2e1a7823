"""The DNS names and public addresses by which our resources are reached: records may outlive them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from scanner.derive.matching import Match, of_state

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

DECLARED: Mapping[str, tuple[str, ...]] = {
    "aws_lb": ("dns_name",),
    "aws_elb": ("dns_name",),
    "aws_cloudfront_distribution": ("domain_name",),
    "aws_api_gateway_domain_name": ("regional_domain_name", "cloudfront_domain_name"),
    "aws_apigatewayv2_domain_name": ("domain_name_configuration[].target_domain_name",),
    "aws_apigatewayv2_api": ("api_endpoint",),
    "aws_elastic_beanstalk_environment": ("cname",),
    "aws_eip": ("public_ip",),
    "aws_instance": ("public_ip", "ipv6_addresses"),
    "aws_nat_gateway": ("public_ip",),
}
"""The same in a state, which says what was ours when it was last written."""


class Name(NamedTuple):
    """One name or address of one resource."""

    name: str
    resource: str
    type: str
    account: str
    region: str


RECORD, ZONE, BUCKET = "aws_route53_record", "aws_route53_zone", "aws_s3_bucket"
S3 = "s3 "
"""Before the name of a bucket, which is a host's name too."""


def names(rows: Sequence[Any]) -> list[Name]:
    """Every name, lower case and without a scheme, once for each resource that has it.

    A public hosted zone is its name and one of its name servers, with a space between.
    """
    found = set()
    for row in rows:
        of = row.attributes
        said: list[str] = []
        if row.type == RECORD and of.get("host") == of.get("zone_name") and not of.get("private"):
            said += _zones(of)
        if row.type == BUCKET:
            said.append(S3 + row.id)
        for attribute in NAMED.get(row.type, ()):
            said += _plain(of.get(attribute))
        found |= {Name(name, row.resource, row.type, row.account, row.region) for name in said}
    return sorted(found)


def declared_names(matches: Iterable[Match]) -> list[Name]:
    """Every name that a state knows something of ours by which was looked for, there or not."""
    found = set()
    for made in matches:
        if made.resource is None and made.status != "missing":
            continue
        of = made.declared.attributes
        said: list[str] = []
        if made.declared.type == ZONE and not of.get("vpc"):
            servers = [s for s in of.get("name_servers") or () if isinstance(s, str)]
            said += _zones({"kind": "NS", "host": of.get("name"), "values": servers})
        if made.declared.type == BUCKET:
            said += [S3 + made.declared.id]
        for path in DECLARED.get(made.declared.type, ()):
            said += _plain(of_state(f"{{{path}}}", of))
        found |= {Name(name, made.uid, made.type, made.account, made.region) for name in said}
    return sorted(found)


def outlived_names(rows: Sequence[Any], known: Sequence[Name]) -> list[str]:
    """What DNS records point at and nothing of ours is called now."""
    now = {one.name for one in known}
    pointed: set[Any] = set()
    for row in rows:
        if row.type == RECORD:
            of = row.attributes
            pointed |= {of.get("target"), *(of.get("values") or ()), *_zones(of), *_buckets(of)}
    return sorted(name for name in pointed - now if isinstance(name, str))


def former(
    remembered: Sequence[Mapping[str, Any]], outlived: Iterable[str], declared: Sequence[Name]
) -> list[Mapping[str, Any]]:
    """Of what is outlived that which was ours: as earlier scans remember it, else as a state has it."""
    wanted = set(outlived) - {row["name"] for row in remembered}
    first = {one.name: one for one in reversed(declared) if one.name in wanted}
    return [*remembered, *({**first[n]._asdict(), "since": None} for n in sorted(first))]


def _plain(said: Any) -> Iterator[str]:
    for one in said if isinstance(said, list) else [said]:
        if isinstance(one, str) and one:
            yield one.lower().removeprefix("https://").removeprefix("wss://").rstrip(".")


def _zones(record: Mapping[str, Any]) -> set[str]:
    """The zones that a record names, each at one of their servers."""
    if record.get("kind") != "NS":
        return set()
    host, servers = record.get("host"), record.get("values") or ()
    return {f"{host} {server.lower().rstrip('.')}" for server in servers}


def _buckets(record: Mapping[str, Any]) -> set[str]:
    """The buckets that a record may be answered by: a website's is called as the record is."""
    target = record.get("target")
    if not isinstance(target, str) or not re.search(r"\bs3\b.*amazonaws", target):
        return set()
    return {f"{S3}{record.get('host')}", S3 + target.rpartition(".s3")[0]}
