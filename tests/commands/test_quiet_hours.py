"""Notices keep quiet at night and on days off, and come in one line when there are many (D.6)."""

from __future__ import annotations

from datetime import datetime, time

import pytest

from engine.clock import SHANGHAI
from engine.people import queries
from engine.people.calendar import Hours
from engine.people.calendar.commands import set_hours
from engine.people.notices import in_lines, notices, notify, read_notices, unread_count
from tests.district import District


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2025, 6, day, hour, minute, tzinfo=SHANGHAI)


def tell(district: District, moment: datetime, count: int = 1, *, urgent: bool = False) -> None:
    district.now = moment
    with district.work() as work:
        for number in range(count):
            key = f"k{moment:%d%H%M}:{number}"
            notify(work, district.id("gu"), key, f"第{number}件", "x", urgent=urgent)


@pytest.mark.parametrize(
    ("made", "appears"),
    [
        (at(9, 10), at(9, 10)),
        (at(9, 19, 59), at(9, 19, 59)),  # after closing, yet not quiet
        (at(9, 20), at(10, 8)),
        (at(10, 7, 59), at(10, 8)),
        (at(13, 21), at(16, 8)),  # Friday night: Monday
        (at(14, 10), at(16, 8)),  # Saturday
    ],
)
def test_a_notice_waits_for_the_next_working_morning(
    settled: District, made: datetime, appears: datetime
) -> None:
    tell(settled, made)
    with settled.reading() as session:
        assert [one.at for one in notices(session, settled.id("gu"))] == [appears]
        waiting = appears > made
        assert len(notices(session, settled.id("gu"), made)) == (not waiting)
        assert unread_count(session, settled.id("gu"), appears) == 1


def test_what_is_urgent_disturbs(settled: District) -> None:
    tell(settled, at(14, 23), urgent=True)
    with settled.reading() as session:
        assert unread_count(session, settled.id("gu"), at(14, 23)) == 1


def test_a_unit_has_quiet_hours_of_its_own(settled: District) -> None:
    with settled.work("admin") as work:
        unit = queries.person(work.session, settled.id("gu")).unit_id
        set_hours(work, unit, Hours(quiet_from=time(18)))
    tell(settled, at(9, 18, 30))
    with settled.reading() as session:
        assert unread_count(session, settled.id("gu"), at(9, 19)) == 0


def test_what_has_not_appeared_is_not_read(settled: District) -> None:
    tell(settled, at(9, 21))
    with settled.work("gu") as work:
        read_notices(work, settled.id("gu"))
    with settled.reading() as session:
        assert unread_count(session, settled.id("gu"), at(10, 8)) == 1


@pytest.mark.parametrize(("count", "lines"), [(5, 5), (6, 1)])
def test_many_of_one_morning_are_one_line(settled: District, count: int, lines: int) -> None:
    tell(settled, at(9, 21), count)
    tell(settled, at(10, 9))
    with settled.reading() as session:
        shown = in_lines(notices(session, settled.id("gu"), at(10, 9)))
    assert len(shown) == lines + 1
    assert sum(len(line) for line in shown) == count + 1
