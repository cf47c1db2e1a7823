"""Who answers by what lies in repositories and directories: read as their hosts read it, and strictly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.declared.answering import read_sources
from scanner.declared.codeowners import Codeowners
from scanner.declared.repositories import Repository
from scanner.directory import Directory, Sources
from scanner.errors import SettingsError
from scanner.settings import Repository as Setting
from scanner.settings import Secret, Settings

TODAY = date(2026, 11, 23)

# The examples of GitHub's "About code owners", each pattern with what its text says of it.
GITHUB = """\
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
"""


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("anything", ("@global-owner1", "@global-owner2")),
        ("src/x.js", ("@js-owner",)),
        ("src/x.go", ("docs@example.com",)),
        ("a/b/c.txt", ("@octo-org/octocats",)),
        ("build/logs/a/b", ("@octocat",)),  # a later line is about any folder called logs
        ("docs/getting-started.md", ("@doctocat",)),
        ("docs/build-app/troubleshooting.md", ("@doctocat",)),
        ("web/docs/getting-started.md", ("@global-owner1", "@global-owner2")),
        ("scripts/a/b", ("@doctocat", "@octocat")),
        ("deeply/nested/logs/x", ("@octocat",)),
        ("web/apps/x", ("@octocat",)),
        ("apps/x", ("@octocat",)),
        ("apps/github", None),  # the last line that fits names nobody
    ],
)
def test_githubs_own_examples(path: str, names: tuple[str, ...] | None) -> None:
    said = Codeowners("CODEOWNERS", GITHUB).of(path)
    assert (said.names if said else None) == names


@pytest.mark.parametrize(
    ("pattern", "fits", "not_"),
    [
        ("docs/*", "docs/getting-started.md", "docs/build-app/troubleshooting.md"),
        ("/build/logs/", "build/logs/x", "src/build/logs/x"),
        ("apps/", "a/apps/x", "a/apps"),
        ("**/logs", "build/logs/x", "build/logs2"),
        ("*.js", "a/b.js", "a/b.jsx"),
    ],
)
def test_one_pattern_of_github(pattern: str, fits: str, not_: str) -> None:
    found = Codeowners("CODEOWNERS", f"{pattern} @a")
    assert found.of(fits)
    assert not found.of(not_)


def test_what_github_cannot_read_is_left_out_as_github_does() -> None:
    text = "* @a\n!x @b\n[x] @b\n\\#x @b\nx @c # @d\n"
    found = Codeowners("CODEOWNERS", text)
    assert found.of("x").names == ("@c",)  # type: ignore[union-attr]
    assert found.of("y").via == "line 1 of CODEOWNERS (*)"  # type: ignore[union-attr]


GITLAB = """\
* @default
/docs/ @all-docs
/docs/* @root-docs
README.md @readme
internal/README.md @internal
path\\ with\\ spaces/ @space
\\#file.rb @pound
/config @exactly

[Databases][2] @dba
model/db/
*.sql @sql
!/model/db/free/

^[databases]
config/db/ @later
/x @@maintainer
"""


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("a/b", ("@default",)),
        ("docs/a.md", ("@root-docs",)),
        ("docs/a/b.md", ("@all-docs",)),
        ("deep/README.md", ("@readme",)),
        (
            "a/internal/README.md",
            ("@internal",),
        ),  # a path without a slash in front fits at any depth
        ("path with spaces/a", ("@space",)),
        ("#file.rb", ("@pound",)),
        ("config", ("@exactly",)),
        ("config/a", ("@default",)),  # a folder ends with a slash
        ("model/db/x", ("@default", "@dba")),  # each section has its say
        ("a/b.sql", ("@default", "@sql")),
        ("model/db/free/x", ("@default",)),
        ("config/db/x", ("@default", "@later")),  # sections of one name are one
        ("x", ("@default", "@dba")),  # a role is nobody in particular
    ],
)
def test_gitlabs_rules(path: str, names: tuple[str, ...]) -> None:
    said = Codeowners("CODEOWNERS", GITLAB, "gitlab").of(path)
    assert said is not None
    assert said.names == names


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "infra"
    for name, text in {
        ".github/CODEOWNERS": "/live/ @harbour/platform\n/live/prod/queues.tf @harbour/payments\n"
        "/modules/network/ @harbour/network\n",
        "CODEOWNERS": "* @nobody/reads-this\n",
        "live/prod/queues.tf": 'resource "aws_sqs_queue" "orders" {\n}\n',
        "live/prod/main.tf": 'module "worker" {\n  source = "../worker"\n}\n'
        'resource "aws_sns_topic" "news" {}\n',
        "modules/network/main.tf": 'resource "aws_vpc" "main" {}\n',
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def repository(root: Path, **more: Any) -> Repository:
    fields = {
        "name": "harbour/infra", "states": {"*/prod.tfstate": "live/prod"},
        "modules": {"module.network": "modules/network"},
    } | more  # fmt: skip
    return Repository(Setting(path=str(root), **fields))


