"""What has no region is asked where its partition answers for it."""

from __future__ import annotations

import pytest
from botocore.config import Config

from scanner.catalog import load
from scanner.collect.session import HOME, Session

GLOBAL_SERVICES = sorted({k.client for k in load().values() if k.scope != "region" and k.list})
SUFFIX = {
    "us-east-1": ".amazonaws.com", "us-gov-west-1": ".amazonaws.com", "cn-north-1": ".amazonaws.com.cn",
}  # fmt: skip


@pytest.mark.parametrize("region", ["us-east-1", *HOME.values()])
def test_every_service_without_a_region_has_an_endpoint_in_its_partition(region: str) -> None:
    session = Session()
    for service in GLOBAL_SERVICES:
        client = session._session.create_client(service, region_name=region, config=Config())
        host = client.meta.endpoint_url.removeprefix("https://")
        assert host.endswith(SUFFIX[region]), (service, host)
        # an endpoint of one region is of a region of that partition
        named = [part for part in host.split(".") if part.count("-") >= 2]
        assert all(part.split("-")[0] == region.split("-")[0] for part in named), (service, host)
