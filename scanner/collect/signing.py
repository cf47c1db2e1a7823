"""botocore's signature of version 4 with less work: headers in a plain dict, gathered once, and keys kept.

What is signed is botocore's own, which a test holds against botocore's for every operation of the catalog.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.auth import EMPTY_SHA256_HASH, SIGNED_HEADERS_BLACKLIST, _host_from_url
from botocore.utils import normalize_url_path

_LEFT_OUT = frozenset(SIGNED_HEADERS_BLACKLIST)


def sign(
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes | None,
    credentials: Any,
    scope: tuple[str, str],
    now: datetime,
    *,
    s3: bool = False,
) -> None:
    """Add to the headers what AWS wants of a signed request. `scope`: region, and name to sign for.

    S3 takes the path as it is, and its headers name the hash of the body.
    """
    hashed = hashlib.sha256(body).hexdigest() if body else EMPTY_SHA256_HASH
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    headers["X-Amz-Date"] = moment
    if credentials.token:
        headers["X-Amz-Security-Token"] = credentials.token
    if s3:
        headers["X-Amz-Content-SHA256"] = hashed
    parts = urlsplit(url)
    path = parts.path if s3 else _path(parts.path)
    query = "&".join(_pairs(parts.query)) if parts.query else ""
    values = _values(headers, _host(parts.scheme, parts.netloc))
    signed = ";".join(values)
    lines = [f"{name}:{value}" for name, value in values.items()]
    asked = "\n".join([method, path, query, *lines, "", signed, hashed])
    region, service = scope
    day = moment[:8]
    about = f"{day}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(asked.encode()).hexdigest()
    key = _key(credentials.secret_key, day, region, service)
    # hmac.digest lets other threads run meanwhile, and then waits for them
    signature = hmac.new(
        key, f"AWS4-HMAC-SHA256\n{moment}\n{about}\n{digest}".encode(), "sha256"
    ).hexdigest()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{about}, "
        f"SignedHeaders={signed}, Signature={signature}"
    )


def _values(headers: Mapping[str, str], host: str) -> dict[str, str]:
    """The headers that are signed, in order."""
    found = {}
    for name, value in headers.items():
        lower = name.lower()
        if lower not in _LEFT_OUT:
            found[lower] = " ".join(value.split())
    if "host" not in found:
        found["host"] = host
    return {name: found[name] for name in sorted(found)}


def _pairs(query: str) -> list[str]:
    """The parts of a query by name, and then by value."""
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&"))
    return [f"{name}={value}" for name, value in pairs]


@lru_cache(maxsize=256)
def _host(scheme: str, place: str) -> str:
    return str(_host_from_url(f"{scheme}://{place}"))


@lru_cache(maxsize=256)
def _path(path: str) -> str:
    return quote(normalize_url_path(path), safe="/~")


@lru_cache(maxsize=256)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for text in (day, region, service, "aws4_request"):
        key = hmac.digest(key, text.encode(), "sha256")
    return key
