"""What a reader of a snapshot cannot do."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.errors import StoreError
from scanner.store.connection import Connection, Error, lock, sandbox
from scanner.store.snapshot import Writer

from .rows import row


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with Writer(tmp_path_factory.mktemp("store"), "a") as writer:
        writer.insert("scan", [row("scan", 1)])
        return writer.publish()


@pytest.fixture(params=["snapshot", "memory"])
def shut_in(request: pytest.FixtureRequest, path: Path) -> Connection:
    connection = sandbox(path if request.param == "snapshot" else None)
    lock(connection)
    return connection


OUTSIDE = [
    "select * from read_csv('{secret}')",
    "select * from read_text('{secret}')",
    "select * from read_blob('{secret}')",
    "select * from read_json('{secret}')",
    "select * from read_parquet('{secret}')",
    "select * from '{secret}'",
    "select * from glob('/etc/*')",
    "select * from sniff_csv('{secret}')",
    "select * from 'https://example.com/x.csv'",
    "copy (select 1) to '{out}'",
    "export database '{out}'",
    "import database '{out}'",
    "attach '{out}' as other",
    "attach '{out}' as other (read_only)",
    "install httpfs",
    "load httpfs",
    "load '{out}'",
    "create secret s (type s3, key_id 'a', secret 'b')",
]
SETTINGS = [
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset lock_configuration",
    "set memory_limit = '100GB'",
    "set threads = 64",
    "set temp_directory = '{out}'",
    "set allowed_directories = ['/']",
    "set allowed_paths = ['{secret}']",
    "set autoinstall_known_extensions = true",
    "set allow_unsigned_extensions = true",
    "set log_query_path = '{out}'",
    "set profiling_output = '{out}'",
    "pragma memory_limit = '100GB'",
]


@pytest.mark.parametrize("sql", OUTSIDE + SETTINGS)
def test_nothing_outside_and_no_setting_can_be_touched(
    sql: str, shut_in: Connection, tmp_path: Path
) -> None:
    secret, out = tmp_path / "secret.csv", tmp_path / "out"
    secret.write_text("a,b\n1,2\n")
    with pytest.raises(Error):
        shut_in.execute(sql.format(secret=secret, out=out)).fetchall()
    assert not out.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "insert into scan select * from scan", "delete from scan", "update scan set canary = 2",
        "drop table scan", "create table t (x integer)", "create view v as select 1",
        "alter table scan add column x integer",
    ],
)  # fmt: skip
def test_a_snapshot_cannot_be_changed(sql: str, path: Path) -> None:
    before = path.read_bytes()
    with sandbox(path) as connection:
        lock(connection)
        with pytest.raises(Error, match="read-only"):
            connection.execute(sql)
        assert connection.execute("select count(*) from scan").fetchall() == [(1,)]
    assert path.read_bytes() == before


def test_it_reads_what_it_is_for(path: Path) -> None:
    with sandbox(path) as connection:
        lock(connection)
        assert connection.execute("select canary from scan").fetchall() == [(1,)]
        assert connection.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]
        assert connection.execute("select json_extract_string('{\"a\": 1}', '$.a')").fetchall() == [
            ("1",)
        ]


def test_memory_is_bounded(path: Path) -> None:
    with sandbox(path, memory="50MB") as connection, pytest.raises(Error, match=r"[Mm]emory"):
        connection.execute("select list(x order by x) from range(100000000) as t(x)").fetchall()


@pytest.mark.parametrize("content", [b"not a database", b"\x00" * 20000])
def test_what_is_no_snapshot_is_told_with_what_to_do(content: bytes, tmp_path: Path) -> None:
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        sandbox(broken)
    assert str(broken) in caught.value.message
    assert caught.value.hint


def test_a_snapshot_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        sandbox(tmp_path / "none.duckdb")
    assert list(tmp_path.iterdir()) == []
