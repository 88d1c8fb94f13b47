"""Tables of the archive."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Id, Key, Moment


class Archive(Base):
    """One ended process with all its rows; `content` is packed, `sha256` its digest."""

    __tablename__ = "archive"

    instance_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    deployment_id: Mapped[int | None] = mapped_column(Key, ForeignKey("deployment.id"))
    process: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80), index=True)
    title: Mapped[str] = mapped_column(String(200))
    unit_path: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(10))
    started_by: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime] = mapped_column(Moment)
    archived_at: Mapped[datetime] = mapped_column(Moment)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ArchivedTask(Base):
    """Where a task that was archived can be found by its number."""

    __tablename__ = "archived_task"

    task_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    instance_id: Mapped[int] = mapped_column(Key, index=True)


class ArchivedAct(Base):
    """What somebody dealt with in an archived process: their latest act in a task (曾经办)."""

    __tablename__ = "archived_act"
    __table_args__ = (Index("ix_archived_act_person", "person_id", "at", "id"),)

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"))
    instance_id: Mapped[int] = mapped_column(Key, index=True)
    task_id: Mapped[int] = mapped_column(Key)
    title: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(40))
    round: Mapped[int]
    why: Mapped[str] = mapped_column(String(300))
    verb: Mapped[str | None] = mapped_column(String(10))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    at: Mapped[datetime] = mapped_column(Moment)


class ArchivedCopy(Base):
    """Whom an archived process was shown to (抄送, 传阅); the copy itself is in the archive."""

    __tablename__ = "archived_copy"
    __table_args__ = (Index("ix_archived_copy_person", "person_id", "copy_id"),)

    copy_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"))
    instance_id: Mapped[int] = mapped_column(Key, index=True)
