"""Reads of the workflow: the inbox, a task with what it may do, timelines and the path taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from engine import registry
from engine.errors import BihuanError, NotFound
from engine.people.models import Person, RoleAssignment, Unit
from engine.workflow import deployments, runtime
from engine.workflow.commands import Standing, draft_of, history, refusal, stand
from engine.workflow.context import TaskContext
from engine.workflow.models import Draft, Instance, Passage, ServiceCall, Signer, Task
from engine.workflow.properties import FORWARD, node_facts
from engine.workflow.rules import ways_back

ENDED = "结束"
"""Where an answer goes after which nothing comes."""
TABS = {"todo": "待办", "done": "已办", "returned": "被退回", "handled": "曾经办"}


@dataclass(frozen=True)
class InboxRow:
    """A line of the inbox."""

    task_id: int
    title: str
    subject: str
    about: str
    process: str
    role: str
    round: int
    why: str
    state: str
    verb: str | None
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    overdue: bool


@dataclass(frozen=True)
class SignerRow:
    """A line of a timeline: who did what, when, with what opinion."""

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


@dataclass(frozen=True)
class Target:
    """Where a return may go: the node, the step's name, and who acted there."""

    node: str
    title: str
    person: str
    kind: str
    """`previous` (the previous actual handler) or `starter`."""


def _mine(person_id: int) -> ColumnElement[bool]:
    """Open tasks that the person may see in 待办: of a role they hold, and nobody else's."""
    held = (
        select(RoleAssignment.id)
        .join(Unit, Unit.id == RoleAssignment.unit_id)
        .where(
            RoleAssignment.person_id == person_id,
            RoleAssignment.role == Task.role,
            Task.unit_path.startswith(Unit.path),
        )
    )
    free = or_(Task.assignee_id == person_id, Task.assignee_id.is_(None))
    return and_(free, exists(held), _not_excluded(person_id))


def _not_excluded(person_id: int) -> ColumnElement[bool]:
    """The segregation of duties, for lists: out is who acted elsewhere in it, or whose it is."""
    other, signed = aliased(Task), aliased(Signer)
    acted = (
        select(signed.id)
        .join(other, other.id == signed.task_id)
        .where(
            signed.person_id == person_id,
            other.instance_id == Task.instance_id,
            other.matter == Task.matter,
            other.node != Task.node,
            or_(other.duty != "handle", Task.duty != "handle"),
        )
    )
    own = and_(Task.party_id == person_id, Task.duty != "handle")
    return and_(~exists(acted), or_(Task.party_id.is_(None), ~own))


def _tab(person_id: int, tab: str) -> ColumnElement[bool]:
    signed = select(Signer.id).where(Signer.task_id == Task.id, Signer.person_id == person_id)
    if tab == "todo":
        return and_(Task.state == "open", _mine(person_id))
    if tab == "returned":
        return and_(Task.state == "open", Task.why != "", _mine(person_id))
    if tab == "done":
        return and_(Instance.status == "active", exists(signed))
    if tab == "handled":
        return and_(Instance.status != "active", exists(signed))
    raise NotFound("没有这个页签")


