"""Tables of the ledger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Id, Key, Moment


class Entry(Base):
    """One act, as it was recorded in its own transaction; `number` comes later, without gaps.

    `payload` is canonical JSON and the only thing hashed besides the salt; the other columns
    repeat parts of it for queries, and the verifier compares them.
    """

    __tablename__ = "entry"
    __table_args__ = (Index("ix_entry_matter", "matter", "id"),)

    id: Mapped[Id]
    number: Mapped[int | None] = mapped_column(Key, unique=True)
    kind: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80), index=True)
    matter: Mapped[str] = mapped_column(String(80))
    actor_id: Mapped[int | None] = mapped_column(Key)
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)
    payload: Mapped[str] = mapped_column(Text)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    leaf: Mapped[bytes] = mapped_column(LargeBinary(32))
    head: Mapped[bytes | None] = mapped_column(LargeBinary(32))
