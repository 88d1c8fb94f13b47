"""Jobs as those see them who keep the system running: incidents, queue, and who works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from engine.jobs.models import Job
from engine.plain import canonical
from engine.workflow.models import Instance, ServiceCall
from forms.operations.masking import Mask, one_line, readable
from forms.text import _
from webhooks.inbound.models import Delivery

SHOWN = 100
SLOW = 30
"""Seconds that a due job may wait before somebody should look whether a worker runs."""
PROJECT = "project:"
KINDS: dict[str, str] = {
    "workflow.answer_call": "执行流程的自动步骤",
    "workflow.run_call": "执行流程的自动步骤",
    "workflow.fire_due": "触发到期的流程定时",
    "workflow.fire_timers": "触发到期的流程定时",
    "workflow.tell_of_stranded": "查找无人能办的事项",
    "inbound.handle": "处理接入的数据",
    "ledger.number_entries": "为存证记录编号",
    "jobs.prune": "清理已完成的定期任务",
}


@dataclass(frozen=True)
class Origin:
    """What a job came from: a word about it, the numbers of project and process if any."""

    text: str = ""
    project: int | None = None
    instance: int | None = None


@dataclass(frozen=True)
class Incident:
    """A job that failed for good: what, for which project, why, how often tried, since when."""

    id: int
    kind: str
    what: str
    origin: Origin
    line: str
    details: str
    attempts: int
    since: datetime


@dataclass(frozen=True)
class Queue:
    """How much machine work there is, and since when the oldest of it waits."""

    due: int
    later: int
    retrying: int
    running: int
    failed: int
    waits: int | None
    """Seconds that the oldest due job has waited."""
    last_done: datetime | None

    @property
    def slow(self) -> bool:
        """Whether it looks as if nobody works."""
        return self.waits is not None and self.waits > SLOW


@dataclass(frozen=True)
class Running:
    """A job in the hands of a worker, which renews its lease while it lives."""

    kind: str
    worker: str
    until: datetime


def kind_name(kind: str) -> str:
    """A kind of job in words; a kind without words as it is."""
    return _(KINDS[kind]) if kind in KINDS else kind


def incidents(session: Session) -> list[Incident]:
    """The newest failed jobs."""
    mask = Mask.of(session)
    failed = select(Job).where(Job.state == "failed").order_by(Job.done_at.desc(), Job.id.desc())
    return [_incident(session, mask, job) for job in session.scalars(failed.limit(SHOWN))]


def _incident(session: Session, mask: Mask, job: Job) -> Incident:
    error = mask(readable(job.error or ""))
    return Incident(
        id=job.id,
        kind=job.kind,
        what=kind_name(job.kind),
        origin=_origin(session, job),
        line=one_line(error),
        details="\n".join((error, "", f"key: {job.key}", f"arg: {mask(canonical(job.arg))}")),
        attempts=job.attempts,
        since=job.done_at or job.created_at,
    )


def _origin(session: Session, job: Job) -> Origin:
    """What the job's argument speaks of; nothing when that is gone or unknown."""
    for name, find in _FINDERS.items():
        if name in job.arg:
            return find(session, job.arg[name]) or Origin()
    return Origin()


def _of_call(session: Session, number: Any) -> Origin | None:
    call = session.get(ServiceCall, number)
    if call is None:
        return None
    instance = session.get_one(Instance, call.instance_id)
    number = project_number(instance.subject)
    return Origin(f"{call.title} {call.operation}", number, instance.id)


def _of_instance(session: Session, number: Any) -> Origin | None:
    instance = session.get(Instance, number)
    if instance is None:
        return None
    return Origin(instance.process, project_number(instance.subject), instance.id)


def _of_delivery(session: Session, number: Any) -> Origin | None:
    delivery = session.get(Delivery, number)
    if delivery is None:
        return None
    return Origin(_("接入记录 %(id)s（%(source)s）", id=number, source=delivery.source))


_FINDERS: dict[str, Callable[[Session, Any], Origin | None]] = {
    "call": _of_call,
    "instance": _of_instance,
    "delivery": _of_delivery,
}


def project_number(subject: str) -> int | None:
    """The number in `project:12`."""
    number = subject.removeprefix(PROJECT)
    return int(number) if number != subject and number.isdecimal() else None


def queue(session: Session, now: datetime) -> Queue:
    """The jobs by what becomes of them next."""
    due = or_(
        and_(Job.state == "ready", Job.run_at <= now),
        and_(Job.state == "leased", Job.lease_until <= now),
    )
    oldest = session.scalar(select(func.min(Job.run_at)).where(due))
    waiting = (Job.state == "ready", Job.run_at > now)
    return Queue(
        due=_count(session, due),
        later=_count(session, *waiting, Job.error.is_(None)),
        retrying=_count(session, *waiting, Job.error.is_not(None)),
        running=_count(session, Job.state == "leased", Job.lease_until > now),
        failed=_count(session, Job.state == "failed"),
        waits=int((now - oldest).total_seconds()) if oldest else None,
        last_done=session.scalar(select(func.max(Job.done_at)).where(Job.state == "done")),
    )


def _count(session: Session, *wanted: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Job).where(*wanted)) or 0


def running(session: Session, now: datetime) -> list[Running]:
    """What is being worked on, and by which process of which host."""
    held = select(Job).where(Job.state == "leased", Job.lease_until > now).order_by(Job.id)
    return [
        Running(kind_name(job.kind), (job.owner or "").rpartition(":")[0], job.lease_until)
        for job in session.scalars(held.limit(SHOWN))
        if job.lease_until
    ]
