"""Office hours: when a working day begins and ends, its lunch, and when nobody is disturbed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from engine.clock import SHANGHAI
from engine.errors import Invalid

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Hours:
    """The hours of an office on Shanghai's wall clock (rules.md F.17: 09:00-17:30 with lunch).

    From `quiet_from` in the evening to `quiet_to` in the morning no notice appears (D.6).
    """

    opens: time = time(9, 0)
    lunch_from: time = time(12, 0)
    lunch_to: time = time(13, 0)
    closes: time = time(17, 30)
    quiet_from: time = time(20, 0)
    quiet_to: time = time(8, 0)

    def checked(self) -> Hours:
        """These hours, or `Invalid` by field when they are none of an office."""
        if not self.opens < self.lunch_from:
            raise Invalid("午休开始应晚于上班时间", field="lunch_from")
        if not self.lunch_from <= self.lunch_to:
            raise Invalid("午休结束不能早于午休开始", field="lunch_to")
        if not self.lunch_to < self.closes:
            raise Invalid("下班时间应晚于午休结束", field="closes")
        if not self.quiet_to <= self.opens:
            raise Invalid("免打扰应在上班前结束", field="quiet_to")
        if not self.closes <= self.quiet_from:
            raise Invalid("免打扰应在下班后开始", field="quiet_from")
        return self

    def spans(self, day: date) -> tuple[Span, Span]:
        """Morning and afternoon of a working day."""
        return (
            (on(day, self.opens), on(day, self.lunch_from)),
            (on(day, self.lunch_to), on(day, self.closes)),
        )

    @property
    def length(self) -> timedelta:
        """The working time of one day."""
        return sum((end - start for start, end in self.spans(date(2000, 1, 3))), timedelta(0))


def on(day: date, wall: time) -> datetime:
    """The moment at which Shanghai's clocks show `wall` on `day`."""
    return datetime.combine(day, wall, SHANGHAI)
