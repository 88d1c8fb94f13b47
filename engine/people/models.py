"""Tables of the people."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import Date, ForeignKey, Index, String, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Id, Json, Key, Moment
from engine.people.calendar.hours import Hours


class Unit(Base):
    """A node of the unit tree: 区, 委办局, 街镇 or 科室.

    `path` is the chain of ids from the root, `/1/4/9/`; a scope covers a unit when its path is a
    prefix of the unit's.
    """

    __tablename__ = "unit"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(Key, ForeignKey("unit.id"))
    path: Mapped[str] = mapped_column(String(200), index=True, default="")
    active: Mapped[bool] = mapped_column(default=True)


class Person(Base):
    """Someone who signs in. `epoch` grows when all sessions must end (password, deactivation)."""

    __tablename__ = "person"

    id: Mapped[Id]
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(80), default="")
    unit_id: Mapped[int] = mapped_column(Key, ForeignKey("unit.id"), index=True)
    password: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    epoch: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)


class RoleAssignment(Base):
    """A person holds a role for a unit and all units below it."""

    __tablename__ = "role_assignment"
    __table_args__ = (UniqueConstraint("person_id", "role", "unit_id"),)

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(40), index=True)
    unit_id: Mapped[int] = mapped_column(Key, ForeignKey("unit.id"))


class CalendarDay(Base):
    """A day that differs from its weekday: a holiday (`off`) or a make-up working day (`work`)."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(String(4))
    name: Mapped[str] = mapped_column(String(80))


class CalendarYear(Base):
    """A year whose holidays are published and entered whole; any other is estimated (暂估)."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Moment)


class SpecialDay(Base):
    """A day that a unit and everything below it has off, or works, unlike the others."""

    __tablename__ = "special_day"
    __table_args__ = (UniqueConstraint("unit_id", "day"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(Key, ForeignKey("unit.id"))
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(4))
    name: Mapped[str] = mapped_column(String(80))


class UnitHours(Base):
    """The office hours of a unit and everything below it that has none of its own."""

    __tablename__ = "unit_hours"

    unit_id: Mapped[int] = mapped_column(
        Key, ForeignKey("unit.id"), primary_key=True, autoincrement=False
    )
    opens: Mapped[time] = mapped_column(Time)
    lunch_from: Mapped[time] = mapped_column(Time)
    lunch_to: Mapped[time] = mapped_column(Time)
    closes: Mapped[time] = mapped_column(Time)
    quiet_from: Mapped[time] = mapped_column(Time)
    quiet_to: Mapped[time] = mapped_column(Time)

    @property
    def hours(self) -> Hours:
        """The hours as the calendar reckons with them."""
        return Hours(
            *(self.opens, self.lunch_from, self.lunch_to, self.closes),
            *(self.quiet_from, self.quiet_to),
        )


class CalendarStamp(Base):
    """One row, whose random stamp is exchanged with every change of the calendar's tables."""

    __tablename__ = "calendar_stamp"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamp: Mapped[str] = mapped_column(String(32))


class DictionaryEntry(Base):
    """A line that an administrator edits: legal bases (依据), document kinds, opinion templates."""

    __tablename__ = "dictionary_entry"
    __table_args__ = (UniqueConstraint("dictionary", "key"),)

    id: Mapped[Id]
    dictionary: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(500))
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Session(Base):
    """One sign-in of a person on one device; the cookie's secret is kept as its SHA-256."""

    __tablename__ = "session"

    id: Mapped[Id]
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"), index=True)
    epoch: Mapped[int]
    began_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    device: Mapped[str] = mapped_column(String(200), default="")


class Absence(Base):
    """A person is away and another acts for them (代理, F.13); `scope` [] is everything.

    `reason` is given by who declared it for somebody else. One that was ended early keeps `to_at`.
    """

    __tablename__ = "absence"
    __table_args__ = (
        Index("ix_absence_person", "person_id", "to_at"),
        Index("ix_absence_delegate", "delegate_id", "to_at"),
    )

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"))
    delegate_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"))
    from_at: Mapped[datetime] = mapped_column(Moment)
    to_at: Mapped[datetime] = mapped_column(Moment)
    scope: Mapped[list[str]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Notice(Base):
    """A line in a person's notices: what happened and where to look. `key` makes it unique.

    It appears `at` that moment: when it was made, or after the quiet hours it was made in.
    """

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_person", "person_id", "read_at"),)

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    text: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
