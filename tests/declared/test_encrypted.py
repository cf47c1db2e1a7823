"""States that OpenTofu encrypted: opened with the key, and without it called what they are."""

from __future__ import annotations

import importlib.util
import json
import os
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.declared.encrypted import Keys
from scanner.declared.terraform import parse
from scanner.errors import StateError
from scanner.settings import Secret, read

from .sealed import PASSPHRASE, b64, derived, pbkdf2, sealed, with_passphrase
from .states import instance, resource, state

PLAIN = state(
    resource("aws_db_instance", "d", instance(attributes={"id": "d", "password": "CANARY"}))
)
KEYS = Keys(Secret(PASSPHRASE))
WRONG = Keys(Secret("not the passphrase at all"))
DATA_KEY = os.urandom(32)


def kms(source: str, blob: bytes, context: Mapping[str, str]) -> bytes:
    assert (source, blob, dict(context)) == ("s.tfstate", b"blob", {"project": "a"})
    return DATA_KEY


AWS = {"ciphertext_blob": b64(b"blob"), "encryption_context": {"project": "a"}}


def refused(data: bytes, keys: Keys | None = None) -> StateError:
    with pytest.raises(StateError) as caught:
        parse("s.tfstate", data, keys)
    error: BaseException | None = caught.value
    while error is not None:
        for text in (str(error), repr(error)):
            assert PASSPHRASE not in text
            assert "CANARY" not in text
        error = error.__cause__ or error.__context__
    assert len(caught.value.hint) > 20
    return caught.value


def same(data: bytes, keys: Keys) -> bool:
    return parse("s.tfstate", data, keys) == parse("s.tfstate", PLAIN)


def test_a_passphrase_opens_it() -> None:
    assert same(with_passphrase(PLAIN), KEYS)


@pytest.mark.parametrize("length", [16, 24, 32])
@pytest.mark.parametrize("name", ["sha256", "sha512"])
def test_every_hash_and_length_that_opentofu_knows(name: str, length: int) -> None:
    told = pbkdf2(hash_function=name, key_length=length)
    key = derived(hash_function=name, length=length)
    assert same(sealed(PLAIN, key, {"key_provider.pbkdf2.k": told}), KEYS)


def test_a_provider_under_an_alias_is_known_by_what_it_left() -> None:
    assert same(sealed(PLAIN, derived(), {"production": pbkdf2()}), KEYS)


def test_a_key_in_kms_opens_it() -> None:
    assert same(sealed(PLAIN, DATA_KEY, {"key_provider.aws_kms.k": AWS}), Keys(kms=kms))


def test_a_passphrase_chained_to_a_key_in_kms_opens_it() -> None:
    metas = {"key_provider.aws_kms.k": AWS, "key_provider.pbkdf2.p": pbkdf2()}
    assert same(sealed(PLAIN, derived(DATA_KEY), metas), Keys(kms=kms))


def test_of_two_keys_the_one_that_fits_is_taken() -> None:
    metas = {"key_provider.aws_kms.old": AWS, "key_provider.pbkdf2.new": pbkdf2()}
    assert same(sealed(PLAIN, derived(), metas), Keys(Secret(PASSPHRASE), kms))


@pytest.mark.parametrize("keys", [None, Keys(), Keys(Secret(""))])
def test_without_a_key_it_is_encrypted_and_not_corrupt(keys: Keys | None) -> None:
    error = refused(with_passphrase(PLAIN), keys)
    assert error.kind == "encrypted"
    assert "no key was given" in error.message
    assert "give the key: set WATCHBILL_STATE_PASSPHRASE" in error.hint
    assert "tofu state pull" in error.hint


def test_a_wrong_key_is_said_not_to_fit() -> None:
    error = refused(with_passphrase(PLAIN), WRONG)
    assert error.kind == "encrypted"
    assert "the key does not fit" in error.message


def test_data_authenticated_besides_looks_like_a_wrong_key_and_says_so() -> None:
    error = refused(with_passphrase(PLAIN, aad=b"mine"), KEYS)
    assert "does not fit" in error.message
    assert "aad" in error.hint


