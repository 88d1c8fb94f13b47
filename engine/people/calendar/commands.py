"""Writes of the calendar: published years, single days, what a unit has of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from engine.errors import Conflict, Invalid
from engine.jobs.commands import enqueue
from engine.people import queries
from engine.people.calendar.hours import Hours
from engine.people.calendar.published import published_years
from engine.people.calendar.sheet import DayRow
from engine.people.models import CalendarDay, CalendarStamp, CalendarYear, SpecialDay, UnitHours
from engine.work import Work

MATTER = "calendar:1"
KINDS = ("off", "work")
NAME_LENGTH = 80
RECALCULATE = "workflow.recalculate_due"
"""The job, of the workflow above this room, that reckons anew the dates that were estimates."""


def install_published_years(work: Work) -> list[int]:
    """Enter the years that the package with the State Council's notices knows and we do not.

    What an administrator has entered for such a year by hand stays. The years entered.
    """
    known = set(work.session.scalars(select(CalendarYear.year)))
    missing = [one for one in published_years() if one.year not in known]
    for one in missing:
        own = {row.day: row for row in _days_of(work, one.year)}
        _keep_year(work, one.year, ({row.day: row for row in one.days} | own).values(), one.source)
    if missing:
        enqueue(work, RECALCULATE, {})
    return [one.year for one in missing]


def import_years(work: Work, rows: Iterable[DayRow], source: str) -> list[int]:
    """Take a sheet as the whole of each year it speaks of, and reckon estimates anew; the years."""
    by_year: dict[int, list[DayRow]] = {}
    for row in rows:
        by_year.setdefault(row.day.year, []).append(row)
    if not by_year:
        raise Invalid("没有可导入的日期", field="sheet")
    for year, days in sorted(by_year.items()):
        _keep_year(work, year, days, source)
    enqueue(work, RECALCULATE, {})
    return sorted(by_year)


def _days_of(work: Work, year: int) -> list[DayRow]:
    within = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    rows = work.session.scalars(select(CalendarDay).where(within).order_by(CalendarDay.day))
    return [DayRow(row.day, row.kind, row.name) for row in rows]


def _keep_year(work: Work, year: int, days: Iterable[DayRow], source: str) -> None:
    rows = sorted(days, key=lambda row: row.day)
    within = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    work.session.execute(delete(CalendarDay).where(within))
    work.session.execute(delete(CalendarYear).where(CalendarYear.year == year))
    work.session.add(CalendarYear(year=year, source=source[:120], at=work.now))
    work.session.add_all(CalendarDay(day=row.day, kind=row.kind, name=row.name) for row in rows)
    facts = {"source": source, "days": [[row.day, row.kind, row.name] for row in rows]}
    work.record("calendar.year_published", f"year:{year}", MATTER, facts)
    _changed(work)


def set_calendar_day(work: Work, day: date, kind: str | None, name: str) -> None:
    """Declare a day `off` or `work` for all, or (None) let its weekday decide again."""
    _check(kind, name)
    known = work.session.get(CalendarDay, day)
    if known is not None:
        work.session.delete(known)
        work.session.flush()
    if kind is not None:
        work.session.add(CalendarDay(day=day, kind=kind, name=name))
    work.record("calendar.changed", f"day:{day}", MATTER, {"kind": kind, "name": name})
    _changed(work)


def set_special_day(work: Work, unit_id: int, day: date, kind: str | None, name: str) -> None:
    """Declare a day `off` or `work` for a unit and all below it, or (None) withdraw that."""
    _check(kind, name)
    unit = queries.unit(work.session, unit_id)
    work.session.execute(
        delete(SpecialDay).where(SpecialDay.unit_id == unit_id, SpecialDay.day == day)
    )
    if kind is not None:
        work.session.add(SpecialDay(unit_id=unit_id, day=day, kind=kind, name=name))
    facts = {"unit": unit.name, "kind": kind, "name": name}
    work.record("calendar.special_day", f"day:{day}", f"unit:{unit_id}", facts)
    _changed(work)


def _check(kind: str | None, name: str) -> None:
    if kind is not None and kind not in KINDS:
        raise Invalid("请选择放假或补班", field="kind")
    if len(name) > NAME_LENGTH:
        raise Invalid("不超过 {most} 字", most=NAME_LENGTH, field="name")


def set_hours(work: Work, unit_id: int, hours: Hours | None) -> None:
    """Give a unit and all below it its own office hours, or (None) those of the unit above."""
    unit = queries.unit(work.session, unit_id)
    work.session.execute(delete(UnitHours).where(UnitHours.unit_id == unit_id))
    if hours is not None:
        work.session.add(UnitHours(unit_id=unit_id, **asdict(hours.checked())))
    told = {name: wall.strftime("%H:%M") for name, wall in asdict(hours).items()} if hours else None
    work.record(
        "calendar.hours_set",
        f"unit:{unit_id}",
        f"unit:{unit_id}",
        {"unit": unit.name} | (told or {}),
    )
    _changed(work)


def _changed(work: Work) -> None:
    """Exchange the stamp, so that every process reads the calendar again."""
    fresh = secrets.token_hex(8)
    work.session.flush()
    renewed = update(CalendarStamp).where(CalendarStamp.id == 1).values(stamp=fresh)
    if work.session.execute(renewed.returning(CalendarStamp.id)).first():
        return
    try:
        work.session.add(CalendarStamp(id=1, stamp=fresh))
        work.session.flush()
    except IntegrityError:
        raise Conflict("工作日历刚刚被他人修改，请重试") from None
