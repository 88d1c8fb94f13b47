"""What of an archived process stays in people's lists: what they did in it and were shown."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.workflow.archive.models import ArchivedAct, ArchivedCopy, ArchivedTask
from engine.workflow.archive.packing import Record
from engine.workflow.models import Copy, Signer, Task
from engine.workflow.verbs import ACTED

KINDS = (ArchivedTask, ArchivedAct, ArchivedCopy)


def lines_of(record: Record) -> list[ArchivedTask | ArchivedAct | ArchivedCopy]:
    """The rows by which an archived process is found."""
    instance = record.instance.id
    latest = {
        (one.task_id, one.person_id): one
        for one in record.of(Signer)
        if one.verb in ACTED and one.person_id is not None
    }
    tasks = {one.id: one for one in record.of(Task)}
    return [
        *(ArchivedTask(task_id=one, instance_id=instance) for one in tasks),
        *(_act(one, tasks[one.task_id]) for one in latest.values()),
        *(
            ArchivedCopy(copy_id=one.id, person_id=one.person_id, instance_id=instance)
            for one in record.of(Copy)
        ),
    ]


def _act(signer: Signer, task: Task) -> ArchivedAct:
    return ArchivedAct(
        person_id=signer.person_id,
        instance_id=task.instance_id,
        task_id=task.id,
        title=task.title,
        role=task.role,
        round=task.round,
        why=task.why,
        verb=task.verb,
        opened_at=task.opened_at,
        due_at=task.due_at,
        closed_at=task.closed_at,
        at=signer.at,
    )


def forget(session: Session, instance_id: int) -> None:
    """A process that is not archived any more is found by its own rows."""
    for kind in KINDS:
        session.execute(delete(kind).where(kind.instance_id == instance_id))


def concerns(session: Session, instance_id: int, person_id: int) -> bool:
    """Whether the person acted in an archived process, or was shown it."""
    return any(
        session.scalar(
            select(kind.instance_id)
            .where(kind.instance_id == instance_id, kind.person_id == person_id)
            .limit(1)
        )
        is not None
        for kind in (ArchivedAct, ArchivedCopy)
    )
