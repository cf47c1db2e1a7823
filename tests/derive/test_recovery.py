"""Whether data would come back: plans as AWS Backup chooses by them, every question, and what is unknown."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from scanner.catalog import load
from scanner.catalog.path import getter, words
from scanner.collect.rows import Row, Scope, row
from scanner.derive.backups import stores, table
from scanner.derive.facts import derive
from scanner.derive.recovery import QUESTIONS, Recovery, duration, recovery
from scanner.derive.selection import selects
from scanner.derive.state_stores import state_stores
from scanner.seen import Seen
from scanner.settings import Objective, Settings
from tests.derive.made import ACCOUNT, OTHER_ACCOUNT, REGION, actual, arn, hide, seen

NOW = datetime(2026, 11, 28, tzinfo=UTC)
DB = arn("rds", "db:ledger")
DB_KEY = arn("kms", "key/1")
VAULT = arn("backup", "backup-vault:v")
WHOLE = seen()


def at(**before: int) -> str:
    return (NOW - timedelta(**before)).strftime("%Y-%m-%dT%H:%M:%SZ")


def database(**more: Any) -> Row:
    tags = more.pop("tags", {})
    attributes = {
        "replicate_source_db": None, "backup_retention_period": 7, "deletion_protection": True,
        "latest_restorable_time": at(minutes=5), "multi_az": True, "kms_key_id": DB_KEY,
        "automated_backup_replications": [], "replicas": [], **more,
    }  # fmt: skip
    return actual(
        "aws_db_instance", "db-1", arn=DB, name="ledger", attributes=attributes, tags=tags
    )


def vault(protected: Any = (), restored: Any = (), **more: Any) -> Row:
    held = {
        "protected": [{"resource": r, "at": t, "vault": VAULT} for r, t in protected],
        "restored": [{"resource": r, "at": t} for r, t in restored],
    }  # fmt: skip
    return actual("aws_backup_vault", "v", arn=VAULT, attributes=held | more)


def key(state: str = "Enabled") -> Row:
    return actual("aws_kms_key", "1", arn=DB_KEY, attributes={"key_state": state})


def plan(*copies: str) -> Row:
    rule = {"copy_action": [{"destination_vault_arn": copy} for copy in copies]}
    return actual("aws_backup_plan", "p", attributes={"rule": [rule]})


def selection(**more: Any) -> Row:
    attributes = {
        "resources": [],
        "not_resources": [],
        "selection_tag": [],
        "conditions": None,
        "opted_in": {"RDS": True},
        **more,
    }
    return actual("aws_backup_selection", "s", attributes=attributes, parent_id="p")


def asked(*rows: Row, known: Seen = WHOLE, settings: Settings | None = None) -> dict[str, Recovery]:
    found = recovery(rows, known, settings or Settings(), {}, NOW)
    assert {r.question for r in found} <= set(QUESTIONS)
    return {r.question: r for r in found}


def verdicts(*rows: Row, **more: Any) -> dict[str, str]:
    return {question: answer.verdict for question, answer in asked(*rows, **more).items()}


def test_a_database_that_is_well_kept() -> None:
    assert verdicts(database(tags={"rpo": "1h"}), key(), vault(restored=[(DB, at(days=3))])) == {
        "backed_up": "yes", "planned": "no", "recent": "yes", "deletion": "yes", "account": "unknown",
        "region": "no", "zone": "yes", "readable": "yes", "proven": "yes",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("question", "verdict", "rows"),
    [
        ("backed_up", "no", (database(backup_retention_period=0),)),
        ("backed_up", "yes", (database(backup_retention_period=0), vault([(DB, at(days=1))]))),
        ("deletion", "no", (database(deletion_protection=False),)),
        ("deletion", "yes", (database(deletion_protection=False), vault([(DB, at(days=1))]))),
        ("zone", "no", (database(multi_az=False),)),
        ("readable", "no", (database(), key("PendingDeletion"))),
        ("readable", "no", (database(), key("Disabled"))),
        ("readable", "yes", (database(kms_key_id=None),)),
        ("readable", "unknown", (database(),)),
        ("region", "yes", (database(automated_backup_replications=[arn("rds", "auto-backup:1")]),)),
        ("region", "yes", (database(), plan(arn("backup", "backup-vault:v", region="eu-north-1")),
                           selection(resources=["*"]))),
        ("account", "yes", (database(), plan(arn("backup", "backup-vault:v", account=OTHER_ACCOUNT)),
                            selection(resources=[DB]))),
        ("planned", "yes", (database(), plan(), selection(resources=[DB]))),
        ("planned", "no", (database(), plan(), selection(resources=["*"], not_resources=[DB]))),
        ("proven", "unknown", (database(),)),
    ],
)  # fmt: skip
def test_each_question(question: str, verdict: str, rows: tuple[Row, ...]) -> None:
    assert asked(*rows)[question].verdict == verdict


@pytest.mark.parametrize(
    ("vaulted", "more", "verdict"),
    [
        ({"kms_key_arn": DB_KEY}, (key(),), "yes"),
        ({"kms_key_arn": DB_KEY}, (key("PendingDeletion"),), "no"),
        ({"kms_key_arn": DB_KEY}, (), "unknown"),
        ({"kms_key_arn": None}, (), "yes"),
        ({}, (), "unknown"),
    ],
)
def test_backups_in_a_vault_are_read_with_its_key(
    vaulted: dict[str, Any], more: tuple[Row, ...], verdict: str
) -> None:
    files = actual(
        "aws_efs_file_system", "fs-1", arn=arn("elasticfilesystem", "file-system/fs-1"),
        attributes={"backup_status": "DISABLED", "kms_key_id": None, "availability_zone_name": None},
    )  # fmt: skip
    points = [(files.resource, at(days=1)), (DB, at(days=1))]
    assert asked(files, vault(points, **vaulted), *more)["readable"].verdict == verdict
    # the snapshots of a database have its own key, wherever they lie
    own = database(kms_key_id=None)
    assert asked(own, vault(points, **vaulted), *more)["readable"].verdict == "yes"


def test_a_replica_and_what_aws_made_hold_nothing_of_their_own() -> None:
    assert asked(database(replicate_source_db="main")) == {}
    assert asked(replace(database(), origin="service")) == {}


@pytest.mark.parametrize(
    ("tags", "more", "verdict"),
    [
        ({}, {}, "unknown"),
        ({"rpo": "1h"}, {}, "yes"),
        ({"RPO": "4m"}, {}, "no"),
        ({"rpo": "soon"}, {}, "unknown"),
        ({"rpo": "1h"}, {"latest_restorable_time": None}, "unknown"),
        # a moment is told even where backups are off
        ({"rpo": "1h"}, {"backup_retention_period": 0}, "no"),
    ],
)
def test_recent_enough_is_measured_against_an_objective_alone(
    tags: dict[str, str], more: dict[str, Any], verdict: str
) -> None:
    assert asked(database(tags=tags, **more))["recent"].verdict == verdict


def test_an_objective_of_the_settings_holds_where_no_tag_says_another() -> None:
    settings = Settings(objectives=(Objective(rpo="1m", types=("aws_db_*",)), Objective(rpo="1d")))
    assert asked(database(), settings=settings)["recent"].verdict == "no"
    assert asked(database(tags={"rpo": "1h"}), settings=settings)["recent"].verdict == "yes"
    there = Settings(objectives=(Objective(rpo="1m", environments=("prod",)),))
    assert asked(database(), settings=there)["recent"].verdict == "unknown"


@pytest.mark.parametrize(
    ("text", "hours"),
    [("15m", 0.25), ("4h", 4), ("24 hours", 24), ("1d", 24), ("1d 12h", 36), ("P1DT12H", 36),
     ("PT15M", 0.25), ("P1M", None), ("2w", 336), ("", None),
     ("0h", None), ("soon", None), ("4", None), ("-1h", None), ("9" * 40 + "h", None)],
)  # fmt: skip
def test_lengths_of_time(text: str, hours: float | None) -> None:
    found = duration(text)
    assert (found.total_seconds() / 3600 if found else None) == hours


# Not seen is never a no, and never a yes.


@pytest.mark.parametrize(
    ("call", "questions"),
    [
        ("backup.list_backup_vaults", {"backed_up", "recent", "deletion", "proven"}),
        ("backup.list_backup_selections", {"planned", "account", "region"}),
        ("backup.list_backup_plans", {"planned", "account", "region"}),
        ("kms.list_keys", {"readable"}),
        ("rds.describe_db_snapshots", {"backed_up", "recent", "deletion"}),
    ],
)
def test_what_was_denied_is_unknown(call: str, questions: set[str]) -> None:
    bare = database(backup_retention_period=0, deletion_protection=False, tags={"rpo": "1h"})
    found = verdicts(bare, known=seen(failing={call: "denied"}))
    assert {q for q in questions if found[q] != "unknown"} == set()


def test_a_vault_whose_holdings_were_not_read() -> None:
    unread = actual("aws_backup_vault", "v", attributes={})
    found = verdicts(database(backup_retention_period=0, deletion_protection=False), unread)
    assert (found["backed_up"], found["deletion"]) == ("unknown", "unknown")


def test_what_a_resource_does_not_say_is_unknown() -> None:
    found = verdicts(replace(database(), attributes={"replicate_source_db": None}))
    assert {q for q, verdict in found.items() if verdict == "yes"} == set()
    assert (
        found["backed_up"] == found["deletion"] == found["zone"] == found["readable"] == "unknown"
    )


def test_a_volume_is_backed_up_by_its_snapshots() -> None:
    volume = actual("aws_ebs_volume", "vol-1", attributes={"kms_key_id": None}, tags={"rpo": "1d"})
    shot = actual(
        "aws_ebs_snapshot", "snap-1", origin="spawned", created_at=at(hours=5),
        attributes={"volume_id": "vol-1", "state": "completed"},
    )  # fmt: skip
    found = verdicts(volume, shot)
    assert (found["backed_up"], found["recent"], found["deletion"]) == ("yes", "yes", "yes")
    pending = replace(shot, attributes={"volume_id": "vol-1", "state": "pending"})
    assert verdicts(volume, pending)["backed_up"] == "no"
    denied = seen(failing={"ec2.describe_snapshots": "denied"})
    assert verdicts(volume, known=denied)["backed_up"] == "unknown"


def test_what_somebody_made_by_hand_is_a_backup_too() -> None:
    bare = database(backup_retention_period=0, deletion_protection=False, tags={"rpo": "1d"})
    shot = actual("aws_db_snapshot", "before-upgrade", created_at=at(hours=3),
                  attributes={"db_instance_identifier": "ledger", "status": "available"})  # fmt: skip
    found = verdicts(bare, shot)
    assert (found["backed_up"], found["recent"], found["deletion"]) == ("yes", "yes", "yes")
    table = actual("aws_dynamodb_table", "t", attributes={
        "point_in_time_recovery_enabled": False, "deletion_protection_enabled": False,
        "latest_restorable_time": None, "kms_key": None, "replica_regions": [],
        "on_demand_backups": [{"moment": at(days=9)}]}, tags={"rpo": "1d"})  # fmt: skip
    found = verdicts(table)
    assert (found["backed_up"], found["recent"], found["deletion"]) == ("yes", "no", "yes")
    lost = {k: v for k, v in table.attributes.items() if k != "on_demand_backups"}
    found = verdicts(replace(table, attributes=lost))
    assert (found["backed_up"], found["recent"], found["deletion"]) == ("unknown",) * 3


def test_a_warehouse_is_backed_up_by_what_somebody_made_of_it() -> None:
    bare = actual("aws_redshift_cluster", "w", attributes={
        "automated_snapshot_retention_period": 0, "kms_key_id": None})  # fmt: skip
    assert verdicts(bare)["backed_up"] == verdicts(bare)["deletion"] == "no"
    shot = actual("aws_redshift_cluster_snapshot", "before", created_at=at(hours=3),
                  attributes={"cluster_identifier": "w", "status": "available"})  # fmt: skip
    found = verdicts(bare, shot)
    assert (found["backed_up"], found["deletion"]) == ("yes", "yes")
    denied = verdicts(bare, known=seen(failing={"redshift.describe_cluster_snapshots": "denied"}))
    assert (denied["backed_up"], denied["deletion"]) == ("unknown", "unknown")


def test_a_volume_is_backed_up_with_the_instance_it_is_attached_to() -> None:
    machine = actual("aws_instance", "i-1", arn=arn("ec2", "instance/i-1"), tags=TAGS)
    volume = actual("aws_ebs_volume", "vol-1", attributes={"kms_key_id": None},
                    belongs_to=(("aws_instance", "i-1"),))  # fmt: skip
    assert verdicts(volume, machine)["backed_up"] == "no"
    held = vault([(machine.resource, at(days=1))])
    assert verdicts(volume, machine, held)["backed_up"] == "yes"
    assert verdicts(replace(volume, belongs_to=()), machine, held)["backed_up"] == "no"
    chosen = {"selection_tag": [tag("backup", "daily")]}
    taken = selection(**chosen, opted_in={"EC2": True, "EBS": False})
    assert verdicts(volume, machine, plan(), taken)["planned"] == "yes"
    other = selection(**chosen, opted_in={"EC2": False, "EBS": True})
    assert verdicts(volume, machine, plan(), other)["planned"] == "no"


def test_what_aws_backup_holds_in_another_vault_is_away() -> None:
    there = arn("backup", "backup-vault:far", region="eu-north-1")
    held = [{"resource": DB, "at": at(days=1), "vault": there}]
    far = actual(
        "aws_backup_vault",
        "far",
        region="eu-north-1",
        attributes={"protected": held, "restored": []},
    )
    assert verdicts(database(), far)["region"] == "yes"
    assert verdicts(database(), vault([(DB, at(days=1))]))["region"] == "no"
    theirs = arn("backup", "backup-vault:far", account=OTHER_ACCOUNT)
    away = replace(far, attributes={"protected": [{**held[0], "vault": theirs}], "restored": []})
    assert verdicts(database(), away)["account"] == "yes"
    replica = arn("rds", "db:copy", region="eu-north-1")
    assert verdicts(database(replicas=["near", replica]))["region"] == "yes"
    assert verdicts(database(replicas=["near"]))["region"] == "no"


@pytest.mark.parametrize("store", stores().values(), ids=lambda s: s.type)
def test_every_path_of_the_table_reads_what_its_type_has(store: Any) -> None:
    kind = load()[store.type]
    for path in filter(None, store.paths):
        getter(path)
        names = words(re.sub("'[^']*'", "", path))
        assert names - {"length", "true", "false", "starts_with"} <= kind.kept.keys(), path
    if store.snapshots:
        other = load()[store.snapshots.type]
        assert store.snapshots.of in other.kept
        assert other.created


TAGS = {"backup": "daily", "env": "prod"}


def condition(**lines: tuple[str, str]) -> dict[str, Any]:
    return {
        operator: [{"ConditionKey": f"aws:ResourceTag/{k}", "ConditionValue": v}]
        for operator, (k, v) in lines.items()
    }


def tag(name: str, value: str) -> dict[str, str]:
    return {"key": name, "type": "STRINGEQUALS", "value": value}


@pytest.mark.parametrize(
    ("says", "taken"),
    [
        ({"resources": [DB]}, True),
        ({"resources": ["arn:aws:rds:*:*:db:*"]}, True),
        ({"resources": ["arn:aws:ec2:*:*:volume/*"]}, False),
        ({"resources": ["*"], "not_resources": ["arn:aws:rds:*"]}, False),
        ({"resources": ["*"], "not_resources": ["arn:aws:rds:*:*:cluster:*"]}, True),
        ({}, True),
        ({"selection_tag": [tag("backup", "daily")]}, True),
        ({"selection_tag": [tag("backup", "Daily")]}, False),
        ({"selection_tag": [tag("backup", "no"), tag("env", "prod")]}, True),
        ({"selection_tag": [tag("nothing", "")]}, False),
        ({"conditions": condition(StringEquals=("backup", "daily"))}, True),
        ({"conditions": condition(StringEquals=("backup", "daily"), StringLike=("env", "pr*"))}, True),
        ({"conditions": condition(StringEquals=("backup", "daily"), StringLike=("env", "st*"))}, False),
        ({"conditions": condition(StringNotEquals=("env", "test"))}, True),
        ({"conditions": condition(StringNotLike=("env", "p?od"))}, True),
        ({"conditions": condition(StringNotLike=("env", "p*"))}, False),
        ({"conditions": condition(StringNotEquals=("absent", "x"))}, None),
        ({"conditions": condition(StringEquals=("absent", "x"))}, False),
        ({"resources": [DB], "conditions": condition(StringEquals=("env", "test"))}, False),
        ({"resources": [DB], "selection_tag": [tag("env", "prod")]}, True),
        ({"resources": [DB], "selection_tag": [tag("env", "test")]}, None),
        ({"resources": ["x"], "selection_tag": [tag("env", "test")]}, False),
    ],
)  # fmt: skip
def test_a_selection_takes_what_aws_would_take(says: dict[str, Any], taken: bool | None) -> None:
    made = selection(**says).attributes
    assert selects(made, DB, TAGS) is taken


OFF = {"RDS": False, "Aurora": False}
TAGGED = {"selection_tag": [tag("backup", "daily")]}


@pytest.mark.parametrize(
    ("says", "verdict"),
    [
        ({**TAGGED, "opted_in": OFF}, "no"),
        ({**TAGGED}, "yes"),
        ({**TAGGED, "opted_in": {"EC2": True}}, "unknown"),
        ({**TAGGED, "opted_in": None}, "unknown"),
        ({"selection_tag": [tag("backup", "no")], "opted_in": None}, "no"),
        ({"conditions": condition(StringEquals=("env", "prod")), "opted_in": OFF}, "no"),
        ({"opted_in": OFF}, "no"),
        ({"resources": ["*"], "opted_in": OFF}, "no"),
        ({"resources": ["arn:aws:rds:*"], "opted_in": OFF}, "no"),
        ({"resources": ["arn:aws:rds:*:*:*"], "opted_in": OFF}, "unknown"),
        ({"resources": ["arn:aws:rds:*:*:db:*"], "opted_in": OFF}, "yes"),
        ({"resources": ["arn:aws:rds:*:*:db:*"], "opted_in": None}, "yes"),
        ({"resources": [DB], "opted_in": OFF}, "yes"),
        ({"resources": [DB], **TAGGED, "opted_in": OFF}, "yes"),
    ],
)
def test_what_is_not_chosen_by_its_type_is_taken_only_where_the_region_opted_in_to_it(
    says: dict[str, Any], verdict: str
) -> None:
    found = asked(database(tags=TAGS), plan(), selection(**says))["planned"]
    assert found.verdict == verdict
    assert ("has not opted in to RDS" in found.says) == (
        says.get("opted_in") == OFF and verdict == "no"
    )


def test_a_cluster_of_aurora_is_taken_only_where_the_region_opted_in_to_it_however_it_is_chosen() -> (
    None
):
    cluster = actual(
        "aws_rds_cluster", "c", arn=arn("rds", "cluster:c"), attributes={"engine": "aurora-mysql"}
    )
    named = {"resources": ["arn:aws:rds:*:*:cluster:*"]}
    assert asked(cluster, plan(), selection(**named, opted_in=OFF))["planned"].verdict == "no"
    assert (
        asked(cluster, plan(), selection(**named, opted_in={"Aurora": True}))["planned"].verdict
        == "yes"
    )
    other = replace(cluster, attributes={"engine": "mysql"})
    assert asked(other, plan(), selection(**named, opted_in=OFF))["planned"].verdict == "yes"
    bucket = actual("aws_s3_bucket", "b", arn="arn:aws:s3:::b", attributes={})
    assert (
        asked(bucket, plan(), selection(resources=["arn:aws:s3:::*"], opted_in={"S3": False}))[
            "planned"
        ].verdict
        == "yes"
    )


def test_what_holds_data_and_tells_nothing_of_its_backups_is_unknown() -> None:
    assert table().unread <= load().keys() - stores().keys()
    assert verdicts(actual("aws_opensearch_domain", "d")) == {"backed_up": "unknown"}


def test_where_tags_were_not_read_a_choice_by_tags_is_open() -> None:
    assert selects(selection(selection_tag=[tag("a", "b")]).attributes, DB, None) is None
    assert (
        selects(selection(conditions=condition(StringEquals=("a", "b"))).attributes, DB, None)
        is None
    )
    assert selects(selection(resources=[DB]).attributes, DB, None) is True
    assert selects({}, DB, TAGS) is None


def test_aws_backups_answers_become_what_is_read_here() -> None:
    """moto has no answer for these: botocore's own stub checks that they have AWS's shape."""
    client = boto3.client(
        "backup", region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
    )
    held = {"ResourceArn": DB, "ResourceType": "RDS", "LastBackupTime": NOW,
            "LastBackupVaultArn": arn("backup", "backup-vault:v")}  # fmt: skip
    job = {"SourceResourceArn": DB, "Status": "COMPLETED", "CompletionDate": NOW, "CreationDate": NOW,
           "ValidationStatus": "SUCCESSFUL",
           "CreatedBy": {"RestoreTestingPlanArn": arn("backup", "restore-testing-plan:t")}}  # fmt: skip
    chosen = {"SelectionName": "s", "IamRoleArn": "arn:aws:iam::1:role/b", "Resources": ["*"],
              "Conditions": condition(StringEquals=("env", "prod"))}  # fmt: skip
    with Stubber(client) as stub:
        stub.add_response("list_protected_resources", {"Results": [held]}, {"MaxResults": 1000})
        stub.add_response(
            "list_restore_jobs",
            {"RestoreJobs": [job]},
            {"MaxResults": 1000, "ByStatus": "COMPLETED"},
        )
        stub.add_response("get_backup_selection", {"BackupSelection": chosen})
        stub.add_response(
            "describe_region_settings", {"ResourceTypeOptInPreference": {"RDS": False}}, {}
        )
        calls = {call.into: call for call in load()["aws_backup_vault"].each}
        answers = {
            name: client.list_protected_resources(**calls[name].params)[calls[name].items]
            if name == "protected"
            else client.list_restore_jobs(**calls[name].params)[calls[name].items]
            for name in ("protected", "restored")
        }
        got = client.get_backup_selection(BackupPlanId="p", SelectionId="s")["BackupSelection"]
        opted = client.describe_region_settings()["ResourceTypeOptInPreference"]
    scope = Scope(ACCOUNT, REGION, (REGION,))
    item = {
        "BackupVaultName": "v",
        "BackupVaultArn": arn("backup", "backup-vault:v"),
        "tags": [],
        **answers,
    }
    made = row(load()["aws_backup_vault"], item, frozenset(), scope, hide)
    found = asked(database(backup_retention_period=0, tags={"rpo": "1h"}), made)  # type: ignore[arg-type]
    assert [found[q].verdict for q in ("backed_up", "recent", "proven")] == ["yes", "yes", "yes"]
    chosen_item = {"SelectionId": "s", "SelectionName": "s", "BackupPlanId": "p", "got": got,
                   "opted_in": opted}  # fmt: skip
    selecting = row(load()["aws_backup_selection"], chosen_item, frozenset(), scope, hide)
    assert isinstance(selecting, Row)
    assert selects(selecting.attributes, DB, TAGS) is True
    assert selects(selecting.attributes, DB, {"env": "test"}) is False
    made_by = replace(selecting, parent_id="p")
    assert "not opted in to RDS" in asked(database(tags=TAGS), plan(), made_by)["planned"].says


def test_the_bucket_of_a_state_is_asked_what_its_states_need() -> None:
    good = {"versioning_status": "Enabled", "block_public_acls": True, "block_public_policy": True,
            "restrict_public_buckets": True, "sse_algorithm": "AES256"}  # fmt: skip
    bucket = actual("aws_s3_bucket", "states", attributes=good)
    lock = actual("aws_dynamodb_table", "locks", attributes={"hash_key": "LockID"})
    sources = ["s3://states/a.tfstate", "s3://states/b.tfstate", "local.tfstate"]
    found = {s.question: s for s in state_stores(sources, [bucket, lock], WHOLE)}
    assert {q: s.verdict for q, s in found.items()} == {
        "versioned": "yes", "shut": "yes", "encrypted": "yes", "locked": "unknown",
    }  # fmt: skip
    assert "locks" in found["locked"].says
    open_ = replace(
        bucket, attributes={**good, "versioning_status": "Suspended", "block_public_acls": False}
    )
    bad = {s.question: s.verdict for s in state_stores(sources, [open_], WHOLE)}
    assert (bad["versioned"], bad["shut"]) == ("no", "no")
    assert {s.verdict for s in state_stores(sources, [], WHOLE)} == {"unknown"}
    assert state_stores(["local.tfstate"], [bucket], WHOLE) == []

    def shut(*rows: Row, known: Seen = WHOLE) -> str:
        return {s.question: s.verdict for s in state_stores(sources, rows, known)}["shut"]

    settings = ("block_public_acls", "block_public_policy", "restrict_public_buckets")
    block = actual(
        "aws_s3_account_public_access_block", ACCOUNT, attributes=dict.fromkeys(settings, True)
    )
    assert shut(open_, block) == "yes", "the account shuts all its buckets"
    assert (
        shut(open_, replace(block, attributes={**block.attributes, "block_public_acls": False}))
        == "no"
    )
    denied = seen(failing={"s3control.get_public_access_block": "denied"})
    assert (shut(open_, known=denied), shut(bucket, known=denied)) == ("unknown", "yes")


def test_the_bucket_of_a_state_that_declares_nothing_is_asked_too() -> None:
    bucket = actual("aws_s3_bucket", "states", attributes={"versioning_status": "Suspended"})
    facts = derive(
        [], [bucket], WHOLE, Settings(), hide, states_whole=True, now=NOW, states=["s3://states/a.tfstate"]
    )  # fmt: skip
    assert [(s.bucket, s.verdict) for s in facts.state_stores if s.question == "versioned"] == [
        ("states", "no")
    ]
