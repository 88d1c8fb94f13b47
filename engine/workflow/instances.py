"""Running processes: starting them, and writing down what a run of the runtime changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from engine.db import canonical
from engine.errors import Invalid, NotFound
from engine.jobs.commands import enqueue
from engine.statements import Look, add, load
from engine.work import MACHINE, Work
from engine.workflow import deployments, opening, runtime
from engine.workflow.calls import park
from engine.workflow.memory import Memory
from engine.workflow.models import Deployment, Instance, Passage, ServiceCall, Signer, Task
from engine.workflow.rounds import OPEN
from engine.workflow.running import Days, keep_run, memory_of, run_of
from engine.workflow.runtime import Changes, Definition
from engine.workflow.signature import SKIPPED, record_signature

MOST_PASSED = 500
"""Steps that the machine passes on one after another because of one act."""


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
    return start_and_open(work, process, about, data)[0]


def start_and_open(
    work: Work, process: str, about: About, data: Mapping[str, Any]
) -> tuple[Instance, list[Task]]:
    """The same, with the tasks that now wait for people; they have their ids after the commit."""
    deployment, stamp = deployments.latest_now(work.session, process)
    if deployment is None:
        raise NotFound(f"流程 {process} 尚未部署")
    return _start(work, deployment, about, data, None, stamp)


def correlate_message(
    work: Work, message: str, about: About, payload: Mapping[str, Any]
) -> list[Instance]:
    """Give a message to whoever waits for it; the instances that it has started.

    Every process that listens to it starts: which ones do is drawn, not written here. The running
    processes about the same subject that wait for it go on, each by a job of its own, so that
    nobody holds two of them at once; correlation keys in the diagram narrow it further.
    """
    for waiting in _waiting_for(work.session, f"message:{message}", about.subject):
        arg = {"instance": waiting, "message": message, "payload": canonical(payload)}
        enqueue(work, "workflow.deliver_message", arg)
    return [
        _start(work, deployment, about, payload, message)[0]
        for deployment in deployments.listening(work.session, message)
    ]


def broadcast_signal(work: Work, name: str, payload: Mapping[str, Any]) -> None:
    """Give a signal to every running process that waits for it, whatever it is about."""
    for waiting in _waiting_for(work.session, f"signal:{name}", None):
        arg = {"instance": waiting, "signal": name, "payload": canonical(payload)}
        enqueue(work, "workflow.deliver_message", arg)


def _waiting_for(session: Session, what: str, subject: str | None) -> list[int]:
    wanted = select(Instance.id).where(
        Instance.status.in_(("active", "suspended")),
        Instance.waits.contains(f"|{what}|", autoescape=True),
    )
    if subject is not None:
        wanted = wanted.where(Instance.subject == subject)
    return list(session.scalars(wanted.order_by(Instance.id)))


def _start(
    work: Work,
    deployment: Deployment,
    about: About,
    data: Mapping[str, Any],
    message: str | None,
    stamp: str | None = None,
) -> tuple[Instance, list[Task]]:
    definition = deployments.definition(work.session, deployment.id, deployment.process)
    days = Days(work.session, about.unit_path)
    run, changes = runtime.start(
        definition, dict(data), at=work.now, message=message, calendar=days
    )
    instance = Instance(
        deployment_id=deployment.id,
        process=deployment.process,
        subject=about.subject,
        title=about.title,
        unit_path=about.unit_path,
        party_id=about.party_id,
        state=changes.state,
        memory=Memory().stored(),
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
    opened = write_changes(work, instance, definition, changes, stamp=stamp)
    keep_run(instance, definition, run, changes.state)
    return instance, opened


def lock_instance(session: Session, instance_id: int) -> Instance:
    """The instance under its lock, as it stands now: one writer at a time.

    PostgreSQL locks the row; on SQLite the writing transaction already excludes other writers.
    """
    return _found(_LOCKED.one(session, Instance, wanted=instance_id), "没有这个流程")


def lock_instance_of(session: Session, task_id: int) -> Instance:
    """The instance of a task under its lock; `NotFound` if there is no such task."""
    return _found(_LOCKED_OF.one(session, Instance, task=task_id), "没有这个事项")


def lock_call(session: Session, call_id: int) -> tuple[Instance, ServiceCall]:
    """A service call and its instance under their locks; `NotFound` if there is no such call."""
    rows = _LOCKED_CALL.rows(session, call=call_id)
    if not rows:
        raise NotFound("没有这个自动步骤")
    row, width = rows[0], len(Instance.__table__.columns)
    return load(session, Instance, row[:width]), load(session, ServiceCall, row[width:])


def _found(instance: Instance | None, absent: str) -> Instance:
    if instance is None:
        raise NotFound(absent)
    return instance


_ROW = select(*Instance.__table__.columns).with_for_update()
_LOCKED = Look(_ROW.where(Instance.id == bindparam("wanted")))
_OF = select(Task.instance_id).where(Task.id == bindparam("task")).scalar_subquery()
_LOCKED_OF = Look(_ROW.where(Instance.id == _OF))
_LOCKED_CALL = Look(
    select(*Instance.__table__.columns, *ServiceCall.__table__.columns)
    .join(Instance.__table__, Instance.id == ServiceCall.instance_id)
    .where(ServiceCall.id == bindparam("call"))
    .with_for_update(key_share=True, of=[Instance.__table__, ServiceCall.__table__])
)


def write_changes(
    work: Work,
    instance: Instance,
    definition: Definition,
    changes: Changes,
    why: str = "",
    *,
    stamp: str | None = None,
    memory: Memory | None = None,
) -> list[Task]:
    """Write what a run changed: state, tasks, parked calls, history, timers, thrown messages.

    The tasks that now wait for people; those that the machine passes on are done already. A circle
    of steps that nobody need answer is `Invalid`. `stamp` is the calendar's, if the caller has read
    it, and `memory` the instance's, if the caller has changed it.
    """
    waiting: list[Task] = []
    written, passed = _write(work, instance, definition, changes, why, stamp, memory), 0
    while written:
        one = written.pop(0)
        if one.skip is None:
            waiting.append(one.task)
            continue
        if passed == MOST_PASSED:
            raise Invalid(
                f"连续自动跳过 {MOST_PASSED} 步仍无人办理，请检查流程图", element=one.node
            )
        written = _pass_on(work, instance, definition, one.task, one.skip) + written
        passed += 1
    return waiting


def _write(
    work: Work,
    instance: Instance,
    definition: Definition,
    changes: Changes,
    why: str = "",
    stamp: str | None = None,
    memory: Memory | None = None,
) -> list[opening.Opening]:
    """Write one step of the run; what it opened, with those that the machine must pass on."""
    memory = memory or memory_of(work.session, instance)
    openings = [
        opening.prepare(work, instance, definition, memory, one, stamp) for one in changes.opened
    ]
    instance.memory = memory.stored()
    _save_state(work, instance, changes)
    if changes.passed:
        _write_passage(work, instance, changes)
    _close_withdrawn(work, instance, changes)
    for one in openings:
        one.task.why = why
        opening.write(work, instance, one)
    for call in changes.calls:
        park(work, instance, call)
    for thrown in changes.thrown:
        about = About(instance.subject, instance.title, instance.unit_path, instance.party_id)
        correlate_message(work, thrown.name, about, thrown.payload)
    for signal in changes.thrown_signals:
        broadcast_signal(work, signal.name, signal.payload)
    if changes.finished:
        work.record(
            "process.ended",
            f"instance:{instance.id}",
            instance.subject,
            {"process": instance.process, "outcome": changes.data.get("outcome")},
        )
    return openings


def _pass_on(
    work: Work, instance: Instance, definition: Definition, task: Task, skip: opening.Skip
) -> list[opening.Opening]:
    """Answer a task for the person who need not, on the record; what is opened by that."""
    work.session.flush()
    run = run_of(work.session, instance)
    if run.open_task(task.token) is None:
        return []  # what was passed on before it has withdrawn it
    changes = run.complete(task.token, {"outcome": "approve"}, at=work.now)
    task.state, task.verb, task.closed_at = "done", "approve", work.now
    names = opening.names_of(work.session, [skip.person_id] if skip.person_id else [])
    person = names.get(skip.person_id or 0, MACHINE.name)
    signer = Signer(
        task_id=task.id,
        instance_id=task.instance_id,
        person_id=skip.person_id,
        person=person,
        role=task.role,
        source="skip",
        state="done",
        verb="approve",
        opinion=skip.reason,
        acted_by=MACHINE.name,
        at=work.now,
    )
    work.session.add(signer)
    record_signature(work, SKIPPED, task, signer, instance.subject, {})
    return _write(work, instance, definition, changes)


def _write_passage(work: Work, instance: Instance, changes: Changes) -> None:
    nodes = [
        [f"{one.process}/{one.node}", list(one.flows), list(one.path)] for one in changes.passed
    ]
    add(work.session, Passage, instance_id=instance.id, at=work.now, nodes=nodes)


def _save_state(work: Work, instance: Instance, changes: Changes) -> None:
    instance.state = changes.state
    instance.next_due = changes.next_due
    instance.waits = "".join(f"|{one}|" for one in changes.waits)
    if changes.finished:
        instance.status, instance.ended_at = "ended", work.now


def _close_withdrawn(work: Work, instance: Instance, changes: Changes) -> None:
    tokens = [closed.id for closed in changes.closed if closed.reason == "withdrawn"]
    if tokens:
        gone = (Task.instance_id == instance.id, Task.token.in_(tokens))
        work.session.execute(
            update(Signer)
            .where(Signer.task_id.in_(select(Task.id).where(*gone)), Signer.state.in_(OPEN))
            .values(state="cancelled", at=work.now)
        )
        work.session.execute(
            update(Task)
            .where(*gone, Task.state == "open")
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
