"""States in S3 and keys in KMS: what is found, what is read, and that nothing else can be asked."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.loaders import Loader
from botocore.model import ServiceModel
from moto import mock_aws

from scanner.declared import State, read_states, remote, terraform
from scanner.declared.remote import ALLOWED, Aws
from scanner.errors import USAGE, NotReadOnly, SettingsError, StateError
from scanner.settings import Settings

from .sealed import b64, sealed
from .states import instance, resource, state

BUCKET = "acme-states"
LOADER = Loader()
SERVICES = LOADER.list_available_services("service-2")
GROUPS = [SERVICES[start : start + 60] for start in range(0, len(SERVICES), 60)]


def made(name: str = "n", **more: Any) -> bytes:
    return state(resource("aws_x", name, instance()), **{"lineage": name, **more})


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = botocore.session.get_session().create_client("s3", region_name="eu-west-1")
        client.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        yield client


def put(s3: Any, *keys: str, data: bytes | None = None) -> None:
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=made(key) if data is None else data)


def read(*sources: str, **more: Any) -> list[State]:
    return read_states([f"s3://{BUCKET}/{source}" for source in sources], Settings(**more))


def keys(found: list[State]) -> list[str]:
    return [one.source.removeprefix(f"s3://{BUCKET}/") for one in found if one.status == "ok"]


def test_a_key_names_one_state_whatever_its_suffix(s3: Any) -> None:
    put(s3, "prod/network", "odd ?#%41 ü.tfstate")
    found = read("prod/network", "odd ?#%41 ü.tfstate")
    assert keys(found) == ["prod/network", "odd ?#%41 ü.tfstate"]
    assert found[0].instances[0].source == f"s3://{BUCKET}/prod/network"


def test_a_prefix_stands_for_every_state_below_it_and_its_workspaces(s3: Any) -> None:
    put(
        s3, "net/a.tfstate", "net/deep/b.tfstate", "net/a.tfstate.tflock", "net/a.tfstate.backup",
        "net/readme.md", "nets/c.tfstate", "env:/dev/net/a.tfstate", "env:/dev/app/a.tfstate",
        "env:/net/x.tfstate",
    )  # fmt: skip
    put(s3, "net/folder.tfstate/", data=b"")
    assert keys(read("net/")) == ["env:/dev/net/a.tfstate", "net/a.tfstate", "net/deep/b.tfstate"]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("net/?workspace_key_prefix=ws/spaces", ["net/a.tfstate", "ws/spaces/dev/net/a.tfstate"]),
        ("net/?workspace_key_prefix=/ws/spaces/", ["net/a.tfstate", "ws/spaces/dev/net/a.tfstate"]),
        ("net/?workspace_key_prefix=", ["net/a.tfstate", "dev/net/a.tfstate"]),
        (
            "net/a.tfstate?workspace_key_prefix=ws/spaces",
            ["net/a.tfstate", "ws/spaces/dev/net/a.tfstate"],
        ),
        ("net/a.tfstate?workspace_key_prefix=env:", ["net/a.tfstate", "env:/dev/net/a.tfstate"]),
        ("odd?workspace_key_prefix=env:", ["odd", "env:/dev/odd"]),
        ("net/a.tfstate", ["net/a.tfstate"]),
    ],
)
def test_workspaces_lie_where_the_backend_says_that_they_do(
    source: str, wanted: list[str], s3: Any
) -> None:
    put(
        s3, "net/a.tfstate", "ws/spaces/dev/net/a.tfstate", "ws/spaces/dev/app/a.tfstate",
        "dev/net/a.tfstate", "env:/dev/net/a.tfstate", "ws/spaces/dev/net/a.tfstate.tflock",
        "env:/dev/xnet/a.tfstate", "odd", "env:/dev/odd", "env:/dev/odder", "env:/dev/x/odd",
    )  # fmt: skip
    assert sorted(keys(read(source))) == sorted(wanted)


@pytest.mark.parametrize("whole", [f"s3://{BUCKET}", f"s3://{BUCKET}/", f"S3://{BUCKET}/"])
def test_a_bucket_stands_for_all_that_is_in_it(whole: str, s3: Any) -> None:
    put(s3, "a.tfstate", "env:/dev/a.tfstate", "x/y.tfstate")
    assert keys(read_states([whole])) == ["a.tfstate", "env:/dev/a.tfstate", "x/y.tfstate"]


def test_a_state_that_is_named_twice_is_read_once(s3: Any) -> None:
    put(s3, "a.tfstate")
    assert keys(read("a.tfstate", "", "a.tfstate")) == ["a.tfstate"]


def test_a_list_of_many_pages_is_read_to_its_end(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(s3, *(f"x/{n:02}.tfstate" for n in range(23)))
    called, sizes = Aws._called, []

    def small(self: Aws, *places: Any, **parameters: Any) -> Any:
        page = called(self, *places, **{**parameters, "MaxKeys": 5})
        sizes.append(page["KeyCount"])
        return page

    monkeypatch.setattr(Aws, "_called", small)
    assert len(keys(read("x/"))) == 23
    assert sizes[-5:] == [5, 5, 5, 5, 3]


@pytest.mark.parametrize("page", [
    {}, {"KeyCount": 0, "IsTruncated": True},
    {"KeyCount": 0, "IsTruncated": True, "NextContinuationToken": "t"},
])  # fmt: skip
def test_a_list_that_is_not_whole_is_a_gap_and_not_an_empty_one(
    page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Aws, "_called", lambda *_, **__: page)
    (found,) = read_states([f"s3://{BUCKET}/"])
    assert (found.status, found.source) == ("malformed", f"s3://{BUCKET}/")


def test_a_version_of_a_state_can_be_named(s3: Any) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=BUCKET, Key="a", Body=made(serial=1))["VersionId"]
    put(s3, "a", data=made(serial=2))
    (found,) = read(f"a?versionId={old}")
    assert (found.status, found.serial) == ("ok", 1)
    assert found.source.endswith(f"a?versionId={old}")
    with pytest.raises(StateError) as caught:
        read("a?versionId=00000000-0000-0000-0000-000000000000")
    assert caught.value.kind == "missing"


@pytest.mark.parametrize("source", ["nothing.tfstate", "no/such/", ""])
def test_what_names_nothing_stops_before_anything_is_scanned(source: str, s3: Any) -> None:
    with pytest.raises(StateError) as caught:
        read(source)
    assert (caught.value.kind, caught.value.exit_code) == ("missing", USAGE)
    assert BUCKET in caught.value.message
    assert len(caught.value.hint) > 20


def test_a_bucket_that_is_not_there_does_too(s3: Any) -> None:
    for source in ("s3://acme-typo/", "s3://acme-typo/a.tfstate"):
        with pytest.raises(StateError, match="NoSuchBucket") as caught:
            read_states([source])
        assert caught.value.kind == "missing"


@pytest.mark.parametrize("source", ["s3://", "s3:///key", "s3://a", "s3://b@d/key", "s3://-x/key"])
def test_a_place_that_is_none_is_refused(source: str) -> None:
    with pytest.raises(StateError, match="not a place in S3") as caught:
        read_states([source])
    assert caught.value.kind == "unsupported"


def test_a_compressed_state_is_unpacked_under_a_ceiling(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, "a", data=gzip.compress(made()))
    put(s3, "bomb", data=gzip.compress(b" " * 1_000_000))
    put(s3, "big", data=b" " * 10_001)
    monkeypatch.setattr(terraform, "MOST_BYTES", 10_000)
    assert [one.status for one in read("a", "bomb", "big")] == ["ok", "malformed", "malformed"]


def failing(monkeypatch: pytest.MonkeyPatch, operation: str, answer: Any) -> list[str]:
    """Every client from here on is answered so, for one operation."""
    client, asked = Aws.client, []

    def one(self: Aws, service: str) -> Any:
        found = client(self, service)

        def send(request: Any, **_: Any) -> Any:
            asked.append(request.url)
            if isinstance(answer, Exception):
                raise answer
            code, body = answer
            return AWSResponse(request.url, code, {"content-length": str(len(body))}, Raw(body))

        found.meta.events.register(f"before-send.{service}.{operation}", send, unique_id="failing")
        return found

    monkeypatch.setattr(Aws, "client", one)
    return asked


class Raw:
    """As much of a urllib3 response as botocore reads."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.body

    def read(self, amount: int | None = None) -> bytes:
        taken, self.body = self.body[:amount], b"" if amount is None else self.body[amount:]
        return taken

    def close(self) -> None: ...

    def release_conn(self) -> None: ...


