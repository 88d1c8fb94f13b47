"""Reading job rows: what waits, and which incidents a person should look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.jobs.lease import due
from engine.jobs.models import Job


@dataclass(frozen=True)
class Incident:
    """A job that failed for good and waits for a person (see `retry_job`)."""

    id: int
    kind: str
    error: str
    failed_at: datetime


def due_jobs(session: Session, now: datetime, limit: int) -> list[int]:
    """The ids of the most urgent jobs that somebody should run."""
    found: list[int] = []
    for urgent in due(now):
        found += session.execute(urgent.limit(limit)).scalars()
    return found[:limit]


def incidents(session: Session) -> list[Incident]:
    """The failed jobs, the newest first."""
    failed = select(Job).where(Job.state == "failed").order_by(Job.done_at.desc(), Job.id.desc())
    return [
        Incident(job.id, job.kind, job.error or "", job.done_at or job.created_at)
        for job in session.scalars(failed)
    ]


def job_states(session: Session) -> dict[str, int]:
    """How many jobs are in each state."""
    counted = session.execute(select(Job.state, func.count()).group_by(Job.state))
    return dict(counted.all())
