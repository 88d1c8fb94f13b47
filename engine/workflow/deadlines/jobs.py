"""Machine work of deadlines: estimates reckoned anew when the calendar has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine import registry
from engine.jobs.commands import enqueue
from engine.people import queries as people
from engine.people.calendar.commands import RECALCULATE
from engine.work import Work
from engine.workflow.commands import stand
from engine.workflow.deadlines.keeping import set_deadline
from engine.workflow.deadlines.plan import plan_of
from engine.workflow.instances import lock_instance
from engine.workflow.models import Instance, Task

BATCH = 50


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
