"""Reads of 抄送 and 传阅: what somebody was shown, and who has seen it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from engine.people.models import Person
from engine.workflow.models import Copy, Instance, Task


@dataclass(frozen=True)
class CopyRow:
    """One copy, with what it is about; `waits` says that the receiver has something to do."""

    id: int
    kind: str
    task_id: int | None
    step: str
    subject: str
    about: str
    person_id: int
    person: str
    sender: str
    note: str
    must_reply: bool
    at: datetime
    read_at: datetime | None
    reply: str
    replied_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether it is unread, or a reply is asked for and missing."""
        return self.read_at is None or (self.must_reply and self.replied_at is None)


def _waits() -> ColumnElement[bool]:
    return or_(Copy.read_at.is_(None), and_(Copy.must_reply, Copy.replied_at.is_(None)))


def copies(
    session: Session,
    person_id: int,
    *,
    unread: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> list[CopyRow]:
    """What the person was shown, newest first; `unread` only what waits for them."""
    wanted = [Copy.person_id == person_id, *([_waits()] if unread else [])]
    return _rows(session, wanted, newest=True, limit=limit, offset=offset)


def copy_of(session: Session, copy_id: int, person_id: int) -> CopyRow | None:
    """One copy, if it is the person's."""
    found = _rows(session, [Copy.id == copy_id, Copy.person_id == person_id], newest=True)
    return found[0] if found else None


def unread_copies(session: Session, person_id: int) -> int:
    """How many copies wait for the person."""
    wanted = select(func.count()).select_from(Copy).where(Copy.person_id == person_id, _waits())
    return session.scalar(wanted) or 0


def readers(
    session: Session, *, task_id: int | None = None, instance_id: int | None = None
) -> list[CopyRow]:
    """Everybody to whom a task or a whole process was shown, in order, with their receipts."""
    where = Copy.task_id == task_id if task_id is not None else Copy.instance_id == instance_id
    return _rows(session, [where], newest=False)


def _rows(
    session: Session,
    where: list[ColumnElement[bool]],
    *,
    newest: bool,
    limit: int | None = None,
    offset: int = 0,
) -> list[CopyRow]:
    rows = session.execute(
        select(Copy, Instance.subject, Instance.title, Task.title, Person.name)
        .join(Instance, Instance.id == Copy.instance_id)
        .join(Person, Person.id == Copy.person_id)
        .outerjoin(Task, Task.id == Copy.task_id)
        .where(*where)
        .order_by(Copy.id.desc() if newest else Copy.id)
        .limit(limit)
        .offset(offset)
    )
    return [
        CopyRow(
            id=copy.id,
            kind=copy.kind,
            task_id=copy.task_id,
            step=step or "",
            subject=subject,
            about=about,
            person_id=copy.person_id,
            person=person,
            sender=copy.sender,
            note=copy.note,
            must_reply=copy.must_reply,
            at=copy.at,
            read_at=copy.read_at,
            reply=copy.reply,
            replied_at=copy.replied_at,
        )
        for copy, subject, about, step, person in rows
    ]


def circulating(session: Session, tasks: Iterable[int]) -> dict[int, int]:
    """Of these tasks, how many circulated copies are still unread (传阅中)."""
    rows = session.execute(
        select(Copy.task_id, func.count())
        .where(Copy.task_id.in_(list(tasks)), Copy.kind == "circulate", Copy.read_at.is_(None))
        .group_by(Copy.task_id)
    )
    return {task: count for task, count in rows if task is not None}
