"""Whether somebody who may answer a task has opened it; until then it may be called back (F.10)."""

from __future__ import annotations

from sqlalchemy import update

from engine.work import Work
from engine.workflow.models import Task


def see_task(work: Work, task_id: int) -> None:
    """Note the first time that a task was opened; no entry, for nothing is decided by it."""
    work.session.execute(
        update(Task)
        .where(Task.id == task_id, Task.state == "open", Task.seen_at.is_(None))
        .values(seen_at=work.now)
    )
