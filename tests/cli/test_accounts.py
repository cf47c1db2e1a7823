"""Many accounts in one scan, through the command line, against an emulator that keeps them apart.

The organization has five accounts: the caller's own, two that can be entered, one whose role is refused, and
one that is closed. One region that is asked for is not enabled anywhere.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import botocore.awsrequest
import duckdb
import pytest

from scanner import scan as scanning
from scanner.cli import run
from scanner.collect.session import Session
from scanner.errors import CREDENTIALS, INCOMPLETE, PASSED, USAGE
from scanner.settings import Settings

moto = pytest.importorskip("moto")

pytestmark = pytest.mark.xdist_group("accounts")

OWN = "123456789012"
FOREIGN = "999988887777"
HERE, OFF = "eu-west-1", "af-south-1"


@dataclass
class Estate:
    """The accounts by what becomes of them, what STS was asked, and the report."""

    blue: str = ""
    green: str = ""
    shut: str = ""
    closed: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    folder: Path = Path()
    settings: Path = Path()
    code: int = -1


def _client(service: str, account: str = OWN) -> Any:
    if account == OWN:
        return boto3.client(service, region_name=HERE)
    taken = boto3.client("sts", region_name=HERE).assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/x", RoleSessionName="test"
    )["Credentials"]
    return boto3.client(
        service, region_name=HERE, aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"], aws_session_token=taken["SessionToken"],
    )  # fmt: skip


def _build(estate: Estate) -> None:
    organizations = _client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = [
        organizations.create_account(AccountName=name, Email=f"{name}@example.com")
        for name in ("blue", "green", "shut", "closed")
    ]
    ids = [answer["CreateAccountStatus"]["AccountId"] for answer in made]
    estate.blue, estate.green, estate.shut, estate.closed = ids
    organizations.close_account(AccountId=estate.closed)
    trust = {
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": [f"arn:aws:iam::{a}:root" for a in (OWN, *ids, FOREIGN)]},
    }  # fmt: skip
    for account in (estate.blue, estate.green):
        queues = _client("sqs", account)
        queues.create_queue(
            QueueName="orders", Attributes={"DelaySeconds": "7"}, tags={"team": account}
        )
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        _client("iam", account).create_role(RoleName="shared", AssumeRolePolicyDocument=document)


def _queue(account: str, region: str, name: str, delay: int) -> dict[str, Any]:
    url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
    attributes = {
        "id": url, "url": url, "name": name, "arn": f"arn:aws:sqs:{region}:{account}:{name}",
        "delay_seconds": delay,
    }  # fmt: skip
    return {
        "mode": "managed", "type": "aws_sqs_queue", "name": f"q{account}_{region}_{name}",
        "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
        "instances": [{"schema_version": 0, "attributes": attributes}],
    }  # fmt: skip


def _state(estate: Estate) -> str:
    resources = [
        _queue(estate.blue, HERE, "orders", 7),
        _queue(estate.green, HERE, "orders", 9),
        _queue(estate.green, HERE, "gone", 0),
        _queue(estate.shut, HERE, "orders", 0),
        _queue(estate.blue, OFF, "orders", 0),
        _queue(FOREIGN, HERE, "orders", 0),
    ]
    return json.dumps(
        {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l",
         "outputs": {}, "resources": resources}
    )  # fmt: skip


@contextmanager
def _faults(estate: Estate) -> Iterator[None]:
    """What the emulator has no notion of: a role that is refused, a region that is not enabled."""

    def assume(request: Any, **_: Any) -> Any:
        body = request.body if isinstance(request.body, str) else request.body.decode()
        asked = dict(pair.split("=", 1) for pair in body.split("&"))
        estate.taken.append(asked)
        if estate.shut in asked["RoleArn"]:
            text = (
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform "
                "sts:AssumeRole</Message></Error></ErrorResponse>"
            )
            return _answer(request, 403, text)
        return None

    def regions(request: Any, **_: Any) -> Any:
        rows = "".join(
            f"<item><regionName>{name}</regionName><optInStatus>{status}</optInStatus></item>"
            for name, status in ((HERE, "opt-in-not-required"), (OFF, "not-opted-in"))
        )
        text = f"<DescribeRegionsResponse><regionInfo>{rows}</regionInfo></DescribeRegionsResponse>"
        return _answer(request, 200, text)

    def session_for(settings: Settings) -> Session:
        session = made(settings)
        session._session.register("before-send.sts.AssumeRole", assume)
        session._session.register("before-send.ec2.DescribeRegions", regions)
        return session

    made = scanning.session_for
    with (
        mock.patch.object(scanning, "session_for", session_for),
        mock.patch("scanner.doctor.session_for", session_for),
    ):
        yield


def _answer(request: Any, status: int, text: str) -> Any:
    class Raw:
        def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
            yield text.encode()

    return botocore.awsrequest.AWSResponse(request.url, status, {}, Raw())


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """The organization, and one scan of it."""
    estate = Estate(folder=tmp_path_factory.mktemp("accounts"))
    environment = {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": HERE,
        "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }  # fmt: skip
    # AWS's own policies, 1,500 in each of six partitions of every account, are no part of this
    none = mock.patch("moto.iam.models.IAMBackend._init_aws_policies", return_value=[])
    with mock.patch.dict("os.environ", environment), none, moto.mock_aws():
        _build(estate)
        estate.settings = estate.folder / "watchbill.yaml"
        state = estate.folder / "prod.tfstate"
        state.write_text(_state(estate))
        estate.settings.write_text(
            f"organization: true\nexternal_id: agreed\nrole: audit/reader\nstates: [{state}]\n"
            f"regions: [{HERE}, {OFF}]\nstore: {estate.folder / 'store'}\nowner_tags: [team]\n"
            f'accounts: ["arn:aws:iam::{estate.green}:role/another"]\n'
        )
        with _faults(estate):
            estate.code = run(
                [
                    "scan",
                    "-q",
                    "--config",
                    str(estate.settings),
                    "--out",
                    f"{estate.folder}/report/",
                ]
            )
            estate.report = json.loads((estate.folder / "report" / "findings.json").read_text())
            yield estate


def _status(estate: Estate) -> dict[str, str]:
    return {account["id"]: account["status"] for account in estate.report["accounts"]}


def test_every_account_of_the_organization_is_there_with_what_became_of_it(estate: Estate) -> None:
    assert estate.code == PASSED
    assert _status(estate) == {
        OWN: "scanned", estate.blue: "scanned", estate.green: "scanned",
        estate.shut: "unreachable", estate.closed: "suspended",
    }  # fmt: skip
    by_id = {account["id"]: account for account in estate.report["accounts"]}
    assert by_id[estate.blue]["name"] == "blue"
    assert "audit/reader cannot be taken" in by_id[estate.shut]["reason"]
    assert by_id[estate.shut]["complete"] == 0 < by_id[estate.shut]["asked"]
    assert by_id[estate.closed]["asked"] == 0


def test_roles_are_taken_as_the_settings_say_and_not_for_the_own_or_a_closed_account(
    estate: Estate,
) -> None:
    from urllib.parse import unquote

    roles = sorted({unquote(asked["RoleArn"]) for asked in estate.taken})
    assert roles == sorted(
        [f"arn:aws:iam::{estate.blue}:role/audit/reader", f"arn:aws:iam::{estate.green}:role/another",
         f"arn:aws:iam::{estate.shut}:role/audit/reader"]
    )  # fmt: skip
    for asked in estate.taken:
        assert asked["ExternalId"] == "agreed"
        assert asked["DurationSeconds"] == "3600"
        narrowed = unquote(asked["PolicyArns.member.1.arn"])
        assert narrowed == "arn:aws:iam::aws:policy/ReadOnlyAccess"
        assert "s3:GetObject*" in unquote(asked["Policy"])
    names = {asked["RoleSessionName"] for asked in estate.taken}
    assert f"watchbill-{estate.report['scan']['id']}" in names


def test_the_calls_that_find_out_who_and_where_we_are_stand_in_the_ledger(estate: Estate) -> None:
    (file,) = (estate.folder / "store" / "scans").glob("*.duckdb")
    with duckdb.connect(str(file), read_only=True) as snapshot:
        rows = snapshot.execute(
            "select account, service || '.' || operation, status, items from ledger where type = '' "
            "and service != 'state' order by all"
        ).fetchall()
    one = [("sts.get_caller_identity", "ok", 1), ("organizations.list_accounts", "ok", 5)]
    regions, role = ("ec2.describe_regions", "ok", 1), ("sts.assume_role", "ok", 1)
    expected = [(OWN, *row) for row in (*one, regions)]
    expected += [(a, *row) for a in (estate.blue, estate.green) for row in (regions, role)]
    # what failed stands once a type (above), and who could not be entered was asked nothing else
    assert rows == sorted(expected)


def test_a_policy_that_is_too_large_packed_leaves_the_session_with_awss_own(
    estate: Estate,
) -> None:
    from scanner.collect.accounts import survey

    settings = Settings(regions=(HERE,), accounts=(estate.blue,))
    asked: list[bool] = []

    def full(request: Any, **_: Any) -> Any:
        body = request.body if isinstance(request.body, str) else request.body.decode()
        asked.append("&Policy=" in body)
        if not asked[-1]:
            return None
        text = "<ErrorResponse><Error><Code>PackedPolicyTooLarge</Code></Error></ErrorResponse>"
        return _answer(request, 400, text)

    session = scanning.session_for(settings)
    session._session.register("before-send.sts.AssumeRole", full)
    assert survey(session, settings, "id").members[0].status == "scanned"
    assert asked == [True, False]


def test_instances_are_matched_in_their_own_account(estate: Estate) -> None:
    assert estate.report["counts"]["declared"] == {
        "in_sync": 1, "changed": 1, "missing": 1, "unreadable": 2, "out_of_scope": 1,
        "not_compared": 0, "unsupported": 0,
    }  # fmt: skip
    found = {
        (f["rule"], f["account"], f["name"])
        for f in estate.report["findings"]
        if f["rule"] in ("drift/changed-attribute", "drift/missing-resource")
    }
    assert found == {
        ("drift/changed-attribute", estate.green, "orders"),
        ("drift/missing-resource", estate.green, "gone"),
    }


def test_what_nobody_could_look_into_is_a_gap_of_every_type_and_hides_the_rules(
    estate: Estate,
) -> None:
    gaps = {
        (g["account"], g["region"], g["operation"]): g for g in estate.report["coverage"]["gaps"]
    }
    for region in (HERE, OFF, "global"):
        gap = gaps[estate.shut, region, "assume_role"]
        assert gap["status"] == "denied"
        assert ("aws_sqs_queue" in gap["types"]) == (region != "global")
        assert ("aws_iam_role" in gap["types"]) == (region == "global")
    off = gaps[estate.blue, OFF, "describe_regions"]
    assert off["status"] == "region_off"
    assert "aws_sqs_queue" in off["types"]
    assert "aws_iam_role" not in off["types"]
    assert "drift/missing-resource" in off["rules"]
    blind = next(r for r in estate.report["rules"] if r["id"] == "drift/missing-resource")["blind"]
    assert any(scope.startswith(f"{estate.shut} {HERE}: sts:assume_role denied") for scope in blind)
    assert any(scope.startswith(f"{estate.green} {OFF}: ec2:describe_regions") for scope in blind)
    assert estate.report["coverage"]["percent"] < 100


def test_the_organizations_accounts_are_not_foreign(estate: Estate) -> None:
    found = {
        (f["account"], f["evidence"]["trusted_account"])
        for f in estate.report["findings"]
        if f["rule"] == "access/foreign-trust"
    }
    assert found == {(estate.blue, FOREIGN), (estate.green, FOREIGN)}


def test_two_things_of_one_name_in_two_accounts_are_two(estate: Estate) -> None:
    unwatched = [
        f for f in estate.report["findings"]
        if f["rule"] == "watch/unwatched-queue" and f["name"] == "orders"
    ]  # fmt: skip
    assert {f["account"] for f in unwatched} == {estate.blue, estate.green}
    assert len({f["fingerprint"] for f in unwatched}) == 2
    assert {f["owner"]["team"] for f in unwatched} == {estate.blue, estate.green}
    with (estate.folder / "report" / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["account"].strip("'=\"") for row in rows} >= {estate.blue, estate.green}


def test_the_report_says_which_accounts_were_looked_into(estate: Estate) -> None:
    page = (estate.folder / "report" / "coverage.html").read_text()
    for account in estate.report["accounts"]:
        assert f"<code>{account['id']}</code>" in page
    assert "<b>unreachable</b>" in page


def test_the_doctor_says_the_same_and_what_to_do(
    estate: Estate, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", "--config", str(estate.settings)]) == INCOMPLETE
    printed = capsys.readouterr().out
    assert "3 of 5 accounts can be entered" in printed
    assert (
        f"{estate.shut} shut unreachable: arn:aws:iam::{estate.shut}:role/audit/reader" in printed
    )
    assert f"{estate.closed} closed suspended" in printed
    assert f"{OFF} is not enabled in {estate.blue}" in printed
    assert "serial 1, lineage l, 6 instances" in printed


def test_all_regions_are_those_that_are_enabled(estate: Estate, tmp_path: Path) -> None:
    from scanner.collect.accounts import survey

    settings = Settings(regions=("all",), accounts=(estate.blue,), store=str(tmp_path))
    found = survey(scanning.session_for(settings), settings, "id")
    assert [a.regions for a in found.accounts] == [(HERE,)]
    assert found.dark == ()
    assert found.caller.account == OWN


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("accounts: ['1234']", "1234 is neither an account id nor the ARN of a role"),
        ("accounts: ['arn:aws:iam::111111111111:user/x']", "neither an account id"),
        ("accounts: ['arn:aws-cn:iam::111111111111:role/x']", "another partition"),
        ("regions: [all, eu-west-1]", "all stands for every region"),
        ("regions: [eu-west-11]", "did you mean eu-west-1"),
    ],
)
def test_accounts_and_regions_that_cannot_be_are_refused(
    line: str, says: str, estate: Estate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(f"{line}\nstore: {tmp_path}\n")
    assert run(["scan", "-q", "--config", str(file)]) == USAGE
    assert says in capsys.readouterr().err
    del estate


def test_an_organization_that_does_not_answer_ends_the_scan_with_what_to_do(
    estate: Estate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(f"organization: true\nstore: {tmp_path}\n")
    with mock.patch("scanner.collect.accounts.answers", side_effect=OSError("no way")):
        assert run(["scan", "-q", "--config", str(file)]) == CREDENTIALS
    assert "organizations:ListAccounts answers the management account" in capsys.readouterr().err
    del estate
