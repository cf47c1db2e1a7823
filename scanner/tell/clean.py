"""Text from outside, made harmless to look at: what cannot be seen is written out instead.

Control characters move a terminal's cursor, bidirectional marks reorder a line, zero-width ones
make two names look alike. Each output has its own escaping on top of this.
"""

from __future__ import annotations

import re

_INVISIBLE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff"
)
# Joiners belong to emoji and to several scripts, but between ASCII letters they only hide.
_JOINER = "(?<=[\x20-\x7e])[\u200c\u200d]|[\u200c\u200d](?=[\x20-\x7e])"
_STACKED = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4,}"

_IN_LINES = re.compile(f"[{_INVISIBLE}]|{_JOINER}|{_STACKED}")
_IN_LINE = re.compile(f"[\t\n{_INVISIBLE}]|{_JOINER}|{_STACKED}")
_IN_JSON = re.compile(f"[{_INVISIBLE}\u200c\u200d]")

_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _written_out(match: re.Match[str]) -> str:
    return "".join(_SHORT.get(char) or _escape(ord(char)) for char in match.group())


def _escape(point: int) -> str:
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def clean(text: str, *, lines: bool = False) -> str:
    """`text` with every invisible character written out as `\\x1b` or `\\u202e`.

    With `lines`, newlines and tabs stay what they are.
    """
    if text.isascii() and text.isprintable():
        return text
    pattern = _IN_LINES if lines else _IN_LINE
    return pattern.sub(_written_out, text)


def clean_json(document: str) -> str:
    """A JSON document that says the same, with invisible characters in its strings as escapes."""
    return _IN_JSON.sub(_json_escape, document)


def _json_escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def mixes_alphabets(text: str) -> bool:
    """Whether Latin stands beside Cyrillic or Greek letters: one name may pass for another."""
    return bool(re.search("[A-Za-z]", text) and re.search("[\u0370-\u03ff\u0400-\u052f]", text))
