"""Reads states in Google Cloud Storage and in Azure's blob storage: gs://bucket/key, azurerm://account/container/key.

In: the URL, and the credentials that Terraform's own backends (gcs, azurerm) find in the environment. Out:
bytes. obstore speaks to both; it is asked to list, to get and to head, and for nothing else. What it says in
an error may hold a part of an answer, so none of it is repeated.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from scanner.declared.body import gathered
from scanner.declared.web import PULL
from scanner.errors import StateError

SECONDS = 300.0
GIVES_UP = timedelta(seconds=120)
READ_ONLY = "https://www.googleapis.com/auth/devstorage.read_only"
STATE = re.compile(r"\.tfstate(env:[^/]+)?")
"""How the names of states end; the azurerm backend puts `env:` and the workspace behind the key."""
EXTRAS = {"gs": "gcs", "azurerm": "azurerm"}
NEEDS = {"gs": ("obstore", "google.auth"), "azurerm": ("obstore", "azure.identity")}
FORMS = {
    "gs": (
        r"gs://([a-z0-9][\w.-]+)(?:/(.*))?",
        "gs://bucket/key, or gs://bucket/prefix/ for every state below it",
    ),
    "azurerm": (
        r"azurerm://([a-z0-9]+/[\w$-]+)(?:/(.*))?",
        "azurerm://account/container/key, or azurerm://account/container/ for every state in it",
    ),
}
DENIED = ("PermissionDeniedError", "UnauthenticatedError")
WANTS = {
    "gs": "roles/storage.objectViewer on the bucket, by GOOGLE_OAUTH_ACCESS_TOKEN, "
    "GOOGLE_CREDENTIALS or `gcloud auth application-default login`",
    "azurerm": "`Storage Blob Data Reader` on the container, by ARM_SAS_TOKEN, ARM_ACCESS_KEY, "
    "ARM_CLIENT_ID with ARM_CLIENT_SECRET and ARM_TENANT_ID, or `az login`",
}


@dataclass(frozen=True)
class Container:
    """A bucket, or a container of a storage account."""

    scheme: str
    name: str

    @property
    def root(self) -> str:
        """The URL of everything in it."""
        return f"{self.scheme}://{self.name}/"

    @cached_property
    def store(self) -> Any:
        """The store itself. Raises StateError where its library or its credentials are not there."""
        if not all(map(_installed, NEEDS[self.scheme])):
            raise StateError(
                f"{self.root}: the packages that read it are not installed",
                hint=f"install them: `pip install 'watchbill[{EXTRAS[self.scheme]}]'`; or {PULL}",
                kind="unsupported",
            )
        problem = None
        try:
            return (_google if self.scheme == "gs" else _azure)(self.name)
        except (
            Exception
        ) as error:  # of the libraries that find credentials; one may hold a part of them
            problem = StateError(
                f"{self.root}: no credentials that can be used ({type(error).__name__})",
                hint=f"reading it needs {WANTS[self.scheme]}",
                kind="denied",
            )
        raise problem

    def keys(self, prefix: str) -> Iterator[str]:
        """The key of every state below the prefix. Raises StateError."""

        def listed() -> list[str]:
            from obstore import list as pages

            return [item["path"] for page in pages(self.store, prefix or None) for item in page]

        yield from sorted(
            key
            for key in self._asked(self.root + prefix, listed)
            if (end := STATE.search(key)) and end.end() == len(key)
        )

    def read(self, source: str, key: str) -> tuple[bytes, str]:
        """A blob and its ETag. Raises StateError."""

        def got() -> tuple[bytes, str]:
            from obstore import get

            answer = get(self.store, key)
            pieces = (bytes(piece) for piece in answer.stream(1 << 20))
            return gathered(source, pieces, answer.meta["size"]), answer.meta["e_tag"] or ""

        data, stamp = self._asked(source, got)
        return data, stamp

    def stamp(self, source: str, key: str) -> str:
        """The ETag that the blob has now. Raises StateError."""

        def headed() -> str:
            from obstore import head

            return head(self.store, key)["e_tag"] or ""

        return str(self._asked(source, headed))

    def _asked(self, source: str, work: Callable[[], Any]) -> Any:
        problem = None
        try:
            return work()
        except StateError:
            raise
        except Exception as error:  # obstore's, and those of the libraries that find credentials
            problem = self._failure(source, error)
        raise problem

    def _failure(self, source: str, error: Exception) -> StateError:
        name, said = type(error).__name__, str(error)
        status = re.search(r"status code: (\d{3})", said)
        code = status[1] if status else ""
        if isinstance(error, FileNotFoundError) or code == "404":
            what = "there is no state here, or these credentials may not know that there is one"
            return StateError(f"{source}: {what}", hint="check the URL", kind="missing")
        if isinstance(error, ValueError) and "path" in said:
            what = "a key with an empty or a dotted part cannot be asked for"
            return StateError(f"{source}: {what}", hint=PULL, kind="unsupported")
        what = f"{source}: {name}, status {code}" if code else f"{source}: {name}"
        if name in DENIED or code in ("401", "403") or _of_credentials(error):
            hint = f"reading it needs {WANTS[self.scheme]}"
            return StateError(what, hint=hint, kind="denied")
        kind = "throttled" if code in ("429", "503") else "error"
        return StateError(what, hint=f"try again later, or {PULL}", kind=kind)


@dataclass(frozen=True)
class Blob:
    """A state in a bucket or a container."""

    source: str
    key: str
    container: Container = field(repr=False)
    named: bool = True
    seconds: float = SECONDS

    def read(self) -> tuple[bytes, str]:
        """The bytes and their ETag."""
        return self.container.read(self.source, self.key)

    def still(self, stamp: str) -> bool:
        """Whether the blob is still the one that was read."""
        return not stamp or self.container.stamp(self.source, self.key) == stamp


def told(source: str) -> tuple[Container, str]:
    """The container and the key, or prefix, that a URL names. Raises StateError where it names none."""
    scheme = source.partition(":")[0].lower()
    form, written = FORMS[scheme]
    found = re.fullmatch(form, source, re.I | re.S | re.A)
    if found is None:
        raise StateError(
            f"{source.rpartition('@')[2].partition('?')[0]:.200}: not a place of states",
            hint=f"write it as {written}",
            kind="unsupported",
        )
    return Container(scheme, found[1]), found[2] or ""


def _google(bucket: str) -> Any:
    from obstore.auth.google import GoogleCredentialProvider
    from obstore.store import GCSStore

    token = os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN")
    if token:
        return GCSStore(bucket, bearer_token=token, **_patience("GOOGLE_BASE_URL"))
    given = os.environ.get("GOOGLE_BACKEND_CREDENTIALS") or os.environ.get("GOOGLE_CREDENTIALS")
    if given:
        form = "service_account_key" if given.lstrip().startswith("{") else "service_account"
        key: dict[str, Any] = {form: given}
        return GCSStore(bucket, **key, **_patience("GOOGLE_BASE_URL"))
    import google.auth

    found, _ = google.auth.default(scopes=[READ_ONLY])
    provider = GoogleCredentialProvider(found)
    return GCSStore(bucket, credential_provider=provider, **_patience("GOOGLE_BASE_URL"))


def _azure(name: str) -> Any:
    from obstore.store import AzureStore

    account, _, container = name.partition("/")
    env = os.environ.get
    held = {"account_key": env("ARM_ACCESS_KEY"), "sas_key": env("ARM_SAS_TOKEN", "").lstrip("?")}
    keys: dict[str, Any] = {name: value for name, value in held.items() if value}
    stored = any(env(f"AZURE_STORAGE_{kind}") for kind in ("ACCOUNT_KEY", "SAS_KEY", "SAS_TOKEN"))
    if not keys and not stored:
        from obstore.auth.azure import AzureCredentialProvider

        keys = {"credential_provider": AzureCredentialProvider(_identity())}
    return AzureStore(
        container, account_name=account, **keys, **_patience("AZURE_STORAGE_ENDPOINT")
    )


def _identity() -> Any:
    from azure.identity import ClientSecretCredential, DefaultAzureCredential

    names = ("ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET")
    given = [os.environ.get(name, "") for name in names]
    return ClientSecretCredential(*given) if all(given) else DefaultAzureCredential()


def _patience(endpoint: str) -> Mapping[str, Any]:
    # an emulator on this machine is spoken to without TLS, nothing else is
    near = re.match(r"http://(127\.0\.0\.1|localhost)[:/]", os.environ.get(endpoint, ""))
    return {
        "client_options": {"timeout": "60s", "connect_timeout": "10s", "allow_http": bool(near)},
        "retry_config": {"max_retries": 3, "retry_timeout": GIVES_UP},
    }


def _of_credentials(error: Exception) -> bool:
    return type(error).__module__.startswith(("google.auth", "azure."))


def _installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # of `google`, where nothing of Google's is there
        return False
