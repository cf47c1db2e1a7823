"""Puts a file in its place whole: a reader sees what was there before or what is there now."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from scanner.errors import WaiverError


def write_whole(path: Path, content: bytes) -> None:
    """Write it; who may read the file stays as it was. Raises WaiverError where it cannot be written."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        partial.write_bytes(content)
        if path.exists():
            partial.chmod(path.stat().st_mode & 0o777)
        os.replace(partial, path)
    except OSError as error:
        raise WaiverError(
            f"{path}: cannot be written: {error}", hint="name another file"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
