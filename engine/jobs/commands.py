"""Writing job rows."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
        run_at=run_at or work.now,
        created_at=work.now,
    )
    work.session.add(job)
    return job