def instance(
    address: str, type_: str = "aws_sqs_queue", source: str = "s3://b/prod.tfstate"
) -> Any:
    return SimpleNamespace(source=source, address=address, type=type_)


@pytest.mark.parametrize(
    ("address", "type_", "owner"),
    [
        ("aws_sqs_queue.orders", "aws_sqs_queue", "@harbour/payments"),
        ('aws_sqs_queue.orders["a.b"]', "aws_sqs_queue", "@harbour/payments"),
        ("aws_sns_topic.news", "aws_sns_topic", "@harbour/platform"),
        ('module.worker["x"].aws_sqs_queue.main', "aws_sqs_queue", "@harbour/platform"),
        ("module.network.aws_vpc.main", "aws_vpc", "@harbour/network"),
        # nothing says which file, and the files of the folder have two owners
        ("aws_sqs_queue.lost", "aws_sqs_queue", None),
    ],
)
def test_state_and_module_lead_to_a_file_and_its_line(
    checkout: Path, address: str, type_: str, owner: str | None
) -> None:
    said = repository(checkout).of_instance(instance(address, type_))
    assert (said.names[0] if said else None) == owner
    if said:
        assert ".github/CODEOWNERS" in said.via


def test_a_state_that_the_settings_do_not_place_has_no_file(checkout: Path) -> None:
    made = instance("aws_sqs_queue.orders", source="other.tfstate")
    assert repository(checkout).of_instance(made) is None


def test_yors_tags_name_the_file(checkout: Path) -> None:
    found = repository(checkout)
    tags = {"git_org": "harbour", "git_repo": "infra", "git_file": "live/prod/queues.tf"}
    assert found.of_tags(tags).names == ("@harbour/payments",)  # type: ignore[union-attr]
    assert found.of_tags(tags | {"git_repo": "other"}) is None
    assert found.of_tags(tags | {"git_file": "../../etc/passwd"}) is None
    assert found.of_tags({"git_modifiers": "grace"}) is None


CATALOGUE = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: orders, annotations: {aws.amazon.com/arn: "arn:aws:sqs:eu-west-1:1:orders"}}
spec: {owner: "group:default/payments", type: service}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata:
  name: net
  annotations: {backstage.io/source-location: "url:https://github.com/harbour/infra/tree/main/modules/network/"}
