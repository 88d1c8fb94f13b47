"""Reckoning with working days and working time (rules.md F.17).

Start day is day 0; what arrives after closing time or on a day off counts from the next working
day; a term ends at closing time of its last day. Asia/Shanghai, no daylight saving.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

from engine.clock import SHANGHAI
from engine.errors import Invalid
from engine.people.calendar.hours import Hours, Span, on

_TERM = re.compile(r"^(\d{1,4}) (WD|D)$")
_DAY = timedelta(days=1)
MOST_COUNTED = 4096


@dataclass(frozen=True)
class Calendar:
    """Exceptions to the week: True is a working day (调休补班), False a day off.

    `known` are the years whose holidays are published; any other year is computed from its
    weekends and what depends on it is an estimate (暂估). None: do not ask.
    """

    exceptions: Mapping[date, bool]
    hours: Hours = field(default_factory=Hours)
    known: Set[int] | None = None
    _closings: dict[tuple[date, int], datetime] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What was counted already: most terms that begin on a day have the same few lengths."""

    def is_workday(self, day: date) -> bool:
        """Whether offices work on `day`."""
        return self.exceptions.get(day, day.weekday() < 5)

    def next_workday(self, day: date) -> date:
        """The first working day after `day`."""
        day += _DAY
        while not self.is_workday(day):
            day += _DAY
        return day

    def previous_workday(self, day: date) -> date:
        """The last working day before `day`."""
        day -= _DAY
        while not self.is_workday(day):
            day -= _DAY
        return day

    def add_workdays(self, moment: datetime, count: int) -> datetime:
        """Closing time of the `count`-th working day after `moment`."""
        day = start = self._day_zero(moment)
        known = self._closings.get((start, count))
        if known is not None:
            return known
        for _ in range(count):
            day = self.next_workday(day)
        if len(self._closings) >= MOST_COUNTED:
            self._closings.clear()
        return self._closings.setdefault((start, count), on(day, self.hours.closes))

    def workdays_before(self, moment: datetime, count: int) -> datetime:
        """Opening time of the `count`-th working day before the day of `moment` (T-n)."""
        day = moment.astimezone(SHANGHAI).date()
        for _ in range(count):
            day = self.previous_workday(day)
        return on(day, self.hours.opens)

    def workdays_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` is earlier."""
        if end < start:
            return -self.workdays_between(end, start)
        days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
        return sum(self.is_workday(day) for day in days)

    def due(self, moment: datetime, term: str) -> datetime:
        """The end of a term such as `5 WD` (working days) or `30 D` (natural days)."""
        count, unit = parse_term(term)
        if unit == "WD":
            return self.add_workdays(moment, count)
        day = moment.astimezone(SHANGHAI).date() + timedelta(days=count)
        return on(day, self.hours.closes)

    def is_estimate(self, moment: datetime, term: str) -> bool:
        """Whether the term's end rests on a year whose holidays are not published yet (暂估)."""
        return self.rests_on_guess(moment, self.due(moment, term), term)

    def rests_on_guess(self, start: datetime, end: datetime, term: str) -> bool:
        """The same for a term whose end is known."""
        return parse_term(term)[1] == "WD" and self.is_guess(start, end)

    def is_guess(self, start: datetime, end: datetime) -> bool:
        """Whether working days between two moments are counted without published holidays."""
        if self.known is None:
            return False
        years = range(start.astimezone(SHANGHAI).year, end.astimezone(SHANGHAI).year + 1)
        return any(year not in self.known for year in years)

    def next_work_moment(self, moment: datetime) -> datetime:
        """`moment` if it lies in office hours, else the beginning of the next ones."""
        start, end = next(self._spans_from(moment))
        return moment if start <= moment <= end else start

    def work_time_between(self, start: datetime, end: datetime) -> timedelta:
        """The office hours, lunch not counted, between two moments; negative when `end` is first.

        Whole working days are counted, not walked hour by hour.
        """
        if end < start:
            return -self.work_time_between(end, start)
        total = timedelta(0)
        for opened, closed in self._spans_from(start):
            if opened >= end:
                return total
            total += min(closed, end) - max(opened, start)
        raise AssertionError("offices open again on some day")

    def add_work_time(self, moment: datetime, duration: timedelta) -> datetime:
        """The moment at which `duration` of office hours has passed since `moment`."""
        if duration <= timedelta(0):
            return moment
        for opened, closed in self._spans_from(moment):
            begun = max(opened, moment)
            if closed - begun >= duration:
                return begun + duration
            duration -= closed - begun
        raise AssertionError("offices open again on some day")

    def after_quiet(self, moment: datetime) -> datetime:
        """`moment` itself, or the working morning that ends the quiet time it lies in."""
        local = moment.astimezone(SHANGHAI)
        day, wall = local.date(), local.time()
        if self.is_workday(day) and self.hours.quiet_to <= wall < self.hours.quiet_from:
            return moment
        if not self.is_workday(day) or wall >= self.hours.quiet_from:
            day = self.next_workday(day)
        return on(day, self.hours.quiet_to)

    def _day_zero(self, moment: datetime) -> date:
        local = moment.astimezone(SHANGHAI)
        day = local.date()
        if not self.is_workday(day) or local.time() > self.hours.closes:
            return self.next_workday(day)
        return day

    def _spans_from(self, moment: datetime) -> Iterator[Span]:
        """The office hours that end at or after `moment`, in order, for ever."""
        day = moment.astimezone(SHANGHAI).date()
        while True:
            if self.is_workday(day):
                for span in self.hours.spans(day):
                    if span[1] >= moment:
                        yield span
            day += _DAY


@lru_cache(maxsize=256)
def parse_term(term: str) -> tuple[int, str]:
    """Count and unit of `5 WD` (working days) or `30 D` (natural days); `Invalid` otherwise."""
    matched = _TERM.match(term)
    if matched is None:
        raise Invalid("期限“{term}”应写作“5 WD”（工作日）或“30 D”（自然日）", term=term)
    return int(matched[1]), matched[2]
