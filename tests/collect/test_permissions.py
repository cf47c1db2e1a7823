"""The printed policies: what a scan needs and no more, in documents that IAM takes."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from scanner.catalog import load
from scanner.cli import run
from scanner.collect import permissions
from scanner.errors import PASSED, USAGE, CollectError
from scanner.settings import Settings

DATA_PLANE = Path(__file__).parents[1] / "catalog" / "data_plane.txt"


def _printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["policy", *arguments]) == PASSED
    return capsys.readouterr().out


def _actions(document: dict[str, Any]) -> set[str]:
    return {action for s in document["Statement"] for action in s["Action"]}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no watchbill.yaml


def _data_actions() -> set[str]:
    """IAM actions of the reads that hand out data; some go by other names in IAM than in the API."""
    found = {"s3:GetObject", "lambda:InvokeFunction", "dynamodb:PartiQLSelect"}
    for line in DATA_PLANE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            with suppress(KeyError):  # two lines name operations of other versions of botocore
                found.add(permissions.action(line))
    return found


def test_no_printed_policy_lets_data_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    allowed = _actions(json.loads(_printed(capsys)))
    data = _data_actions()
    assert {"secretsmanager:GetSecretValue", "ssm:GetParameter", "sqs:ReceiveMessage"} <= data
    assert not allowed & data
    assert not {action for action in allowed if "*" in action}


def test_the_parts_together_are_everything_and_each_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    types = list(load().values())
    everything = set(permissions.needed(types))
    for limit in (6_144, 2_500, 1_500):
        monkeypatch.setattr(permissions, "MANAGED_POLICY", limit)
        made = permissions.parts(types)
        assert {name for part in made for name in part} == everything
        assert sum(map(len, made)) == len(everything)
        services = [{name.partition(":")[0] for name in part} for part in made]
        for number, part in enumerate(made):
            assert permissions.size(permissions.document(part)) <= limit
            assert not services[number] & set().union(*services[number + 1 :])
    assert len(made) > 1


def test_white_space_does_not_count() -> None:
    assert permissions.size({"a": ["b c", "d"]}) == len('{"a":["bc","d"]}')


def test_a_policy_that_is_too_long_for_one_is_still_one_document_and_says_how_to_split_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permissions, "MANAGED_POLICY", 1_500)
    assert run(["policy"]) == PASSED
    printed = capsys.readouterr()
    whole = _actions(json.loads(printed.out))
    count = int(re.findall(r"--part 1 to --part (\d+)", printed.err)[0])
    found = [_actions(json.loads(_printed(capsys, "--part", str(n)))) for n in range(1, count + 1)]
    assert set().union(*found) == whole
    assert run(["policy", "--part", str(count + 1)]) == USAGE


def test_only_the_chosen_types_and_what_they_are_found_through(
    capsys: pytest.CaptureFixture[str],
) -> None:
    chosen = _actions(json.loads(_printed(capsys, "--types", "aws_ecs_service, aws_sqs_*")))
    assert {"ecs:ListClusters", "ecs:ListServices", "sqs:ListQueues"} <= chosen
    assert {"ec2", "ecs", "sqs", "sts"} == {action.partition(":")[0] for action in chosen}
    assert run(["policy", "--types", "aws_sqs_queues"]) == USAGE
    assert "aws_sqs_queues" in capsys.readouterr().err


def test_what_the_caller_needs_is_there_only_where_the_settings_reach_further(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert permissions.reach(Settings()) == []
    alone = _actions(json.loads(_printed(capsys)))
    assert "sts:AssumeRole" not in alone

    file = tmp_path / "some.yaml"
    file.write_text("accounts: ['111111111111', 'arn:aws:iam::222222222222:role/theirs']\n")
    document = json.loads(_printed(capsys, "--config", str(file)))
    (takes,) = [s for s in document["Statement"] if "sts:AssumeRole" in s["Action"]]
    assert takes["Resource"] == [
        "arn:aws:iam::111111111111:role/watchbill",
        "arn:aws:iam::222222222222:role/theirs",
    ]
    file.write_text("organization: true\nrole: audit/reader\n")
    document = json.loads(_printed(capsys, "--config", str(file)))
    assert "organizations:ListAccounts" in _actions(document)
    assert document["Statement"][-1]["Resource"] == ["arn:aws:iam::*:role/audit/reader"]
    terraform = _printed(capsys, "--config", str(file), "--format", "terraform")
    assert '"arn:aws:iam::*:role/audit/reader"' in terraform


def test_what_the_settings_ask_for_in_every_account_is_there_by_its_name_in_iam(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "some.yaml"
    file.write_text("tagging_api: true\n")
    alone = _actions(json.loads(_printed(capsys)))
    assert _actions(json.loads(_printed(capsys, "--config", str(file)))) - alone == {
        "tag:GetResources"
    }
    file.write_text("long_tail: true\n")
    more = _actions(json.loads(_printed(capsys, "--config", str(file)))) - alone
    assert {"cloudformation:ListResources", "tag:GetResources", "datasync:ListTasks"} <= more


def test_terraform_and_cloudformation_allow_the_same_and_say_for_which_types(
    capsys: pytest.CaptureFixture[str],
) -> None:
    allowed = _actions(json.loads(_printed(capsys)))
    terraform = _printed(capsys, "--format", "terraform")
    assert set(re.findall(r'^ +"([\w-]+:\w+)",$', terraform, re.MULTILINE)) == allowed
    assert terraform.count("{") == terraform.count("}")
    assert "# aws_sqs_queue" in terraform
    template = _template(_printed(capsys, "--format", "cloudformation"))
    made = template["Resources"]
    policies = [r for r in made.values() if r["Type"] == "AWS::IAM::ManagedPolicy"]
    documents = [p["Properties"]["PolicyDocument"] for p in policies]
    assert set().union(*map(_actions, documents)) == allowed
    assert all(permissions.size(d) <= permissions.MANAGED_POLICY for d in documents)
    assert made["Role"]["Properties"]["RoleName"] == Settings().role


def _template(text: str) -> Any:
    class Loader(yaml.SafeLoader):
        """CloudFormation's own tags are kept as what they hold."""

    def short(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)  # type: ignore[arg-type]

    Loader.add_multi_constructor("!", short)
    return yaml.load(text, Loader)


