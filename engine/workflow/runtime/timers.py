"""When a timer is due: ISO 8601 durations, dates and cycles, or FEEL after an equals sign.

Months and years are calendar months and years, with the day held back to the month's end. A date
without a zone is read in the zone of the moment at which the timer starts. Beside ISO 8601, `5 WD`
is a duration and `R3/1 WD` a cycle of working days, which the host's calendar counts.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from engine.errors import Invalid

_NUMBER = r"(\d{1,6})"
_DURATION = re.compile(
    rf"P(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:(\d{{1,8}}(?:\.\d{{1,6}})?)S)?)?"
)
MOST_TIMES = 1000
_CYCLE = re.compile(r"R(\d{0,6})/(.+)")
_WORKDAYS = re.compile(r"[1-9]\d{0,3} WD")


class Calendar(Protocol):
    """The host's working days."""

    def due(self, moment: datetime, term: str, /) -> datetime:
        """When a term such as `5 WD` that begins at a moment ends."""


class EveryDay:
    """A calendar on which all days are working days: to see whether a text can be read at all."""

    def due(self, moment: datetime, term: str, /) -> datetime:
        """Natural days later."""
        return moment + timedelta(days=int(term.partition(" ")[0]))


@dataclass(frozen=True)
class Period:
    """A span of calendar months and of exact time."""

    months: int
    exact: timedelta

    def after(self, start: datetime, times: int = 1) -> datetime:
        """The moment this long, `times` over, after a start."""
        try:
            month = start.month - 1 + self.months * times
            year, month = start.year + month // 12, month % 12 + 1
            day = min(start.day, monthrange(year, month)[1])
            return start.replace(year=year, month=month, day=day) + self.exact * times
        except (ValueError, OverflowError) as error:
            raise Invalid(
                "定时超出了日历的范围。", english="The timer lies beyond the calendar."
            ) from error


@dataclass(frozen=True)
class Workdays:
    """A span of working days, as a calendar counts them."""

    term: str
    calendar: Calendar | None

    def after(self, start: datetime, times: int = 1) -> datetime:
        """The moment this long, `times` over, after a start."""
        if self.calendar is None:
            raise Invalid(
                f"没有工作日历，不能计算“{self.term}”。",
                english=f"There is no working calendar to reckon “{self.term}” by.",
            )
        for _ in range(times):
            start = self.calendar.due(start, self.term)
        return start


@dataclass(frozen=True)
class Plan:
    """A timer fires at `due`, then `left` more times (None: without end), one each `every`.

    Times are counted from `start`, the first of them, so that months do not drift at their ends;
    working days, which do not, from the last time.
    """

    due: datetime
    left: int | None = 0
    every: str = ""
    start: datetime | None = None
    count: int = 0


def read_duration(text: str) -> Period:
    """An ISO 8601 duration such as `P1Y2M`, `P5D`, `PT30M`; raises `Invalid`."""
    match = _DURATION.fullmatch(text)
    if not match or not any(match.group(n) for n in (1, 2, 3, 4, 6, 7, 8)) or match.group(5) == "T":
        raise Invalid(
            f"“{text}”不是 ISO 8601 时长（如 P5D、PT30M）。",
            english=f"“{text}” is no ISO 8601 duration (such as P5D, PT30M).",
        )
    years, months, weeks, days, _, hours, minutes, seconds = match.groups()
    exact = timedelta(
        weeks=int(weeks or 0), days=int(days or 0), hours=int(hours or 0),
        minutes=int(minutes or 0), microseconds=int(Decimal(seconds or 0) * 1_000_000),
    )  # fmt: skip
    return Period(int(years or 0) * 12 + int(months or 0), exact)


def read_span(text: str, calendar: Calendar | None) -> Period | Workdays:
    """A duration in ISO 8601 or in working days; raises `Invalid`."""
    return Workdays(text, calendar) if _WORKDAYS.fullmatch(text) else read_duration(text)


