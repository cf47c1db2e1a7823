"""What tests of this room share: no waiting between tries, no credentials but made ones, a web server."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from scanner.declared import read, web

from .server import Server, serving


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("AWS_", "TF_TOKEN_", "TFE_", "WATCHBILL_")) or "proxy" in name.lower():
            monkeypatch.delenv(name)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "made-for-tests",
        "AWS_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(web, "PAUSE", 0.0)
    monkeypatch.setattr(read, "PAUSE", 0.0)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


@pytest.fixture
def other() -> Iterator[Server]:
    """A second host: the port makes it one."""
    with serving() as made:
        yield made
