"""Tables of the archive."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Key, Moment


class Archive(Base):
    """One ended process with all its rows; `content` is packed, `sha256` its digest."""

    __tablename__ = "archive"

    instance_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
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
