"""Reads of comments."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.workflow.models import Comment


def comments(session: Session, subject: str, *, limit: int = 200) -> list[Comment]:
    """The newest comments on a subject (`task:7`), oldest of them first."""
    newest = select(Comment).where(Comment.subject == subject).order_by(Comment.id.desc())
    return list(session.scalars(newest.limit(limit)))[::-1]


def comments_in(session: Session, matter: str, *, limit: int = 200) -> list[Comment]:
    """The newest comments on all that belongs to a matter (`project:12`), newest first."""
    newest = select(Comment).where(Comment.matter == matter).order_by(Comment.id.desc())
    return list(session.scalars(newest.limit(limit)))


def comment_count(session: Session, subject: str) -> int:
    """How many comments a subject has."""
    return (
        session.scalar(select(func.count()).select_from(Comment).where(Comment.subject == subject))
        or 0
    )
