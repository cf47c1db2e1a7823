"""`make contract`: the same pairs in moto and in ministack, collected alike, and what differs.

In: the URL of a running ministack. Out: a line a type on standard output; exit code 1 where a type that both
emulators made and listed is found in another number, or without its tags, and no reason for it is known.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import boto3

from scanner.catalog import load
from scanner.catalog.kinds import dumps
from scanner.collect.engine import Engine
from scanner.collect.rows import Row
from scanner.collect.session import Account, Identity, Session

from . import pairs

ACCOUNT, REGION = "123456789012", "eu-west-1"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}  # fmt: skip

KNOWN = {
    "aws_key_pair": "ministack keeps no tags of a key pair that is made with them",
    "aws_flow_log": "ministack keeps no tags of a flow log that is made with them",
    "aws_network_interface": "ministack keeps no tags of a network interface that is made with them",
    "aws_customer_gateway": "ministack keeps no tags of a gateway that is made with them",
    "aws_vpn_gateway": "ministack keeps no tags of a gateway that is made with them",
    "aws_vpn_connection": "ministack keeps no tags of a connection that is made with them",
    "aws_ec2_managed_prefix_list": "ministack keeps no tags of a list that is made with them",
    "aws_glue_crawler": "ministack keeps no tags of a crawler that is made with them",
    "aws_glue_job": "ministack keeps no tags of a job that is made with them",
    "aws_iam_virtual_mfa_device": "ministack makes one and lists none",
    "aws_elasticache_cluster": "ministack lists a replication group's own clusters, as AWS does; moto none",
    "aws_api_gateway_base_path_mapping": "moto keeps the domain names of the two APIs apart",
    **dict.fromkeys(pairs.FORGETS["moto"], "moto keeps no tags of it"),
    **pairs.UNSEEN["moto"],
}
"""Why a type differs, where it is the emulator's doing."""

Found = tuple[dict[str, list[Row]], dict[str, str], dict[str, str]]
"""Rows of the pairs by type, what was refused by type, and what could not be listed by type."""


def collect(url: str) -> Found:
    """Make the pairs at an emulator and collect every type."""
    os.environ |= {**ENVIRONMENT, "AWS_ENDPOINT_URL": url}
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = boto3.client(service, region_name=REGION)
        return clients[service]

    before, _ = _rows()
    held = {row.resource for row in before}
    refused = pairs.make(client)
    after, unlisted = _rows()
    found: dict[str, list[Row]] = defaultdict(list)
    for row in after:
        tagged = load()[row.type].tags and row.type not in pairs.UNTAGGED
        if row.resource not in held and (not tagged or (row.tags or {}).get("team") == "blue"):
            found[row.type].append(row)
    return found, refused, unlisted


def _rows() -> tuple[list[Row], dict[str, str]]:
    identity = Identity(ACCOUNT, "aws", f"arn:aws:iam::{ACCOUNT}:user/u")
    engine = Engine(Session(), [Account(identity, (REGION,))], hide=lambda _: "hidden", workers=8)
    made = engine.run(load())
    broken = {
        e.type: f"{e.service}.{e.operation} {e.status} {e.error_code}"
        for e in made.ledger.entries()
        if not e.complete
    }
    return made.rows, broken


def alike(ours: Iterable[Row], theirs: Iterable[Row]) -> dict[str, tuple[str, str]]:
    """Attributes that both have, with two values that differ by more than ids, ARNs and times."""
    left, right = (
        [r.attributes for r in sorted(rows, key=lambda r: r.name)] for rows in (ours, theirs)
    )
    found: dict[str, tuple[str, str]] = {}
    for one, other in zip(left, right, strict=False):
        for name in one.keys() & other.keys():
            if _plain(one[name]) != _plain(other[name]):
                found[name] = (dumps(one[name])[:60], dumps(other[name])[:60])
    return found


def _plain(value: Any) -> Any:
    """A value without what an emulator makes up: ids, ARNs and times stand for themselves by their kind."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        if value.startswith(("arn:", "http")) or "-" in value or value[:2] == "20":
            return "made up"
        return value
    return value


def main(url: str) -> int:
    """Print the comparison."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    moto = collect(f"http://{host}:{port}")
    server.stop()
    mini = collect(url)
    same = differ = known = apart = 0
    for type_ in sorted({t for t, _, _ in pairs.STEPS if t}):
        why = [
            f"{name}: {found[1].get(type_) or found[2].get(type_)}"
            for name, found in (("moto", moto), ("ministack", mini))
            if type_ in found[1] or type_ in found[2]
        ]
        if why:
            apart += 1
            print(f"one answers   {type_}: {'; '.join(why)[:200]}")
            continue
        counts = len(moto[0][type_]), len(mini[0][type_])
        values = alike(moto[0][type_], mini[0][type_])
        # more than two where AWS adds some by itself: the root of an API, the records of a zone
        if counts[0] == counts[1] >= 2:
            same += 1
            told = ", ".join(f"{n} {a} / {b}" for n, (a, b) in sorted(values.items()))
            print(f"agree         {type_}" + (f"; other values: {told}" if told else ""))
        else:
            differ += type_ not in KNOWN
            known += type_ in KNOWN
            reason = f": {KNOWN[type_]}" if type_ in KNOWN else ""
            print(f"differ        {type_}: {counts[0]} in moto, {counts[1]} in ministack{reason}")
    print(
        f"{same} types agree (two made and found in both, their tags read), "
        f"{known} differ for a known reason, {differ} for none, {apart} are made or read by one alone"
    )
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
