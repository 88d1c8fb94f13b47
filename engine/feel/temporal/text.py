"""Reading dates, times and durations in XML Schema's notation with FEEL's `@zone`."""

from __future__ import annotations

import re

from engine.feel.temporal.calendar import DAY, LONGEST_YEAR, SECOND, month_length, zone_of
from engine.feel.temporal.values import Date, DateTime, Days, Months, Time

_DATE = re.compile(r"(-?)([0-9]{4}|[1-9][0-9]{4,8})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,30}))?"
    r"(?:(Z)|([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?|@([A-Za-z0-9_+\-/]{1,60}))?"
)
_MONTHS = re.compile(r"(-?)P(?:([0-9]{1,15})Y)?(?:([0-9]{1,15})M)?")
_DAYS = re.compile(
    r"(-?)P(?:([0-9]{1,15})D)?"
    r"(T(?:([0-9]{1,15})H)?(?:([0-9]{1,15})M)?(?:([0-9]{1,15})(?:\.([0-9]{0,30}))?S)?)?"
)
LONGEST_OFFSET = 18 * 3600


def make_date(year: int, month: int, day: int) -> Date | None:
    """The date, if the calendar has it."""
    if abs(year) > LONGEST_YEAR or not 1 <= month <= 12:
        return None
    return Date(year, month, day) if 1 <= day <= month_length(year, month) else None


def make_time(hour: int, minute: int, nanos: int, offset: int | None = None) -> Time | None:
    """The time of day (`nanos` of the minute), if the clock has it."""
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= nanos < 60 * SECOND):
        return None
    if offset is not None and abs(offset) > LONGEST_OFFSET:
        return None
    return Time((hour * 60 + minute) * 60 * SECOND + nanos, offset)


def parse_date(text: str) -> Date | None:
    """`2026-11-23`, also with years of up to nine digits and a sign."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year = int(found[2])
    return make_date(-year if found[1] else year, int(found[3]), int(found[4]))


def parse_time(text: str) -> Time | None:
    """`10:30:00`, with a fraction, `Z`, an offset or `@Asia/Shanghai`."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    nanos = int(found[3]) * SECOND + _fraction(found[4])
    time = make_time(int(found[1]), int(found[2]), nanos, _offset(found))
    if time is None or found[10] is None:
        return time
    return Time(time.nanos, None, found[10]) if zone_of(found[10]) else None


def _offset(found: re.Match[str]) -> int | None:
    if found[5]:
        return 0
    if not found[6]:
        return None
    if int(found[8]) > 59 or int(found[9] or 0) > 59:
        return LONGEST_OFFSET + 1
    seconds = int(found[7]) * 3600 + int(found[8]) * 60 + int(found[9] or 0)
    return -seconds if found[6] == "-" else seconds


def _fraction(digits: str | None) -> int:
    return int((digits or "0")[:9].ljust(9, "0"))


def parse_datetime(text: str) -> DateTime | None:
    """A date, `T` and a time; a date alone means midnight."""
    day, separator, clock = text.partition("T")
    date = parse_date(day)
    time = parse_time(clock) if separator else Time(0)
    return DateTime(date, time) if date and time else None


def parse_duration(text: str) -> Days | Months | None:
    """`P1Y2M` or `P1DT2H3M4.5S`, either with a sign."""
    found = _MONTHS.fullmatch(text)
    if found and (found[2] or found[3]):
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return Months(-months if found[1] else months)
    found = _DAYS.fullmatch(text)
    if not found or not any(found.group(2, 4, 5, 6)) or found[3] == "T":
        return None
    seconds = int(found[4] or 0) * 3600 + int(found[5] or 0) * 60 + int(found[6] or 0)
    nanos = int(found[2] or 0) * DAY + seconds * SECOND + _fraction(found[7] or None)
    return Days(-nanos if found[1] else nanos)


def parse_temporal(text: str) -> Date | Time | DateTime | Days | Months | None:
    """What `@"…"` means: whichever kind the text is."""
    if "T" in text and not text.lstrip("-").startswith("P"):
        return parse_datetime(text)
    return parse_date(text) or parse_time(text) or parse_duration(text)
