"""The calendar in the database: years, units, hours, and how it is kept in memory."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from engine.clock import SHANGHAI
from engine.errors import Invalid
from engine.ledger.models import Entry
from engine.people import queries
from engine.people.calendar import Calendar, Hours
from engine.people.calendar.book import calendar_stamp
from engine.people.calendar.commands import (
    import_years,
    install_published_years,
    set_calendar_day,
    set_hours,
    set_special_day,
)
from engine.people.calendar.sheet import DayRow
from engine.people.models import CalendarDay, CalendarYear, Person, Unit
from tests.bench.engine.counting import counted
from tests.district import District


def unit_of(district: District, who: str) -> Unit:
    with district.reading() as session:
        return queries.unit(session, session.get_one(Person, district.id(who)).unit_id)


def calendar(district: District, path: str = "/") -> Calendar:
    with district.reading() as session:
        return queries.calendar(session, path)


def test_the_calendar_in_the_database_decides(settled: District) -> None:
    with settled.work("admin") as work:
        set_calendar_day(work, date(2025, 6, 10), "off", "区庆")
        assert queries.calendar(work.session).due(settled.now, "1 WD").date() == date(2025, 6, 11)
        set_calendar_day(work, date(2025, 6, 10), None, "")
        assert queries.calendar(work.session).due(settled.now, "1 WD").date() == date(2025, 6, 10)
        with pytest.raises(Invalid):
            set_calendar_day(work, date(2025, 6, 10), "maybe", "")


def test_the_published_years_are_entered_once(settled: District) -> None:
    with settled.work() as work:
        assert 2026 in install_published_years(work)
    with settled.work() as work:
        assert install_published_years(work) == []
    assert not calendar(settled).is_workday(date(2026, 2, 23))
    assert 2026 in (calendar(settled).known or ())


def test_what_was_entered_by_hand_for_a_year_stays(settled: District) -> None:
    with settled.work("admin") as work:
        set_calendar_day(work, date(2025, 10, 9), "off", "区里另放一天")
        set_calendar_day(work, date(2025, 10, 1), "off", "国庆")
        install_published_years(work)
    with settled.reading() as session:
        assert session.get_one(CalendarDay, date(2025, 10, 1)).name == "国庆"
    assert not calendar(settled).is_workday(date(2025, 10, 9))


def test_an_imported_year_replaces_what_stood_there(settled: District) -> None:
    with settled.work("admin") as work:
        set_calendar_day(work, date(2027, 5, 3), "off", "猜的")
        rows = [DayRow(date(2027, 1, 1), "off", "元旦"), DayRow(date(2027, 2, 7), "work", "春节")]
        assert import_years(work, rows, "通知") == [2027]
    assert calendar(settled).is_workday(date(2027, 5, 3))
    assert calendar(settled).is_workday(date(2027, 2, 7))
    with settled.reading() as session:
        assert session.scalars(select(CalendarYear.source)).all() == ["通知"]
    with settled.work("admin") as work, pytest.raises(Invalid):
        import_years(work, [], "通知")


def test_a_units_own_day_holds_below_it_and_nowhere_else(settled: District) -> None:
    section, finance = unit_of(settled, "shen"), unit_of(settled, "zhou")
    day = date(2025, 6, 10)
    with settled.work("admin") as work:
        assert section.parent_id is not None
        set_special_day(work, section.parent_id, day, "off", "搬迁")
    assert not calendar(settled, section.path).is_workday(day)
    assert calendar(settled, finance.path).is_workday(day)
    with settled.work("admin") as work:
        set_special_day(work, section.id, day, "work", "本科室照常")
    assert calendar(settled, section.path).is_workday(day)
    with settled.work("admin") as work:
        set_special_day(work, section.id, day, None, "")
        set_special_day(work, section.parent_id, day, None, "")
    assert calendar(settled, section.path).is_workday(day)


def test_hours_of_the_district_hold_where_a_unit_has_none(settled: District) -> None:
    root, section = unit_of(settled, "admin"), unit_of(settled, "shen")
    with settled.work("admin") as work:
        set_hours(work, root.id, Hours(closes=time(18, 0)))
        set_hours(work, section.id, Hours(opens=time(8, 30)))
    assert calendar(settled).hours.closes == time(18, 0)
    assert calendar(settled, unit_of(settled, "zhou").path).hours.closes == time(18, 0)
    assert calendar(settled, section.path).hours == Hours(opens=time(8, 30))
    with settled.work("admin") as work:
        set_hours(work, section.id, None)
    assert calendar(settled, section.path).hours.closes == time(18, 0)
    with settled.work("admin") as work, pytest.raises(Invalid):
        set_hours(work, section.id, Hours(closes=time(8)))


def test_an_unchanged_calendar_is_read_from_memory_and_a_changed_one_anew(
    settled: District,
) -> None:
    with counted(settled.engine) as asked, settled.reading() as session:
        stamp = session.scalar(select(calendar_stamp()))
        queries.calendar(session)
        asked.clear()
        first = queries.calendar(session, "/1/4/", stamp=stamp)
        assert asked == []
        assert queries.calendar(session, "/1/4/") is first
        assert len(asked) == 1
    with settled.work("admin") as work:
        set_calendar_day(work, date(2025, 6, 10), "off", "")
    with settled.reading() as session:
        assert queries.calendar(session) is not first
        assert session.scalar(select(calendar_stamp())) != stamp


def test_a_change_that_was_taken_back_is_nobodys_calendar(settled: District) -> None:
    with pytest.raises(RuntimeError), settled.work("admin") as work:
        set_calendar_day(work, date(2025, 6, 10), "off", "")
        assert not queries.calendar(work.session).is_workday(date(2025, 6, 10))
        raise RuntimeError
    assert calendar(settled).is_workday(date(2025, 6, 10))


def test_a_due_date_past_the_published_years_is_an_estimate(settled: District) -> None:
    with settled.work() as work:
        install_published_years(work)
    new_year = datetime(2026, 12, 31, 10, tzinfo=SHANGHAI)
    assert calendar(settled).is_estimate(new_year, "1 WD")
    assert not calendar(settled).is_estimate(new_year - timedelta(days=7), "1 WD")


def test_an_import_reckons_the_estimates_of_open_tasks_anew(district: District) -> None:
    """Nobody knew of the holiday when the task opened at the end of the year."""
    with district.work() as work:
        install_published_years(work)
    district.now = datetime(2026, 12, 31, 10, tzinfo=SHANGHAI)
    district.start()
    district.walk_to("unit_review")
    before = district.task()
    assert before.due_estimated
    assert before.due_at is not None
    assert before.due_at.astimezone(SHANGHAI).date() == date(2027, 1, 5)
    with district.work("admin") as work:
        import_years(work, [DayRow(date(2027, 1, 1), "off", "元旦")], "通知")
    district.run_jobs()
    after = district.task()
    assert not after.due_estimated
    assert after.due_at is not None
    assert after.due_at.astimezone(SHANGHAI).date() == date(2027, 1, 6)
    with district.reading() as session:
        moved = session.scalars(select(Entry).where(Entry.kind == "task.due_moved")).all()
    assert [one.subject for one in moved] == [f"task:{after.id}"]
