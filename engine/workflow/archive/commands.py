"""Archiving what ended long ago, and bringing it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, exists, insert, inspect, literal, select
from sqlalchemy.orm import Session

from engine import registry
from engine.errors import Conflict, Forbidden, NotFound
from engine.jobs.desk import Desk, Finish, outside
from engine.jobs.outcomes import Later
from engine.jobs.schedule import every
from engine.ledger.models import Entry
from engine.people import queries as people
from engine.people.policy import covers
from engine.work import Work
from engine.workflow.archive.listing import forget, lines_of
from engine.workflow.archive.models import Archive
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
from engine.workflow.commands.outside import alert_auditors
from engine.workflow.commands.texts import need_reason
from engine.workflow.models import Draft, Instance, Task

KIND = "workflow.archive_ended"
BATCH = 20
OVER = ("ended", "void")
RESTORERS = ("auditor", "administrator")
RESTORED = "process.restored"
AT_HAND = timedelta(days=30)
"""For so long a process that was brought back is not archived again."""


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
        .where(~_brought_back(work.now - AT_HAND))
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


def _brought_back(since: datetime) -> ColumnElement[bool]:
    """Whether somebody wanted the process at hand not long ago; the ledger knows."""
    about = literal("instance:") + cast(Instance.id, String)
    return exists().where(Entry.subject == about, Entry.kind == RESTORED, Entry.at > since)


def _archive(work: Work, record: Record) -> None:
    instance, content = record.instance, pack(record)
    assert instance.ended_at is not None
    archive = Archive(
        instance_id=instance.id,
        deployment_id=instance.deployment_id,
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
    tasks, lines = len(record.of(Task)), lines_of(record)
    _delete_rows(work.session, instance.id)
    work.session.add_all([archive, *lines])
    facts = {"process": archive.process, "tasks": tasks, "sha256": archive.sha256}
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
    """Bring an archived process back among the others, with every row as it was.

    Auditors and administrators may; the reason is on the record, and auditors are told when it was
    not one of them. It stays for `AT_HAND` before it is archived again.
    """
    archive = work.session.get(Archive, instance_id, with_for_update=True)
    if archive is None:
        raise NotFound("没有这个归档的流程")
    if work.actor.id is None or not may_restore(work.session, work.actor.id, archive):
        raise Forbidden("归档由审计人员或系统管理员调出")
    reason = need_reason(reason)
    if digest(archive.content) != archive.sha256:
        raise Conflict("归档内容与其指纹不符，不能调出")
    _write_again(work.session, unpack(archive.content))
    forget(work.session, instance_id)
    work.session.delete(archive)
    facts = {"sha256": archive.sha256, "reason": reason}
    work.record(RESTORED, f"instance:{instance_id}", archive.subject, facts)
    instance = work.session.get_one(Instance, instance_id)
    if not covers(people.grants(work.session, work.actor.id), ("auditor",), instance.unit_path):
        told = f"{work.actor.name}从归档中调出了“{instance.title}”的流程：{reason}"
        alert_auditors(work, instance, f"restored:{work.now.timestamp():.0f}", told)
    return instance


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
