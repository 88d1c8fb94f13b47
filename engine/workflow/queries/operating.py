"""Reads for those who keep all processes running: search, and what one of them did."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from engine.jobs.models import Job
from engine.people.models import Person
from engine.workflow.archive.models import Archive, ArchivedAct
from engine.workflow.calls import job_key
from engine.workflow.models import Deployment, Instance, ServiceCall, Signer, Task
from engine.workflow.queries.archived import ARCHIVED

WAITING = ("open", "suspended")


@dataclass(frozen=True)
class Search:
    """What is looked for; nothing given means everything.

    `person` is a name: whose task it is or who signs now. `node` is part of a step's title or name.
    `before` is the number of the last row of the page before.
    """

    subject: str = ""
    person: str = ""
    process: str = ""
    version: int | None = None
    node: str = ""
    status: str = ""
    started_before: datetime | None = None
    before: int | None = None


@dataclass(frozen=True)
class InstanceRow:
    """A process in the list: where it stands, for whom it waits, and whether it stands still."""

    id: int
    subject: str
    process: str
    name: str
    version: int
    status: str
    started_at: datetime
    ended_at: datetime | None
    next_due: datetime | None
    steps: tuple[str, ...]
    persons: tuple[str, ...]
    failed: bool


@dataclass(frozen=True)
class Call:
    """A service call, with the job that runs it."""

    call: ServiceCall
    job: Job | None


def find_instances(session: Session, wanted: Search, limit: int) -> list[InstanceRow]:
    """One page of processes, the newest first; archived ones too."""
    rows = [] if wanted.status == ARCHIVED else _at_hand(session, wanted, limit)
    if wanted.status == ARCHIVED or not (wanted.person or wanted.node):
        rows += _archived(session, wanted, limit)
    return sorted(rows, key=lambda one: -one.id)[:limit]


def _at_hand(session: Session, wanted: Search, limit: int) -> list[InstanceRow]:
    found = session.execute(_matching(wanted).order_by(Instance.id.desc()).limit(limit)).all()
    ids = [instance.id for instance, _ in found]
    steps, persons, failed = _steps(session, ids), _persons(session, ids), _failed(session, ids)
    return [
        InstanceRow(
            id=instance.id,
            subject=instance.subject,
            process=instance.process,
            name=deployment.name,
            version=deployment.version,
            status=instance.status,
            started_at=instance.started_at,
            ended_at=instance.ended_at,
            next_due=instance.next_due,
            steps=tuple(dict.fromkeys(steps.get(instance.id, ()))),
            persons=tuple(dict.fromkeys(persons.get(instance.id, ()))),
            failed=instance.id in failed,
        )
        for instance, deployment in found
    ]


def _matching(wanted: Search) -> Select[Instance, Deployment]:
    rows = select(Instance, Deployment).join(Deployment, Deployment.id == Instance.deployment_id)
    equal = {
        Instance.subject: wanted.subject,
        Instance.process: wanted.process,
        Instance.status: wanted.status,
        Deployment.version: wanted.version,
    }
    rows = rows.where(*(column == value for column, value in equal.items() if value))
    if wanted.started_before is not None:
        rows = rows.where(Instance.started_at <= wanted.started_before)
    if wanted.before is not None:
        rows = rows.where(Instance.id < wanted.before)
    if wanted.node:
        rows = rows.where(_at(wanted.node))
    return rows.where(_waits_for(wanted.person)) if wanted.person else rows


def _archived(session: Session, wanted: Search, limit: int) -> list[InstanceRow]:
    """Archived ones, by who acted in them and at which step, as nothing waits there any more."""
    rows = select(Archive, Deployment).join(Deployment, Deployment.id == Archive.deployment_id)
    equal = {
        Archive.subject: wanted.subject,
        Archive.process: wanted.process,
        Archive.status: "" if wanted.status == ARCHIVED else wanted.status,
        Deployment.version: wanted.version,
    }
    rows = rows.where(*(column == value for column, value in equal.items() if value))
    if wanted.started_before is not None:
        rows = rows.where(Archive.started_at <= wanted.started_before)
    if wanted.before is not None:
        rows = rows.where(Archive.instance_id < wanted.before)
    if wanted.person:
        named = or_(Person.name == wanted.person, Person.login == wanted.person)
        rows = rows.where(_acted(ArchivedAct.person_id.in_(select(Person.id).where(named))))
    if wanted.node:
        rows = rows.where(_acted(ArchivedAct.title.contains(wanted.node, autoescape=True)))
    found = session.execute(rows.order_by(Archive.instance_id.desc()).limit(limit))
    return [_archived_row(one, deployment) for one, deployment in found]


def _acted(how: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(ArchivedAct.instance_id == Archive.instance_id, how)


def _archived_row(one: Archive, deployment: Deployment) -> InstanceRow:
    return InstanceRow(
        id=one.instance_id,
        subject=one.subject,
        process=one.process,
        name=deployment.name,
        version=deployment.version,
        status=ARCHIVED,
        started_at=one.started_at,
        ended_at=one.ended_at,
        next_due=None,
        steps=(),
        persons=(),
        failed=False,
    )


def _at(node: str) -> ColumnElement[bool]:
    task = or_(Task.title.contains(node, autoescape=True), Task.node.endswith(f"/{node}"))
    return exists().where(Task.instance_id == Instance.id, Task.state.in_(WAITING), task)


def _waits_for(name: str) -> ColumnElement[bool]:
    """Whose task it is, or whose part it is now."""
    person = select(Person.id).where(or_(Person.name == name, Person.login == name))
    asked = select(Signer.task_id).where(
        Signer.instance_id == Instance.id, Signer.person_id.in_(person), Signer.state == "active"
    )
    his = or_(Task.assignee_id.in_(person), Task.id.in_(asked))
    return exists().where(Task.instance_id == Instance.id, Task.state.in_(WAITING), his)


def _steps(session: Session, ids: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    tasks = select(Task.instance_id, Task.title).where(
        Task.instance_id.in_(ids), Task.state.in_(WAITING)
    )
    calls = select(ServiceCall.instance_id, ServiceCall.title).where(
        ServiceCall.instance_id.in_(ids), ServiceCall.state == "waiting"
    )
    for one, title in (*session.execute(tasks), *session.execute(calls)):
        found.setdefault(one, []).append(title)
    return found


def _persons(session: Session, ids: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    given = (
        select(Task.instance_id, Person.name)
        .join(Person, Person.id == Task.assignee_id)
        .where(Task.instance_id.in_(ids), Task.state.in_(WAITING), ~Task.signed)
    )
    asked = select(Signer.instance_id, Signer.person).where(
        Signer.instance_id.in_(ids), Signer.state == "active"
    )
    for one, name in (*session.execute(given), *session.execute(asked)):
        found.setdefault(one, []).append(name)
    return found


def _failed(session: Session, ids: Collection[int]) -> set[int]:
    """Which of them have machine work that failed for good."""
    waiting = select(ServiceCall.instance_id, ServiceCall.id).where(
        ServiceCall.instance_id.in_(ids), ServiceCall.state == "waiting"
    )
    keys = {job_key(call): one for one, call in session.execute(waiting)}
    jobs = select(Job.key).where(Job.state == "failed", Job.key.in_(keys))
    return {keys[key] for key in session.scalars(jobs)} | _failed_timers(session, ids)


def _failed_timers(session: Session, ids: Collection[int]) -> set[int]:
    jobs = select(Job).where(Job.state == "failed", Job.kind == "workflow.fire_timers")
    return {job.arg["instance"] for job in session.scalars(jobs)} & set(ids)


def tasks_of(session: Session, instance_id: int) -> Sequence[Task]:
    """Every task of a process, the newest first."""
    wanted = select(Task).where(Task.instance_id == instance_id).order_by(Task.id.desc())
    return session.scalars(wanted).all()


def calls_of(session: Session, instance_id: int) -> list[Call]:
    """Every service call of a process, the newest first, with its job."""
    wanted = select(ServiceCall).where(ServiceCall.instance_id == instance_id)
    calls = session.scalars(wanted.order_by(ServiceCall.id.desc())).all()
    keys = [job_key(one.id) for one in calls]
    jobs = {one.key: one for one in session.scalars(select(Job).where(Job.key.in_(keys)))}
    return [Call(one, jobs.get(key)) for one, key in zip(calls, keys, strict=True)]
