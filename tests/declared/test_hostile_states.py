"""A state that cannot be taken at its word is refused with a typed reason, never read as an empty one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.declared import read_states, terraform
from scanner.declared.terraform import parse
from scanner.errors import INCOMPLETE, StateError

from .states import instance, resource, state

FOLDER = Path(__file__).parents[2] / "fixtures" / "hostile" / "states"
# version 3 was refused once and is read now: test_flatmap.py
FILES = sorted(file for file in FOLDER.glob("*.tfstate") if file.stem != "version-3")
GOOD = state(resource("aws_sqs_queue", "orders", instance()))

KINDS = {"encrypted": "encrypted", "version": "unsupported", "backend-": "unsupported"}
MODULES = "version-3-without-modules"
NO_VERSION = {"version-missing", "version-null"}
SAYS = {
    "empty": "is empty", "blank": "is empty", "only-a-mark": "is empty",
    "encrypted": "encrypted by OpenTofu", "encrypted-with-version": "encrypted by OpenTofu",
    "plan": "not a Terraform state", "shown": "not a Terraform state", "array": "not a Terraform state",
    "lock": "not a Terraform state", "outputs": "not a Terraform state", "null": "not a Terraform state",
    "version-5": "version 5", "version-text": "version '4'",
    "resources-null": "not a whole", "resources-missing": "not a whole",
    "twice-resources": "resources stands twice", "twice-instances": "instances stands twice",
    "twice-attribute": "name stands twice", "same-address-twice": "aws_sqs_queue.orders stands twice",
    "page": "not JSON", "utf-16": "not JSON", "nan": "not JSON", "two-documents": "not JSON",
    "invalid-utf-8": "utf-8", "latin-1": "utf-8", "cut-in-half": "truncated",
    "mode-unknown": "'ephemeral'",
}  # fmt: skip


def kind_of(name: str) -> str:
    if name in {*NO_VERSION, MODULES}:
        return "malformed"
    return next((kind for start, kind in KINDS.items() if name.startswith(start)), "malformed")


def generated() -> Iterator[tuple[str, bytes]]:
    """Those that are too big to keep."""
    deep = 100_000
    yield "deep-arrays", b'{"version": 4, "resources": ' + b"[" * deep + b"]" * deep + b"}"
    yield "deep-objects", b'{"a":' * deep + b"1" + b"}" * deep
    yield "deep-and-cut", b'{"version": 4, "resources": ' + b"[" * deep
    inside = GOOD.replace(b'"id": "x"', b'"id": ' + b"[" * deep + b"]" * deep)
    yield "deep-attribute", inside
    yield "long-integer", GOOD.replace(b'"id": "x"', b'"id": 1' + b"0" * 5000)
    yield "long-serial", GOOD.replace(b'"serial": 3', b'"serial": 1' + b"0" * 5000)
    yield "long-version", GOOD.replace(b'"version": 4', b'"version": 4' + b"0" * 5000)
    yield "huge-float", GOOD.replace(b'"id": "x"', b'"id": 1e999999')
    yield "long-key", b'{"' + b"a" * 1_000_000


GENERATED = dict(generated())


def refused(name: str, data: bytes) -> StateError:
    began = time.monotonic()
    with pytest.raises(StateError) as caught:
        parse(f"{name}.tfstate", data)
    assert time.monotonic() - began < 5
    return caught.value


def check(name: str, error: StateError) -> None:
    assert error.kind == kind_of(name)
    assert error.message.startswith(f"{name}.tfstate: "), "the message names the file"
    assert len(error.hint) > 20, "the message says what to do next"
    assert SAYS.get(name, "") in error.message
    assert len(str(error)) < 500
    assert error.exit_code == INCOMPLETE


def test_terraforms_own_note_of_where_the_state_is_says_where_and_no_more() -> None:
    error = refused("note", (FOLDER / "backend-note.tfstate").read_bytes())
    assert "give the state itself, s3://acme-states/net/prod.tfstate, or" in error.hint
    assert "CANARY" not in str(error)
    odd = b'{"version": 3, "backend": {"type": "s3", "config": {"bucket": "a b", "key": 5}}}'
    assert "give the state itself, or" in refused("odd", odd).hint


def test_every_case_that_says_something_is_there() -> None:
    assert len(FILES) >= 66
    assert set(SAYS) <= {file.stem for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_hostile_state_is_refused_with_its_kind_its_file_and_what_to_do(file: Path) -> None:
    check(file.stem, refused(file.stem, file.read_bytes()))


@pytest.mark.parametrize("name", GENERATED)
def test_a_monstrous_state_is_refused_too(name: str) -> None:
    error = refused(name, GENERATED[name])
    assert error.kind in ("malformed", "unsupported")
    assert error.message.startswith(f"{name}.tfstate: ")
    assert len(str(error)) < 500


@pytest.mark.parametrize("end", range(1, len(GOOD), 7))
def test_a_state_that_was_cut_anywhere_is_refused(end: int) -> None:
    assert refused("cut", GOOD[:end]).kind == "malformed"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(GOOD)))
def test_noise_is_refused_or_read_and_never_more(noise: bytes, at: int) -> None:
    try:
        made = parse("noise.tfstate", GOOD[:at] + noise + GOOD[at:])
    except StateError as error:
        assert error.kind in ("malformed", "unsupported", "encrypted")  # noqa: PT017
    else:
        assert made.status == "ok"
        assert len(made.instances) == 1, "what was declared did not vanish"


def test_more_bytes_than_a_state_may_have_are_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform, "MOST_BYTES", 10_000)
    file = tmp_path / "huge.tfstate"
    with file.open("wb") as out:
        out.truncate(1 << 40)  # a terabyte, claimed and not there
    (made,) = read_states([str(file)])
    assert (made.status, made.instances) == ("malformed", ())
    assert "more than a state may have" in made.message
    assert "terraform state pull" in made.message


def test_a_device_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform, "MOST_BYTES", 10_000)
    (made,) = read_states(["/dev/zero"])
    assert made.status == "malformed"


def test_a_folder_of_hostile_states_is_told_one_by_one() -> None:
    made = [one for one in read_states([str(FOLDER)]) if Path(one.source).stem != "version-3"]
    assert [Path(one.source).name for one in made] == [file.name for file in FILES]
    for one in made:
        assert one.status == kind_of(Path(one.source).stem)
        assert one.instances == ()
        assert Path(one.source).name in one.message
