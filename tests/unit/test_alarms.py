"""When an open task's reminders, escalations and timeout come (rules.md D.5, D.6, F.16)."""

from __future__ import annotations

from datetime import date, datetime

from engine.clock import SHANGHAI
from engine.people.calendar import Calendar
from engine.workflow.deadlines.alarms import Alarm, Plan, alarms, next_alarm, rung
from engine.workflow.deadlines.keeping import resume_clock, set_deadline, stop_clock
from engine.workflow.models import Task

WEEKS = Calendar({date(2025, 6, 18): False})
"""A Wednesday off."""
PLAN = Plan(("2 WD", "1 WD"), ("1 WD", "3 WD"), "return", "5 WD")


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2025, 6, day, hour, minute, tzinfo=SHANGHAI)


OPENED, DUE = at(9), at(19, 17, 30)
FOUND = alarms(PLAN, OPENED, DUE, WEEKS)


def test_alarms_stand_around_the_due_date_in_working_days() -> None:
    assert [
        Alarm(at(16), "remind"),  # two working days before, the day off not counted
        Alarm(at(17), "remind"),
        Alarm(DUE, "overdue"),
        Alarm(at(20, 17, 30), "escalate", 1),
        Alarm(at(24, 17, 30), "escalate", 2),
        Alarm(at(26, 17, 30), "timeout"),
    ] == FOUND


def test_nobody_is_reminded_before_the_task_opened() -> None:
    short = alarms(PLAN, at(19), at(20, 17, 30), WEEKS)
    assert [one.kind for one in short][:2] == ["overdue", "escalate"]


def test_without_a_timeout_the_machine_never_acts() -> None:
    assert "timeout" not in {one.kind for one in alarms(Plan(), OPENED, DUE, WEEKS)}


def test_natural_days_count_every_day() -> None:
    assert alarms(Plan(("7 D",), ()), OPENED, DUE, WEEKS)[0] == Alarm(at(12), "remind")


def test_after_a_standstill_one_reminder_is_enough_and_none_when_it_is_late() -> None:
    assert rung(FOUND, at(16), at(17, 12)) == [Alarm(at(17), "remind")]
    assert [one.kind for one in rung(FOUND, at(16), at(21))] == ["overdue", "escalate"]


def test_the_next_alarm_is_the_first_to_come() -> None:
    assert next_alarm(FOUND, at(16)) == at(17)
    assert next_alarm(FOUND, at(30)) is None


def opened() -> Task:
    task = Task(opened_at=OPENED, state="open", paused=0)
    set_deadline(task, "5 WD", PLAN, WEEKS, OPENED)
    return task


def test_a_task_without_a_term_has_neither_due_date_nor_alarm() -> None:
    task = Task(opened_at=OPENED)
    set_deadline(task, "", PLAN, WEEKS, OPENED)
    assert (task.due_at, task.alarm_at) == (None, None)


def test_reopening_after_a_pause_moves_the_due_date_and_the_alarms() -> None:
    task = opened()
    assert (task.due_at, task.alarm_at) == (at(16, 17, 30), at(12))
    stop_clock(task)
    assert task.alarm_at is None
    resume_clock(task, at(10, 16), PLAN, WEEKS, at(12, 10))  # 1.5 h + a day + an hour
    assert task.due_at == at(19, 11, 30)  # ten hours of office time later
    assert task.alarm_at == at(16)
    assert task.paused == 10 * 3600


def test_a_calendar_that_changes_keeps_what_was_paused() -> None:
    task = opened()
    resume_clock(task, at(10, 9), PLAN, WEEKS, at(10, 11))
    set_deadline(task, "5 WD", PLAN, Calendar({}), at(10, 11))
    assert task.due_at == at(17, 11)
