"""No profile, role or endpoint of the machine is used, and nothing can leave it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from scanner.collect.session import Session

from .cloud import REGION, Cloud, hasty


@pytest.fixture(autouse=True, scope="session")
def _environment() -> Iterator[None]:
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def _shared(_environment: None) -> tuple[Session, Cloud]:
    cloud = Cloud()
    return cloud.attach(hasty()), cloud


@pytest.fixture
def cloud(_shared: tuple[Session, Cloud]) -> Iterator[Cloud]:
    """The made-up AWS behind `session`, whole again after the test."""
    cloud = _shared[1]
    yield cloud
    cloud.reset()


@pytest.fixture
def session(_shared: tuple[Session, Cloud], cloud: Cloud) -> Session:
    """A guarded session whose clients reach the made-up AWS alone; made once, for clients cost."""
    del cloud
    return _shared[0]
