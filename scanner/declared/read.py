"""Reads every state that the sources name; one that cannot be read is there with its reason.

In: sources and settings. Out: states, the newest of every lineage whole, older copies named and left out.
A state that changes while it is read is read again, since half of one change and half of another is no
state at all.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from scanner.declared import terraform
from scanner.declared.encrypted import Keys
from scanner.declared.patience import in_order, within
from scanner.declared.sources import Place, Reach, places
from scanner.declared.state import State
from scanner.errors import StateError
from scanner.settings import Settings

READS = 3
PAUSE = 0.5
AT_ONCE = 8
KMS_SECONDS = 120.0


def read_states(sources: list[str], settings: Settings | None = None) -> list[State]:
    """Every state that the sources name; one that cannot be read is there with its reason.

    A source is a file, a glob, a folder or a URL. Raises StateError only where a source names nothing at
    all or is of no known kind, and SettingsError where the settings for reading states cannot be used.
    """
    settings = settings or Settings()
    reach = Reach(settings)

    def kms(source: str, blob: bytes, context: Any) -> bytes:
        return within(source, KMS_SECONDS, lambda: reach.aws.decrypt(source, blob, context))

    keys = Keys(settings.state_passphrase, kms)
    return _without_stale(list(_read(places(sources, reach), keys)))


def _read(found: list[Place], keys: Keys) -> Iterator[State]:
    """In the order of the places. Files one by one, what has to be waited for several at once."""
    if any(place.seconds for place in found):
        return in_order(lambda place: _state(place, keys), found, AT_ONCE)
    return (_state(place, keys) for place in found)


def _state(place: Place, keys: Keys) -> State:
    source = place.source
    try:
        if not place.seconds:
            return terraform.parse(source, _settled(place), keys)
        data = within(source, place.seconds, lambda: _settled(place))
        return terraform.parse(source, data, keys)
    except StateError as error:
        if error.kind == "missing" and place.named:
            raise
        return State(source, "vanished" if error.kind == "missing" else error.kind, str(error))
    except OSError as error:
        return State(
            source, "unreadable",
            f"{source}: {error.strerror or type(error).__name__}\n"
            "  check that it is a file and may be read by the user that scans",
        )  # fmt: skip


def _settled(place: Place) -> bytes:
    """The bytes of a state that nobody wrote to meanwhile. Raises StateError where somebody always does."""
    before = None
    for left in reversed(range(READS)):
        data, stamp = place.read()
        if data == before or place.still(stamp):
            return data
        before = data
        if left:
            time.sleep(PAUSE)
    raise StateError(
        f"{place.source}: changed each of the {READS} times that it was read",
        hint="something is applying; scan again when it is done",
        kind="changing",
    )


def _without_stale(states: Iterable[State]) -> list[State]:
    """Of states with one lineage the highest serial counts; older copies are named and left out.

    Two that say different things under one serial are no copies, and which of them is applied is not known.
    """
    states = list(states)
    newest: dict[str, State] = {}
    for state in states:
        if state.status == "ok" and state.lineage:
            held = newest.get(state.lineage)
            if held is None or (state.serial or 0) > (held.serial or 0):
                newest[state.lineage] = state
    kept = []
    for state in states:
        held = newest.get(state.lineage) if state.status == "ok" else None
        if held is not None and held is not state and _parted(state, held):
            error = StateError(
                f"{state.source}: says otherwise than {held.source}, with the same lineage and "
                f"serial ({state.serial})",
                hint="give the one that is applied; `terraform state pull` in its folder writes it",
                kind="conflict",
            )
            state = replace(state, status=error.kind, message=str(error), instances=())
        elif held is not None and held is not state:
            which = "another" if state.serial == held.serial else "an older"
            message = (
                f"{state.source}: {which} copy (serial {state.serial}) of {held.source} "
                f"(serial {held.serial}); only that one is read"
            )
            state = replace(state, status="stale", message=message, instances=())
        kept.append(state)
    return kept


def _parted(one: State, other: State) -> bool:
    """Whether two states of one lineage and serial are not the same."""
    return one.serial == other.serial and _said(one) != _said(other)


def _said(state: State) -> set[tuple[str, str, bytes]]:
    return {(each.address, each.deposed, each.packed) for each in state.instances}
