"""Workspaces of HCP Terraform: the current state version, and a token for its host alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.declared import State, read_states, tfc
from scanner.errors import StateError

from .server import Server, body, in_turn, status
from .states import instance, resource, state

STATE = state(resource("aws_x", "n", instance()))
WORKSPACE = "/api/v2/organizations/acme/workspaces/prod"
CURRENT = "/api/v2/workspaces/ws-1/current-state-version"
TOKEN = "tfc-CANARY"


def document(id_: str, **attributes: Any) -> bytes:
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    return json.dumps({"data": {"id": id_, "type": "x", "attributes": named}}).encode()


@pytest.fixture
def api(server: Server, other: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(tfc, "api", lambda _: server.url)
    monkeypatch.setenv("TFE_TOKEN", TOKEN)
    download = f"{server.url}/download/SECRET"
    server.routes |= {
        WORKSPACE: body(document("ws-1", name="prod")),
        CURRENT: body(document("sv-1", hosted_state_download_url=download, serial=3)),
        "/download/SECRET": body(STATE),
    }
    return server


def read(source: str = "tfc://acme/prod") -> State:
    (made,) = read_states([source])
    return made


def test_the_current_state_version_is_read(api: Server) -> None:
    made = read()
    assert (made.status, made.source, len(made.instances)) == ("ok", "tfc://acme/prod", 1)
    assert api.paths() == [WORKSPACE, CURRENT, "/download/SECRET", WORKSPACE, CURRENT]
    assert set(api.header("authorization")) == {f"Bearer {TOKEN}"}


def test_the_token_does_not_go_to_where_the_state_lies(api: Server, other: Server) -> None:
    other.routes["/object/SECRET"] = body(STATE)
    url = f"{other.url}/object/SECRET".replace("http:", "https:")
    api.routes[CURRENT] = body(document("sv-1", hosted_state_download_url=url))
    made = (
        read()
    )  # the other host speaks no TLS: it is enough that it was to be asked without the token
    assert "no safe connection" in made.message
    assert "SECRET" not in made.message
    with pytest.MonkeyPatch.context() as patch:
        asked: list[dict[str, str]] = []
        get = tfc.web.get

        def kept(source: str, where: str, headers: dict[str, str], **more: Any) -> Any:
            asked.append(headers if where == url else {})
            return get(source, where.replace("https:", "http:"), headers, **more)

        patch.setattr(tfc.web, "get", kept)
        assert read().status == "ok"
    assert asked == [{}] * 5
    assert other.header("authorization") == [None]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://elsewhere/x", "ftp://x/y", "x"])
def test_a_state_is_not_fetched_from_just_anywhere(url: str, api: Server) -> None:
    api.routes[CURRENT] = body(document("sv-1", hosted_state_download_url=url))
    assert read().status == "error"


def test_a_newer_version_meanwhile_is_read_instead(api: Server) -> None:
    newer = f"{api.url}/download/NEWER"
    api.routes[CURRENT] = in_turn(
        body(document("sv-1", hosted_state_download_url=f"{api.url}/download/SECRET")),
        body(document("sv-2", hosted_state_download_url=newer)),
    )
    api.routes["/download/NEWER"] = body(state(serial=9))
    assert read().serial == 9


def test_without_a_token_it_says_which_variable(
    monkeypatch: pytest.MonkeyPatch, api: Server
) -> None:
    monkeypatch.delenv("TFE_TOKEN")
    made = read()
    assert (made.status, api.asked) == ("denied", [])
    assert "TF_TOKEN_app_terraform_io" in made.message
    assert "TF_TOKEN_tfe_my__corp_io" in read("tfc://tfe.my-corp.io/acme/prod").message


def test_each_host_has_its_own_token(monkeypatch: pytest.MonkeyPatch, api: Server) -> None:
    monkeypatch.setenv("TF_TOKEN_tfe_corp_io", "corp")
    assert read("tfc://tfe.corp.io/acme/prod").status == "ok"
    assert set(api.header("authorization")) == {"Bearer corp"}
    assert read("tfc://other.corp.io/acme/prod").status == "denied", (
        "TFE_TOKEN is not for every host"
    )
    monkeypatch.setenv("TFE_HOSTNAME", "other.corp.io")
    assert read("tfc://other.corp.io/acme/prod").status == "ok"
    assert read("tfc://acme/prod").status == "denied"


def test_a_workspace_that_is_not_there_stops_before_anything_is_scanned(api: Server) -> None:
    api.routes[WORKSPACE] = status(404)
    with pytest.raises(StateError, match="no state here") as caught:
        read()
    assert (caught.value.kind, TOKEN in str(caught.value)) == ("missing", False)
    assert "TFE_TOKEN" in caught.value.hint


@pytest.mark.parametrize(("answer", "kind"), [
    (status(401), "denied"), (status(500), "error"), (body(b"<html>"), "malformed"),
    (body(b"{}"), "malformed"), (body(document("../x")), "malformed"),
    (body(document("")), "malformed"), (body(b"[" * 100_000), "malformed"),
])  # fmt: skip
def test_an_api_that_answers_otherwise_is_told(answer: Any, kind: str, api: Server) -> None:
    api.routes[WORKSPACE] = answer
    assert read().status == kind


def test_a_version_that_may_not_be_downloaded_is_denied(api: Server) -> None:
    api.routes[CURRENT] = body(document("sv-1", hosted_state_download_url=None))
    assert read().status == "denied"


@pytest.mark.parametrize("source", [
    "tfc://", "tfc://acme", "tfc://acme/", "tfc://acme/prod/x/y", "tfc://acme/../x", "tfc://a b/c", "tfc://acme/prod?x=1",
    "tfc://host/acme/prod", "tfc://evil.com:x/acme/prod", "tfc://u@evil.com/acme/prod",
])  # fmt: skip
def test_a_name_that_is_none_is_refused(source: str) -> None:
    with pytest.raises(StateError, match="not the name of a workspace") as caught:
        read(source)
    assert caught.value.kind == "unsupported"


def test_the_token_is_not_shown() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFE_TOKEN", TOKEN)
        assert TOKEN not in repr(tfc.workspace("tfc://acme/prod"))
