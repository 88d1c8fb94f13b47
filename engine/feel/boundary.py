"""The border between Python's values and FEEL's; nothing else gets in, and no attributes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Set
from decimal import Decimal, DecimalException
from zoneinfo import ZoneInfo

from engine.feel import limits
from engine.feel.complaints import Complaint, Place
from engine.feel.errors import FeelError
from engine.feel.machine import Machine
from engine.feel.number import CONTEXT
from engine.feel.temporal import Date, DateTime, Days, Months, Time
from engine.feel.temporal.calendar import SECOND
from engine.feel.values import Value, is_value


def admit(machine: Machine, value: object, depth: int = 0) -> Value:
    """The FEEL value of a Python value; what has none becomes null with a reason."""
    match value:
        case Decimal():
            return _rounded(machine, value)
        case None | bool():
            return value
        case str():
            return str(value)
        case int() | float():
            return _number(machine, value)
        case Mapping() | list() | tuple() | Set():
            return _composite(machine, value, depth)
        case dt.datetime() | dt.date() | dt.time() | dt.timedelta():
            return _temporal(value)
    if is_value(value):
        return value
    return machine.note("value_kind", kind=type(value).__name__)


def _number(machine: Machine, value: int | float) -> Decimal | None:
    if isinstance(value, int):
        if value.bit_length() > 20_000:
            machine.note("number_too_large")
            return None
        return _rounded(machine, Decimal(int(value)))
    return _rounded(machine, Decimal(repr(float(value))))


def _rounded(machine: Machine, number: Decimal) -> Decimal | None:
    """The number with FEEL's digits; not-a-number and infinity are null."""
    try:
        rounded = CONTEXT.plus(number)
    except DecimalException:
        rounded = Decimal("NaN")
    if not rounded.is_finite():
        machine.note("value_number")
        return None
    return rounded


def from_json(text: str) -> object:
    """The Python value of a JSON text, its numbers as Decimal; raises `Invalid`."""
    try:
        return json.loads(text, parse_float=_parsed, parse_int=_parsed, parse_constant=_parsed)
    except json.JSONDecodeError as error:
        place = Place(text, error.pos, error.pos + 1)
        raise FeelError(Complaint.of("json", place, why=error.msg)) from None
    except (ValueError, RecursionError) as error:
        raise FeelError("json", why=error) from None


def _parsed(text: str) -> Decimal:
    try:
        return CONTEXT.create_decimal(text)
    except DecimalException:
        raise FeelError("number_too_large") from None


def _composite(machine: Machine, value: object, depth: int) -> Value:
    if depth >= limits.DEEP:
        return machine.note("value_nested")
    if isinstance(value, Mapping):
        machine.burn(len(value) >> 3)
        return {str(key): admit(machine, item, depth + 1) for key, item in value.items()}
    assert isinstance(value, list | tuple | Set)
    machine.burn(len(value) >> 3)
    return [admit(machine, item, depth + 1) for item in value]


def _temporal(value: dt.date | dt.time | dt.timedelta) -> Date | Time | DateTime | Days:
    if isinstance(value, dt.timedelta):
        micros = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
        return Days(micros * 1000)
    if isinstance(value, dt.datetime):
        return DateTime(Date(value.year, value.month, value.day), _clock(value))
    if isinstance(value, dt.date):
        return Date(value.year, value.month, value.day)
    return _clock(value)


def _clock(value: dt.datetime | dt.time) -> Time:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    nanos = seconds * SECOND + value.microsecond * 1000
    if isinstance(value.tzinfo, ZoneInfo) and value.tzinfo.key:
        return Time(nanos, None, value.tzinfo.key)
    offset = value.utcoffset()
    return Time(nanos, None if offset is None else int(offset.total_seconds()))


def to_python(value: Value) -> object:
    """The value with Python's own dates, times and durations where Python has them."""
    match value:
        case list():
            return [to_python(item) for item in value]
        case dict():
            return {key: to_python(item) for key, item in value.items()}
        case Days(nanos) if abs(nanos) < 10**23:
            return dt.timedelta(microseconds=nanos // 1000)
        case Date(year, month, day) if 1 <= year <= 9999:
            return dt.date(year, month, day)
        case DateTime(Date(year, month, day), time) if 1 <= year <= 9999:
            return dt.datetime.combine(dt.date(year, month, day), _python_time(time))
        case Time():
            return _python_time(value)
        case Months():
            return str(value)
    return value


def _python_time(time: Time) -> dt.time:
    seconds, nanos = divmod(time.nanos, SECOND)
    zone: dt.tzinfo | None = None
    if time.zone is not None:
        zone = ZoneInfo(time.zone)
    elif time.offset is not None:
        zone = dt.timezone(dt.timedelta(seconds=time.offset))
    clock = (seconds // 3600, seconds // 60 % 60, seconds % 60)
    return dt.time(*clock, nanos // 1000, tzinfo=zone)
