"""Tables of the inbound deliveries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Id, Moment


class Delivery(Base):
    """A message as it came, byte for byte; unique by source and its sender's id.

    `state` is received → done, or refused with the reason; a refused one can be replayed.
    """

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: Mapped[Id]
    source: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(120))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10), default="received", index=True)
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
