"""`watchbill settings`: what is set, where, and the schema of watchbill.yaml."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from typing import Any

import click
import msgspec

from scanner.cli import options
from scanner.settings import FILE, Repository, RequiredTags, Secret, Settings, traced


@click.command("settings")
@click.option("--schema", "wanted", is_flag=True, help=f"The JSON Schema of {FILE} instead.")
@options.config
def command(config: str | None, wanted: bool) -> None:
    """Print every setting, its value, and where it was set.

    Secrets are not shown. An editor that knows YAML schemas checks watchbill.yaml while it is typed:
    `watchbill settings --schema > watchbill.schema.json`.
    """
    from scanner.tell.clean import clean
    from scanner.tell.encode import compact, indented

    if wanted:
        click.echo(indented(schema()), nl=False)
        return
    settings, origin = traced(config)
    for name in Settings.__struct_fields__:
        value = compact(msgspec.to_builtins(getattr(settings, name), enc_hook=_hidden))
        click.echo(clean(f"{name}: {value}  # {origin.get(name, 'default')}"))


def _hidden(value: Any) -> str:
    if isinstance(value, Secret):
        return "(secret)"
    raise NotImplementedError


def schema() -> dict[str, Any]:
    """The JSON Schema of watchbill.yaml."""
    made = msgspec.json.schema(Settings, schema_hook=lambda _: {"type": "string"})
    for struct in (Settings, Repository, RequiredTags):
        for name, text in _described(struct).items():
            made["$defs"][struct.__name__]["properties"][name]["description"] = text
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": FILE, **made}


def _described(struct: type) -> dict[str, str]:
    """The docstring below each field, which Python itself does not keep."""
    (found,) = ast.parse(inspect.getsource(struct)).body
    assert isinstance(found, ast.ClassDef)
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(found.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
