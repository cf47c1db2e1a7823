"""Snapshots: one immutable DuckDB file a scan. The only room that knows DuckDB."""
