"""The due date of a task: set when it opens, moved by a pause, reckoned anew by a new calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.errors import Invalid
from engine.people.calendar import Calendar
from engine.workflow.deadlines.alarms import Plan, alarms, next_alarm
from engine.workflow.models import Task


def set_deadline(task: Task, term: str, plan: Plan, calendar: Calendar, now: datetime) -> None:
    """Give an open task its due date, say whether that is an estimate, and set its next alarm.

    Working time for which its clock stood still (`task.paused`) is added. Without a term it has
    neither.
    """
    if not term:
        task.due_at, task.due_estimated, task.alarm_at = None, False, None
        return
    stood_still = timedelta(seconds=task.paused or 0)
    ends = calendar.due(task.opened_at, term)
    task.due_at = calendar.add_work_time(ends, stood_still)
    task.due_estimated = calendar.rests_on_guess(task.opened_at, ends, term)
    set_alarm(task, plan, calendar, now)


def set_alarm(task: Task, plan: Plan, calendar: Calendar, now: datetime) -> None:
    """Set the next moment at which the machine must look at the task."""
    if task.due_at is None:
        task.alarm_at = None
        return
    task.alarm_at = next_alarm(alarms(plan, task.opened_at, task.due_at, calendar), now)


def stop_clock(task: Task) -> None:
    """A suspended task rings no alarm (挂起, rules.md F.18)."""
    task.alarm_at = None


def resume_clock(
    task: Task, since: datetime, plan: Plan, calendar: Calendar, now: datetime
) -> None:
    """Let the clock run again after a pause since `since`: the paused working time is added."""
    if now < since:
        raise Invalid("恢复的时间早于挂起的时间")
    stood_still = calendar.work_time_between(max(since, task.opened_at), now)
    task.paused = (task.paused or 0) + int(stood_still.total_seconds())
    if task.due_at is not None:
        task.due_at = calendar.add_work_time(task.due_at, stood_still)
    set_alarm(task, plan, calendar, now)
