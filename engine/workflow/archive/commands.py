"""Archiving what ended long ago, and bringing it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, insert, inspect, select
from sqlalchemy.orm import Session

from engine import registry
from engine.errors import Conflict, Forbidden, NotFound
from engine.jobs.desk import Desk, Finish, outside
from engine.jobs.outcomes import Later
from engine.jobs.schedule import every
from engine.people import queries as people
from engine.people.policy import covers
from engine.work import Work
from engine.workflow.archive.models import Archive, ArchivedTask
from engine.workflow.archive.packing import (
    TABLES,
    Record,
    digest,
    holds_newest,
    newest_ids,
    pack,
    rows_of,
    unpack,
)
from engine.workflow.models import Draft, Instance, Task

KIND = "workflow.archive_ended"
BATCH = 20
OVER = ("ended", "void")
RESTORERS = ("auditor",)


@registry.job(KIND)
@outside
def archive_ended(desk: Desk, _arg: Mapping[str, Any]) -> Finish:
    """Archive what ended longer ago than the installation keeps it, a batch at a time."""
    return partial(_archive_batch, days=desk.settings.archive_days)


def _archive_batch(work: Work, *, days: int) -> Later | None:
    done = archive_older_than(work, days)
    return Later(seconds=1) if done == BATCH else None


def archive_older_than(work: Work, days: int, limit: int = BATCH) -> int:
    """Archive up to `limit` processes that ended more than `days` days ago; how many."""
    wanted = (
        select(Instance.id)
        .where(Instance.status.in_(OVER), Instance.ended_at < work.now - timedelta(days=days))
        .order_by(Instance.ended_at, Instance.id)
        .limit(limit + 1)  # one of them may have to stay
        .with_for_update(skip_locked=True)
    )
    newest, done = newest_ids(work.session), 0
    for one in work.session.scalars(wanted).all():
        record = rows_of(work.session, one)
        if done < limit and not holds_newest(record, newest):
            _archive(work, record)
            done += 1
    return done


def _archive(work: Work, record: Record) -> None:
    instance, content = record.instance, pack(record)
    assert instance.ended_at is not None
    archive = Archive(
        instance_id=instance.id,
        process=instance.process,
        subject=instance.subject,
        title=instance.title,
        unit_path=instance.unit_path,
        status=instance.status,
        started_by=instance.started_by,
        started_at=instance.started_at,
        ended_at=instance.ended_at,
        archived_at=work.now,
        sha256=digest(content),
        content=content,
    )
    tasks = [ArchivedTask(task_id=one.id, instance_id=instance.id) for one in record.of(Task)]
    _delete_rows(work.session, instance.id)
    work.session.add_all([archive, *tasks])
    facts = {"process": archive.process, "tasks": len(tasks), "sha256": archive.sha256}
    work.record("process.archived", f"instance:{archive.instance_id}", archive.subject, facts)
    work.session.flush()


def _delete_rows(session: Session, instance_id: int) -> None:
    tasks = select(Task.id).where(Task.instance_id == instance_id)
    session.expunge_all()
    session.execute(delete(Draft).where(Draft.task_id.in_(tasks)))
    for kind in reversed(TABLES):
        if kind not in (Instance, Draft):
            session.execute(delete(kind).where(kind.instance_id == instance_id))  # type: ignore[attr-defined]
    session.execute(delete(Instance).where(Instance.id == instance_id))


def restore_instance(work: Work, instance_id: int, reason: str) -> Instance:
    """Bring an archived process back among the others, with every row as it was; for auditors."""
    archive = work.session.get(Archive, instance_id, with_for_update=True)
    if archive is None:
        raise NotFound("没有这个归档的流程")
    if work.actor.id is None or not may_restore(work.session, work.actor.id, archive):
        raise Forbidden("归档由审计人员调出")
    if digest(archive.content) != archive.sha256:
        raise Conflict("归档内容与其指纹不符，不能调出")
    _write_again(work.session, unpack(archive.content))
    work.session.execute(delete(ArchivedTask).where(ArchivedTask.instance_id == instance_id))
    work.session.delete(archive)
    facts = {"sha256": archive.sha256, "reason": reason.strip()}
    work.record("process.restored", f"instance:{instance_id}", archive.subject, facts)
    return work.session.get_one(Instance, instance_id)


def _write_again(session: Session, record: Record) -> None:
    """The rows as they were; not by the mapper, which would count their versions from one."""
    for kind in TABLES:
        columns = inspect(kind).column_attrs
        rows = [{one.key: getattr(row, one.key) for one in columns} for row in record.of(kind)]
        if rows:
            session.execute(insert(kind.__table__), rows)  # type: ignore[arg-type]


def may_restore(session: Session, person_id: int, archive: Archive) -> bool:
    """Whether the person may bring an archived process back."""
    return covers(people.grants(session, person_id), RESTORERS, archive.unit_path)


def _some_ended(session: Session) -> bool:
    return session.scalar(select(Instance.id).where(Instance.status.in_(OVER)).limit(1)) is not None


every(3600, KIND, needed=_some_ended)
