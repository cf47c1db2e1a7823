"""The ceiling and the count hold by themselves, before anything looks at what came."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from scanner.declared import terraform
from scanner.declared.body import gathered
from scanner.errors import StateError


def endless(taken: list[int]) -> Iterator[bytes]:
    while True:
        taken.append(1)
        yield b" " * 1000


def test_an_endless_answer_is_not_taken_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform, "MOST_BYTES", 10_000)
    taken: list[int] = []
    with pytest.raises(StateError, match="more than a state may have"):
        gathered("s", endless(taken), None)
    assert len(taken) == 11


def test_a_promise_of_too_much_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform, "MOST_BYTES", 10_000)
    taken: list[int] = []
    with pytest.raises(StateError, match="more than a state may have"):
        gathered("s", endless(taken), 10_001)
    assert taken == []


@pytest.mark.parametrize("promised", [1, 3])
def test_other_bytes_than_promised_are_not_whole_however_whole_they_look(promised: int) -> None:
    with pytest.raises(StateError, match=f"{promised} bytes were promised and 2 came"):
        gathered("s", iter([b"{", b"}"]), promised)


def test_what_is_whole_comes_through() -> None:
    packed = gzip.compress(b"{}")
    assert gathered("s", [b"{", b"}"], 2) == gathered("s", [b"{}"], None) == b"{}"
    assert gathered("s", [packed], len(packed)) == b"{}"
    assert gathered("s", [], 0) == b""
