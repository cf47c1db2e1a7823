"""botocore's signatures with less work: the headers that are signed are gathered once, in a plain dict.

botocore gathers them twice for each request, in an e-mail message, which costs a tenth of a small call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.auth import SIGNED_HEADERS_BLACKLIST, SigV4Auth, _host_from_url

_LEFT_OUT = frozenset(SIGNED_HEADERS_BLACKLIST)


class _Headers(dict[str, list[str]]):
    get_all = dict.__getitem__


def _gathering() -> Callable[[Any], _Headers]:
    """SigV4Auth.headers_to_sign for one signature, within which the headers stay as they are."""
    found = _Headers()

    def headers_to_sign(request: Any) -> _Headers:
        if not found:
            for name, value in request.headers.raw_items():
                lower = name.lower()
                if lower not in _LEFT_OUT:
                    found.setdefault(lower, []).append(value)
            if "host" not in found:
                found["host"] = [_host_from_url(request.url)]
        return found

    return headers_to_sign


def lighten(client: Any) -> None:
    """Have a client sign so."""
    signer = client._request_signer
    instance = signer.get_auth_instance

    def get_auth_instance(*arguments: Any, **more: Any) -> Any:
        auth = instance(*arguments, **more)
        if isinstance(auth, SigV4Auth):
            auth.headers_to_sign = _gathering()
        return auth

    signer.get_auth_instance = get_auth_instance
