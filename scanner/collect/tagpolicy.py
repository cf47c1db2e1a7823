"""Which tags an account's tag policy requires: the effective policy of Organizations, where it may be read.

In: a session whose guard lets the one call through. Out: tag key to types of AWS, as the policy writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from scanner.collect.ledger import Entry, Ledger
from scanner.collect.session import TAG_POLICY, Account, Identity, Session
from scanner.collect.turn import Turn, taking
from scanner.seen import GLOBAL

NONE = ("EffectivePolicyNotFoundException", "AWSOrganizationsNotInUseException")
"""Error codes by which Organizations says that there is no policy."""


def tags_asked(
    session: Session, accounts: Iterable[Account], ledger: Ledger
) -> dict[str, Mapping[str, Sequence[str]]]:
    """By account, the tags that its policy requires."""
    asked = {}
    for account in accounts:
        id_ = account.identity.account
        with taking(Turn(id_, account.credentials)):
            asked[id_] = required_tags(session, account.identity, ledger)
    return asked


def required_tags(
    session: Session, identity: Identity, ledger: Ledger
) -> Mapping[str, Sequence[str]]:
    """The tags that the policy requires; none where there is no policy, or where it was not read."""
    entry = Entry.of(identity.account, GLOBAL, TAG_POLICY)
    entry.pages = 1
    found: dict[str, tuple[str, ...]] = {}
    with ledger.asked(entry):
        client = session.client(entry.service, identity.home)
        try:
            answer = client.describe_effective_policy(PolicyType="TAG_POLICY")
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in NONE:
                raise
            return {}
        found = parsed(answer["EffectivePolicy"]["PolicyContent"])
        entry.items = len(found)
    return found


def parsed(content: str) -> dict[str, tuple[str, ...]]:
    """`report_required_tag_for` of an effective policy. Raises ValueError for what is none."""
    document = json.loads(content)
    tags = document.get("tags", {}) if isinstance(document, dict) else None
    if not isinstance(tags, dict):
        raise ValueError("the tag policy has no map of tags")
    found = {}
    for name, policy in tags.items():
        if not isinstance(policy, dict):
            raise ValueError(f"the tag policy says nothing of {name}")
        wanted = _plain(policy.get("report_required_tag_for", []))
        # without a key of its own the name itself, in lower case, is the key
        key = _plain(policy.get("tag_key", name.lower()))
        if wanted:
            found[str(key)] = tuple(str(type_) for type_ in wanted)
    return found


def _plain(value: Any) -> Any:
    """A value without the operator that a policy, though not an effective one, writes around it."""
    return value.get("@@assign") if isinstance(value, dict) else value
