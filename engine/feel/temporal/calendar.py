"""Proleptic Gregorian days: the count from 1970-01-01 and back, for any year."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LONGEST_YEAR = 999_999_999
DAY = 86_400_000_000_000
"""Nanoseconds of a day."""
SECOND = 1_000_000_000
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def is_leap(year: int) -> bool:
    """Whether the year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Days of the month."""
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def days_of(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01."""
    cycle, rest = divmod(year, 400)
    return dt.date(rest + 400, month, day).toordinal() + (cycle - 1) * 146_097 - 719_163


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a count of days since 1970-01-01."""
    cycle, rest = divmod(days + 719_163 - 1, 146_097)
    date = dt.date.fromordinal(rest + 1 + 146_097)
    return date.year + (cycle - 1) * 400, date.month, date.day


def zone_of(name: str) -> ZoneInfo | None:
    """The time zone of that name in the IANA database."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_offset(name: str, year: int, month: int, day: int, nanos: int) -> int:
    """Seconds east of UTC in that zone at that local time; far years by their 400-year cycle."""
    zone = zone_of(name)
    near = year if 1 < year < 9999 else 2000 + year % 400
    local = dt.datetime(near, month, day, tzinfo=zone) + dt.timedelta(seconds=nanos // SECOND)
    offset = local.utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
