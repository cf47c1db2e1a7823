"""Who answers: by which way, how sure, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scanner.derive.claims import Claims
from scanner.derive.match import match
from scanner.derive.owners import Owned, OwnedRole, answers
from scanner.directory import Directory, Maker, Person, Said, Sources, Team
from scanner.settings import Settings

from .made import ACCOUNT, OTHER_ACCOUNT, actual, declared, seen

DIRECTORY = Directory(
    teams=(
        Team("payments", ("@harbour/payments", "payments@harbour.example"), ("ada",), ("mail",)),
        Team("search", ("@harbour/search",), ("grace", "linus"), ("mail",)),
        Team("ghosts", (), ("linus",), ("mail",)),
        Team("quiet", (), ("ada",), ()),
        Team("platform"),
    ),
    people=(
        Person("ada", ("ada@harbour.example", "@ada")),
        Person("grace", ("grace@harbour.example",)),
        Person("linus", ("linus@harbour.example",), left=True),
        Person("edsger"),
    ),
    whole=True,
)


class Source:
    """A repository or a catalogue that says one thing of everything."""

    def __init__(self, *names: str, via: str = "line 3 of CODEOWNERS") -> None:
        self._said = Said(names, via)

    def of_instance(self, instance: Any) -> Said | None:
        return self._said

    def of_tags(self, tags: Any) -> Said | None:
        return self._said if "git_file" in tags else None

    def of_resource(self, arn: str) -> Said | None:
        return None


def answered(
    *rows: Any,
    parents: dict[str, str] | None = None,
    instances: tuple[Any, ...] = (),
    failing: dict[str, str] | None = None,
    settings: Settings | None = None,
    **sources: Any,
) -> tuple[dict[str, Owned], dict[tuple[str, str], OwnedRole]]:
    known = seen(failing=failing)
    made = match(list(instances), list(rows), known)
    claims = Claims(rows, made.by_resource, known, settings or Settings(), Sources(**sources))
    found = answers(rows, parents or {}, claims)
    return (
        {owned.resource: owned for owned in found.owners},
        {(role.resource, role.role): role for role in found.roles},
    )


def queue(name: str = "q", **tags: str) -> Any:
    return actual("aws_sqs_queue", name, tags=tags)


def owner(*rows: Any, **more: Any) -> Owned:
    """The owner of the first row."""
    return answered(*rows, **more)[0][rows[0].resource]


# --- by which way ---------------------------------------------------------------------------------


def test_a_tag_by_any_of_its_names() -> None:
    for key in ("owner", "Owner", "TEAM", "owner_team", "owned-by"):
        found = owner(queue(**{key: "payments"}))
        assert (found.team, found.via, found.state) == ("payments", f"tag {key}", "valid")
        assert (found.source, found.sure, found.verified) == ("tag", "certain", False)


def test_what_it_belongs_to() -> None:
    volume, instance = (
        actual("aws_ebs_volume", "v"),
        actual("aws_instance", "i", tags={"team": "a"}),
    )
    found = owner(volume, instance, parents={volume.resource: instance.resource})
    assert (found.team, found.state, found.source) == ("a", "inherited", "parent")
    assert found.via == f"tag team of {instance.resource}"
    assert found.said_of == instance.resource
    assert found.sure == "likely"


def test_nobody_is_missing_what_cannot_be_tagged_is_untaggable_and_what_was_not_read_unread() -> (
    None
):
    assert owner(queue()).state == "missing"
    assert owner(actual("aws_iam_group", "g")).state == "untaggable"
    assert owner(actual("aws_sqs_queue", "q", tags=None)).state == "unread"


STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1"


def test_the_stack_that_made_it() -> None:
    stack = actual(
        "aws_cloudformation_stack",
        STACK,
        arn=STACK,
        name="shop",
        tags={"team": "a", "owner-cost": "b"},
    )
    for tags in ({"aws:cloudformation:stack-id": STACK}, {"aws:cloudformation:stack-name": "shop"}):
        row = queue(**tags)
        found, roles = answered(row, stack)
        made = found[row.resource]
        assert (made.team, made.source, made.sure) == ("a", "stack", "likely")
        assert made.via == "tag team of the stack shop"
        assert roles[row.resource, "cost"].team == "b"
    assert owner(queue(**{"aws:cloudformation:stack-name": "other"}), stack).state == "missing"


def test_a_stack_that_was_not_seen_may_name_an_owner() -> None:
    row = queue(**{"aws:cloudformation:stack-name": "shop"})
    assert owner(row, failing={"cloudformation.describe_stacks": "denied"}).state == "unread"
    assert owner(queue(), failing={"cloudformation.describe_stacks": "denied"}).state == "missing"


def test_a_line_of_codeowners_for_what_a_state_declares() -> None:
    row = queue()
    stated = declared("aws_sqs_queue", "q")
    found = owner(
        row, instances=(stated,), repositories=(Source("@harbour/payments"),), directory=DIRECTORY
    )
    assert (found.team, found.state, found.source) == ("payments", "valid", "codeowners")
    assert "line 3 of CODEOWNERS" in found.via
    assert found.verified


def test_yors_tags_lead_to_codeowners_and_the_last_editor_is_no_owner() -> None:
    tags = {"git_file": "a/main.tf", "git_modifiers": "grace", "git_last_modified_by": "grace"}
    found = owner(queue(**tags), repositories=(Source("search"),), directory=DIRECTORY)
    assert (found.team, found.source) == ("search", "codeowners")
    assert owner(queue(**tags), directory=DIRECTORY).state == "missing"


def test_the_catalogue_after_codeowners() -> None:
    row, stated = queue(), declared("aws_sqs_queue", "q")
    catalogue = Source("group:default/search", "search", via="spec.owner of component orders")
    found = owner(row, instances=(stated,), catalogues=(catalogue,), directory=DIRECTORY)
    assert (found.team, found.source) == ("search", "catalogue")
    both = owner(
        row, instances=(stated,), catalogues=(catalogue,), repositories=(Source("search"),),
        directory=DIRECTORY,
    )  # fmt: skip
    assert (both.source, both.state) == ("codeowners", "valid")


def test_a_creator_is_asked_and_does_not_answer() -> None:
    made_by = "IAMUser:AIDAEXAMPLE:ada"
    found = owner(queue(**{"aws:createdBy": made_by}), directory=DIRECTORY)
    # ada is in two teams, so which one is not known
    assert (found.team, found.state, found.lead) == (None, "missing", None)
    found = owner(queue(**{"aws:createdBy": "IAMUser:AIDAEXAMPLE:grace"}), directory=DIRECTORY)
    assert (found.team, found.state, found.lead, found.lead_source) == (
        None, "missing", "search", "creator",
    )  # fmt: skip


def test_a_role_that_made_something_is_no_person() -> None:
    for made_by in ("AssumedRole:AROAEXAMPLE:grace", "arn:aws:sts::1:assumed-role/ci/grace"):
        found = owner(queue(**{"aws:createdBy": made_by}), directory=DIRECTORY)
        assert (found.team, found.lead, found.state) == (None, None, "missing")


def test_a_declared_tag_that_was_taken_off_says_whom_to_ask() -> None:
    stated = declared("aws_sqs_queue", "q", tags_all={"team": "payments"})
    found = owner(queue(), instances=(stated,))
    assert (found.team, found.state) == (None, "missing")
    assert (found.lead, found.lead_via) == ("payments", "declared tag team")


def test_the_owner_of_the_account_is_asked_last() -> None:
    settings = Settings(account_owners={"123456789012": "platform"})
    found = owner(queue(), settings=settings)
    assert (found.team, found.state, found.lead, found.lead_source) == (
        None, "missing", "platform", "account",
    )  # fmt: skip
    assert owner(queue(team="a"), settings=settings).lead is None


# --- whether they can -----------------------------------------------------------------------------


def state(name: str, **more: Any) -> tuple[str, str | None, str | None]:
    found = owner(queue(team=name), directory=DIRECTORY, **more)
    return found.state, found.team, found.nearest


def test_every_way_in_which_a_name_cannot_answer() -> None:
    assert state("payments") == ("valid", "payments", None)
    assert state("tbd") == ("placeholder", None, None)
    assert state("N/A") == ("placeholder", None, None)
    assert state("paymnets") == ("unknown", None, "payments")
    assert state("zzzzzz") == ("unknown", None, None)
    assert state("linus@harbour.example")[:2] == ("departed", None)
    assert state("grace@harbour.example") == ("person", "search", "search")
    assert state("ada") == ("person", None, None)
    assert state("ghosts")[:2] == ("empty", None)
    assert state("quiet")[:2] == ("unreachable", None)
    # nothing is known of its people and channels, so nothing is held against it
    assert state("platform") == ("valid", "platform", None)


def test_who_stands_in_a_team_alone_is_a_person_too() -> None:
    web = Team("web", members=("eve@harbour.example",), channels=("mail",))
    for whole in (True, False):
        known = Directory((web,), whole=whole).look_up("Eve@harbour.example")
        assert (known.state, known.team, known.person) == ("person", "web", True)
    # who has left stays so, whichever team still lists them
    gone = Person("eve@harbour.example", left=True)
    assert Directory((web,), (gone,)).look_up("eve@harbour.example").state == "departed"


def test_a_catalogues_reference_is_its_team_whoever_knows_it() -> None:
    for name in ("group:default/payments", "Group:payments", "payments"):
        assert state(name)[:2] == ("valid", "payments"), name
    for name in ("group:other/payments", "user:default/payments", "default/payments/x"):
        assert state(name)[0] == "unknown", name


def test_without_a_directory_nothing_is_unknown_and_nothing_is_verified() -> None:
    for name in ("paymnets", "linus@harbour.example", "платежи"):
        found = owner(queue(team=name))
        assert (found.state, found.team, found.verified) == ("valid", name, False)


def test_a_look_alike_is_not_the_team() -> None:
    for name in (
        "Payments", "payments ", " payments", "p\u0430yments", "payments\u200b",
        "\u202epayments", "payment\u0455", "\uff50ayments", "pay\u00adments",
    ):  # fmt: skip
        assert state(name) == ("unknown", None, "payments"), ascii(name)


def test_addresses_and_handles_are_one_in_any_case() -> None:
    assert state("Payments@Harbour.example") == ("valid", "payments", None)
    assert state("@Harbour/Payments") == ("valid", "payments", None)
    # with a letter that is not Latin it is another address
    assert state("p\u0430yments@harbour.example")[0] == "unknown"


def test_hostile_names_are_names() -> None:
    for name in (
        "'; drop table owners; --",
        "\x1b[31mroot",
        "\U0001f600" * 50,
        "a" * 256,
        "::error::",
    ):
        found = owner(queue(team=name))
        assert found.team == name.strip()
        assert owner(queue(team=name), directory=DIRECTORY).state == "unknown"


# --- conflicts ------------------------------------------------------------------------------------


def test_two_tags_that_name_two_teams() -> None:
    found = owner(queue(owner="payments", team="search"), directory=DIRECTORY)
    assert (found.state, found.team) == ("conflict", "payments")
    assert found.via == "tag owner says 'payments', but tag team says 'search'"


def test_one_key_in_two_spellings_needs_no_directory_to_contradict_itself() -> None:
    found = owner(queue(Team="payments", team="search"))
    assert found.state == "conflict"
    # two keys may mean a person and their team
    assert owner(queue(owner="ada", team="payments")).state == "valid"


def test_a_tag_against_codeowners_and_against_the_catalogue() -> None:
    row, stated = queue(team="payments"), declared("aws_sqs_queue", "q")
    said = Source("@harbour/search")
    for how in ("repositories", "catalogues"):
        found = owner(row, instances=(stated,), directory=DIRECTORY, **{how: (said,)})
        assert (found.state, found.team) == ("conflict", "payments")
        assert "line 3 of CODEOWNERS says '@harbour/search'" in found.via
    agreeing = Source("@harbour/payments")
    found = owner(row, instances=(stated,), directory=DIRECTORY, repositories=(agreeing,))
    assert (found.state, found.source) == ("valid", "tag")


def test_codeowners_against_the_catalogue() -> None:
    found = owner(
        queue(), instances=(declared("aws_sqs_queue", "q"),), directory=DIRECTORY,
        repositories=(Source("payments"),), catalogues=(Source("search", via="spec.owner of x"),),
    )  # fmt: skip
    assert found.state == "conflict"
    assert found.via == "line 3 of CODEOWNERS says 'payments', but spec.owner of x says 'search'"


def test_a_person_of_the_team_does_not_contradict_it() -> None:
    found = owner(queue(owner="grace", team="search"), directory=DIRECTORY)
    assert (found.state, found.team) == ("person", "search")


def test_a_name_that_cannot_answer_is_shown_beside_the_one_that_can() -> None:
    found = owner(
        queue(team="linus"), instances=(declared("aws_sqs_queue", "q"),), directory=DIRECTORY,
        repositories=(Source("payments"),),
    )  # fmt: skip
    assert (found.state, found.team, found.named) == ("departed", "payments", "linus")
    assert "tag team says 'linus', who has left" in found.via


def test_a_placeholder_beside_a_team_is_no_conflict() -> None:
    found = owner(queue(owner="tbd", team="payments"), directory=DIRECTORY)
    assert (found.state, found.team) == ("valid", "payments")


# --- the four roles -------------------------------------------------------------------------------


def test_a_role_has_an_owner_of_its_own_or_the_primary_one() -> None:
    row = queue(**{"team": "payments", "owner:cost": "finance", "monitoring-owner": "tbd"})
    _, roles = answered(row)
    cost, access = roles[row.resource, "cost"], roles[row.resource, "access"]
    assert (cost.team, cost.via, cost.own) == ("finance", "tag owner:cost", True)
    assert (access.team, access.via, access.own) == ("payments", "tag team", False)
    watch = roles[row.resource, "monitoring"]
    assert (watch.team, watch.state, watch.own) == (None, "placeholder", True)


def test_a_child_inherits_the_roles_with_the_owner() -> None:
    instance = actual("aws_instance", "i", tags={"team": "a", "owner-cost": "finance"})
    volume, other = actual("aws_ebs_volume", "v"), actual("aws_ebs_volume", "w", tags={"team": "b"})
    above = {volume.resource: instance.resource, other.resource: instance.resource}
    _, roles = answered(volume, other, instance, parents=above)
    assert roles[volume.resource, "cost"].team == "finance"
    assert roles[volume.resource, "cost"].via == f"tag owner-cost of {instance.resource}"
    assert roles[volume.resource, "recovery"].team == "a"
    assert (roles[other.resource, "cost"].team, roles[other.resource, "cost"].own) == ("b", False)


def test_parents_in_a_circle_end() -> None:
    a, b = queue("a"), queue("b")
    above = {a.resource: b.resource, b.resource: a.resource}
    found, roles = answered(a, b, parents=above)
    assert {owned.state for owned in found.values()} == {"missing"}
    assert len(roles) == 8


def test_what_belongs_to_something_with_a_departed_owner_has_one_too() -> None:
    instance, volume = (
        actual("aws_instance", "i", tags={"team": "linus"}),
        actual("aws_ebs_volume", "v"),
    )
    found = owner(
        volume, instance, parents={volume.resource: instance.resource}, directory=DIRECTORY
    )
    assert (found.state, found.team, found.source) == ("departed", None, "parent")
    assert found.said_of == instance.resource


def test_whom_cloudtrail_names_is_asked_where_nobody_answers() -> None:
    def led(name: str, role: str = "") -> Owned:
        row = actual("aws_sqs_queue", "q")
        known = seen()
        claims = Claims([row], {}, known, Settings(), Sources(directory=DIRECTORY))
        claims.makers = {row.resource: Maker(name, role, "CreateQueue", "2026-11-02")}
        return answers([row], {}, claims).owners[0]

    person = led("ada@harbour.example", "AWSReservedSSO_Developer_0a1b")
    assert (person.team, person.state, person.lead_source) == (None, "missing", "")
    grace = led("grace@harbour.example", "AWSReservedSSO_Developer_0a1b")
    assert (grace.lead, grace.lead_source) == ("search", "creator")
    assert "CloudTrail (CreateQueue on 2026-11-02)" in grace.lead_via
    assert "AWSReservedSSO_Developer_0a1b/grace@harbour.example" in grace.lead_via
    assert led("payments").lead == "payments"
    # a role whose session is called like a team is no team
    assert led("payments", "deployer").lead is None
    assert led("i-0123456789", "web").lead is None


def test_the_tags_of_an_account_say_whom_to_ask_in_it() -> None:
    account = replace(
        actual("aws_vpc", ACCOUNT), type="aws_organizations_account", tags={"Owner": "payments"}
    )
    row, other = actual("aws_sqs_queue", "q"), actual("aws_sqs_queue", "p", account=OTHER_ACCOUNT)

    def led(settings: Settings) -> list[tuple[str | None, str]]:
        sources = Sources(directory=DIRECTORY)
        claims = Claims([account, row, other], {}, seen(), settings, sources)
        return [(o.lead, o.lead_via) for o in answers([row, other], {}, claims).owners]

    assert led(Settings()) == [("payments", f"tag Owner of the account {ACCOUNT}"), (None, "")]
    # what the settings say of it is said on purpose
    named = Settings(account_owners={ACCOUNT: "search"})
    assert led(named)[0] == ("search", f"owner of the account {ACCOUNT}")
