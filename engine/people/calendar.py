"""The working calendar: which days count, and when a term of working or natural days ends (F.17).

Start day is day 0; what arrives after closing time or on a day off counts from the next working
day; a term ends at closing time of its last day. Asia/Shanghai, no daylight saving.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from engine.clock import SHANGHAI
from engine.errors import Invalid

CLOSING = time(17, 30)
_TERM = re.compile(r"^(\d{1,4}) (WD|D)$")


@dataclass(frozen=True)
class Calendar:
    """Exceptions to the week: True is a working day (调休补班), False a day off."""

    exceptions: Mapping[date, bool]

    def is_workday(self, day: date) -> bool:
        """Whether offices work on `day`."""
        return self.exceptions.get(day, day.weekday() < 5)

    def next_workday(self, day: date) -> date:
        """The first working day after `day`."""
        day += timedelta(days=1)
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day

    def add_workdays(self, moment: datetime, count: int) -> datetime:
        """Closing time of the `count`-th working day after `moment`."""
        local = moment.astimezone(SHANGHAI)
        day = local.date()
        if not self.is_workday(day) or local.time() > CLOSING:
            day = self.next_workday(day)
        for _ in range(count):
            day = self.next_workday(day)
        return datetime.combine(day, CLOSING, SHANGHAI)

    def workdays_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` is earlier."""
        if end < start:
            return -self.workdays_between(end, start)
        days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
        return sum(self.is_workday(day) for day in days)

    def due(self, moment: datetime, term: str) -> datetime:
        """The end of a term such as `5 WD` (working days) or `30 D` (natural days)."""
        matched = _TERM.match(term)
        if matched is None:
            raise Invalid(f"期限“{term}”应写作“5 WD”（工作日）或“30 D”（自然日）")
        count = int(matched[1])
        if matched[2] == "WD":
            return self.add_workdays(moment, count)
        day = moment.astimezone(SHANGHAI).date() + timedelta(days=count)
        return datetime.combine(day, CLOSING, SHANGHAI)
