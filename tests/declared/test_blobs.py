"""States in Google Cloud Storage and in Azure, against a server that speaks as those do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest

from scanner.declared import State, blobs, read, read_states
from scanner.errors import USAGE, StateError

from .server import Server, body, serving, status
from .states import instance, resource, state

ETAG, WHEN = '"e1"', formatdate(0, usegmt=True)
PER_PAGE = 2
TOKEN, SAS = "ya29.secret-token", "sv=2026-01-01&sig=SECRETSIGNATURE"


def made(name: str, **more: Any) -> bytes:
    return state(resource("aws_x", "n", instance()), lineage=name, **more)


class Cloud:
    """One bucket, or one container, and the names of what is in it."""

    def __init__(self, server: Server, scheme: str) -> None:
        self.server, self.scheme = server, scheme
        self.url = "gs://states/" if scheme == "gs" else "azurerm://acme/states/"
        self.base = "/states" if scheme == "gs" else "/acme/states"
        self.names: list[str] = []
        server.routes[self.base] = self.page

    def put(self, *names: str, **more: Any) -> None:
        for name in names:
            self.names.append(name)
            self.answer(name, body(made(name, **more), ETag=ETAG, **{"Last-Modified": WHEN}))

    def answer(self, name: str, answer: Any) -> None:
        self.server.routes[name] = answer

    def page(self, request: Any) -> None:
        """A page of the list: XML of Cloud Storage's form or of Azure's."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(request.path).query).items()}
        start = int(asked.get("continuation-token") or asked.get("marker") or 0)
        found = sorted(n for n in self.names if n.startswith(asked.get("prefix", "")))
        page, more = found[start : start + PER_PAGE], len(found) > start + PER_PAGE
        form = self.google if self.scheme == "gs" else self.azure
        body(form(page, str(start + PER_PAGE) if more else "").encode())(request)

    def google(self, page: list[str], more: str) -> str:
        items = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>2026-11-28T07:00:00.000Z</LastModified>"
            f"<ETag>{ETAG}</ETag><Size>1</Size></Contents>"
            for name in page
        )
        token = f"<NextContinuationToken>{more}</NextContinuationToken>" if more else ""
        cut = f"<IsTruncated>{str(bool(more)).lower()}</IsTruncated>"
        return f"<ListBucketResult>{cut}{token}{items}</ListBucketResult>"

    def azure(self, page: list[str], more: str) -> str:
        items = "".join(
            f"<Blob><Name>{escape(name)}</Name><Properties><Last-Modified>{WHEN}</Last-Modified>"
            f"<Etag>e1</Etag><Content-Length>1</Content-Length><Content-Type>x</Content-Type></Properties></Blob>"
            for name in page
        )
        cut = f"<NextMarker>{more}</NextMarker>"
        return f"<EnumerationResults><Blobs>{items}</Blobs>{cut}</EnumerationResults>"

    def read(self, *keys: str) -> list[State]:
        return read_states([self.url + key for key in keys])

    def keys(self, found: list[State]) -> list[str]:
        assert all(one.status == "ok" for one in found), [one.message for one in found]
        return [one.source.removeprefix(self.url) for one in found]