spec: {owner: platform}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: payments}
spec: {type: team, children: [], profile: {email: payments@harbour.example}}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: platform}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ada}
spec: {profile: {email: ada@harbour.example}, memberOf: [payments]}
"""


def test_a_catalogue_is_a_directory_and_speaks_for_resources_and_folders(checkout: Path) -> None:
    file = checkout / "live" / "catalog-info.yaml"
    file.write_text(CATALOGUE)
    settings = Settings(
        teams=(str(checkout / "**" / "catalog-info.yaml"),),
        repositories=(repository(checkout).setting,),
    )
    found = read_sources(settings, TODAY)
    known = found.directory
    assert known.look_up("group:default/payments").team == "payments"
    assert known.look_up("ada@harbour.example").team == "payments"
    assert known.look_up("platform").state == "empty"  # users are listed, and none is in it
    assert known.look_up("search").state == "unknown"
    # the handle of CODEOWNERS is the group of that name
    assert known.look_up("@harbour/payments").team == "payments"
    (catalogue,) = found.catalogues
    said = catalogue.of_resource("arn:aws:sqs:eu-west-1:1:orders")
    assert said is not None
    assert said.names == ("group:default/payments",)
    assert said.via == "owner of the component orders in the catalogue"
    assert catalogue.of_resource("arn:aws:sqs:eu-west-1:1:other") is None
    # by the folder of its file, and by its source location
    assert (
        catalogue.of_instance(instance("aws_sqs_queue.orders")).names[0] == "group:default/payments"
    )  # type: ignore[union-attr]
    network = instance("module.network.aws_vpc.main", "aws_vpc")
    assert catalogue.of_instance(network).names == ("platform",)  # type: ignore[union-attr]


Read = Callable[..., Sources]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def made(text: str, **settings: Any) -> Sources:
        file = tmp_path / "teams.yaml"
        file.write_text(text)
        return read_sources(Settings(teams=(str(file),), **settings), TODAY)

    return made


TEAMS = """\
teams:
  payments:
    members: [ada@harbour.example, grace@harbour.example]
    channels: ["env:PAYMENTS", "json://hooks.example/s3cret"]
    email: payments@harbour.example
    github: "@harbour/payments"
    aliases: [pay]
  search: {members: [grace@harbour.example], email: search@harbour.example}
  quiet: {members: [ada@harbour.example]}
  empty: {members: [], email: e@harbour.example}
people:
  grace@harbour.example: {name: Grace, left: 2026-01-15}
  linus@harbour.example: {left: 2027-01-01}
"""


def test_teams_yaml(read: Read) -> None:
    known = read(TEAMS).directory
    for name in ("payments", "pay", "@harbour/payments", "Payments@harbour.example"):
        assert known.look_up(name).team == "payments"
    assert known.look_up("search").state == "empty"  # its only member has left
    assert known.look_up("empty").state == "empty"
    assert known.look_up("quiet").state == "unreachable"
    assert known.look_up("grace@harbour.example").state == "departed"
    assert known.look_up("linus@harbour.example").state == "person"  # still there today
    assert known.look_up("Pay").nearest == "payments"
    assert "s3cret" not in repr(known)


def test_channels_of_the_settings_stand_beside_those_of_the_file(read: Read) -> None:
    known = read(TEAMS, channels={"quiet": (Secret("env:QUIET"),)}).directory
    assert known.look_up("quiet").state == "valid"
    with pytest.raises(SettingsError, match="did you mean quiet"):
        read(TEAMS, channels={"quite": (Secret("env:QUIET"),)})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("teams: {a: {member: [x]}}", "unknown field `member`.*teams"),
        ("teams: {a: {members: x}}", r"Expected `array.*members"),
        ("team: {}", "required field `teams`|unknown field `team`"),
        ("[]", "Expected `object`"),
        ("teams: {a: {}, a: {}}", "a key stands twice in line 1"),
        ("teams:\n  a: [", "not YAML: .* in line"),
        ("teams: {a: &x {}, b: *x}", "alias.*line 1"),
        ("teams: {' a': {}}", "spaces around it"),
        ("teams: {a: {channels: [hello]}}", "channels: one of them is no address"),
        ("teams: {a: {aliases: [x]}, b: {aliases: [x]}}", "stands for both a and b"),
        ("teams: {}\npeople: {a: {left: soon}}", "Invalid|Expected"),
    ],
)
def test_a_file_that_is_not_one_is_refused_by_name_and_key(
    read: Read, text: str, says: str
) -> None:
    with pytest.raises(SettingsError, match=says) as error:
        read(text)
    assert "teams.yaml" in str(error.value)
    assert error.value.hint


def test_a_secret_of_a_channel_stands_in_no_error(read: Read) -> None:
    for text in ("teams: {a: {channels: ['s3cret']}}", "teams: {a: {channels: [json://s3cret"):
        with pytest.raises(SettingsError) as error:
            read(text)
        assert "s3cret" not in str(error.value)


def test_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        read_sources(Settings(teams=(str(tmp_path / "none.yaml"),)), TODAY)
    with pytest.raises(SettingsError, match="no such folder"):
        read_sources(Settings(repositories=(Setting(path=str(tmp_path / "none")),)), TODAY)
    assert read_sources(Settings(), TODAY) == Sources(Directory(), [], [])
