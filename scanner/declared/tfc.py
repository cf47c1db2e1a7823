"""Reads states of HCP Terraform (Terraform Cloud) and Terraform Enterprise: tfc://organization/workspace.

In: the names and a token of the environment. Out: the bytes of the workspace's current state version. The
calls are those of the public API: the workspace by name, its current-state-version, and that one's
hosted-state-download-url, a secret of its own that is never shown. tfc://host/organization/workspace asks
another host than app.terraform.io.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from scanner.declared import web
from scanner.errors import StateError

HOST = "app.terraform.io"
NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
DOMAIN = re.compile(r"[a-z0-9.-]+\.[a-z0-9-]+(:\d{1,5})?")
ID = re.compile(r"[\w-]{1,100}", re.ASCII)


class _Attributes(msgspec.Struct):
    download: str | None = msgspec.field(name="hosted-state-download-url", default=None)


class _Data(msgspec.Struct):
    id: str
    attributes: _Attributes = msgspec.field(default_factory=_Attributes)


class _Document(msgspec.Struct):
    data: _Data


@dataclass(frozen=True)
class Workspace:
    """The current state version of a workspace."""

    source: str
    host: str
    organization: str
    name: str
    headers: Mapping[str, str] = field(repr=False)
    named: bool = True
    seconds: float = web.SECONDS

    def read(self) -> tuple[bytes, str]:
        """The bytes, and the id of the state version."""
        version = self._current()
        url = version.attributes.download
        if not url:
            raise StateError(
                f"{self.source}: the current state version cannot be downloaded",
                hint=f"the token needs to read states of this workspace; {self._wants()}",
                kind="denied",
            )
        if not url.startswith(("https://", f"{api(self.host)}/")):
            raise StateError(
                f"{self.source}: {self.host} names a place that a state must not come from",
                hint=web.PULL,
                kind="error",
            )
        headers = self.headers if url.startswith(f"{api(self.host)}/") else {}
        return web.get(self.source, url, headers, hint=self._wants()).data, version.id

    def still(self, stamp: str) -> bool:
        """Whether that state version is still the current one."""
        return self._current().id == stamp

    def _current(self) -> _Data:
        workspace = self._asked(f"/organizations/{self.organization}/workspaces/{self.name}")
        return self._asked(f"/workspaces/{workspace.id}/current-state-version")

    def _asked(self, path: str) -> _Data:
        if not self.headers:
            raise StateError(
                f"{self.source}: no token for {self.host}", hint=self._wants(), kind="denied"
            )
        url = f"{api(self.host)}/api/v2{path}"
        answer = web.get(self.source, url, self.headers, hint=self._wants())
        document = _decoded(answer.data)
        if document is None or not ID.fullmatch(document.data.id):
            raise StateError(
                f"{self.source}: {self.host} does not answer as the Terraform API does",
                hint=f"is it Terraform Enterprise? Else {web.PULL}",
            )
        return document.data

    def _wants(self) -> str:
        name = f"TF_TOKEN_{_variable(self.host)}"
        names = f"TFE_TOKEN or {name}" if self.host == HOST else name
        return f"set {names} to a token that may read the state"


def workspace(source: str) -> Workspace:
    """The workspace that the URL names. Raises StateError where it names none."""
    parts = source.partition("://")[2].strip("/").split("/")
    where, rest = (parts[0].lower(), parts[1:]) if len(parts) == 3 else (HOST, parts)
    if len(rest) != 2 or not all(map(NAME.fullmatch, rest)) or not DOMAIN.fullmatch(where):
        raise StateError(
            f"{source}: not the name of a workspace",
            hint="write it as tfc://organization/workspace, or tfc://host/organization/workspace",
            kind="unsupported",
        )
    token = _token(where)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Workspace(source, where, rest[0], rest[1], headers)


def api(where: str) -> str:
    """Where the API of a host is."""
    return f"https://{where}"


def _token(where: str) -> str:
    """As Terraform finds it: TF_TOKEN_ and the host; TFE_TOKEN is that of TFE_HOSTNAME alone."""
    found = os.environ.get(f"TF_TOKEN_{_variable(where)}", "")
    if not found and where == os.environ.get("TFE_HOSTNAME", HOST).lower():
        found = os.environ.get("TFE_TOKEN", "")
    return found.strip() if re.fullmatch(r"[!-~]+", found.strip()) else ""


def _variable(where: str) -> str:
    return where.partition(":")[0].replace("-", "__").replace(".", "_")


def _decoded(data: bytes) -> _Document | None:
    try:
        return msgspec.json.decode(data, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
