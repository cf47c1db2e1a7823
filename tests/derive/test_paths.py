"""Who can become whom, held against accounts whose principals are labelled."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.collect.details import read_details
from scanner.derive.facts import derive
from scanner.seen import Seen
from scanner.settings import Settings
from scanner.store import snapshot as store
from scanner.store.paths import find_paths
from scanner.store.tables import facts_tables

from .accounts import traps, write

NOW = "2026-11-28T00:00:00Z"
ROOT = Path(__file__).resolve().parents[2]
LABELLED = Path(
    os.environ.get("WATCHBILL_LABELLED_ACCOUNT")
    or ROOT.parent / "shared" / "data" / "cloudsplaining-example-account.json"
)


class Judged:
    """The tables of one account."""

    def __init__(self, path: str, folder: Path) -> None:
        _, collected = read_details([path], str)
        entries = collected.ledger.entries()
        facts = derive([], collected.rows, Seen(entries), Settings(), str, states_whole=False)
        with store.Writer(folder, "x") as writer:
            for table, rows in facts_tables(NOW, entries, [], collected.rows, facts):
                if table in ("grants", "statements", "trusts"):
                    writer.insert(table, rows)
            find_paths(writer, facts.interest.inputs(), NOW)
            self.paths = self._read(writer, "paths")
            self.administrators = self._read(writer, "administrators")
            self.wildcards = self._read(writer, "wildcards")
        self.names = {
            row.name for row in collected.rows if row.type in ("aws_iam_user", "aws_iam_role")
        }

    @staticmethod
    def _read(writer: Any, table: str) -> list[dict[str, Any]]:
        cursor = writer.connection().execute(f"select * from {table} order by all")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def found(self) -> set[str]:
        """The names of users and roles that are, or can become, more than they were made."""
        held = {row["principal"] for row in (*self.paths, *self.administrators)}
        return {arn.rpartition("/")[2] for arn in held} & self.names


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> tuple[Judged, Mapping[str, Any]]:
    folder = tmp_path_factory.mktemp("traps")
    details, labels = traps()
    return Judged(write(details, folder / "details.json"), folder), labels


_, LABELS = traps()


@pytest.mark.parametrize("name", LABELS)
def test_every_principal_is_what_its_label_says(
    name: str, account: tuple[Judged, Mapping[str, Any]]
) -> None:
    judged, labels = account
    end = f"/{name}"
    everything = [row["verdict"] for row in judged.administrators if row["principal"].endswith(end)]
    ways = [row for row in judged.paths if row["principal"].endswith(end)]
    label = labels[name]
    if label == "nobody":
        assert (everything, [row["says"] for row in ways]) == ([], [])
    elif label == "administrator":
        assert set(everything) == {"yes"}
        assert ways == []
    else:
        verdict, way, target, hops = label
        assert everything == []
        gives = "role" if hops == "role" else "administrator"
        assert (verdict, way, target, gives) in {
            (r["verdict"], r["way"], (r["target"] or "").rpartition("/")[2], r["gives"])
            for r in ways
        }
        assert hops == "role" or {row["hops"] for row in ways} == {hops}


def test_the_labelled_account_of_another_project(tmp_path: Path) -> None:
    if not LABELLED.exists():
        pytest.skip(f"the labelled account is not at {LABELLED}: set WATCHBILL_LABELLED_ACCOUNT")
    judged = Judged(str(LABELLED), tmp_path)
    found = judged.found()
    wanted = {name for name in judged.names if name.startswith(("privesc", "fn"))}
    harmless = {name for name in judged.names if name.startswith("fp")}
    # of the two that hold nothing, one no trust names, and one nobody who is less may assume
    lacking = {"privesc-AssumeRole-start-user", "privesc-permissive-role-trust"}
    assert wanted - found <= lacking
    assert len(wanted & found) >= 70
    assert harmless & found == set()
    assert len(harmless) == 10
