"""Working days and working time by laws that hold for every calendar."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.clock import SHANGHAI
from engine.people.calendar import Calendar, Hours

DAYS = st.dates(date(2024, 12, 1), date(2026, 1, 31))
HOURS = st.sampled_from(
    [Hours(), Hours(time(8), time(11, 30), time(14), time(18)), Hours(lunch_to=time(12))]
)
CALENDARS = st.builds(Calendar, st.dictionaries(DAYS, st.booleans(), max_size=40), HOURS)
MOMENTS = st.datetimes(
    datetime(2024, 12, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2026, 1, 31),  # noqa: DTZ001
    timezones=st.just(SHANGHAI),
)
SHORT = st.timedeltas(timedelta(0), timedelta(days=9))


def slow_work_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Day by day from the definition: what of each span lies between the two."""
    total, day = timedelta(0), start.astimezone(SHANGHAI).date()
    while day <= end.astimezone(SHANGHAI).date():
        if calendar.is_workday(day):
            for opened, closed in calendar.hours.spans(day):
                total += max(timedelta(0), min(closed, end) - max(opened, start))
        day += timedelta(days=1)
    return total


@given(CALENDARS, MOMENTS, st.integers(0, 30))
def test_a_term_ends_on_a_working_day_as_many_working_days_later(
    calendar: Calendar, moment: datetime, count: int
) -> None:
    due = calendar.add_workdays(moment, count).date()
    zero = calendar.add_workdays(moment, 0).date()
    assert calendar.is_workday(due)
    assert calendar.workdays_between(zero, due) == count


@given(CALENDARS, MOMENTS, MOMENTS)
def test_who_starts_later_is_not_due_earlier(
    calendar: Calendar, one: datetime, other: datetime
) -> None:
    first, second = sorted((one, other))
    assert calendar.add_workdays(first, 3) <= calendar.add_workdays(second, 3)


@given(CALENDARS, MOMENTS, MOMENTS)
def test_working_time_is_what_the_definition_says(
    calendar: Calendar, one: datetime, other: datetime
) -> None:
    start, end = sorted((one, other))
    assert calendar.work_time_between(start, end) == slow_work_time(calendar, start, end)
    assert calendar.work_time_between(end, start) == -calendar.work_time_between(start, end)


@given(CALENDARS, MOMENTS, SHORT)
def test_adding_working_time_adds_exactly_that_much(
    calendar: Calendar, moment: datetime, duration: timedelta
) -> None:
    end = calendar.add_work_time(moment, duration)
    assert calendar.work_time_between(moment, end) == duration


@given(CALENDARS, MOMENTS, SHORT, SHORT)
def test_pauses_one_after_another_add_up(
    calendar: Calendar, moment: datetime, one: timedelta, other: timedelta
) -> None:
    step = calendar.add_work_time(calendar.add_work_time(moment, one), other)
    assert step == calendar.add_work_time(moment, one + other)


@given(CALENDARS, MOMENTS)
def test_the_next_work_moment_is_the_first_one(calendar: Calendar, moment: datetime) -> None:
    found = calendar.next_work_moment(moment)
    assert found >= moment
    assert calendar.next_work_moment(found) == found
    assert calendar.work_time_between(moment, found) == timedelta(0)


@given(CALENDARS, DAYS, DAYS, DAYS)
def test_working_days_between_add_up(calendar: Calendar, one: date, two: date, three: date) -> None:
    whole = calendar.workdays_between(one, three)
    assert calendar.workdays_between(one, two) + calendar.workdays_between(two, three) == whole
