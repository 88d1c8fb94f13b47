"""An instance's rows as something that runs: its definition, its run, what it remembers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from engine.people import queries as people
from engine.workflow import deployments, runtime
from engine.workflow.memory import Memory
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.rounds import ADVISORY
from engine.workflow.runtime import Definition, Run
from engine.workflow.verbs import DECISIONS

LIVE = 512
"""Runs kept in each process of the host, about 15 KB each."""
LONGEST = 8192
"""Bytes of a state whose run is kept; in memory it is a hundred times as long."""
_live: dict[tuple[Definition, int, bytes], Run] = {}
_lock = Lock()


@dataclass(frozen=True)
class Days:
    """The working days of a unit, read only when a timer counts them."""

    session: Session
    unit_path: str

    def due(self, moment: datetime, term: str, /) -> datetime:
        """When a term such as `5 WD` that begins at a moment ends."""
        return people.calendar(self.session, self.unit_path).due(moment, term)


def definition_of(session: Session, instance: Instance) -> Definition:
    """The definition of the version that the instance is pinned to."""
    return deployments.definition(session, instance.deployment_id, instance.process)


def run_of(session: Session, instance: Instance) -> Run:
    """The running process, to act on; what it changes is written by `write_changes`."""
    definition, days = definition_of(session, instance), Days(session, instance.unit_path)
    with _lock:
        run = _live.pop((definition, instance.id, instance.state), None)
    if run is None:
        return runtime.restore(definition, instance.state, calendar=days)
    run.calendar = days
    return run


def keep_run(instance: Instance, run: Run, state: bytes) -> None:
    """Spare the next act on the instance the reading of this state; the caller is done with `run`.

    A run is found by its whole state, so it does not matter whether the act is committed, nor who
    else acts on the instance in between.
    """
    run.calendar = None
    if len(state) > LONGEST:
        return
    with _lock:
        _live[run.definition, instance.id, state] = run
        if len(_live) > LIVE:
            del _live[next(iter(_live))]


def memory_of(session: Session, instance: Instance) -> Memory:
    """What policy asks of earlier acts; made from the rows where an earlier release kept none."""
    if instance.memory is not None:
        return Memory.of(instance.memory)
    memory = Memory(rebuilt=True)
    rows = session.execute(
        select(Task, Signer)
        .outerjoin(Signer, and_(Signer.task_id == Task.id, Signer.state == "done"))
        .where(Task.instance_id == instance.id)
        .order_by(Task.id, Signer.id)
    )
    seen: set[int] = set()
    for task, signer in rows:
        step = (task.matter, task.node, task.title, task.role)
        if task.id not in seen:
            memory.entered(step)
            seen.add(task.id)
        if signer is not None and signer.verb in DECISIONS:
            persons = (signer.person_id, signer.acted_by_id)
            memory.acted(step, task.duty, *persons, answered=signer.source not in ADVISORY)
    return memory
