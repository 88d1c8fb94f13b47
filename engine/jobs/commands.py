"""Writing job rows."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.errors import Conflict, NotFound
from engine.jobs import nudge
from engine.jobs.models import Job
from engine.work import Work


def enqueue(
    work: Work,
    kind: str,
    arg: Mapping[str, Any],
    *,
    key: str | None = None,
    run_at: datetime | None = None,
) -> Job:
    """Add a job to this transaction; after the commit a worker is nudged.

    `kind` names a registered job handler, `arg` is plain data, `key` makes it unique (a second job
    of the same key is the caller's fault and fails the transaction), `run_at` delays it.
    """
    job = Job(
        kind=kind,
        key=key or f"{kind}:{secrets.token_hex(12)}",
        arg=dict(arg),
        state="ready",
        run_at=run_at or work.now,
        attempts=0,
        created_at=work.now,
    )
    work.session.add(job)
    if job.run_at <= work.now:
        nudge.after(work, job)
    return job


def retry_job(work: Work, job_id: int) -> Job:
    """Give a failed job its attempts anew, now; `Conflict` if it has not failed."""
    job = work.session.get(Job, job_id, with_for_update=True)
    if job is None:
        raise NotFound("没有这项后台任务")
    if job.state != "failed":
        raise Conflict("只有失败的后台任务可以重试")
    job.state, job.attempts, job.run_at, job.done_at = "ready", 0, work.now, None
    subject = f"job:{job.id}"
    work.record("job.retried", subject, subject, {"kind": job.kind, "error": job.error})
    nudge.after(work, job)
    return job


def settle_job(work: Work, job: Job) -> None:
    """A job that nobody needs any more counts as done; a worker that holds it loses its lease."""
    job.state, job.owner, job.lease_until, job.done_at = "done", None, None, work.now
