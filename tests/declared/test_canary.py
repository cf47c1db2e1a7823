"""Secrets of a state stand in no text that this room makes: errors, their causes, reprs, messages, logs."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.declared import read_states
from scanner.declared.encrypted import Keys
from scanner.declared.terraform import parse
from scanner.errors import StateError
from scanner.settings import Secret, Settings

from .sealed import PASSPHRASE, b64, derived, encrypted, with_passphrase
from .server import Server, body
from .states import instance, resource, state

NAMES = (
    "password", "secret_string", "private_key", "secret_access_key", "user_data", "master_password",
    "auth_token", "client_secret", "api_key", "access_token", "secret_binary", "shared_secret",
    "user_data_base64", "certificate_private_key", "key_material_base64", "password_wo",
)  # fmt: skip
"""Known names, without a mark."""
CANARIES = [f"CANARY{number:02}" for number in range(40)]


def planted() -> dict[str, Any]:
    """Attributes with 40 secrets: by name, below blocks, under a mark."""
    left = iter(CANARIES)
    made: dict[str, Any] = {"id": "x", **{name: next(left) for name in NAMES}}
    made["user"] = [{"username": "u", "password": next(left)} for _ in range(8)]
    made["deep"] = {"er": [[{"client_secret": next(left)}]]}
    made["marked"] = next(left)
    made["marked_block"] = [{"anything": next(left)} for _ in range(6)]
    made |= {f"marked_{number}": value for number, value in enumerate(left)}
    return made


def marks(attributes: dict[str, Any]) -> list[Any]:
    return [[{"type": "get_attr", "value": n}] for n in attributes if n.startswith("marked")]


def four() -> bytes:
    held = planted()
    return state(
        resource("aws_x", "n", instance(attributes=held, sensitive_attributes=marks(held)))
    )


def three() -> bytes:
    """The same names, flat; what was marked has no mark in version 3 and no known name."""
    flat = {"id": "x", **dict(zip(NAMES, CANARIES, strict=False)), "user.#": "24"}
    for number, canary in enumerate(CANARIES[len(NAMES) :]):
        flat[f"user.{number}.password"] = canary
    primary = {"id": "x", "attributes": flat}
    modules = [{"path": ["root"], "resources": {"aws_x.n": {"primary": primary}}}]
    return json.dumps({"version": 3, "serial": 1, "lineage": "l", "modules": modules}).encode()


STATES = {"four": four(), "three": three()}
KEYS = Keys(Secret(PASSPHRASE))


def texts(error: BaseException | None) -> Iterator[str]:
    """All that is said of an error, its causes included, even those that are not shown."""
    while error is not None:
        yield from (str(error), repr(error), repr(error.args))
        yield "".join(traceback.format_exception(error))
        error = error.__cause__ or error.__context__


def clean(*said: str) -> None:
    for text in said:
        assert "CANARY" not in text
        assert PASSPHRASE not in text


def test_forty_are_planted() -> None:
    for data in STATES.values():
        assert all(canary.encode() in data for canary in CANARIES)


@pytest.mark.parametrize("name", STATES)
def test_every_one_is_known_to_be_a_secret(name: str) -> None:
    (found,) = parse("s", STATES[name]).instances
    plain = {name: value for name, value in found.attributes.items() if name not in found.sensitive}
    clean(json.dumps(plain), repr(found))


def ruined(data: bytes) -> Iterator[bytes]:
    """The state, broken where its secrets are near."""
    yield from (data[:end] for end in range(0, len(data), 211))
    for canary in CANARIES[::4]:
        text = canary.encode()
        yield data.replace(text, text + b"\xff")
        yield data.replace(text, b'CANARY", "CANARY')
        yield data.replace(text, text + b"\n")
        yield data.replace(text, b"\\ud800" + text)
        yield data.replace(b'"' + text + b'"', b"[" * 2000 + b'"' + text + b'"')
    yield data + b'"CANARY"'
    yield data.replace(b'"id"', b'"password": "CANARY", "id"')
    for field in (
        "serial",
        "lineage",
        "modules",
        "resources",
        "attributes",
        "version",
        "instances",
    ):
        if field != "lineage":
            yield data.replace(f'"{field}":'.encode(), f'"{field}": "CANARY", "x{field}":'.encode())
        yield data.replace(f'"{field}":'.encode(), f'"{field}": ["CANARY"], "x{field}":'.encode())


def refusals(data: bytes, keys: Keys | None = None) -> int:
    refused = 0
    for broken in ruined(data):
        try:
            made = parse("s", broken, keys)
        except StateError as error:
            refused += 1
            # the one thing that is repeated is a version, which is no place for a secret
            if "state version" not in error.message:
                clean(*texts(error))
        else:
            clean(repr(made))
    return refused


@pytest.mark.parametrize("name", STATES)
def test_no_refusal_repeats_one(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert refusals(STATES[name]) > 50
    clean(caplog.text)


@pytest.mark.parametrize("name", STATES)
def test_nor_does_one_of_what_was_encrypted(name: str, caplog: pytest.LogCaptureFixture) -> None:
    whole = json.loads(STATES[name])
    envelope = {"serial": whole["serial"], "lineage": whole["lineage"]}
    with caplog.at_level(logging.DEBUG):
        for inside in (STATES[name][:-20], STATES[name].replace(b"CANARY00", b"CANARY\xff")):
            data = with_passphrase(
                b"{}", **envelope, encrypted_data=b64(encrypted(inside, derived()))
            )
            with pytest.raises(StateError) as caught:
                parse("s", data, KEYS)
            clean(*texts(caught.value))
        refusals(with_passphrase(STATES[name]), KEYS)
    clean(caplog.text)


def test_whole_reads_say_nothing_of_them(
    tmp_path: Path,
    server: Server,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "a.tfstate").write_bytes(STATES["four"])
    (tmp_path / "b.tfstate").write_bytes(STATES["three"])
    (tmp_path / "c.tfstate").write_bytes(STATES["four"][:-5])
    (tmp_path / "d.tfstate").write_bytes(with_passphrase(STATES["three"]))
    (tmp_path / "e.tfstate").write_bytes(with_passphrase(STATES["four"], "another passphrase"))
    server.routes |= {"/f": body(STATES["four"]), "/g": body(STATES["four"][:-5], ETag='"CANARY"')}
    settings = Settings(
        state_passphrase=Secret(PASSPHRASE), state_headers=Secret("X-Token: CANARY")
    )
    with caplog.at_level(logging.DEBUG):
        made = read_states([str(tmp_path), f"{server.url}/f?CANARY", f"{server.url}/g"], settings)
    assert [one.status for one in made] == [
        "ok", "ok", "malformed", "stale", "encrypted", "stale", "malformed",
    ]  # fmt: skip
    assert server.header("x-token") == ["CANARY", "CANARY", "CANARY"]
    clean(
        repr(made), *(one.message for one in made), repr(settings), caplog.text, *capfd.readouterr()
    )