def read_moment(text: str, zone: Any) -> datetime:
    """An ISO 8601 date or date and time; raises `Invalid`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            f"“{text}”不是 ISO 8601 日期或时刻。",
            english=f"“{text}” is no ISO 8601 date or date and time.",
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def check(kind: str, text: str) -> None:
    """Raise `Invalid` when a literal timer text can never be read."""
    plan(kind, text, datetime.fromisoformat("2000-01-01T00:00:00+00:00"), EveryDay())


def plan(kind: str, value: object, at: datetime, calendar: Calendar | None = None) -> Plan:
    """The plan of a timer of `kind` (timeDate, timeDuration, timeCycle) that starts at `at`."""
    if isinstance(value, str):
        text = value.strip()
        if kind == "timeCycle":
            return _cycle(text, at, calendar)
        if kind == "timeDuration":
            return Plan(read_span(text, calendar).after(at))
        return Plan(read_moment(text, at.tzinfo))
    if kind == "timeDuration" and isinstance(value, timedelta):
        return Plan(at + value)
    if kind == "timeDate" and isinstance(value, datetime):
        return Plan(value if value.tzinfo else value.replace(tzinfo=at.tzinfo))
    if kind == "timeDate" and isinstance(value, date):
        return Plan(datetime(value.year, value.month, value.day, tzinfo=at.tzinfo))
    if hasattr(value, "isoformat") or value is None or isinstance(value, (bool, int, float)):
        raise Invalid(
            f"定时的值“{value}”不能作为 {kind}。",
            english=f"The timer value “{value}” cannot be a {kind}.",
        )
    return plan(kind, str(value), at, calendar)


def following(current: Plan, at: datetime, calendar: Calendar | None = None) -> Plan | None:
    """The plan after a firing at `at`.

    A cycle without end skips what was missed: after a pause of the host it fires once, not once for
    each missed time. A counted cycle fires each of its times.
    """
    if current.left == 0:
        return None
    period, start = read_span(current.every, calendar), current.start or current.due
    if isinstance(period, Workdays):
        return _following_workday(current, period, at)
    count, left = current.count + 1, current.left
    if left is None:
        count = max(count, _first_after(start, period, at))
    else:
        left -= 1
    return Plan(period.after(start, count), left, current.every, start, count)


def _following_workday(current: Plan, period: Workdays, at: datetime) -> Plan:
    due = period.after(current.due)
    while current.left is None and due <= at:
        due = period.after(due)
    left = None if current.left is None else current.left - 1
    return Plan(due, left, current.every)


def _first_after(start: datetime, period: Period, at: datetime) -> int:
    """How many periods after `start` the first time later than `at` is."""
    low, high = 0, 1
    while period.after(start, high) <= at:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if period.after(start, middle) <= at else (low, middle)
    return high


def _cycle(text: str, at: datetime, calendar: Calendar | None) -> Plan:
    match = _CYCLE.fullmatch(text)
    if not match:
        raise Invalid(
            f"“{text}”不是 ISO 8601 循环（如 R3/P1D、R/PT1H）。",
            english=f"“{text}” is no ISO 8601 cycle (such as R3/P1D, R/PT1H).",
        )
    count, rest = match.groups()
    start, _, every = rest.rpartition("/")
    period = read_span(every, calendar)
    if period.after(at) <= at:
        raise Invalid(
            f"循环“{text}”的间隔是零。", english=f"The interval of cycle “{text}” is zero."
        )
    times = int(count) if count else None
    if times is not None and not 1 <= times <= MOST_TIMES:
        raise Invalid(
            f"循环“{text}”的次数要在 1 与 {MOST_TIMES} 之间。",
            english=f"The repetitions of cycle “{text}” lie between 1 and {MOST_TIMES}.",
        )
    first = read_moment(start, at.tzinfo) if start else period.after(at)
    return Plan(first, None if times is None else times - 1, every)
