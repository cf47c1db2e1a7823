"""`watchbill policy`: the least IAM policy that lets every resource type be collected."""

from __future__ import annotations

import json

import click


@click.command("policy")
@click.option(
    "--format", "form", type=click.Choice(["json", "terraform"]), default="json", show_default=True,
    help="JSON document, or a Terraform aws_iam_policy_document.",
)  # fmt: skip
def command(form: str) -> None:
    """Print the least IAM policy a scan needs: only the operations the resource types name."""
    from scanner.collect.permissions import actions, document

    if form == "json":
        click.echo(json.dumps(document(), indent=2))
        return
    listed = "\n".join(f'      "{action}",' for action in actions())
    click.echo(
        'data "aws_iam_policy_document" "watchbill" {\n'
        '  statement {\n    sid       = "WatchbillReads"\n    resources = ["*"]\n'
        f"    actions = [\n{listed}\n    ]\n  }}\n}}"
    )
