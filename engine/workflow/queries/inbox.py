"""Reads of a person's inbox: its tabs, its lines, their counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from engine.errors import NotFound
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.queries.waiting import absent_ones, instead, mine, stood_in
from engine.workflow.verbs import ACTED

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
    instead_of: str = ""
    """Whose it is, if the person stands in for somebody absent (代 A)."""
    urged: int = 0


def _todo(session: Session, person_id: int, now: datetime | None) -> ColumnElement[bool]:
    """What waits for the person, by their own name or for whom they stand in at `now` (代理)."""
    absent = absent_ones(session, person_id, now)
    return or_(mine(person_id), *(instead(person_id, one) for one in absent))


def _tab(session: Session, person_id: int, tab: str, now: datetime | None) -> ColumnElement[bool]:
    signed = select(Signer.id).where(
        Signer.task_id == Task.id, Signer.person_id == person_id, Signer.verb.in_(ACTED)
    )
    if tab == "todo":
        return and_(Task.state == "open", _todo(session, person_id, now))
    if tab == "returned":
        return and_(Task.state == "open", Task.why != "", _todo(session, person_id, now))
    if tab == "suspended":
        return and_(Task.state == "suspended", mine(person_id))
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
    wanted = _filtered(session, person_id, now, tab, text, process, overdue)
    if subjects is not None:
        wanted = wanted.where(Instance.subject.in_(subjects))
    order = (
        (Task.due_at.is_(None), Task.due_at, Task.id)
        if tab in ("todo", "returned")
        else (Task.closed_at.desc(), Task.id.desc())
    )
    rows = session.execute(wanted.order_by(*order).limit(limit).offset(offset))
    found = [_inbox_row(task, instance, now) for task, instance in rows]
    if tab not in ("todo", "returned"):
        return found
    whose = stood_in(session, person_id, now, [one.task_id for one in found])
    return [replace(one, instead_of=whose.get(one.task_id, "")) for one in found]


def _filtered(
    session: Session,
    person_id: int,
    now: datetime,
    tab: str,
    text: str,
    process: str,
    overdue: bool,
) -> Select[Task, Instance]:
    wanted = (
        select(Task, Instance)
        .join(Instance, Instance.id == Task.instance_id)
        .where(_tab(session, person_id, tab, now))
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
        urged=task.urged,
    )


def inbox_counts(session: Session, person_id: int, now: datetime | None = None) -> dict[str, int]:
    """How many lines each tab holds; `now` counts whom the person stands in for."""
    return {tab: inbox_count(session, person_id, tab, now) for tab in TABS}


def inbox_count(
    session: Session, person_id: int, tab: str = "todo", now: datetime | None = None
) -> int:
    """How many lines one tab holds; `now` counts whom the person stands in for."""
    counted = (
        select(func.count())
        .select_from(Task)
        .join(Instance, Instance.id == Task.instance_id)
        .where(_tab(session, person_id, tab, now))
    )
    return session.scalar(counted) or 0