def inbox(
    session: Session,
    person_id: int,
    now: datetime,
    *,
    tab: str = "todo",
    text: str = "",
    process: str = "",
    overdue: bool = False,
    subjects: Collection[str] | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[InboxRow]:
    """One tab of a person's inbox: what is late first, then by due date.

    `subjects` keeps only what is about one of them (`project:12`).
    """
    wanted = _filtered(person_id, now, tab, text, process, overdue)
    if subjects is not None:
        wanted = wanted.where(Instance.subject.in_(subjects))
    order = (
        (Task.due_at.is_(None), Task.due_at, Task.id)
        if tab in ("todo", "returned")
        else (Task.closed_at.desc(), Task.id.desc())
    )
    rows = session.execute(wanted.order_by(*order).limit(limit).offset(offset))
    return [_inbox_row(task, instance, now) for task, instance in rows]


def _filtered(
    person_id: int, now: datetime, tab: str, text: str, process: str, overdue: bool
) -> Select[Task, Instance]:
    wanted = (
        select(Task, Instance)
        .join(Instance, Instance.id == Task.instance_id)
        .where(_tab(person_id, tab))
    )
    if text:
        wanted = wanted.where(or_(Instance.title.contains(text), Task.title.contains(text)))
    if process:
        wanted = wanted.where(Instance.process == process)
    if overdue:
        wanted = wanted.where(Task.due_at < now)
    return wanted


def _inbox_row(task: Task, instance: Instance, now: datetime) -> InboxRow:
    return InboxRow(
        task_id=task.id,
        title=task.title,
        subject=instance.subject,
        about=instance.title,
        process=instance.process,
        role=task.role,
        round=task.round,
        why=task.why,
        state=task.state,
        verb=task.verb,
        opened_at=task.opened_at,
        due_at=task.due_at,
        closed_at=task.closed_at,
        overdue=task.state == "open" and task.due_at is not None and task.due_at < now,
    )


def inbox_counts(session: Session, person_id: int) -> dict[str, int]:
    """How many lines each tab holds."""
    return {tab: inbox_count(session, person_id, tab) for tab in TABS}


def inbox_count(session: Session, person_id: int, tab: str = "todo") -> int:
    """How many lines one tab holds."""
    counted = (
        select(func.count())
        .select_from(Task)
        .join(Instance, Instance.id == Task.instance_id)
        .where(_tab(person_id, tab))
    )
    return session.scalar(counted) or 0


@dataclass(frozen=True)
class TaskView:
    """All that the task page needs of the workflow; `refusal` says why the buttons are shut."""

    task: Task
    instance: Instance
    verbs: tuple[str, ...]
    refusal: str | None
    prefill: Mapping[str, Any]
    draft: Draft | None
    targets: tuple[Target, ...]
    next: Mapping[str, str]
    """For each verb, where it goes next, in words."""


def task_view(session: Session, task_id: int, person_id: int) -> TaskView:
    """An open or closed task as one person sees it."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound("没有这个事项")
    instance = session.get_one(Instance, task.instance_id)
    if task.state != "open":
        return TaskView(task, instance, (), None, task.answers or {}, None, (), {})
    standing = stand(session, task, instance)
    targets = return_targets(session, standing) if "return" in standing.facts.verbs else ()
    return TaskView(
        task=task,
        instance=instance,
        verbs=standing.facts.verbs,
        refusal=refusal(session, person_id, task),
        prefill=prefill(session, standing, person_id),
        draft=draft_of(session, task_id, person_id),
        targets=targets,
        next={verb: goes_to(standing, verb) for verb in standing.facts.verbs if verb != "return"},
    )


def prefill(session: Session, standing: Standing, person_id: int | None = None) -> dict[str, Any]:
    """What the task's form starts with, by the diagram's `prefill`."""
    if not standing.facts.prefill:
        return {}
    context = TaskContext(
        task_id=standing.task.id,
        instance_id=standing.instance.id,
        deployment_id=standing.instance.deployment_id,
        node=standing.task.node,
        subject=standing.instance.subject,
        data=standing.opened.data,
        round=standing.task.round,
        actor_id=person_id,
    )
    filled: dict[str, Any] = registry.find("prefill", standing.facts.prefill)(session, context)
    return filled


def return_targets(session: Session, standing: Standing) -> tuple[Target, ...]:
    """Where this task may be returned to: the previous actual handler, and the starter.

    Legal targets are computed before they are shown: each is tried on a copy of the running
    process, and offered only if the diagram really leads there.
    """
    task = standing.task
    return tuple(
        Target(one.node, one.title, one.person, kind)
        for kind, one in ways_back(task.node, task.id, history(session, task))
        if one.node in _lead(standing, "return", one.node)[0]
    )


def _lead(standing: Standing, verb: str, return_to: str = "") -> tuple[list[str], list[str]]:
    """Nodes and names that answering by `verb` would open, tried on a copy."""
    run = runtime.restore(standing.definition, standing.instance.state)
    outputs = dict.fromkeys(standing.facts.outputs) | {"outcome": verb}
    outputs["return_to"] = return_to.rpartition("/")[2]
    try:
        changes = run.complete(standing.task.token, outputs, at=standing.task.opened_at)
    except BihuanError:
        return [], []
    nodes = [f"{one.node.process}/{one.node.id}" for one in changes.opened]
    names = [node_facts(standing.definition, one).title for one in changes.opened]
    names += [one.node.name for one in changes.calls]
    return nodes, names or ([ENDED] if changes.finished else [])


def goes_to(standing: Standing, verb: str) -> str:
    """Where the process goes next if the task is answered by `verb`, in words; empty if unsure.

    Unsure is going forward from a task whose answers the diagram may look at.
    """
    if verb in FORWARD and standing.facts.outputs:
        return ""
    return "、".join(dict.fromkeys(_lead(standing, verb)[1]))


def timeline(session: Session, subject: str) -> list[SignerRow]:
    """Every signature in every process about `subject`, oldest first."""
    rows = session.execute(
        select(Signer, Task, Instance.process)
        .join(Task, Task.id == Signer.task_id)
        .join(Instance, Instance.id == Task.instance_id)
        .where(Instance.subject == subject)
        .order_by(Signer.at, Signer.id)
    )
    return [
        SignerRow(
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
        )
        for signer, task, process in rows
    ]


def has_signed(session: Session, task_id: int, person_id: int) -> bool:
    """Whether the person answered the task."""
    found = select(Signer.id).where(Signer.task_id == task_id, Signer.person_id == person_id)
    return session.scalar(found.limit(1)) is not None


@dataclass(frozen=True)
class OpenRow:
    """An open task as others see it: what is waited for, and for whom."""

    task_id: int
    title: str
    role: str
    assignee: str | None
    opened_at: datetime
    due_at: datetime | None
    process: str


def open_tasks(session: Session, subject: str) -> list[OpenRow]:
    """What is waited for now in all processes about `subject`."""
    rows = session.execute(
        select(Task, Person.name, Instance.process)
        .join(Instance, Instance.id == Task.instance_id)
        .outerjoin(Person, Person.id == Task.assignee_id)
        .where(Instance.subject == subject, Task.state == "open")
        .order_by(Task.id)
    )
    return [
        OpenRow(task.id, task.title, task.role, name, task.opened_at, task.due_at, process)
        for task, name, process in rows
    ]


def instances(session: Session, subject: str) -> list[Instance]:
    """All processes about `subject`, oldest first."""
    return list(
        session.scalars(select(Instance).where(Instance.subject == subject).order_by(Instance.id))
    )


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
    for nodes in session.scalars(
        select(Passage.nodes).where(Passage.instance_id == instance_id).order_by(Passage.id)
    ):
        for node, flows, _ in nodes:
            holder, _, name = node.rpartition("/")
            if holder == process:
                passed.add(name)
                taken.update(flows)
    return frozenset(passed), frozenset(taken)


def _current(session: Session, instance_id: int, process: str) -> frozenset[str]:
    """Where tokens stand in `process`: open tasks, parked calls and the calls above them."""
    tasks = session.execute(
        select(Task.node, Task.path).where(Task.instance_id == instance_id, Task.state == "open")
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
