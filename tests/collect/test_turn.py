"""Many accounts over the same clients: each call is its own account's, and fails for that account alone."""

from __future__ import annotations

import re
import threading
from collections import Counter
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import NoCredentialsError

from scanner.catalog import load
from scanner.collect.engine import Engine
from scanner.collect.plan import families, plan
from scanner.collect.session import Account, Identity, Session
from scanner.collect.turn import Turn, taking, turn
from scanner.seen import Seen

from .cloud import Cloud, failing, family, hasty

TYPES = load()
REGIONS = ("eu-north-1", "eu-west-1")
KEY = re.compile(r"Credential=(\w+)/")


def account(number: int, **more: Any) -> Account:
    name = f"{number:012}"
    identity = Identity(name, "aws", f"arn:aws:iam::{name}:role/audit")
    credentials = Credentials(f"AKIA{name}", "secret", f"token-of-{name}")
    return Account(identity, REGIONS, credentials, **more)


class Listening(Cloud):
    """A cloud that remembers who signed what."""

    def _answer(self, request: Any, event_name: str, **more: Any) -> Any:
        key = KEY.search(_text(request.headers["Authorization"]))
        assert key
        token = _text(request.headers.get("X-Amz-Security-Token", ""))
        self.signed.append((key[1], token, turn().account))
        return super()._answer(request, event_name, **more)

    signed: list[tuple[str, str, str]]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def listening() -> tuple[Session, Listening]:
    cloud = Listening()
    cloud.signed = []
    return cloud.attach(hasty()), cloud


def run(session: Session, accounts: list[Account], names: set[str]) -> Any:
    engine = Engine(session, accounts, hide=lambda value: "hidden", workers=16)
    return engine.run(family(TYPES, names))


def test_every_call_is_signed_for_the_account_it_is_about() -> None:
    session, cloud = listening()
    accounts = [account(number) for number in range(1, 31)]
    made = run(session, accounts, {"aws_sqs_queue", "aws_sns_topic", "aws_s3_bucket"})
    assert len(cloud.signed) > 30 * 2 * 5
    assert [s for s in cloud.signed if s != (f"AKIA{s[2]}", f"token-of-{s[2]}", s[2])] == []
    assert {e.complete for e in made.ledger.entries()} == {True}
    rows = Counter(row.account for row in made.rows if row.type == "aws_sqs_queue")
    assert rows == {a.identity.account: 4 for a in accounts}
    # one client a service and region, however many accounts there are
    assert len(session._clients) == 2 * 2 + 2


def test_renewing_a_roles_credentials_is_signed_with_our_own() -> None:
    session, cloud = listening()
    seen: list[str] = []

    class Renewed(Credentials):  # type: ignore[misc]
        def get_frozen_credentials(self) -> Any:
            session.client("sts", "eu-west-1").get_caller_identity()
            seen.append(turn().account)
            return super().get_frozen_credentials()

    with taking(Turn("1" * 12, Renewed("AKIAROLE", "secret", "token-of-role"))):
        session.client("sqs", "eu-west-1").list_queues()
    assert [key for key, *_ in cloud.signed] == ["test", "AKIAROLE"]
    assert seen == [""]


def test_the_turn_of_one_thread_is_not_anothers() -> None:
    found: list[str] = []
    with taking(Turn("1" * 12)):
        thread = threading.Thread(target=lambda: found.append(turn().account))
        thread.start()
        thread.join()
        assert turn().account == "1" * 12
    assert found == [""]
    assert turn().account == ""


def test_what_fails_in_one_account_says_nothing_of_another() -> None:
    session, cloud = listening()
    whole = cloud.answer

    def one_is_denied(model: Any) -> Any:
        if turn().account == f"{1:012}":
            return failing("AccessDenied", status=403)(model)
        return whole("sqs.list_queues", model)

    cloud.faults["sqs.list_queues"] = one_is_denied
    made = run(session, [account(1), account(2)], {"aws_sqs_queue"})
    seen = Seen(made.ledger.entries())
    for region in REGIONS:
        assert seen.listed("aws_sqs_queue", f"{1:012}", region)
        assert not seen.listed("aws_sqs_queue", f"{2:012}", region)


def test_tasks_that_follow_each_other_draw_on_different_limits() -> None:
    accounts = [account(1), account(2), account(3)]
    tasks = plan(TYPES, accounts)
    assert len({task.key for task in tasks}) == len(tasks)
    services = [task.types[0].client for task in tasks]
    assert services == sorted(services), "a service is done before the next is begun"
    ec2 = [(t.region, t.account.identity.account) for t in tasks if t.types[0].client == "ec2"]
    assert len(set(ec2[:6])) == 6
    for kinds in families(TYPES):
        places = 1 if kinds[0].scope != "region" else len(REGIONS)
        # what only the organization's own account holds is asked of nobody among its members
        expected = 0 if kinds[0].organization else 3 * places
        assert sum(task.types == kinds for task in tasks) == expected
    assert sorted(k.type for kinds in families(TYPES) for k in kinds) == sorted(TYPES)


def test_without_any_credentials_the_ledger_says_so(monkeypatch: Any) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    session = Cloud().attach(hasty())
    mine = Account(Identity("1" * 12, "aws", "arn:aws:iam::111111111111:root"), REGIONS)
    made = run(session, [mine], {"aws_sqs_queue"})
    assert {e.status for e in made.ledger.entries()} == {"token_expired"}
    assert {e.error_code for e in made.ledger.entries()} == {"NoCredentialsError"}
    with pytest.raises(NoCredentialsError):
        session.client("sts", "eu-west-1").get_caller_identity()
