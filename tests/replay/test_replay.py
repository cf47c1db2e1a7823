"""A recorded world is served as recorded, leads every client to itself, and never outlives us."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from scanner.errors import ReplayError
from scanner.replay import Served, prune, recording, served

ROOT = Path(__file__).resolve().parents[2]
HARBOUR = ROOT / "fixtures" / "worlds" / "harbour"
CONFIG = Config(retries={"total_max_attempts": 1}, max_pool_connections=32)


@pytest.fixture(scope="session")
def world() -> Iterator[Served]:
    with served(HARBOUR) as given:
        yield given


def client(world: Served, service: str) -> Any:
    with world.applied():
        return boto3.session.Session().client(service, config=CONFIG)


def declared(kind: str) -> set[str]:
    """The ids of one type in the state."""
    state = json.loads((HARBOUR / "rev2.tfstate").read_text())
    return {
        instance["attributes"]["id"]
        for resource in state["resources"]
        if resource["mode"] == "managed" and resource["type"] == kind
        for instance in resource["instances"]
    }


def made_by_hand(prefix: str) -> set[str]:
    items = json.loads((HARBOUR / "truth.json").read_text())["kinds"]["unmanaged"]["items"]
    names = {item["resource"].rpartition("/")[2] for item in items}
    return {name for name in names if name.startswith(prefix)}


def broken(tmp_path: Path, recorded: bytes) -> Path:
    (tmp_path / recording.CLOUD).write_bytes(recorded)
    return tmp_path


def test_the_shipped_world_is_replayed_whole(world: Served) -> None:
    # A failed request would have raised, since each is compared with its recorded status.
    entries = recording.read_entries(HARBOUR)
    assert world.requests == len(entries) > 300
    assert all(entry.status is not None for entry in entries)


@pytest.mark.parametrize(
    ("kind", "operation", "path", "name", "prefix"),
    [
        ("aws_instance", "describe_instances", "Reservations[].Instances[]", "InstanceId", "i-"),
        ("aws_security_group", "describe_security_groups", "SecurityGroups[]", "GroupId", "sg-"),
        ("aws_ebs_volume", "describe_volumes", "Volumes[]", "VolumeId", "vol-"),
        ("aws_subnet", "describe_subnets", "Subnets[]", "SubnetId", "subnet-"),
        ("aws_vpc", "describe_vpcs", "Vpcs[]", "VpcId", "vpc-"),
        ("aws_route_table", "describe_route_tables", "RouteTables[]", "RouteTableId", "rtb-"),
        ("aws_network_acl", "describe_network_acls", "NetworkAcls[]", "NetworkAclId", "acl-"),
        ("aws_eip", "describe_addresses", "Addresses[]", "AllocationId", "eipalloc-"),
        (
            "aws_network_interface",
            "describe_network_interfaces",
            "NetworkInterfaces[]",
            "NetworkInterfaceId",
            "eni-",
        ),
    ],
)
def test_ids_are_the_recorded_ones(
    world: Served, kind: str, operation: str, path: str, name: str, prefix: str
) -> None:
    import jmespath

    reply = getattr(client(world, "ec2"), operation)()
    actual = set(jmespath.search(f"{path}.{name}", reply))
    expected = declared(kind) | made_by_hand(prefix)
    assert expected
    assert expected <= actual


def test_ids_outside_ec2_are_the_recorded_ones(world: Served) -> None:
    keys = {key["KeyId"] for key in client(world, "kms").list_keys()["Keys"]}
    assert declared("aws_kms_key") <= keys
    balancers = client(world, "elbv2").describe_load_balancers()["LoadBalancers"]
    assert declared("aws_lb") <= {balancer["LoadBalancerArn"] for balancer in balancers}
    users = {user["UserName"] for user in client(world, "iam").list_users()["Users"]}
    assert "deploy-script" in users
    assert "linus" not in users
    databases = client(world, "rds").describe_db_instances()["DBInstances"]
    assert declared("aws_db_instance") <= {db["DbiResourceId"] for db in databases}


def test_certificates_do_not_depend_on_the_clock(world: Served) -> None:
    listed = client(world, "acm").list_certificates()["CertificateSummaryList"]
    assert {certificate["Status"] for certificate in listed} == {"ISSUED"}


def test_many_requests_at_once_are_all_answered(world: Served) -> None:
    s3, iam, sqs = (client(world, name) for name in ("s3", "iam", "sqs"))
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    queues = sqs.list_queues()["QueueUrls"]
    calls = [
        *[lambda role=role: iam.get_role(RoleName=role) for role in roles],
        *[lambda q=q: sqs.get_queue_attributes(QueueUrl=q, AttributeNames=["All"]) for q in queues],
        s3.list_buckets,
    ]
    with ThreadPoolExecutor(32) as pool:
        replies = list(pool.map(lambda call: call(), calls * 10))
    assert all(reply["ResponseMetadata"]["HTTPStatusCode"] == 200 for reply in replies)


def test_a_connection_stays_open_whatever_the_answer(world: Served) -> None:
    link = http.client.HTTPConnection(world.url.removeprefix("http://"), timeout=10)
    link.connect()
    socket = link.sock
    for method, path, status in [
        ("GET", "/", 200),
        ("HEAD", "/harbour-logs", 200),
        ("HEAD", "/no-such-bucket", 404),
        ("GET", "/no-such-bucket", 404),
        ("GET", "/", 200),
    ]:
        link.request(method, path, body=b"not read by anyone")
        reply = link.getresponse()
        reply.read()
        assert (reply.status, link.sock) == (status, socket)
    link.close()


@pytest.mark.parametrize(
    ("service", "operation"),
    [("iam", "list_delegation_requests"), ("lightsail", "get_instances")],
)
def test_what_the_emulator_lacks_is_said_at_once(
    world: Served, service: str, operation: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client(world, service), operation)()
    assert caught.value.response["Error"]["Code"] == "501"


def test_the_users_own_settings_cannot_be_used(
    world: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "https://sts.amazonaws.com")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    before = dict(os.environ)
    with world.applied():
        assert "AWS_PROFILE" not in os.environ
        assert os.environ["AWS_CONFIG_FILE"] == os.devnull
        identity = boto3.session.Session().client("sts", config=CONFIG).get_caller_identity()
    assert identity["Account"] == "123456789012"
    assert dict(os.environ) == before


def test_importing_the_package_is_light() -> None:
    heavy = "{'moto', 'boto3', 'botocore', 'flask', 'werkzeug'}"
    code = f"import sys, scanner.replay; sys.exit(len({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_server_ends_with_its_input() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "scanner.replay", str(HARBOUR)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin
    assert child.stdout
    try:
        ready = json.loads(child.stdout.readline())
        assert ready["failed"] == 0
        child.stdin.close()
        assert child.wait(timeout=5) == 0
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


@pytest.mark.skipif(os.name != "posix", reason="kills a process as only POSIX can")
def test_the_server_ends_when_its_parent_is_killed() -> None:
    code = (
        "import pathlib, sys, time\n"
        "from scanner.replay import served\n"
        "with served(pathlib.Path(sys.argv[1])) as world:\n"
        "    print(world.url, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(HARBOUR)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    address = parent.stdout.readline().strip().removeprefix("http://")
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        link = http.client.HTTPConnection(address, timeout=1)
        try:
            link.connect()
        except ConnectionRefusedError:
            return
        finally:
            link.close()
        time.sleep(0.05)
    pytest.fail(f"{address} is still served")


def refused(world: Path) -> str:
    with pytest.raises(ReplayError) as caught, served(world):
        pass
    assert caught.value.exit_code == 70
    assert caught.value.hint
    return str(caught.value)


def test_a_world_without_a_recording_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path)
    assert f"There is no recording at {tmp_path / recording.CLOUD}" in message
    assert "Name a folder that holds" in message


def test_a_truncated_recording_is_refused(tmp_path: Path) -> None:
    whole = (HARBOUR / recording.CLOUD).read_bytes()
    message = refused(broken(tmp_path, whole[: len(whole) // 2]))
    assert "is damaged" in message
    assert "Restore the file" in message


def test_a_recording_of_something_else_is_refused(tmp_path: Path) -> None:
    message = refused(broken(tmp_path, gzip.compress(b'{"method": "GET"}\n')))
    assert "Line 1 of" in message
    assert "is not a recorded request" in message


def test_a_replay_that_is_answered_otherwise_is_refused(tmp_path: Path) -> None:
    first, second, *_ = recording.read_entries(HARBOUR)
    other = recording.Entry(second.method, second.url, second.headers, second.body, 0, 404)
    recording.write_entries(tmp_path, [first, other])
    message = refused(tmp_path)
    assert "1 of the 2 requests" in message
    assert "-m scanner.replay --verbose" in message


def test_a_recording_is_written_the_same_each_time(tmp_path: Path) -> None:
    recording.write_entries(tmp_path, recording.read_entries(HARBOUR))
    assert (tmp_path / recording.CLOUD).read_bytes() == (HARBOUR / recording.CLOUD).read_bytes()


def test_draws_can_be_left_out_and_counted() -> None:
    from moto.moto_api._internal import mock_random

    from scanner.replay.cloud import Draws

    draws, expected = Draws(), random.Random(42)
    draws.seed(42)
    for _ in range(3):
        assert mock_random.uuid4().int >> 1  # 128 bits: four draws
        expected.getrandbits(128)
    assert draws.catch_up() == 12
    expected.getrandbits(32 * 1000)
    draws.move_to(1012)
    assert mock_random.getrandbits(64) == expected.getrandbits(64)
    with pytest.raises(ValueError, match="cannot be reached"):
        draws.move_to(5)


@pytest.mark.parametrize(
    ("target", "body", "read"),
    [
        ("DynamoDB_20120810.DescribeTable", b"{}", True),
        ("DynamoDB_20120810.UpdateTable", b"{}", False),
        ("", b"Action=GetUser&Version=2010-05-08", True),
        ("", b"Action=DeleteUser&Version=2010-05-08", False),
        ("", b"Action=Listen", False),
    ],
)
def test_reads_are_told_by_their_operation(target: str, body: bytes, read: bool) -> None:
    kind = "application/x-amz-json-1.0" if target else "application/x-www-form-urlencoded"
    headers = {"Content-Type": kind, "X-Amz-Target": target}
    assert prune.is_read(recording.Entry("POST", "http://h/", headers, body)) is read


def test_slimmed_headers_hold_what_routes_and_no_signature() -> None:
    given = {
        "Host": "h:1",
        "User-Agent": "x",
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=0dae0f22d7ba8cabf087",
        "X-Amz-Security-Token": "t",
        "X-Amz-Acl": "private",
        "X-Amz-Content-Sha256": "ab" * 32,
    }
    assert prune.slim(given.items()) == {
        "Host": "h:1",
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/s3/aws4_request, "
        "SignedHeaders=host, Signature=none",
        "X-Amz-Acl": "private",
    }


def test_the_other_files_of_a_world_are_copied(tmp_path: Path) -> None:
    shutil.copyfile(HARBOUR / "truth.json", tmp_path / "truth.json")
    target = tmp_path / "pruned"
    target.mkdir()
    prune.copy_rest(tmp_path, target)
    assert (target / "truth.json").read_bytes() == (HARBOUR / "truth.json").read_bytes()
    assert "moto" in recording.read_world(target)