@pytest.mark.parametrize("told", [
    {"ciphertext": "eA=="}, {"external_data": {}}, {"magic": "Hello world!"}, "bm90IGpzb24=", "§", None, {},
])  # fmt: skip
def test_keys_from_elsewhere_are_named(told: Any) -> None:
    error = refused(sealed(PLAIN, DATA_KEY, {"key_provider.gcp_kms.k": told}), KEYS)
    assert error.kind == "encrypted"
    assert "key_provider.gcp_kms.k" in error.message
    assert "tofu state pull" in error.hint


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec

    def spec(name: str, package: str | None = None) -> Any:
        return None if name == "cryptography" else found(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", spec)
    error = refused(with_passphrase(PLAIN), KEYS)
    assert error.kind == "encrypted"
    assert "pip install 'watchbill[encrypted]'" in error.hint


def test_another_form_needs_another_watchbill() -> None:
    error = refused(with_passphrase(PLAIN, encryption_version="v1"), KEYS)
    assert (error.kind, "'v1'" in error.message) == ("unsupported", True)


@pytest.mark.parametrize(("outside", "says"), [
    ({"serial": 99}, "serial"), ({"lineage": "another"}, "lineage"),
])  # fmt: skip
def test_an_envelope_around_another_state_is_refused(outside: dict[str, Any], says: str) -> None:
    error = refused(with_passphrase(PLAIN, **outside), KEYS)
    assert error.kind == "malformed"
    assert says in error.message


def test_a_serial_that_is_not_told_outside_is_no_contradiction() -> None:
    assert same(with_passphrase(PLAIN, serial=None, lineage=""), KEYS)


def test_what_is_inside_is_checked_like_any_state() -> None:
    assert (
        "stands twice"
        in refused(
            with_passphrase(PLAIN.replace(b'"outputs"', b'"serial": 3, "outputs"', 1)), KEYS
        ).message
    )
    assert "twice over" in refused(with_passphrase(with_passphrase(PLAIN)), KEYS).message
    assert refused(with_passphrase(b'{"version": 5}'), KEYS).kind == "unsupported"
    odd = sealed(b'{"serial": "x"}', derived(), {"k": pbkdf2()}, serial=1)
    assert "not a state" in refused(odd, KEYS).message


@pytest.mark.parametrize(
    "odd",
    [{"iterations": 0}, {"iterations": -1}, {"iterations": 10**12}, {"key_length": 0}, {"key_length": 10**9},
     {"hash_function": "md5"}, {"salt": ""}, {"salt": "§"}],
)  # fmt: skip
def test_a_forged_recipe_costs_nothing(odd: dict[str, Any]) -> None:
    began = time.monotonic()
    error = refused(sealed(PLAIN, derived(), {"key_provider.pbkdf2.k": pbkdf2(**odd)}), KEYS)
    assert error.kind == "malformed"
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("text", ["", "§", "eA==", "a"])
def test_data_that_is_not_whole_is_damaged_and_not_a_wrong_key(text: str) -> None:
    error = refused(with_passphrase(PLAIN, encrypted_data=text), KEYS)
    assert error.kind == "malformed"


@pytest.mark.parametrize(
    "odd", [{"meta": []}, {"meta": None}, {"encrypted_data": 5}, {"serial": "x"}, {"lineage": 5}]
)
def test_an_envelope_of_another_form_is_damaged(odd: dict[str, Any]) -> None:
    assert refused(with_passphrase(PLAIN, **odd), KEYS).kind == "malformed"


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_flipped_bit_never_gives_another_state(at: int, flip: int) -> None:
    document = json.loads(with_passphrase(PLAIN))
    data = bytearray(document["encrypted_data"], "ascii")
    data[at % len(data)] ^= flip
    document["encrypted_data"] = data.decode("latin-1")
    try:
        made = parse("s.tfstate", json.dumps(document).encode(), KEYS)
    except StateError as error:
        assert error.kind in ("encrypted", "malformed")  # noqa: PT017
    else:  # the last base64 digit has bits that mean nothing
        assert made == parse("s.tfstate", PLAIN)


def test_a_key_in_kms_that_is_refused_says_which_permission_it_takes() -> None:
    def no(source: str, blob: bytes, context: Mapping[str, str]) -> bytes:
        raise StateError(
            f"{source}: AccessDenied", hint="reading it needs kms:Decrypt", kind="denied"
        )

    error = refused(sealed(PLAIN, DATA_KEY, {"key_provider.aws_kms.k": AWS}), Keys(kms=no))
    assert (error.kind, error.hint) == ("denied", "reading it needs kms:Decrypt")


def test_the_passphrase_comes_from_the_environment_and_is_never_shown() -> None:
    made = read(None, {"WATCHBILL_STATE_PASSPHRASE": f"{PASSPHRASE}\n"})
    assert made.state_passphrase is not None
    assert made.state_passphrase.reveal() == PASSPHRASE
    keys = Keys(made.state_passphrase, kms)
    for shown in (
        repr(made),
        str(made),
        repr(keys),
        str(made.state_passphrase),
        f"{made.state_passphrase!r}",
    ):
        assert PASSPHRASE not in shown
