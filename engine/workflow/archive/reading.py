"""Reading archived processes: by what they are about, by task, one after another."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.workflow.archive.models import Archive, ArchivedTask
from engine.workflow.archive.packing import Record, unpack
from engine.workflow.models import Task

PAGE = 100


def about(session: Session, subject: str) -> list[Record]:
    """All archived processes about a subject, oldest first."""
    wanted = select(Archive.content).where(Archive.subject == subject)
    return [unpack(one) for one in session.scalars(wanted.order_by(Archive.instance_id))]


def record(session: Session, instance_id: int) -> Record | None:
    """One archived process, if it is archived."""
    content = session.scalar(select(Archive.content).where(Archive.instance_id == instance_id))
    return None if content is None else unpack(content)


def of_task(session: Session, task_id: int) -> tuple[Record, Task] | None:
    """The archived process of a task, and the task."""
    (found, *_rest) = [*of_tasks(session, [task_id]), None]
    if found is None:
        return None
    return found, next(one for one in found.of(Task) if one.id == task_id)


def of_tasks(session: Session, tasks: Collection[int]) -> Iterator[Record]:
    """The archived processes that hold any of some tasks."""
    held = select(ArchivedTask.instance_id).where(ArchivedTask.task_id.in_(tasks))
    wanted = select(Archive.content).where(Archive.instance_id.in_(held))
    yield from (unpack(one) for one in session.scalars(wanted.order_by(Archive.instance_id)))


def of_instances(session: Session, instances: Collection[int]) -> Iterator[Record]:
    """Some archived processes, oldest first."""
    wanted = select(Archive.content).where(Archive.instance_id.in_(instances))
    yield from (unpack(one) for one in session.scalars(wanted.order_by(Archive.instance_id)))


def everything(session: Session) -> Iterator[Archive]:
    """Every archived process, oldest first."""
    rows = select(Archive).order_by(Archive.instance_id)
    yield from session.scalars(rows.execution_options(yield_per=PAGE))
