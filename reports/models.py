"""Tables of the issued papers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.db import Base, Id, Key, Moment


class Paper(Base):
    """A sealed document as it was issued: its public number, its hash in the store, its data."""

    __tablename__ = "paper"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(60), unique=True)
    project_id: Mapped[int] = mapped_column(Key, ForeignKey("project.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(240))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    record_sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    sealed_by: Mapped[str] = mapped_column(String(80))
    issued_at: Mapped[datetime] = mapped_column(Moment)


def paper_by_number(session: Session, number: str) -> Paper | None:
    """The paper of that public number, if any."""
    return session.query(Paper).filter(Paper.number == number).one_or_none()


def papers(session: Session, project_id: int) -> list[Paper]:
    """A project's papers, oldest first."""
    found = session.query(Paper).filter(Paper.project_id == project_id)
    return found.order_by(Paper.id).all()
