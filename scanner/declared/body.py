"""What comes over a wire, under a ceiling: gathered, checked to be whole, and unpacked where it is gzip.

In: the pieces of an answer. Out: its bytes. The ceiling holds before and after unpacking, so that neither
an endless answer nor a small bomb can fill the memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from scanner.declared import terraform
from scanner.errors import StateError

GZIP = b"\x1f\x8b"
CUT = (
    "what came is not whole; try again, or pull the state: `terraform state pull > pulled.tfstate`"
)


def gathered(source: str, pieces: Iterable[bytes], promised: int | None) -> bytes:
    """The whole answer, unpacked. Raises StateError where it is cut or has more than a state may have."""
    if promised is not None and promised > terraform.MOST_BYTES:
        raise terraform.too_big(source)
    held, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > terraform.MOST_BYTES:
            raise terraform.too_big(source)
        held.append(piece)
    if promised is not None and size != promised:
        raise StateError(f"{source}: {promised} bytes were promised and {size} came", hint=CUT)
    data = b"".join(held)
    return _unpacked(source, data) if data.startswith(GZIP) else data


def _unpacked(source: str, data: bytes) -> bytes:
    unpacked = bytearray()
    while data:
        member = zlib.decompressobj(wbits=31)
        problem = ""
        try:
            unpacked += member.decompress(data, terraform.MOST_BYTES + 1 - len(unpacked))
        except zlib.error as error:
            problem = str(error)
        if problem:
            raise StateError(f"{source}: compressed, and not readable: {problem:.200}", hint=CUT)
        if len(unpacked) > terraform.MOST_BYTES:
            raise terraform.too_big(source)
        if not member.eof:
            raise StateError(f"{source}: compressed, and cut before its end", hint=CUT)
        data = member.unused_data
    return bytes(unpacked)