def test_a_session_elsewhere_may_do_what_a_scan_needs_and_read_no_data() -> None:
    text = permissions.session_policy()
    assert len(text) <= 2_048
    statements = {s["Effect"]: set(s["Action"]) for s in json.loads(text)["Statement"]}
    denied, managed = statements["Deny"], set(permissions.narrowing().allows)
    needed = permissions.needed(load().values())
    for action in needed:
        assert _fits(action, managed | statements.get("Allow", set())), action
        assert not _fits(action, denied), action
    for action in _data_actions() - set(needed):
        assert not _fits(action, managed) or _fits(action, denied), action
    # AWS's own policy is what keeps the session from changing anything
    assert permissions.session_arns("aws-cn") == [
        {"arn": "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"}
    ]


def test_an_action_that_the_managed_policy_lacks_is_allowed_beside_it_while_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    narrowing = permissions.narrowing()
    without = tuple(p for p in narrowing.allows if not p.startswith("sqs:"))
    short = msgspec.structs.replace(narrowing, allows=without)
    monkeypatch.setattr(permissions, "narrowing", lambda: short)
    made = json.loads(permissions.session_policy.__wrapped__())
    (allowed,) = [s["Action"] for s in made["Statement"] if s["Effect"] == "Allow"]
    assert {a for a in allowed if a.startswith("sqs:")} == {
        "sqs:GetQueueAttributes", "sqs:ListQueueTags", "sqs:ListQueues",
    }  # fmt: skip
    monkeypatch.setattr(
        permissions, "narrowing", lambda: msgspec.structs.replace(narrowing, allows=())
    )
    with pytest.raises(CollectError, match="STS takes 2048"):
        permissions.session_policy.__wrapped__()


def _fits(action: str, patterns: set[str]) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
