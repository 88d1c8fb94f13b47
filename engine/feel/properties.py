"""The named parts of values: entries of contexts, properties of temporals and ranges."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.feel.machine import Machine
from engine.feel.temporal import Date, DateTime, Days, Months, Time
from engine.feel.temporal.calendar import DAY, SECOND
from engine.feel.values import Range, Value, kind_of

NAMES = ("time offset", "start included", "end included")
"""Those with a blank, which the parser must know."""


def _part(nanos: int, unit: int, wrap: int) -> Decimal:
    size = abs(nanos) * 1 // unit % wrap
    return Decimal(-size if nanos < 0 else size)


def _seconds(nanos: int) -> Decimal:
    size = Decimal(abs(nanos) % (60 * SECOND)) / SECOND
    return -size if nanos < 0 else size


def _years(months: int) -> Decimal:
    return Decimal(-(-months // 12) if months < 0 else months // 12)


def _offset(moment: Time | DateTime) -> Days | None:
    time = moment if isinstance(moment, Time) else moment.time
    date = Date(1970, 1, 1) if isinstance(moment, Time) else moment.date
    offset = time.offset_on(date)
    return None if offset is None else Days(offset * SECOND)


_DATE: dict[str, Callable[[Date], Value]] = {
    "year": lambda date: Decimal(date.year),
    "month": lambda date: Decimal(date.month),
    "day": lambda date: Decimal(date.day),
    "weekday": lambda date: Decimal((date.days + 3) % 7 + 1),
}
_TIME: dict[str, Callable[[Time], Value]] = {
    "hour": lambda time: _part(time.nanos, 3600 * SECOND, 24),
    "minute": lambda time: _part(time.nanos, 60 * SECOND, 60),
    "second": lambda time: Decimal(time.nanos // SECOND % 60),
    "timezone": lambda time: time.zone,
}
_DAYS: dict[str, Callable[[Days], Value]] = {
    "days": lambda length: _part(length.nanos, DAY, 10**18),
    "hours": lambda length: _part(length.nanos, 3600 * SECOND, 24),
    "minutes": lambda length: _part(length.nanos, 60 * SECOND, 60),
    "seconds": lambda length: _seconds(length.nanos),
}
_MONTHS: dict[str, Callable[[Months], Value]] = {
    "years": lambda length: _years(length.months),
    "months": lambda length: Decimal(length.months) % 12,
}
_RANGE: dict[str, Callable[[Range], Value]] = {
    "start": lambda span: span.start,
    "end": lambda span: span.end,
    "start included": lambda span: span.start_included,
    "end included": lambda span: span.end_included,
}


def entry_of(machine: Machine, value: Value, key: str) -> Value:
    """The part of that name; null with a reason when the value has none."""
    match value:
        case dict() if key in value:
            return value[key]
        case list():
            machine.burn(len(value))
            return [entry_of(machine, item, key) for item in value]
        case Date() if key in _DATE:
            return _DATE[key](value)
        case Time() | DateTime() if key == "time offset":
            return _offset(value)
        case DateTime():
            return entry_of(machine, value.date if key in _DATE else value.time, key)
        case Time() if key in _TIME:
            return _TIME[key](value)
        case Days() if key in _DAYS:
            return _DAYS[key](value)
        case Months() if key in _MONTHS:
            return _MONTHS[key](value)
        case Range() if key in _RANGE:
            return _RANGE[key](value)
    return machine.note("no_entry", kind=kind_of(value), key=key)
