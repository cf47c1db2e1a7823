"""What moto is told and does not tell again, or tells in a form that no AWS client reads.

Each patch answers with what the recorded requests said, and with nothing of its own; what moto
makes up is left out.
"""

from __future__ import annotations

import functools
import json
import time
from datetime import UTC, datetime
from typing import Any

from moto.moto_api._internal import mock_random


@functools.cache
def patch_backup() -> None:
    """moto has plans, but no selections of what they back up."""
    from moto.backup.responses import BackupResponse

    def held(self: Any) -> tuple[str, dict[str, Any]]:
        plan = self.path.split("/plans/")[1].split("/")[0]
        return plan, self.backup_backend.plans[plan].__dict__.setdefault("selections", {})

    def told(plan: str, id_: str, row: Any) -> dict[str, Any]:
        kept = {"BackupPlanId": plan, "SelectionId": id_, "CreationDate": row["made"]}
        return kept | {key: row[key] for key in ("SelectionName", "IamRoleArn") if key in row}

    def create_backup_selection(self: Any) -> str:
        plan, rows = held(self)
        id_ = str(mock_random.uuid4())
        rows[id_] = json.loads(self.body)["BackupSelection"] | {"made": time.time()}
        return json.dumps(told(plan, id_, rows[id_]))

    def list_backup_selections(self: Any) -> str:
        plan, rows = held(self)
        return json.dumps({"BackupSelectionsList": [told(plan, *each) for each in rows.items()]})

    def get_backup_selection(self: Any) -> Any:
        plan, rows = held(self)
        id_ = self.path.rstrip("/").rpartition("/")[2]
        if id_ not in rows:
            # AWS's own word and status for it
            error = {
                "__type": "InvalidParameterValueException",
                "message": "Cannot find Backup plan",
            }
            told_as = {"status": 400, "x-amzn-errortype": error["__type"]}
            return 400, told_as, json.dumps(error)
        return json.dumps(told(plan, id_, rows[id_]) | {"BackupSelection": rows[id_]})

    def delete_backup_selection(self: Any) -> str:
        del held(self)[1][self.path.rstrip("/").rpartition("/")[2]]
        return "{}"

    for method in (
        create_backup_selection,
        list_backup_selections,
        get_backup_selection,
        delete_backup_selection,
    ):
        setattr(BackupResponse, method.__name__, method)


@functools.cache
def patch_ssm() -> None:
    """moto makes and lists patch baselines, but tells of none whole, and tags none."""
    from moto.core.responses import ActionResult
    from moto.ssm.exceptions import DoesNotExistException
    from moto.ssm.models import SimpleSystemManagerBackend as Backend
    from moto.ssm.responses import SimpleSystemManagerResponse as Response

    def get_patch_baseline(self: Any) -> ActionResult:
        baseline = self.ssm_backend.baselines.get(self._get_param("BaselineId"))
        if baseline is None:
            raise DoesNotExistException(self._get_param("BaselineId"))
        said = baseline.to_json() | {"Name": baseline.name, "Description": baseline.description}
        return ActionResult(said)

    known: Any = Backend._validate_resource_type_and_id

    def validate(self: Any, resource_type: str, resource_id: str) -> str:
        if resource_type == "PatchBaseline" and resource_id in self.baselines:
            return resource_id
        return str(known(self, resource_type, resource_id))

    Response.get_patch_baseline = get_patch_baseline  # type: ignore[attr-defined]
    Backend._validate_resource_type_and_id = validate  # type: ignore[method-assign]