@pytest.fixture(params=["gs", "azurerm"])
def cloud(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with serving() as server:
        routes = server.routes

        class Routes(dict[str, Any]):
            """Routes by the name of the object, however the client writes it in its path."""

            def get(self, path: str, default: Any = None) -> Any:
                key = unquote(path.removeprefix(made.base).removeprefix("/"))
                return super().get(path) or super().get(key, default)

        server.routes = Routes(routes)
        made = Cloud(server, request.param)
        monkeypatch.setenv("GOOGLE_BASE_URL", server.url)
        monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
        monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", f"{server.url}/acme")
        monkeypatch.setenv("ARM_SAS_TOKEN", SAS)
        yield made


def test_a_prefix_stands_for_every_state_below_it_and_its_workspaces(cloud: Cloud) -> None:
    cloud.put(
        "net/default.tfstate", "net/dev.tfstate", "net/default.tflock", "net/deep/x.tfstate",
        "net/app.tfstateenv:dev", "net/readme.md", "net/default.tfstate.backup", "other/x.tfstate",
    )  # fmt: skip
    below = [
        "net/app.tfstateenv:dev", "net/deep/x.tfstate", "net/default.tfstate", "net/dev.tfstate",
    ]  # fmt: skip
    assert cloud.keys(cloud.read("net/")) == below
    assert cloud.keys(cloud.read("")) == [*below, "other/x.tfstate"]
    assert {command for command, _, _ in cloud.server.asked} <= {"GET", "HEAD"}
    if cloud.scheme == "gs":
        assert set(cloud.server.header("authorization")) == {f"Bearer {TOKEN}"}
    else:
        assert all("sig=SECRETSIGNATURE" in path for path in cloud.server.paths())


def test_a_key_names_one_state_whatever_it_is_called(cloud: Cloud) -> None:
    cloud.put("prod", "odd ?#%41 ü.tfstate", "prod.tfstateenv:a b")
    assert cloud.keys(cloud.read(*cloud.names)) == cloud.names
    assert {one.instances[0].source for one in cloud.read("prod")} == {f"{cloud.url}prod"}


def test_a_state_that_is_written_to_is_read_again(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "PAUSE", 0)
    serial = iter(range(1, 9))

    def written(request: Any) -> None:
        number = min(next(serial), 3)
        heads = {"ETag": f'"{number}"', "Last-Modified": WHEN}
        body(made("a", serial=number), **heads)(request)

    cloud.answer("a", written)
    (found,) = cloud.read("a")
    assert (found.status, found.serial) == ("ok", 3)


def test_a_named_state_that_is_not_there_ends_the_scan(cloud: Cloud) -> None:
    with pytest.raises(StateError, match="there is no state here") as caught:
        cloud.read("nothing.tfstate")
    assert caught.value.exit_code == USAGE
    with pytest.raises(StateError, match=r"no \*.tfstate below"):
        cloud.read("nowhere/")


def test_one_that_went_between_list_and_read_is_a_gap(cloud: Cloud) -> None:
    cloud.put("a.tfstate", "b.tfstate")
    cloud.answer("a.tfstate", status(404))
    assert [one.status for one in cloud.read("")] == ["vanished", "ok"]


@pytest.mark.parametrize(("code", "kind"), [(401, "denied"), (403, "denied"), (400, "error")])
def test_a_refusal_is_a_gap_with_its_reason_and_no_secret(
    code: int, kind: str, cloud: Cloud
) -> None:
    cloud.put("a.tfstate")
    cloud.answer("a.tfstate", body(b"said <secret>", code))
    (found,) = cloud.read("a.tfstate")
    assert (found.status, found.instances) == (kind, ())
    assert ("Viewer" in found.message or "Reader" in found.message) == (kind == "denied")
    cloud.server.routes[cloud.base] = body(b"said <secret>", code)
    (unlisted,) = cloud.read("net/")
    assert (unlisted.status, unlisted.source) == (kind, f"{cloud.url}net/")
    for message in (found.message, unlisted.message):
        assert not re.search(r"said <|SECRETSIGNATURE|ya29", message)


def test_a_key_that_cannot_be_asked_for_is_said_to_be_one(cloud: Cloud) -> None:
    (found,) = cloud.read("a//b.tfstate")
    assert found.status == "unsupported"
    assert "terraform state pull" in found.message


def test_what_is_cut_or_too_big_is_not_taken_for_a_state(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.put("a.tfstate")
    monkeypatch.setattr("scanner.declared.terraform.MOST_BYTES", 20)
    (found,) = cloud.read("a.tfstate")
    assert found.status == "malformed"
    assert "more than a state may have" in found.message


def test_without_its_packages_it_says_which_to_install(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs, "find_spec", lambda _: None)
    extra = {"gs": "gcs", "azurerm": "azurerm"}[cloud.scheme]
    for key in ("a.tfstate", "net/"):
        (found,) = cloud.read(key)
        assert found.status == "unsupported"
        assert f"pip install 'watchbill[{extra}]'" in found.message


def test_without_credentials_it_says_which_it_would_take(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN")
    monkeypatch.setenv("GOOGLE_CREDENTIALS", '{"type": "nonsense", "private_key": "SECRET"}')
    monkeypatch.delenv("ARM_SAS_TOKEN")
    for name in ("ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET"):
        monkeypatch.setenv(name, "SECRET/of no form")
    (found,) = cloud.read("a.tfstate")
    assert found.status == "denied"
    assert "reading it needs" in found.message
    assert not re.search("SECRET/|nonsense", found.message)


@pytest.mark.parametrize("wrong", [
    "gs://", "gs:///key", "gs://user:SECRET@bucket/key", "azurerm://account", "azurerm://account/",
    "azurerm://a.b/c/key", "azurerm://account?sig=SECRET",
])  # fmt: skip
def test_what_names_no_place_is_refused(wrong: str) -> None:
    with pytest.raises(StateError, match="not a place of states") as caught:
        read_states([wrong])
    assert "SECRET" not in str(caught.value)
    assert "write it as" in caught.value.hint
