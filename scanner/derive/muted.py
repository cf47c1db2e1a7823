"""Alarms that a mute rule silences for ever: at every hour, and with no end to it.

In: rows and what was seen. Some hours of each day, or all hours until a day, are what mute rules are for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise, product
from typing import Any

from scanner.seen import Seen

MUTE = "aws_cloudwatch_alarm_mute_rule"
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+)\)")
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_FROM = datetime(2027, 1, 1)
"""A year like any other: what gaps a schedule leaves does not hang on which."""


class Muted:
    """Which alarms are muted for ever, and by which rule."""

    def __init__(self, rows: Sequence[Any], seen: Seen) -> None:
        self._seen = seen
        self._by: dict[tuple[str, str, str], str] = {}
        self._unread: dict[tuple[str, str], str] = defaultdict(str)
        for row in rows:
            if row.type != MUTE:
                continue
            a = row.attributes
            if not {"alarm_names", "schedule", "duration", "expires", "status"} <= a.keys():
                self._unread[row.account, row.region] = f"what {row.name} mutes was not read"
            elif (
                a["status"] != "EXPIRED"
                and not a["expires"]
                and always(str(a["schedule"] or ""), str(a["duration"] or ""))
            ):
                for name in a["alarm_names"] or ():
                    self._by[row.account, row.region, str(name)] = row.name

    def by(self, alarm: Any) -> str:
        """The rule that mutes an alarm for ever, or ``."""
        return self._by.get((alarm.account, alarm.region, alarm.name), "")

    def hidden(self, alarm: Any) -> str:
        """Why such a rule may not have been seen, or ``."""
        where = (alarm.account, alarm.region)
        return self._seen.listed(MUTE, *where) or self._unread[where]


def always(schedule: str, duration: str) -> bool:
    """Whether a schedule begins again before what it began last has ended, all the year."""
    length, cron = _ISO.fullmatch(duration), _CRON.fullmatch(schedule.strip())
    if length is None or cron is None:
        return False
    d, h, m, s = (int(part or 0) for part in length.groups())
    lasts = timedelta(days=d, hours=h, minutes=m, seconds=s)
    spans = ((0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, _MONTHS), (0, 7, _DAYS))
    fields = [_field(text, *span) for text, span in zip(cron.groups(), spans, strict=True)]
    if any(field is None for field in fields):
        return False
    minutes, hours, days, months, week = (field or set() for field in fields)
    if cron[3] != "*" and cron[5] != "*":
        return False  # whether both must hold, or one, AWS does not say
    dates = [
        date
        for date in (_FROM + timedelta(days=n) for n in range(400))
        if date.month in months
        and date.day in days
        and date.isoweekday() % 7 in {w % 7 for w in week}
    ]
    times = [timedelta(hours=h, minutes=m) for h, m in product(sorted(hours), sorted(minutes))]
    if not times or not dates or dates[0] - _FROM > lasts:
        return False
    # from the last of a day to the first of the next that has any, and between those of a day
    gaps = [(b + times[0]) - (a + times[-1]) for a, b in pairwise(dates)]
    gaps += [b - a for a, b in pairwise(times)]
    return bool(gaps) and max(gaps) <= lasts and dates[-1] >= _FROM + timedelta(days=399) - lasts


def _field(text: str, least: int, most: int, names: Sequence[str]) -> set[int] | None:
    """The values of a field of a schedule: *, numbers, names, ranges and lists of them."""
    found: set[int] = set()
    for part in text.split(","):
        if part == "*":
            found |= set(range(least, most + 1))
            continue
        ends = [_value(end, least, names) for end in part.split("-")]
        low, high = ends[0], ends[-1]
        if low is None or high is None or len(ends) > 2 or not least <= low <= high <= most:
            return None
        found |= set(range(low, high + 1))
    return found


def _value(text: str, least: int, names: Sequence[str]) -> int | None:
    if text.upper() in names:
        return names.index(text.upper()) + least
    return int(text) if text.isascii() and text.isdigit() else None
