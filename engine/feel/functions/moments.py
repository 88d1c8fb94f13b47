"""Dates, times and durations: making them, and asking the calendar (DMN 1.5 §10.3.4.1, .8, .9)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from engine.feel.boundary import admit
from engine.feel.functions.registry import builtin
from engine.feel.machine import Machine
from engine.feel.number import as_integer
from engine.feel.temporal import Date, DateTime, Days, Time
from engine.feel.temporal.arithmetic import months_between
from engine.feel.temporal.calendar import MONTHS, SECOND, WEEKDAYS, civil
from engine.feel.temporal.text import (
    make_date,
    make_time,
    parse_date,
    parse_datetime,
    parse_duration,
    parse_time,
)
from engine.feel.values import Value

Moment = Date | DateTime
_READING_FUEL = 20


def _or_reason(machine: Machine, value: Value, fault: str) -> Value:
    machine.burn(_READING_FUEL)
    return machine.note(fault) if value is None else value


@builtin("date(from: string|date|date and time)")
def date(machine: Machine, source: str | Moment) -> Value:
    """A date from its text, or the date of a moment."""
    if isinstance(source, str):
        return _or_reason(machine, parse_date(source), "invalid_date")
    return source.date if isinstance(source, DateTime) else source


@builtin("date(year: number, month: number, day: number)")
def date_of(machine: Machine, year: Decimal, month: Decimal, day: Decimal) -> Value:
    """A date from its parts."""
    parts = [as_integer(part) for part in (year, month, day)]
    found = None if None in parts else make_date(*(part or 0 for part in parts))
    return _or_reason(machine, found, "invalid_date")


@builtin("time(from: string|time|date|date and time)")
def time(machine: Machine, source: str | Moment | Time) -> Value:
    """A time from its text, or the time of a moment; of a date, midnight in UTC."""
    if isinstance(source, str):
        return _or_reason(machine, parse_time(source), "invalid_time")
    if isinstance(source, Date):
        return Time(0, 0)
    return source.time if isinstance(source, DateTime) else source


@builtin("time(hour: number, minute: number, second: number, offset: days and time duration? =)")
def time_of(
    machine: Machine, hour: Decimal, minute: Decimal, second: Decimal, offset: Days | None
) -> Value:
    """A time from its parts; seconds may have a fraction."""
    hours, minutes = as_integer(hour), as_integer(minute)
    if hours is None or minutes is None or not 0 <= second < 60:
        return machine.note("invalid_time")
    east = None if offset is None else int(Decimal(offset.nanos) / SECOND)
    return _or_reason(
        machine, make_time(hours, minutes, int(second * SECOND), east), "invalid_time"
    )


@builtin("date and time(from: string|date and time)")
def date_and_time(machine: Machine, source: str | DateTime) -> Value:
    """A moment from its text."""
    if isinstance(source, DateTime):
        return source
    return _or_reason(machine, parse_datetime(source), "invalid_moment")


@builtin("date and time(date: date|date and time, time: time)")
def date_and_time_of(_: Machine, day: Moment, clock: Time) -> Value:
    """A moment from a date and a time."""
    return DateTime(day.date if isinstance(day, DateTime) else day, clock)


@builtin("duration(from: string)")
def duration(machine: Machine, source: str) -> Value:
    """A duration of either kind from its text."""
    return _or_reason(machine, parse_duration(source), "invalid_duration")


@builtin("years and months duration(from: date|date and time, to: date|date and time)")
def years_and_months(_: Machine, start: Moment, end: Moment) -> Value:
    """The whole months from one moment to another."""
    return months_between(start, end)


@builtin("now()")
def now(machine: Machine) -> Value:
    """This moment with the machine's offset."""
    return admit(machine, dt.datetime.now().astimezone())


@builtin("today()")
def today(machine: Machine) -> Value:
    """This day where the machine is."""
    return admit(machine, dt.datetime.now().astimezone().date())


def _day(moment: Moment) -> Date:
    return moment.date if isinstance(moment, DateTime) else moment


@builtin("day of week(date: date|date and time)")
def day_of_week(_: Machine, moment: Moment) -> Value:
    """The English name of the weekday."""
    return WEEKDAYS[(_day(moment).days + 3) % 7]


@builtin("day of year(date: date|date and time)")
def day_of_year(_: Machine, moment: Moment) -> Value:
    """The number of the day in its year, from 1."""
    day = _day(moment)
    return Decimal(day.days - Date(day.year, 1, 1).days + 1)


@builtin("month of year(date: date|date and time)")
def month_of_year(_: Machine, moment: Moment) -> Value:
    """The English name of the month."""
    return MONTHS[_day(moment).month - 1]


@builtin("week of year(date: date|date and time)")
def week_of_year(_: Machine, moment: Moment) -> Value:
    """The number of the week by ISO 8601."""
    days = _day(moment).days
    thursday = days + 3 - (days + 3) % 7
    return Decimal((thursday - Date(civil(thursday)[0], 1, 1).days) // 7 + 1)
