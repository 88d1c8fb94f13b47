"""The calendar of every unit, read once and kept in this process until the calendar changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from engine.people.calendar.hours import Hours
from engine.people.calendar.reckoning import Calendar
from engine.people.models import (
    CalendarDay,
    CalendarStamp,
    CalendarYear,
    SpecialDay,
    Unit,
    UnitHours,
)
from engine.statements import Look

KEPT = 4
"""Books kept at once: one for each database of the process, and the one just replaced."""
_books: dict[str, Book] = {}


@dataclass(frozen=True)
class Book:
    """What is written down: the nation's days, and by path what a unit has of its own."""

    days: Mapping[date, bool]
    known: frozenset[int]
    special: Mapping[str, Mapping[date, bool]]
    hours: Mapping[str, Hours]
    _made: dict[tuple[str, ...], Calendar] = field(default_factory=dict)

    def calendar(self, path: str) -> Calendar:
        """The calendar that holds for the unit at `path`: its own, else the nearest above it."""
        own = tuple(one for one in self._upward(path) if one in self.special or one in self.hours)
        if own not in self._made:
            self._made[own] = self._make(own)
        return self._made[own]

    def _upward(self, path: str) -> list[str]:
        """The paths of the units from the root down to `path`; `/` is no unit but the district."""
        if path == "/":
            return sorted(one for one in {*self.special, *self.hours} if one.count("/") == 2)
        steps = path.strip("/").split("/")
        return [f"/{'/'.join(steps[: n + 1])}/" for n in range(len(steps))]

    def _make(self, own: tuple[str, ...]) -> Calendar:
        days = dict(self.days)
        for path in own:  # from the root down: what is nearer holds
            days |= self.special.get(path, {})
        hours = next((self.hours[path] for path in reversed(own) if path in self.hours), Hours())
        return Calendar(days, hours, self.known)


def calendar_stamp() -> ScalarSelect[str]:
    """The stamp of the calendar's tables as an expression: it changes with each of their changes.

    Who reads other rows anyway selects it beside them and passes it to `open_book`.
    """
    return select(CalendarStamp.stamp).where(CalendarStamp.id == 1).scalar_subquery()


def open_book(session: Session, stamp: str | None = None) -> Book:
    """The book as it stands; read only when it has changed since this process last read it.

    A stamp is random and never used twice, in no database, so that a book found by its stamp is
    the right one, whatever was rolled back meanwhile.
    """
    stamp = stamp or _STAMP.rows(session)[0][0]
    if stamp is None:
        return _read(session)
    if stamp not in _books:
        _books[stamp] = _read(session)
        while len(_books) > KEPT:
            _books.pop(next(iter(_books)), None)
    return _books.get(stamp) or _read(session)


_STAMP = Look(select(calendar_stamp()))


def _read(session: Session) -> Book:
    special: dict[str, dict[date, bool]] = {}
    own = select(Unit.path, SpecialDay.day, SpecialDay.kind).join(
        Unit, Unit.id == SpecialDay.unit_id
    )
    for path, day, kind in session.execute(own):
        special.setdefault(path, {})[day] = kind == "work"
    hours = select(Unit.path, UnitHours).join(Unit, Unit.id == UnitHours.unit_id)
    return Book(
        days={
            day: kind == "work"
            for day, kind in session.execute(select(CalendarDay.day, CalendarDay.kind))
        },
        known=frozenset(session.scalars(select(CalendarYear.year))),
        special=special,
        hours={path: kept.hours for path, kept in session.execute(hours)},
    )
