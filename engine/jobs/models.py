"""Tables of the jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Id, Json, Moment


class Job(Base):
    """One piece of machine work, written in the business transaction that wants it.

    `state` is ready → leased → done, or failed when its attempts are used up or its handler
    refused it (an incident that a person sees and can retry). `key` makes a job unique for its
    purpose and is the idempotency key of its outside effects. `owner` fences: only the worker
    that holds the lease may commit the job's effect. `attempts` counts claims since the last
    time the job got on.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due", "state", "run_at", "id"),
        Index("ix_job_lease", "state", "lease_until", "id"),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(200), unique=True)
    arg: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10), default="ready")
    run_at: Mapped[datetime] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    owner: Mapped[str | None] = mapped_column(String(80))
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
