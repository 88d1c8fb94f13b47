"""Telling people something in the app, and what they have been told."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine.people.models import Notice
from engine.work import Work


def notify(work: Work, person_id: int, key: str, text: str, subject: str) -> None:
    """Tell a person something in the app, once for each `key`."""
    full = f"{key}:{person_id}"
    if work.session.scalar(select(Notice.id).where(Notice.key == full)) is None:
        work.session.add(
            Notice(person_id=person_id, key=full, text=text[:300], subject=subject, at=work.now)
        )


def read_notices(work: Work, person_id: int) -> None:
    """Mark all of a person's notices as read."""
    work.session.execute(
        update(Notice)
        .where(Notice.person_id == person_id, Notice.read_at.is_(None))
        .values(read_at=work.now)
    )


def notices(session: Session, person_id: int, *, unread: bool = False) -> list[Notice]:
    """A person's notices, newest first."""
    wanted = select(Notice).where(Notice.person_id == person_id)
    if unread:
        wanted = wanted.where(Notice.read_at.is_(None))
    return list(session.scalars(wanted.order_by(Notice.id.desc()).limit(100)))


def unread_count(session: Session, person_id: int) -> int:
    """How many notices the person has not read."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Notice)
            .where(Notice.person_id == person_id, Notice.read_at.is_(None))
        )
        or 0
    )
