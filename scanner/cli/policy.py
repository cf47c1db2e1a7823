"""`watchbill policy`: the least IAM policy that lets resource types be collected."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import click

from scanner.catalog import ResourceType
from scanner.cli import options
from scanner.errors import SettingsError

Part = Mapping[str, tuple[str, ...]]


@click.command("policy")
@click.option(
    "--format", "form", type=click.Choice(["json", "terraform", "cloudformation"]), default="json",
    show_default=True,
    help="A JSON document; Terraform aws_iam_policy_documents; or a CloudFormation template of the "
    "role itself, for a StackSet.",
)  # fmt: skip
@click.option(
    "--types", metavar="TYPES",
    help="Terraform types, separated by commas; * stands for anything [default: all].",
)  # fmt: skip
@click.option(
    "--part", type=click.IntRange(min=1), metavar="N",
    help="Of JSON that is more than one managed policy holds, only the Nth that does.",
)  # fmt: skip
@options.config
def command(config: str | None, form: str, types: str | None, part: int | None) -> None:
    """Print the least IAM policy a scan needs: only the operations the resource types name.

    Where the settings name accounts or an organization, it says too what the caller needs to go into
    those; every account then needs a role with the rest, which is what the CloudFormation template makes.
    """
    from scanner.collect.permissions import parts, reach

    settings = options.settings(config)
    chosen = parts(_chosen(types), settings)
    caller = reach(settings)
    if form == "terraform":
        click.echo(_terraform(chosen, caller))
    elif form == "cloudformation":
        click.echo(_cloudformation(chosen, settings.role), nl=False)
    else:
        click.echo(json.dumps(_json(chosen, caller, part), indent=2))


def _chosen(types: str | None) -> list[ResourceType]:
    """The types of the patterns with everything they are found through. Raises SettingsError."""
    from fnmatch import fnmatchcase

    from scanner.catalog import aliases, load

    if types is None:
        return list(load().values())
    wanted: set[str] = set()
    for pattern in filter(None, map(str.strip, types.split(","))):
        found = {kind for name, kind in aliases().items() if fnmatchcase(name, pattern)}
        if not found:
            raise SettingsError(
                f"--types {pattern}: watchbill collects no such type",
                hint="docs/coverage.md lists the types that it collects",
            )
        wanted |= found
    for name in reversed(list(load())):  # containers stand before what is found through them
        if name in wanted and load()[name].container:
            wanted.add(load()[name].container)
    return [kind for name, kind in load().items() if name in wanted]


def _json(
    chosen: Sequence[Part], caller: Sequence[Mapping[str, Any]], part: int | None
) -> dict[str, Any]:
    from scanner.collect.permissions import MANAGED_POLICY, document, size

    documents = [document(actions, f"WatchbillReads{n or ''}") for n, actions in enumerate(chosen)]
    if part is not None:
        if part > len(documents):
            raise SettingsError(
                f"--part {part}: there is no such part", hint=f"there are {len(documents)}"
            )
        return documents[part - 1]
    whole = {**documents[0], "Statement": [s for d in documents for s in d["Statement"]]}
    whole["Statement"] += caller
    if size(whole) > MANAGED_POLICY:
        click.echo(
            f"watchbill: {size(whole):,} characters, and a managed policy holds {MANAGED_POLICY:,}: "
            + f"--part 1 to --part {len(documents)} print policies that fit, and the other formats "
            + "are split already",
            err=True,
        )
    return whole


def _terraform(chosen: Sequence[Part], caller: Sequence[Mapping[str, Any]]) -> str:
    documents = []
    for number, actions in enumerate(chosen, 1):
        name = "watchbill" if len(chosen) == 1 else f"watchbill_{number}"
        listed = _commented(actions, "      ", '"{}",')
        documents.append(
            f'data "aws_iam_policy_document" "{name}" {{\n'
            '  statement {\n    sid       = "WatchbillReads"\n    resources = ["*"]\n'
            f"    actions = [\n{listed}\n    ]\n  }}\n}}"
        )
    if caller:
        statements = "\n".join(
            f"  statement {{\n    sid       = {json.dumps(s['Sid'])}\n"
            f"    actions   = {json.dumps(s['Action'])}\n"
            f"    resources = {json.dumps([s['Resource']] if s['Resource'] == '*' else s['Resource'])}\n  }}"
            for s in caller
        )
        documents.append(
            "# for whoever starts the scan: to go into the other accounts\n"
            f'data "aws_iam_policy_document" "watchbill_caller" {{\n{statements}\n}}'
        )
    return "\n\n".join(documents)


def _cloudformation(chosen: Sequence[Part], role: str) -> str:
    """A template of the role that is taken in each account, for a StackSet over them."""
    *path, name = role.split("/")
    managed = "".join(
        f"  Reads{number}:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n"
        '      Roles: [!Ref Role]\n      PolicyDocument:\n        Version: "2012-10-17"\n'
        "        Statement:\n          - Sid: WatchbillReads\n            Effect: Allow\n"
        '            Resource: "*"\n            Action:\n'
        f"{_commented(actions, '              ', '- {}')}\n"
        for number, actions in enumerate(chosen, 1)
    )
    return f"""\
AWSTemplateFormatVersion: "2010-09-09"
Description: The role by which watchbill reads this account; it can change nothing.
Parameters:
  Caller:
    Type: String
    Description: ARN of the user or role that starts the scan.
  ExternalId:
    Type: String
    Default: ""
    Description: External id that the caller has to give; empty for none.
Conditions:
  HasExternalId: !Not [!Equals [!Ref ExternalId, ""]]
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: {json.dumps(name)}
      Path: {json.dumps("/" + "".join(f"{p}/" for p in path if p))}
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal:
              AWS: !Ref Caller
            Action: sts:AssumeRole
            Condition: !If
              - HasExternalId
              - StringEquals:
                  sts:ExternalId: !Ref ExternalId
              - !Ref AWS::NoValue
{managed}"""


def _commented(actions: Part, indent: str, form: str) -> str:
    """The actions, a line each, and before each service's the types that need them."""
    lines: list[str] = []
    for _, group in groupby(actions.items(), key=lambda item: item[0].partition(":")[0]):
        service = list(group)
        lines += _reason({name for _, types in service for name in types}, indent)
        lines += [indent + form.format(name) for name, _ in service]
    return "\n".join(lines)


def _reason(types: Iterable[str], indent: str) -> list[str]:
    text = ", ".join(sorted(types)) or "every scan"
    return textwrap.wrap(
        text, 100, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ",
        break_long_words=False,
    )  # fmt: skip
