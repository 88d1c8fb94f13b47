"""Adding, subtracting and scaling temporal values (DMN 1.5 §10.3.2.7, Tables 47 to 51)."""

from __future__ import annotations

import decimal
from decimal import Decimal

from engine.feel.number import CONTEXT
from engine.feel.temporal.calendar import DAY, LONGEST_YEAR, month_length
from engine.feel.temporal.values import Date, DateTime, Days, Months, Time

Temporal = Date | Time | DateTime | Days | Months
_LIMIT = 10**30


def add(a: object, b: object) -> Temporal | None:
    """The sum, or nothing when the kinds do not fit or the calendar ends."""
    match a, b:
        case (Days(x), Days(y)) if abs(x + y) < _LIMIT:
            return Days(x + y)
        case (Months(x), Months(y)) if abs(x + y) < _LIMIT:
            return Months(x + y)
        case (Date() | DateTime() | Time(), Days(nanos)):
            return _shifted(a, nanos)
        case (Date() | DateTime(), Months(months)):
            return _months_later(a, months)
        case (Days() | Months(), Date() | DateTime() | Time()):
            return add(b, a)
    return None


def subtract(a: object, b: object) -> Temporal | None:
    """The difference of two moments, or a moment earlier by a duration."""
    match a, b:
        case (_, Days(nanos)):
            return add(a, Days(-nanos))
        case (_, Months(months)):
            return add(a, Months(-months))
        case (Time(), Time()) if a.is_local == b.is_local:
            return Days(_utc(a) - _utc(b))
        case (Date() | DateTime(), Date() | DateTime()):
            return _between(as_datetime(a), as_datetime(b))
    return None


def _utc(time: Time) -> int:
    return time.nanos - (time.offset_on(Date(1970, 1, 1)) or 0) * 1_000_000_000


def as_datetime(moment: Date | DateTime) -> DateTime:
    """A date stands for its midnight in UTC (DMN 1.5 §10.3.2.3.6)."""
    return DateTime(moment, Time(0, 0)) if isinstance(moment, Date) else moment


def _between(a: DateTime, b: DateTime) -> Days | None:
    return Days(a.instant - b.instant) if a.time.is_local == b.time.is_local else None


def _shifted(moment: object, nanos: int) -> Temporal | None:
    if isinstance(moment, Time):
        return Time((moment.nanos + nanos) % DAY, moment.offset, moment.zone)
    if abs(nanos) // DAY > 366 * 2 * LONGEST_YEAR:
        return None
    if isinstance(moment, Date):
        return _in_calendar(Date.at(moment.days + nanos // DAY))
    assert isinstance(moment, DateTime)
    later = moment.moved_to(moment.local + nanos)
    return later if _in_calendar(later.date) else None


def _in_calendar(date: Date) -> Date | None:
    return date if abs(date.year) <= LONGEST_YEAR else None


def _months_later(moment: Date | DateTime, months: int) -> Date | DateTime | None:
    date = moment if isinstance(moment, Date) else moment.date
    years, month = divmod(date.month - 1 + months, 12)
    year = date.year + years
    if abs(year) > LONGEST_YEAR:
        return None
    later = Date(year, month + 1, min(date.day, month_length(year, month + 1)))
    return later if isinstance(moment, Date) else DateTime(later, moment.time)


def scale(duration: Days | Months, factor: Decimal, *, divide: bool) -> Days | Months | None:
    """The duration times a number, or divided by it; fractions of the unit are cut."""
    amount = duration.nanos if isinstance(duration, Days) else duration.months
    try:
        operation = CONTEXT.divide if divide else CONTEXT.multiply
        scaled = operation(Decimal(amount), factor)
    except decimal.DecimalException:
        return None
    if scaled.adjusted() > 28:
        return None
    return Days(int(scaled)) if isinstance(duration, Days) else Months(int(scaled))


def ratio(a: Days | Months, b: Days | Months) -> Decimal | None:
    """How often `b` fits into `a`, for two durations of the same kind."""
    match a, b:
        case (Days(x), Days(y)) | (Months(x), Months(y)) if y:
            return CONTEXT.divide(Decimal(x), Decimal(y))
    return None


def months_between(start: Date | DateTime, end: Date | DateTime) -> Months:
    """Whole months from `start` to `end`, negative when it lies before."""
    first, last = as_datetime(start), as_datetime(end)
    if last.local < first.local:
        return Months(-months_between(end, start).months)
    a, b = first.date, last.date
    months = (b.year - a.year) * 12 + b.month - a.month
    short = (b.day, last.time.nanos) < (a.day, first.time.nanos)
    return Months(months - short)
