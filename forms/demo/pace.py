"""The pace of a history: working hours of working days, jumps to the dates of the fiscal year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from engine.clock import SHANGHAI, local
from engine.people.calendar import Calendar

MEAN = timedelta(days=3)
"""Between two acts of one project, when nothing hurries it."""
OPENING, HOURS = 9, 8


@dataclass
class Pace:
    """When a project's next act happens: `at`, which never passes `until`."""

    calendar: Calendar
    random: Random
    at: datetime
    until: datetime

    def advance(self, left: int) -> None:
        """Move on to the next act, with about `left` more to come before `until`."""
        share = max(self.until - self.at, timedelta(0)) / max(left, 1)
        gap = min(MEAN, share) * self.random.uniform(0.3, 1.7)
        self._move(self.at + max(gap, timedelta(minutes=20)))

    def skip_to(self, moment: datetime) -> None:
        """Wait until `moment`, if that is still to come."""
        if moment > self.at:
            self._move(moment)

    def _move(self, moment: datetime) -> None:
        wanted = self._at_work(moment)
        # Near the end acts follow each other within the hour rather than pass it.
        self.at = wanted if wanted <= self.until else self.at + timedelta(minutes=3)

    def _at_work(self, moment: datetime) -> datetime:
        wall = local(moment)
        day = wall.date()
        if self.calendar.is_workday(day) and OPENING <= wall.hour < OPENING + HOURS:
            return moment
        if wall.hour >= OPENING or not self.calendar.is_workday(day):
            day = self.calendar.next_workday(day)
        minutes = self.random.randrange(HOURS * 60)
        opening = datetime(day.year, day.month, day.day, OPENING, tzinfo=SHANGHAI)
        return opening + timedelta(minutes=minutes)
