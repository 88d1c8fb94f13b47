"""挂起, 恢复, 作废: a process stands still, goes on, or is over without a result (F.18)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from engine.errors import Conflict
from engine.jobs import nudge
from engine.jobs.models import Job
from engine.people import queries as people
from engine.work import Work
from engine.workflow.calls import job_key
from engine.workflow.commands.outside import (
    check_holder,
    note,
    tasks_in,
    tell,
)
from engine.workflow.commands.texts import need_reason
from engine.workflow.deadlines.alarms import Plan
from engine.workflow.deadlines.keeping import resume_clock, stop_clock
from engine.workflow.deadlines.plan import plan_of
from engine.workflow.instances import write_changes
from engine.workflow.locks import lock_instance
from engine.workflow.models import Instance, ServiceCall, Task
from engine.workflow.properties import node_facts
from engine.workflow.running import run_of

STATUS = {"active": "办理中", "suspended": "挂起", "ended": "已办结", "void": "已作废"}


def suspend_instance(work: Work, instance_id: int, reason: str) -> Instance:
    """Stop a process and its clocks: nobody can act, no timer fires, no service is called."""
    instance = lock_instance(work.session, instance_id)
    check_holder(work, instance)
    reason = need_reason(reason)
    _check_status(instance, "active")
    tasks = tasks_in(work.session, instance, "open")
    for task in tasks:
        task.state = "suspended"
        stop_clock(task)
    instance.status, instance.suspended_at = "suspended", work.now
    note(work, instance, "suspend", reason, tasks[-1] if tasks else None)
    _tell_and_record(work, instance, "suspended", reason)
    return instance


def resume_instance(work: Work, instance_id: int, reason: str) -> Instance:
    """Let a process go on: due dates grow by the paused working time, timers by the paused time."""
    instance = lock_instance(work.session, instance_id)
    check_holder(work, instance)
    reason = need_reason(reason)
    _check_status(instance, "suspended")
    since = instance.suspended_at or work.now
    tasks = _wake(work, instance, since)
    note(work, instance, "resume", reason, tasks[-1] if tasks else None)
    run = run_of(work.session, instance)
    write_changes(work, instance, run, run.shift(work.now - since, at=work.now))
    _call_again(work, instance)
    _tell_and_record(work, instance, "resumed", reason)
    return instance


def void_instance(work: Work, instance_id: int, reason: str) -> Instance:
    """End a process without a result (作废): what is open is withdrawn, its number stays."""
    instance = lock_instance(work.session, instance_id)
    check_holder(work, instance)
    reason = need_reason(reason)
    _check_status(instance, "active", "suspended")
    tasks = tasks_in(work.session, instance, "open", "suspended")
    if instance.status == "suspended":
        _wake(work, instance, instance.suspended_at or work.now)
    note(work, instance, "void", reason, tasks[-1] if tasks else None)
    run = run_of(work.session, instance)
    write_changes(work, instance, run, run.cancel(at=work.now))
    instance.status = "void"
    _tell_and_record(work, instance, "voided", reason)
    return instance


_WORDS = {"suspended": "挂起", "resumed": "恢复", "voided": "作废"}


def _tell_and_record(work: Work, instance: Instance, what: str, reason: str) -> None:
    work.session.flush()
    text = f"“{instance.title}”的流程已由{work.actor.name}{_WORDS[what]}：{reason}"
    tell(work, instance, what, text)
    facts = {"process": instance.process, "reason": reason}
    work.record(f"process.{what}", f"instance:{instance.id}", instance.subject, facts)


def _check_status(instance: Instance, *wanted: str) -> None:
    if instance.status not in wanted:
        raise Conflict(
            "此流程{status}，请刷新后再办理", status=STATUS.get(instance.status, instance.status)
        )


def _wake(work: Work, instance: Instance, since: datetime) -> list[Task]:
    """Open the suspended tasks again, their terms longer by the time that they stood still."""
    tasks = tasks_in(work.session, instance, "suspended")
    calendar = people.calendar(work.session, instance.unit_path)
    run = run_of(work.session, instance)
    plans = {one.id: plan_of(node_facts(run.definition, one)) for one in run.open_tasks()}
    for task in tasks:
        task.state = "open"
        resume_clock(task, since, plans.get(task.token, Plan()), calendar, work.now)
    instance.status, instance.suspended_at = "active", None
    return tasks


def _call_again(work: Work, instance: Instance) -> None:
    """What waited for the end of the pause is done now: services, messages.

    A job that a worker has in hand waits for our lock already, and would make us wait for its own.
    """
    waiting = select(ServiceCall.id).where(
        ServiceCall.instance_id == instance.id, ServiceCall.state == "waiting"
    )
    keys = [job_key(one) for one in work.session.scalars(waiting)]
    ready = select(Job).where(Job.state == "ready").with_for_update(skip_locked=True)
    for job in work.session.scalars(
        ready.where(or_(Job.key.in_(keys), Job.kind == "workflow.deliver_message"))
    ):
        if job.key in keys or job.arg["instance"] == instance.id:
            job.run_at = work.now
            nudge.after(work, job)
