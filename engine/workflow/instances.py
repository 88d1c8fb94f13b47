"""Running processes: starting them, and writing down what a run of the runtime changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.elements import ColumnElement

from engine.errors import Conflict, NotFound
from engine.jobs.commands import enqueue
from engine.people import queries as people
from engine.work import Work
from engine.workflow import deployments, runtime
from engine.workflow.models import Deployment, Instance, Passage, ServiceCall, Signer, Task
from engine.workflow.properties import NodeFacts, node_facts
from engine.workflow.runtime import Changes, Definition, OpenTask


@dataclass(frozen=True)
class About:
    """What a process is about: the subject (`project:12`), its title, its unit, whose matter it is.

    The party may handle the matter, never review it (rules.md D.3-1).
    """

    subject: str
    title: str
    unit_path: str
    party_id: int | None = None


def start_instance(work: Work, process: str, about: About, data: Mapping[str, Any]) -> Instance:
    """Start the newest deployment of `process`."""
    deployment = deployments.latest(work.session, process)
    if deployment is None:
        raise NotFound(f"流程 {process} 尚未部署")
    return _start(work, deployment, about, data, None)


def correlate_message(
    work: Work, message: str, about: About, payload: Mapping[str, Any]
) -> list[Instance]:
    """Start every process that listens to `message`; which ones do is drawn, not written here."""
    return [
        _start(work, deployment, about, payload, message)
        for deployment in deployments.listening(work.session, message)
    ]


def _start(
    work: Work,
    deployment: Deployment,
    about: About,
    data: Mapping[str, Any],
    message: str | None,
) -> Instance:
    definition = deployments.definition(work.session, deployment.id, deployment.process)
    _, changes = runtime.start(definition, dict(data), at=work.now, message=message)
    instance = Instance(
        deployment_id=deployment.id,
        process=deployment.process,
        subject=about.subject,
        title=about.title,
        unit_path=about.unit_path,
        party_id=about.party_id,
        state=changes.state,
        started_by=work.actor.name,
        started_at=work.now,
    )
    work.session.add(instance)
    work.session.flush()
    work.record(
        "process.started",
        f"instance:{instance.id}",
        about.subject,
        {"process": deployment.process, "version": deployment.version, "message": message},
    )
    write_changes(work, instance, definition, changes)
    return instance


def lock_instance(session: Session, instance_id: int) -> Instance:
    """The instance under its lock, as it stands now: one writer at a time.

    PostgreSQL locks the row; on SQLite the writing transaction already excludes other writers.
    """
    return _locked(session, Instance.id == instance_id, "没有这个流程")


def lock_instance_of(session: Session, task_id: int) -> Instance:
    """The instance of a task under its lock; `NotFound` if there is no such task."""
    holder = select(Task.instance_id).where(Task.id == task_id).scalar_subquery()
    return _locked(session, Instance.id == holder, "没有这个事项")


def _locked(session: Session, wanted: ColumnElement[bool], absent: str) -> Instance:
    instance = session.scalar(
        select(Instance)
        .where(wanted)
        .with_for_update()
        # Another writer may have gone before us while we waited for the lock.
        .execution_options(populate_existing=True)
    )
    if instance is None:
        raise NotFound(absent)
    return instance


def write_changes(
    work: Work, instance: Instance, definition: Definition, changes: Changes, why: str = ""
) -> list[Task]:
    """Write what a run changed: state, tasks, parked calls, history, timers, thrown messages."""
    due_before = instance.next_due
    _save_state(work, instance, changes)
    if changes.passed:
        work.session.add(
            Passage(
                instance_id=instance.id,
                at=work.now,
                nodes=[
                    [f"{one.process}/{one.node}", list(one.flows), list(one.path)]
                    for one in changes.passed
                ],
            )
        )
    _close_withdrawn(work, instance, changes)
    opened = [_open_task(work, instance, definition, one, why) for one in changes.opened]
    for call in changes.calls:
        _park(work, instance, call)
    if changes.next_due is not None and changes.next_due != due_before:
        key = f"workflow.fire_timers:{instance.id}:{instance.version}"
        arg = {"instance": instance.id}
        enqueue(work, "workflow.fire_timers", arg, key=key, run_at=changes.next_due)
    for thrown in changes.thrown:
        about = About(instance.subject, instance.title, instance.unit_path, instance.party_id)
        correlate_message(work, thrown.name, about, thrown.payload)
    if changes.finished:
        work.record(
            "process.ended",
            f"instance:{instance.id}",
            instance.subject,
            {"process": instance.process, "outcome": changes.data.get("outcome")},
        )
    return opened


def _save_state(work: Work, instance: Instance, changes: Changes) -> None:
    instance.state = changes.state
    instance.next_due = changes.next_due
    if changes.finished:
        instance.status, instance.ended_at = "ended", work.now
    try:
        work.session.flush()
    except StaleDataError:
        raise Conflict("此流程刚刚被他人推进，请刷新后再办理") from None


def _close_withdrawn(work: Work, instance: Instance, changes: Changes) -> None:
    tokens = [closed.id for closed in changes.closed if closed.reason == "withdrawn"]
    if tokens:
        work.session.execute(
            update(Task)
            .where(Task.instance_id == instance.id, Task.token.in_(tokens), Task.state == "open")
            .values(state="withdrawn", closed_at=work.now)
        )
    if changes.withdrawn_calls:
        work.session.execute(
            update(ServiceCall)
            .where(
                ServiceCall.instance_id == instance.id,
                ServiceCall.token.in_(changes.withdrawn_calls),
                ServiceCall.state == "waiting",
            )
            .values(state="withdrawn", closed_at=work.now)
        )


def _open_task(
    work: Work, instance: Instance, definition: Definition, opened: OpenTask, why: str
) -> Task:
    facts = node_facts(definition, opened)
    node = f"{opened.node.process}/{opened.node.id}"
    times, last = _earlier(work.session, instance, node, facts)
    due = people.calendar(work.session).due(work.now, facts.due) if facts.due else None
    task = Task(
        instance_id=instance.id,
        token=opened.id,
        node=node,
        path=list(opened.path),
        title=facts.title,
        role=facts.role,
        unit_path=instance.unit_path,
        party_id=instance.party_id,
        # Whoever handled it before handles it again: a return goes to the actual person.
        assignee_id=last or facts.assignee,
        form=facts.form,
        matter=facts.matter,
        duty=facts.duty,
        round=times + 1,
        why=why,
        opened_at=work.now,
        due_at=due,
    )
    work.session.add(task)
    return task


def _earlier(
    session: Session, instance: Instance, node: str, facts: NodeFacts
) -> tuple[int, int | None]:
    """How often this node was entered before in this matter, and who answered it the last time.

    Nobody, if that person has left or does not hold the role any more.
    """
    rows = session.execute(
        select(Task.id, Signer.person_id)
        .outerjoin(Signer, Signer.task_id == Task.id)
        .where(
            Task.instance_id == instance.id,
            Task.node == node,
            Task.matter == facts.matter,
            Task.title == facts.title,
            Task.role == facts.role,  # another gate's keeper is not this one's
        )
        .order_by(Task.id, Signer.id)
    ).all()
    signed = [person for _, person in rows if person is not None]
    times = len({task for task, _ in rows})
    last = signed[-1] if signed else None
    if last is None or not people.holds_role(session, last, facts.role, instance.unit_path):
        return times, None
    return times, last


def _park(work: Work, instance: Instance, call: runtime.ServiceCall) -> None:
    row = ServiceCall(
        instance_id=instance.id,
        token=call.id,
        node=f"{call.node.process}/{call.node.id}",
        title=call.node.name,
        operation=call.operation,
        parameters=call.parameters,
        opened_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    key = f"workflow.run_call:{row.id}"
    enqueue(work, "workflow.run_call", {"call": row.id}, key=key)
