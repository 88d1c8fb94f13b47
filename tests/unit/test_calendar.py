"""The working calendar (rules.md F.17): days, terms, office hours, sheets of holidays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from engine.clock import SHANGHAI
from engine.errors import Invalid
from engine.people.calendar import Calendar, Hours
from engine.people.calendar.published import published_years
from engine.people.calendar.sheet import DayRow, compare, read_sheet

HOLIDAYS = Calendar(
    {date(2025, 9, 28): True}  # a Sunday that makes up for the holiday
    | {date(2025, 10, day): False for day in range(1, 9)}
    | {date(2025, 10, 11): True}
)


def at(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "term", "due"),
    [
        (at(6, 13, 17), "1 WD", at(6, 16, 17, 30)),  # Friday afternoon: Monday
        (at(6, 9), "0 WD", at(6, 9, 17, 30)),
        (at(6, 9, 17, 30), "1 WD", at(6, 10, 17, 30)),  # at closing time it is still today
        (at(6, 9, 17, 31), "1 WD", at(6, 11, 17, 30)),  # after hours it counts from tomorrow
        (at(6, 14), "1 WD", at(6, 17, 17, 30)),  # Saturday counts from Monday
        (at(9, 30), "1 WD", at(10, 9, 17, 30)),  # the day before 国庆
        (at(9, 30, 18), "1 WD", at(10, 10, 17, 30)),  # … after closing time
        (at(9, 26), "1 WD", at(9, 28, 17, 30)),  # the make-up Sunday is a working day
        (at(9, 28), "1 WD", at(9, 29, 17, 30)),
        (at(10, 10), "1 WD", at(10, 11, 17, 30)),  # the make-up Saturday
        (at(9, 30), "30 D", at(10, 30, 17, 30)),  # natural days do not care
        (at(6, 14, 23), "1 D", at(6, 15, 17, 30)),
    ],
)
def test_a_term_ends_at_closing_time_of_its_last_day(
    moment: datetime, term: str, due: datetime
) -> None:
    assert HOLIDAYS.due(moment, term) == due


def test_working_days_between_two_days_are_counted_either_way() -> None:
    assert HOLIDAYS.workdays_between(date(2025, 9, 30), date(2025, 10, 9)) == 1
    assert HOLIDAYS.workdays_between(date(2025, 10, 9), date(2025, 9, 30)) == -1
    assert HOLIDAYS.workdays_between(date(2025, 6, 9), date(2025, 6, 9)) == 0


@pytest.mark.parametrize("term", ["5", "P5D", "5 days", "WD", "-1 WD", "5WD"])
def test_a_term_without_its_kind_of_day_is_refused(term: str) -> None:
    with pytest.raises(Invalid, match="工作日"):
        HOLIDAYS.due(at(6, 9), term)


def test_friday_at_five_and_one_working_day_is_monday() -> None:
    assert HOLIDAYS.due(at(6, 13, 17), "1 WD") == at(6, 16, 17, 30)


def test_the_day_before_the_national_day_and_one_working_day_is_after_the_holiday() -> None:
    assert HOLIDAYS.due(at(9, 30), "1 WD") == at(10, 9, 17, 30)


def test_a_make_up_sunday_is_worked() -> None:
    assert HOLIDAYS.is_workday(date(2025, 9, 28))
    assert HOLIDAYS.next_work_moment(at(9, 28, 8)) == at(9, 28, 9)


def test_a_working_day_is_no_24_office_hours() -> None:
    """P1D once became 24 business hours, three days, elsewhere: ours is one day."""
    assert HOLIDAYS.due(at(6, 9), "1 WD") == at(6, 10, 17, 30)
    assert HOLIDAYS.due(at(6, 9), "1 D") == at(6, 10, 17, 30)


def test_after_closing_time_counts_from_the_next_working_morning() -> None:
    assert HOLIDAYS.next_work_moment(at(6, 13, 17, 31)) == at(6, 16, 9)
    assert HOLIDAYS.due(at(6, 13, 17, 31), "1 WD") == at(6, 17, 17, 30)


def test_at_lunch_the_next_work_moment_is_the_afternoon() -> None:
    assert HOLIDAYS.next_work_moment(at(6, 9, 12, 20)) == at(6, 9, 13)
    assert HOLIDAYS.next_work_moment(at(6, 9, 10)) == at(6, 9, 10)


def test_a_year_without_its_table_is_computed_from_weekends_and_is_an_estimate() -> None:
    calendar = Calendar({date(2025, 1, 1): False}, known=frozenset({2025}))
    assert calendar.due(at(12, 31), "1 WD") == datetime(2026, 1, 1, 17, 30, tzinfo=SHANGHAI)
    assert calendar.is_estimate(at(12, 31), "1 WD")
    assert not calendar.is_estimate(at(12, 30), "1 WD")
    assert not calendar.is_estimate(at(12, 31), "1 D")  # natural days know no holidays


def test_reopening_after_a_pause_adds_the_paused_working_time() -> None:
    """挂起 from Friday 16:30 to Monday 09:30 pauses an hour and a half of office hours."""
    paused = HOLIDAYS.work_time_between(at(6, 13, 16, 30), at(6, 16, 9, 30))
    assert paused == timedelta(hours=1, minutes=30)
    assert HOLIDAYS.add_work_time(at(6, 18, 17, 30), paused) == at(6, 19, 10, 30)


def test_lunch_and_holidays_are_no_working_time() -> None:
    assert HOLIDAYS.work_time_between(at(6, 9, 9), at(6, 9, 18)) == timedelta(hours=7, minutes=30)
    assert HOLIDAYS.work_time_between(at(10, 1), at(10, 8, 20)) == timedelta(0)
    assert HOLIDAYS.add_work_time(at(6, 9, 11, 30), timedelta(hours=1)) == at(6, 9, 13, 30)


def test_days_before_a_due_date_are_counted_back_over_the_holiday() -> None:
    assert HOLIDAYS.workdays_before(at(10, 9, 17, 30), 1) == at(9, 30, 9)


def test_hours_of_its_own_move_the_closing_time() -> None:
    early = Calendar({}, Hours(opens=time(8, 30), closes=time(16, 30)).checked())
    assert early.due(at(6, 9), "1 WD") == at(6, 10, 16, 30)
    assert early.due(at(6, 9, 17), "1 WD") == at(6, 11, 16, 30)


@pytest.mark.parametrize(
    ("hours", "field"),
    [
        (Hours(opens=time(13)), "lunch_from"),
        (Hours(lunch_to=time(11)), "lunch_to"),
        (Hours(closes=time(12, 30)), "closes"),
        (Hours(quiet_to=time(9, 30)), "quiet_to"),
        (Hours(quiet_from=time(17)), "quiet_from"),
    ],
)
def test_hours_that_are_none_are_refused_at_their_field(hours: Hours, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        hours.checked()
    assert refused.value.field == field


# --- the sheet of a year


def test_a_sheet_is_read_by_lines() -> None:
    sheet = read_sheet("日期,类型,名称\n2027-02-07,班,春节\n\n2027/1/1，休，元旦\n")
    assert sheet.problems == {}
    assert sheet.rows == (
        DayRow(date(2027, 1, 1), "off", "元旦"),
        DayRow(date(2027, 2, 7), "work", "春节"),
    )
    assert sheet.years == (2027,)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2027-02-30,休,春节", "不是有效的日期"),
        ("2027-01-01,歇,元旦", "应为“休”或“班”"),
        ("2027-02-08,班,春节", "本来就要上班"),  # a Monday
        ("2027-01-01", "每行应为"),
        ("1,2,3,4", "每行应为"),
        (f"2027-01-01,休,{'长' * 81}", "不超过 80 字"),
        ("2027-01-02,休,重复", "重复"),
    ],
)
def test_each_wrong_line_is_named(line: str, problem: str) -> None:
    sheet = read_sheet(f"2027-01-02,休,元旦\n{line}")
    assert list(sheet.problems) == [2]
    assert problem in sheet.problems[2]


def test_a_sheet_is_the_whole_of_its_years_and_of_no_other() -> None:
    first, second = date(2027, 1, 1), date(2027, 1, 2)
    kept = [
        DayRow(first, "off", "元旦"),
        DayRow(second, "off", ""),
        DayRow(date(2026, 1, 1), "off", ""),
    ]
    found = compare(kept, read_sheet("2027-01-01,休,新年\n2027-01-03,休,新年"))
    assert found.added == (DayRow(date(2027, 1, 3), "off", "新年"),)
    assert found.removed == (DayRow(second, "off", ""),)
    assert found.changed == ((DayRow(first, "off", "元旦"), DayRow(first, "off", "新年")),)


def test_the_published_years_are_the_state_councils() -> None:
    known = {one.year: one for one in published_years()}
    assert {2024, 2025, 2026} <= set(known)
    days = {row.day: row.kind for row in known[2026].days}
    assert days[date(2026, 10, 7)] == "off"
    assert days[date(2026, 9, 20)] == "work"
    assert date(2026, 10, 8) not in days


def test_time_left_into_a_year_without_holidays_is_a_guess() -> None:
    published = Calendar({}, known=frozenset({2025}))
    december, january = at(12, 30), datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
    assert published.is_guess(december, january)
    assert not published.is_guess(at(12, 1), december)
    assert not Calendar({}).is_guess(december, january)
