"""Reads of a person's inbox: its tabs, its lines, their counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from engine.errors import NotFound
from engine.people.models import RoleAssignment, Unit
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.verbs import ACTED, DECISIONS

TABS = {
    "todo": "待办",
    "done": "已办",
    "returned": "被退回",
    "handled": "曾经办",
    "suspended": "挂起",
}


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
    asked = select(Signer.id).where(
        Signer.task_id == Task.id, Signer.person_id == person_id, Signer.state == "active"
    )
    alone = and_(~Task.signed, free, exists(held), _not_excluded(person_id))
    return or_(alone, and_(Task.signed, exists(asked)))


def _not_excluded(person_id: int) -> ColumnElement[bool]:
    """The segregation of duties, for lists: out is who acted elsewhere in it, or whose it is."""
    other, signed = aliased(Task), aliased(Signer)
    acted = (
        select(signed.id)
        .join(other, other.id == signed.task_id)
        .where(
            signed.person_id == person_id,
            signed.verb.in_(DECISIONS),
            other.instance_id == Task.instance_id,
            other.matter == Task.matter,
            other.node != Task.node,
            or_(other.duty != "handle", Task.duty != "handle"),
        )
    )
    own = and_(Task.party_id == person_id, Task.duty != "handle")
    return and_(~exists(acted), or_(Task.party_id.is_(None), ~own))


def _tab(person_id: int, tab: str) -> ColumnElement[bool]:
    signed = select(Signer.id).where(
        Signer.task_id == Task.id, Signer.person_id == person_id, Signer.verb.in_(ACTED)
    )
    if tab == "todo":
        return and_(Task.state == "open", _mine(person_id))
    if tab == "returned":
        return and_(Task.state == "open", Task.why != "", _mine(person_id))
    if tab == "suspended":
        return and_(Task.state == "suspended", _mine(person_id))
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