@functools.cache
def patch_athena() -> None:
    """moto tells of one saved query at a time, calls a workgroup without tags one that is not there, and
    keeps the databases of Athena out of Glue's catalog, where AWS has them."""
    from moto.athena.models import AthenaBackend
    from moto.athena.responses import AthenaResponse
    from moto.glue.models import FakeDatabase, glue_backends

    tagged: Any = AthenaResponse.list_tags_for_resource

    def list_tags_for_resource(self: Any) -> Any:
        name = self._get_param("ResourceARN").rpartition("/")[2]
        if (
            name in self.athena_backend.work_groups
            and not self.athena_backend.list_tags_for_resource(self._get_param("ResourceARN"))
        ):
            return json.dumps({"Tags": []})
        return tagged(self)

    def batch_get_named_query(self: Any) -> str:
        held = self.athena_backend.named_queries
        asked = json.loads(self.body)["NamedQueryIds"]
        told = [
            {
                "NamedQueryId": query.id,
                "Name": query.name,
                "Description": query.description,
                "Database": query.database,
                "QueryString": query.query_string,
                "WorkGroup": query.workgroup.name,
            }
            for query in (held[id_] for id_ in asked if id_ in held)
        ]
        lost = [{"NamedQueryId": id_} for id_ in asked if id_ not in held]
        return json.dumps({"NamedQueries": told, "UnprocessedNamedQueryIds": lost})

    started: Any = AthenaBackend.start_query_execution

    def start_query_execution(self: Any, *asked: Any, **named: Any) -> str:
        before = set(self.databases)
        id_ = str(started(self, *asked, **named))
        catalog = glue_backends[self.account_id][self.region_name].databases
        for _, name in before - self.databases.keys():
            catalog.pop(name, None)
        for _, name in self.databases.keys() - before:
            catalog.setdefault(name, FakeDatabase(name, {"Name": name}, self.account_id))
        return id_

    AthenaBackend.start_query_execution = start_query_execution  # type: ignore[method-assign]
    AthenaResponse.list_tags_for_resource = list_tags_for_resource  # type: ignore[method-assign]
    AthenaResponse.batch_get_named_query = batch_get_named_query  # type: ignore[attr-defined]


@functools.cache
def patch_dms() -> None:
    """moto writes times as text, where AWS's protocol has numbers."""
    from moto.dms.models import FakeReplicationInstance as Instance

    textual: Any = Instance.to_dict

    def to_dict(self: Any) -> dict[str, Any]:
        return dict(textual(self)) | {"InstanceCreateTime": _seconds(self.creation_date)}

    Instance.to_dict = to_dict  # type: ignore[method-assign]


@functools.cache
def patch_codepipeline() -> None:
    """Likewise; and where it lists pipelines, it leaves out their type and mode."""
    from moto.codepipeline.models import CodePipeline, CodePipelineBackend

    textual: Any = CodePipeline.metadata.fget  # type: ignore[attr-defined]

    def metadata(self: Any) -> dict[str, Any]:
        times = {"created": _seconds(self._created), "updated": _seconds(self._updated)}
        return dict(textual(self)) | times

    listed: Any = CodePipelineBackend.list_pipelines

    def list_pipelines(self: Any) -> list[dict[str, Any]]:
        told = ("executionMode", "pipelineType")
        return [
            row | {key: said[key] for key in told if key in said}
            for row in listed(self)
            for said in [self.pipelines[row["name"]].pipeline]
        ]

    CodePipelineBackend.list_pipelines = list_pipelines  # type: ignore[method-assign]
    CodePipeline.metadata = property(metadata)  # type: ignore[assignment, method-assign]


@functools.cache
def patch_iam() -> None:
    """moto's credential report is always of 2015, and its root user cannot be given a second factor."""
    from moto.core.responses import ActionResult
    from moto.iam.responses import IamResponse

    def get_credential_report(self: Any) -> ActionResult:
        content = self.backend.get_credential_report()
        written = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        said = {"Content": content, "ReportFormat": "text/csv", "GeneratedTime": written}
        return ActionResult(said)

    def get_account_summary(self: Any) -> ActionResult:
        told = dict(self.backend.get_account_summary().summary_map)
        del told["AccountMFAEnabled"]
        return ActionResult({"SummaryMap": told})

    IamResponse.get_credential_report = get_credential_report  # type: ignore[method-assign]
    IamResponse.get_account_summary = get_account_summary  # type: ignore[method-assign]


def _seconds(moment: datetime) -> float:
    # moto's moments are in UTC and do not say so
    return moment.replace(tzinfo=UTC).timestamp()


TELLING = {
    "athena": patch_athena,
    "backup": patch_backup,
    "codepipeline": patch_codepipeline,
    "dms": patch_dms,
    "iam": patch_iam,
    "ssm": patch_ssm,
}
"""The patch of each service that has one here."""
