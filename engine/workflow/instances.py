"""Running processes: starting them, and writing down what a run of the runtime changed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Invalid, NotFound
from engine.jobs.commands import enqueue
from engine.plain import canonical
from engine.work import MACHINE, Work, part
from engine.workflow import deployments, opening, rows, runtime
from engine.workflow.calls import NotNow, is_prompt, park, serve, write_served
from engine.workflow.memory import Memory
from engine.workflow.models import Deployment, Instance, Signer, Task
from engine.workflow.running import Days, keep_run, memory_of, run_of
from engine.workflow.runtime import Changes, Run, ServiceCall
from engine.workflow.signature import SKIPPED, record_signature

MOST_PASSED = 500
"""Steps that the machine passes on one after another because of one act."""
MOST_SERVED = 20
"""Service calls that are answered in one commit, in whichever processes; the rest is for jobs."""
DEEPEST = 40
"""Processes that start one another by messages in one act, each from within the last."""
_Reached = opening.Opening | ServiceCall
_Prepared = tuple[Memory, list[opening.Opening]]

log = logging.getLogger(__name__)


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
        raise NotFound("流程 {process} 尚未部署", process=process)
    return _start(work, deployment, about, data, None, stamp)


def correlate_message(
    work: Work, message: str, about: About, payload: Mapping[str, Any]
) -> list[Instance]:
    """Give a message to whoever waits for it; the instances that it has started.

    Every process that listens to it starts: which ones do is drawn, not written here. The running
    processes about the same subject that wait for it go on, each by a job of its own, so that
    nobody holds two of them at once; correlation keys in the diagram narrow it further. Processes
    that start each other without an end are `Invalid`.
    """
    for waiting in _waiting_for(work.session, f"message:{message}", about.subject):
        arg = {"instance": waiting, "message": message, "payload": canonical(payload)}
        enqueue(work, "workflow.deliver_message", arg)
    known = work.session.info
    known["deep"] = known.get("deep", 0) + 1
    if known["deep"] > DEEPEST:
        raise Invalid("流程因消息“{name}”不断互相启动，请检查流程图", name=message)
    started = [
        _start(work, deployment, about, payload, message)[0]
        for deployment in deployments.listening(work.session, message)
    ]
    known["deep"] -= 1
    return started


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
    return instance, write_changes(work, instance, run, changes, stamp=stamp)


def write_changes(
    work: Work,
    instance: Instance,
    run: Run,
    changes: Changes,
    why: str = "",
    *,
    stamp: str | None = None,
    memory: Memory | None = None,
) -> list[Task]:
    """Write what a run changed: state, tasks, calls, history, timers, thrown messages.

    The machine goes on at once where nobody need act: it passes tasks on, and serves what can be
    served in this commit. The tasks that now wait for people. A circle of steps that nobody need
    answer is `Invalid`. `stamp` is the calendar's, if the caller has read it, and `memory` the
    instance's, if the caller has changed it.
    """
    advance = _Advance(work, instance, run, why)
    waiting = advance.through(changes, stamp, memory)
    keep_run(instance, advance.run, instance.state)
    return waiting


@dataclass
class _Advance:
    """One act's steps: the one that was asked for, and those that the machine does after it."""

    work: Work
    instance: Instance
    run: Run
    why: str
    passed: int = 0
    served: bool = False

    def through(self, changes: Changes, stamp: str | None, memory: Memory | None) -> list[Task]:
        """Write a step and go on until everything waits; the tasks that wait for people."""
        waiting: list[Task] = []
        reached = self._write(changes, self._prepare(changes, stamp, memory))
        while reached:
            one = reached.pop(0)
            if isinstance(one, ServiceCall):
                reached = self._serve(one) + reached
            elif one.skip is None:
                waiting.append(one.task)
            else:
                reached = self._pass_on(one.task, one.skip, one.node) + reached
        if self.passed or self.served:
            waiting = [one for one in waiting if self.run.open_task(one.token)]
        return waiting

    def _prepare(
        self, changes: Changes, stamp: str | None = None, memory: Memory | None = None
    ) -> _Prepared:
        """All that is decided about a step before anything of it is written."""
        memory = memory or memory_of(self.work.session, self.instance)
        known = self.work, self.instance, self.run.definition, memory
        return memory, [opening.prepare(*known, one, stamp) for one in changes.opened]

    def _write(self, changes: Changes, prepared: _Prepared) -> list[_Reached]:
        """Write one step of the run; what it reached, with what the machine may go on with."""
        work, instance, (memory, openings) = self.work, self.instance, prepared
        instance.memory = memory.stored()
        rows.save_state(work, instance, changes)
        if changes.passed:
            rows.write_passage(work, instance, changes)
        rows.close_withdrawn(work, instance, changes)
        for one in openings:
            one.task.why = self.why
            opening.write(work, instance, one)
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
        return [*openings, *changes.calls]

    def _serve(self, call: ServiceCall) -> list[_Reached]:
        """Answer a service call in this commit, or leave it to a job: then nothing has happened."""
        if not self.run.awaits(call.id):
            return []  # what was served before it has withdrawn it
        if not self._is_its_time(call):
            park(self.work, self.instance, call)
            return []
        state, direct = self.instance.state, self.instance.direct
        try:
            with part(self.work, MACHINE) as inner:
                outputs = serve(inner, self.instance, call)
                if self.instance.state != state:  # it has acted in this very process
                    self.run = run_of(self.work.session, self.instance)
                changes = self.run.answer(call.id, outputs, at=inner.now)
                prepared = self._prepare(changes)
        except Exception as error:
            if inner.lost:
                raise
            if not isinstance(error, NotNow):
                log.warning("%s is left to a job", call.operation, exc_info=True)
            self.instance.direct = direct  # what opens next may have used it up
            self.run = run_of(self.work.session, self.instance)
            park(self.work, self.instance, call)
            return []
        self.served = True
        write_served(self.work, self.instance, call)
        return self._write(changes, prepared)

    def _is_its_time(self, call: ServiceCall) -> bool:
        """Whether a call is answered now: not while the process stands still, not after many."""
        if self.instance.status == "suspended" or not is_prompt(call):
            return False
        # Counted for the whole commit: a message may start processes that throw it again.
        known = self.work.session.info
        known["served"] = known.get("served", 0) + 1
        return bool(known["served"] <= MOST_SERVED)

    def _pass_on(self, task: Task, skip: opening.Skip, node: str) -> list[_Reached]:
        """Answer a task for the person who need not, on the record; what is reached by that."""
        if self.passed == MOST_PASSED:
            raise Invalid(
                "连续自动跳过 {most} 步仍无人办理，请检查流程图",
                most=MOST_PASSED,
                element=node,
            )
        self.passed += 1
        work = self.work
        work.session.flush()
        if self.run.open_task(task.token) is None:
            return []  # what was passed on before it has withdrawn it
        changes = self.run.complete(task.token, {"outcome": "approve"}, at=work.now)
        task.state, task.verb, task.closed_at = "done", "approve", work.now
        names = opening.names_of(work.session, [skip.person_id] if skip.person_id else [])
        signer = Signer(
            task_id=task.id,
            instance_id=task.instance_id,
            person_id=skip.person_id,
            person=names.get(skip.person_id or 0, MACHINE.name),
            role=task.role,
            source="skip",
            state="done",
            verb="approve",
            opinion=skip.reason,
            acted_by=MACHINE.name,
            at=work.now,
        )
        work.session.add(signer)
        record_signature(work, SKIPPED, task, signer, self.instance.subject, {})
        return self._write(changes, self._prepare(changes))
