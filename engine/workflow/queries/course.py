"""Reads of what happened: signatures, what is waited for, and the way on the diagram."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.people.models import Person
from engine.workflow import deployments
from engine.workflow.archive import reading as archive
from engine.workflow.archive.packing import Record
from engine.workflow.models import Instance, Passage, ServiceCall, Signer, Task
from engine.workflow.queries.parts import PartRow, parts_of


@dataclass(frozen=True)
class SignerRow:
    """A line of a timeline: who did what, when, with what opinion.

    `acted_by` is who really acted, if it was somebody else (代理, 代审) or the machine; `source`
    why the person had the part (`Signer.source`).
    """

    at: datetime
    person: str
    role: str
    task_id: int
    title: str
    node: str
    process: str
    round: int
    verb: str
    opinion: str
    acted_by: str | None = None
    source: str = "defined"

    @property
    def who(self) -> str:
        """Whose act it was; of two people both names (rules.md F.13)."""
        if self.acted_by is None or self.source in ("skip", "timeout"):
            return self.person
        return f"{self.acted_by} 代 {self.person}"


def timeline(session: Session, subject: str) -> list[SignerRow]:
    """Every signature in every process about `subject`, oldest first; archived ones too."""
    rows = session.execute(
        select(Signer, Task, Instance.process)
        .join(Task, Task.id == Signer.task_id)
        .join(Instance, Instance.id == Task.instance_id)
        .where(Instance.subject == subject, Signer.verb != "")
    )
    found = [(signer, task, process) for signer, task, process in rows]
    for record in archive.about(session, subject):
        found += _signed_in(record)
    return [_line(*one) for one in sorted(found, key=lambda one: (one[0].at, one[0].id))]


def _signed_in(record: Record) -> Iterator[tuple[Signer, Task, str]]:
    tasks = {task.id: task for task in record.of(Task)}
    for signer in record.of(Signer):
        if signer.verb:
            yield signer, tasks[signer.task_id], record.instance.process


def _line(signer: Signer, task: Task, process: str) -> SignerRow:
    return SignerRow(
        at=signer.at,
        person=signer.person,
        role=signer.role,
        task_id=task.id,
        title=task.title,
        node=task.node,
        process=process,
        round=task.round,
        verb=signer.verb,
        opinion=signer.opinion,
        acted_by=signer.acted_by,
        source=signer.source,
    )


def has_signed(session: Session, task_id: int, person_id: int) -> bool:
    """Whether the person has or had a part in the task."""
    found = select(Signer.id).where(
        Signer.task_id == task_id, Signer.person_id == person_id, Signer.state != "noted"
    )
    if session.scalar(found.limit(1)) is not None:
        return True
    archived = archive.of_task(session, task_id)
    return archived is not None and any(
        one.task_id == task_id and one.person_id == person_id and one.state != "noted"
        for one in archived[0].of(Signer)
    )


@dataclass(frozen=True)
class OpenRow:
    """An open task as others see it: what is waited for, and for whom.

    `parts` are those who sign it, where several do; `suspended` that the clock stands still.
    """

    task_id: int
    title: str
    role: str
    assignee: str | None
    opened_at: datetime
    due_at: datetime | None
    process: str
    urged: int = 0
    suspended: bool = False
    parts: tuple[PartRow, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        """Whose turn it is now, where several sign."""
        return tuple(part.person for part in self.parts if part.state == "active")


def open_tasks(session: Session, subject: str) -> list[OpenRow]:
    """What is waited for now in all processes about `subject`."""
    rows = session.execute(
        select(Task, Person.name, Instance.process)
        .join(Instance, Instance.id == Task.instance_id)
        .outerjoin(Person, Person.id == Task.assignee_id)
        .where(Instance.subject == subject, Task.state.in_(("open", "suspended")))
        .order_by(Task.id)
    ).all()
    parts = parts_of(session, [task.id for task, _, _ in rows if task.signed])
    return [
        OpenRow(
            task_id=task.id,
            title=task.title,
            role=task.role,
            assignee=name,
            opened_at=task.opened_at,
            due_at=task.due_at,
            process=process,
            urged=task.urged,
            suspended=task.state == "suspended",
            parts=parts.get(task.id, ()),
        )
        for task, name, process in rows
    ]


def instances(session: Session, subject: str) -> list[Instance]:
    """All processes about `subject`, oldest first; archived ones too."""
    found = list(session.scalars(select(Instance).where(Instance.subject == subject)))
    found += [record.instance for record in archive.about(session, subject)]
    return sorted(found, key=lambda one: one.id)


@dataclass(frozen=True)
class Path:
    """The way an instance took through one of its diagrams."""

    name: str
    diagram: bytes
    passed: frozenset[str]
    taken: frozenset[str]
    current: frozenset[str]


def path(session: Session, instance: Instance, process: str | None = None) -> Path:
    """The diagram of `process` (default: the instance's own) with the way that was taken."""
    shown = process or instance.process
    passed, taken = _history(session, instance.id, shown)
    name, diagram = _diagram(session, instance.deployment_id, shown)
    return Path(name, diagram, passed, taken, _current(session, instance.id, shown))


def _history(
    session: Session, instance_id: int, process: str
) -> tuple[frozenset[str], frozenset[str]]:
    passed: set[str] = set()
    taken: set[str] = set()
    for nodes in _passages(session, instance_id):
        for node, flows, _ in nodes:
            holder, _, name = node.rpartition("/")
            if holder == process:
                passed.add(name)
                taken.update(flows)
    return frozenset(passed), frozenset(taken)


def _passages(session: Session, instance_id: int) -> Sequence[list[list[Any]]]:
    wanted = select(Passage.nodes).where(Passage.instance_id == instance_id)
    found = session.scalars(wanted.order_by(Passage.id)).all()
    record = None if found else archive.record(session, instance_id)
    return [one.nodes for one in record.of(Passage)] if record else found


def _current(session: Session, instance_id: int, process: str) -> frozenset[str]:
    """Where tokens stand in `process`: open tasks, parked calls and the calls above them."""
    tasks = session.execute(
        select(Task.node, Task.path).where(
            Task.instance_id == instance_id, Task.state.in_(("open", "suspended"))
        )
    )
    waiting = session.scalars(
        select(ServiceCall.node).where(
            ServiceCall.instance_id == instance_id, ServiceCall.state == "waiting"
        )
    )
    keys = [key for node, above in tasks for key in (node, *above)] + list(waiting)
    pairs = (key.rpartition("/") for key in keys)
    return frozenset(name for holder, _, name in pairs if holder == process)


def _diagram(session: Session, deployment_id: int, process: str) -> tuple[str, bytes]:
    for name, content in deployments.diagrams(session, deployment_id).items():
        if name.endswith(".bpmn") and f'id="{process}"'.encode() in content:
            return name, content
    raise NotFound("没有这张流程图")
