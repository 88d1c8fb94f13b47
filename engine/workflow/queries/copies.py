"""Reads of 抄送 and 传阅: what somebody was shown, and who has seen it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from engine.people.models import Person
from engine.workflow.archive import reading as archive
from engine.workflow.archive.models import ArchivedCopy
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
    archived: bool = False
    """Its process is archived: it can be looked at, and is neither read nor replied to."""

    @property
    def waits(self) -> bool:
        """Whether it is unread, or a reply is asked for and missing."""
        unanswered = self.must_reply and self.replied_at is None
        return not self.archived and (self.read_at is None or unanswered)


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
    """What the person was shown, newest first, archived or not; `unread` only what waits."""
    wanted = [Copy.person_id == person_id, *([_waits()] if unread else [])]
    if unread:
        return _rows(session, wanted, newest=True, limit=limit, offset=offset)
    found = _rows(session, wanted, newest=True, limit=limit + offset)
    old = select(ArchivedCopy).where(ArchivedCopy.person_id == person_id)
    rows = session.scalars(old.order_by(ArchivedCopy.copy_id.desc()).limit(limit + offset))
    archived = {one.copy_id: one.instance_id for one in rows}
    numbers = sorted([*(one.id for one in found), *archived], reverse=True)
    page = set(numbers[offset : offset + limit])
    found = [one for one in found if one.id in page]
    found += _archived(session, {one: archived[one] for one in page & set(archived)})
    return sorted(found, key=lambda one: -one.id)


def copy_of(session: Session, copy_id: int, person_id: int) -> CopyRow | None:
    """One copy, if it is the person's."""
    found = _rows(session, [Copy.id == copy_id, Copy.person_id == person_id], newest=True)
    if not found:
        old = session.get(ArchivedCopy, copy_id)
        whose = old is not None and old.person_id == person_id
        found = _archived(session, {copy_id: old.instance_id}) if old and whose else []
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
    found = _rows(session, [where], newest=False)
    if found or instance_id is None:
        return found
    old = select(ArchivedCopy.copy_id).where(ArchivedCopy.instance_id == instance_id)
    return _archived(session, dict.fromkeys(session.scalars(old), instance_id))


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
    return [_row(copy, subject, about, step, person) for copy, subject, about, step, person in rows]


def _archived(session: Session, wanted: Mapping[int, int]) -> list[CopyRow]:
    """Archived copies, by number with their processes', oldest first."""
    rows = session.execute(
        select(ArchivedCopy.copy_id, Person.name)
        .join(Person, Person.id == ArchivedCopy.person_id)
        .where(ArchivedCopy.copy_id.in_(wanted))
    )
    names = dict(rows.all())
    found = []
    for record in archive.of_instances(session, set(wanted.values())):
        about, steps = record.instance, {one.id: one.title for one in record.of(Task)}
        found += [
            _row(one, about.subject, about.title, steps.get(one.task_id or 0), names[one.id], True)
            for one in record.of(Copy)
            if one.id in names
        ]
    return found


def _row(
    copy: Copy, subject: str, about: str, step: str | None, person: str, archived: bool = False
) -> CopyRow:
    return CopyRow(
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
        archived=archived,
    )


def circulating(session: Session, tasks: Iterable[int]) -> dict[int, int]:
    """Of these tasks, how many circulated copies are still unread (传阅中)."""
    rows = session.execute(
        select(Copy.task_id, func.count())
        .where(Copy.task_id.in_(list(tasks)), Copy.kind == "circulate", Copy.read_at.is_(None))
        .group_by(Copy.task_id)
    )
    return {task: count for task, count in rows if task is not None}
