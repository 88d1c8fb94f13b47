"""Telling people something in the app, and what they have been told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine.people.calendar.book import calendar_stamp, open_book
from engine.people.models import Notice, Person, Unit
from engine.work import Work

DIGEST = 5
"""More unread notices than this that appear in one morning are one line (rules.md D.6)."""


def notify(
    work: Work, person_id: int, key: str, text: str, subject: str, *, urgent: bool = False
) -> None:
    """Tell a person something in the app, once for each `key`.

    In the quiet hours of their unit, and on days off, it calls for attention (counts, is pushed)
    only on the next working morning unless it is urgent; who looks at the list sees it at once.
    """
    full = f"{key}:{person_id}"
    known = select(Notice.id).where(Notice.key == full).scalar_subquery()
    home = select(Unit.path).join(Person, Person.unit_id == Unit.id).where(Person.id == person_id)
    row = work.session.execute(select(known, home.scalar_subquery(), calendar_stamp())).one()
    if row[0] is not None:
        return
    at = work.now
    if not urgent:
        calendar = open_book(work.session, row[2]).calendar(row[1] or "/")
        at = calendar.after_quiet(work.now)
    work.session.add(Notice(person_id=person_id, key=full, text=text[:300], subject=subject, at=at))


def read_notices(work: Work, person_id: int) -> None:
    """Mark all of a person's notices that have appeared as read."""
    work.session.execute(
        update(Notice)
        .where(Notice.person_id == person_id, Notice.read_at.is_(None), Notice.at <= work.now)
        .values(read_at=work.now)
    )


def notices(
    session: Session, person_id: int, now: datetime | None = None, *, unread: bool = False
) -> list[Notice]:
    """A person's notices, newest first: those that have appeared by `now`, or (None) all."""
    wanted = select(Notice).where(Notice.person_id == person_id)
    if now is not None:
        wanted = wanted.where(Notice.at <= now)
    if unread:
        wanted = wanted.where(Notice.read_at.is_(None))
    return list(session.scalars(wanted.order_by(Notice.at.desc(), Notice.id.desc()).limit(100)))


def unread_count(session: Session, person_id: int, now: datetime | None = None) -> int:
    """How many notices the person has not read, of those that have appeared by `now`."""
    wanted = (
        select(func.count())
        .select_from(Notice)
        .where(Notice.person_id == person_id, Notice.read_at.is_(None))
    )
    return session.scalar(wanted if now is None else wanted.where(Notice.at <= now)) or 0


def in_lines(found: Iterable[Notice]) -> list[list[Notice]]:
    """The notices as lines to show: one for each, or one for many unread ones of one morning."""
    lines: list[list[Notice]] = []
    for (_, unread), group in groupby(found, key=lambda one: (one.at, one.read_at is None)):
        same = list(group)
        many = unread and len(same) > DIGEST
        lines += [same] if many else [[one] for one in same]
    return lines