def wrong(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>because</Message></Error>".encode()


@pytest.mark.parametrize(("answer", "kind", "next_step"), [
    ((403, wrong("AccessDenied")), "denied", "s3:GetObject on acme-states/a"),
    ((400, wrong("ExpiredToken")), "token_expired", "WATCHBILL_STATE_PROFILE"),
    ((503, wrong("SlowDown")), "throttled", "try again"),
    ((500, wrong("InternalError")), "error", "state pull"),
    ((403, wrong("InvalidObjectState")), "error", "state pull"),
    ((200, b""), "malformed", "give a Terraform state"),
    (ConnectionError("x"), "error", "state pull"),
])  # fmt: skip
def test_a_state_that_cannot_be_read_is_told_and_the_others_are_read(
    answer: Any, kind: str, next_step: str, s3: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put(s3, "a")
    (tmp_path / "b.tfstate").write_bytes(made())
    failing(monkeypatch, "GetObject", answer)
    monkeypatch.setattr("botocore.retryhandler.delay_exponential", lambda *_, **__: 0)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    first, second = read_states([f"s3://{BUCKET}/a", str(tmp_path)])
    assert (first.status, second.status) == (kind, "ok")
    assert f"s3://{BUCKET}/a" in first.message
    assert next_step in first.message


def test_a_list_that_is_denied_is_a_gap(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(s3, "net/a.tfstate")
    failing(monkeypatch, "ListObjectsV2", (403, wrong("AccessDenied")))
    found = read("net/")
    assert [(one.source, one.status) for one in found] == [
        (f"s3://{BUCKET}/env:/", "denied"), (f"s3://{BUCKET}/net/", "denied"),
    ]  # fmt: skip
    assert "s3:ListBucket" in found[0].message


def test_a_state_that_changes_meanwhile_is_read_again(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, "a", data=made(serial=1))
    settle, reads = remote.Stored.still, []

    def still(self: remote.Stored, stamp: str) -> bool:
        reads.append(stamp)
        if len(reads) == 1:
            put(s3, "a", data=made(serial=2))
        return settle(self, stamp)

    monkeypatch.setattr(remote.Stored, "still", still)
    (found,) = read("a")
    assert (found.serial, len(reads)) == (2, 2)


def test_a_state_that_goes_between_list_and_read_has_vanished(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, "x/a.tfstate", "x/b.tfstate")
    listed = Aws.keys

    def then_gone(self: Aws, *places: str) -> Any:
        found = list(listed(self, *places))
        if places[-1] == "x/":
            s3.delete_object(Bucket=BUCKET, Key="x/a.tfstate")
        return found

    monkeypatch.setattr(Aws, "keys", then_gone)
    assert [one.status for one in read("x/")] == ["vanished", "ok"]


def test_copies_are_stale_across_all_kinds_of_sources(s3: Any, tmp_path: Path) -> None:
    put(s3, "a", data=made(serial=7))
    (tmp_path / "copy.tfstate").write_bytes(made(serial=6))
    local, stored = read_states([str(tmp_path), f"s3://{BUCKET}/a"])
    assert (local.status, stored.status) == ("stale", "ok")
    assert stored.source in local.message


# Keys in KMS.


@pytest.fixture
def kms(s3: Any) -> Any:
    return botocore.session.get_session().create_client("kms", region_name="eu-west-1")


def test_a_state_whose_key_is_in_kms_is_opened(s3: Any, kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    context = {"project": "a"}
    data = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context)
    told = {"ciphertext_blob": b64(data["CiphertextBlob"]), "encryption_context": context}
    put(s3, "a", data=sealed(made(), data["Plaintext"], {"key_provider.aws_kms.k": told}))
    assert [(one.status, len(one.instances)) for one in read("a")] == [("ok", 1)]


def test_a_key_that_may_not_be_used_says_which_permission_it_takes(
    s3: Any, kms: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, "a", data=sealed(made(), b"k" * 32, {"x": {"ciphertext_blob": b64(b"blob")}}))
    failing(monkeypatch, "Decrypt", (400, b'{"__type": "AccessDeniedException", "message": "no"}'))
    (found,) = read("a")
    assert found.status == "denied"
    assert "kms:Decrypt on the key that OpenTofu's encryption block names" in found.message


def test_a_key_of_elsewhere_asks_for_the_region(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(s3, "a", data=sealed(made(), b"k" * 32, {"x": {"ciphertext_blob": b64(b"blob")}}))
    failing(monkeypatch, "Decrypt", (400, b'{"__type": "InvalidCiphertextException"}'))
    (found,) = read("a")
    assert "WATCHBILL_STATE_REGION" in found.message


def test_a_data_key_is_in_no_log(s3: Any, kms: Any, caplog: pytest.LogCaptureFixture) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    data = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    told = {"ciphertext_blob": b64(data["CiphertextBlob"])}
    put(s3, "a", data=sealed(made(), data["Plaintext"], {"k": told}))
    with caplog.at_level(logging.DEBUG):
        assert read("a")[0].status == "ok"
    assert "botocore" in caplog.text
    assert b64(data["Plaintext"]) not in caplog.text


# The guard.


@lru_cache(maxsize=64)
def _model(service: str) -> ServiceModel:
    return ServiceModel(LOADER.load_service_model(service, "service-2"), service)


@pytest.mark.parametrize("services", GROUPS, ids=lambda group: f"{group[0]} to {group[-1]}")
def test_every_operation_of_every_service_but_three_is_refused(services: list[str]) -> None:
    for service in services:
        model = _model(service)
        for name in model.operation_names:
            called = f"{service}.{xform_name(name)}"
            if called in ALLOWED:
                remote._guard(model.operation_model(name))
                continue
            with pytest.raises(NotReadOnly):
                remote._guard(model.operation_model(name))


@pytest.mark.parametrize(("service", "call"), [
    ("s3", "put_object"), ("s3", "delete_object"), ("s3", "head_object"), ("s3", "list_buckets"),
    ("s3", "head_bucket"), ("s3", "get_object_acl"), ("kms", "encrypt"), ("kms", "describe_key"),
    ("kms", "generate_data_key"), ("sts", "get_caller_identity"), ("secretsmanager", "get_secret_value"),
])  # fmt: skip
def test_a_client_sends_nothing_else(service: str, call: str) -> None:
    client = Aws().client(service)

    def stop(**_: Any) -> None:
        raise AssertionError("a request left")

    client.meta.events.register_first("before-send.*.*", stop)
    with pytest.raises(NotReadOnly, match="operations that read a state"):
        getattr(client, call)()
    with pytest.raises(NotReadOnly):
        client.generate_presigned_url(call)


def test_exactly_three_operations_are_allowed() -> None:
    assert {"s3.get_object", "s3.list_objects_v2", "kms.decrypt"} == ALLOWED


# Credentials.


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text(
        "[profile states]\naws_access_key_id = STATES\naws_secret_access_key = x\nregion = eu-north-1\n"
        "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/states\nsource_profile = states\n"
        "region = eu-north-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


def credentials_of(client: Any) -> str:
    return str(client._request_signer._credentials.access_key)


def test_states_are_read_with_a_profile_of_their_own(profiles: None) -> None:
    own, scans = Aws("states").client("s3"), Aws().client("s3")
    assert (credentials_of(own), own.meta.region_name) == ("STATES", "eu-north-1")
    assert (credentials_of(scans), scans.meta.region_name) == ("AKIAIOSFODNN7EXAMPLE", "eu-west-1")
    assert Aws("states", "eu-south-1").client("s3").meta.region_name == "eu-south-1"
    assert Aws(region="eu-south-1").client("kms").meta.region_name == "eu-south-1"


def test_a_profile_that_takes_a_role_can_take_it(profiles: None) -> None:
    with mock_aws(config={"core": {"mock_credentials": False}}):
        client = Aws("role").client("s3")
        assert credentials_of(client).startswith("ASIA"), (
            "the guard is not in the way of the log-in"
        )


def test_a_profile_that_is_not_there_is_an_error_of_the_settings(profiles: None) -> None:
    with pytest.raises(SettingsError, match="typo") as caught:
        read("a", state_profile="typo")
    assert "WATCHBILL_STATE_PROFILE" in caught.value.hint


def test_without_credentials_the_state_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (found,) = read("a")
    assert found.status == "token_expired"
    assert "NoCredentialsError" in found.message
