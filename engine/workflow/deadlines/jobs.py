"""Machine work of deadlines: alarms rung, estimates reckoned anew, what leaders read weekly."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import registry
from engine.db import fixed
from engine.jobs.commands import enqueue
from engine.jobs.desk import Desk, outside
from engine.jobs.outcomes import Outcome
from engine.jobs.schedule import every
from engine.people import queries as people
from engine.people.calendar.commands import RECALCULATE
from engine.work import MACHINE, Work, begin
from engine.workflow.commands import stand
from engine.workflow.deadlines.keeping import set_deadline
from engine.workflow.deadlines.plan import plan_of
from engine.workflow.deadlines.ringing import ring
from engine.workflow.locks import lock_instance, lock_instance_of
from engine.workflow.models import Instance, Task

BATCH = 50
ROUND = 30
"""Seconds between two looks for due alarms."""
MOST = 2000
"""Tasks rung for in one round; the next goes on."""
log = logging.getLogger(__name__)
Finish = Callable[[Work], Outcome | None]


RINGING = (Task.state == fixed("open"), Task.alarm_at.is_not(None))
"""Tasks that wait for a moment, in the words of their index."""


@registry.job("workflow.ring_alarms")
@outside
def ring_alarms(desk: Desk, _arg: Mapping[str, Any]) -> Finish | None:
    """Ring for every task whose moment has come, each in a transaction of its own.

    A task rung for has its next moment in the same transaction, so that two processes that look at
    the same time do it once; one that fails does not keep the others from theirs.
    """
    with desk.reading() as session:
        due = list(
            session.scalars(
                select(Task.id)
                .where(*RINGING, Task.alarm_at <= desk.now)
                .order_by(Task.alarm_at)
                .limit(MOST)
            )
        )
    for task_id in due:
        try:
            with begin(desk.engine, MACHINE, desk.now) as work:
                ring(work, task_id)
        except Exception:  # whatever ails one task, the others have their turn
            log.exception("the alarm of task %s failed", task_id)
            with begin(desk.engine, MACHINE, desk.now) as work:
                _try_apart(work, task_id)
    return None


def _try_apart(work: Work, task_id: int) -> None:
    """Give a task that could not be rung for a job of its own, which ends where people see it."""
    lock_instance_of(work.session, task_id)
    task = work.session.get_one(Task, task_id, populate_existing=True)
    if task.state == "open" and task.alarm_at is not None and task.alarm_at <= work.now:
        enqueue(work, "workflow.ring_alarm", {"task": task_id, "since": task.alarm_at.isoformat()})
        task.alarm_at = None


@registry.job("workflow.ring_alarm")
def ring_alarm(work: Work, arg: Mapping[str, Any]) -> None:
    """Ring for one task whose alarm failed before."""
    ring(work, arg["task"], datetime.fromisoformat(arg["since"]))


def _some_alarm(session: Session) -> bool:
    """Whether any open task waits for a moment at all; the job looks which have come."""
    waiting = select(Task.id).where(*RINGING).limit(1)
    return session.scalar(waiting) is not None


every(ROUND, "workflow.ring_alarms", needed=_some_alarm)


@registry.job(RECALCULATE)
def recalculate_due(work: Work, arg: Mapping[str, Any]) -> None:
    """Reckon the estimated due dates of open tasks anew, a batch at a time, until all are done."""
    rows = work.session.execute(
        select(Task.id, Task.instance_id)
        .where(Task.state == "open", Task.due_estimated, Task.id > arg.get("after", 0))
        .order_by(Task.id)
        .limit(BATCH)
    ).all()
    # Every process locks the instances of a batch in the same order.
    for number in sorted({instance_id for _, instance_id in rows}):
        instance = lock_instance(work.session, number)
        for task_id in sorted(task_id for task_id, owner in rows if owner == number):
            _recalculate(work, instance, task_id)
    if len(rows) == BATCH:
        enqueue(work, RECALCULATE, {"after": rows[-1][0]})


def _recalculate(work: Work, instance: Instance, task_id: int) -> None:
    task = work.session.get_one(Task, task_id, populate_existing=True)
    if task.state != "open" or instance.status != "active":
        return
    facts = stand(work.session, task, instance).facts
    calendar, before = people.calendar(work.session, instance.unit_path), task.due_at
    set_deadline(task, facts.due, plan_of(facts), calendar, work.now)
    if task.due_at != before:
        moved = {"node": task.node, "before": before, "after": task.due_at}
        work.record("task.due_moved", f"task:{task.id}", instance.subject, moved)
