"""What stands beside the lines of an inbox: who asks what, who stopped it, who can be urged."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from engine.sentences import Sentence
from engine.workflow.commands.urging import NOBODY_ELSE, plain_refusal
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.queries.inbox import InboxRow
from engine.workflow.queries.parts import PartRow, parts_of
from engine.workflow.rounds import ADDED, ADVISORY


def asked_by_others(
    session: Session, lines: Iterable[InboxRow], person_id: int
) -> dict[int, PartRow]:
    """By task: the part that the person, or who they stand in for, was asked into (加签, 委派)."""
    whose = {one.task_id: one.instead_of for one in lines if one.state == "open"}
    return {
        task: part
        for task, parts in parts_of(session, whose).items()
        for part in parts
        if part.state == "active"
        and part.source in ADDED | ADVISORY
        and (part.person == whose[task] if whose[task] else part.person_id == person_id)
    }


@dataclass(frozen=True)
class Suspension:
    """Who stopped a process, since when and why (挂起)."""

    person: str
    since: datetime
    reason: str


def suspensions(session: Session, tasks: Collection[int]) -> dict[int, Suspension]:
    """By task: why its process stands still."""
    rows = session.execute(
        select(Task.id, Signer.person, Instance.suspended_at, Signer.opinion)
        .join(Instance, Instance.id == Task.instance_id)
        .join(Signer, Signer.instance_id == Instance.id)
        .where(
            Task.id.in_(tasks),
            Instance.suspended_at.is_not(None),
            Signer.state == "noted",
            Signer.verb == "suspend",
        )
        .order_by(Signer.id)
    )
    return {task: Suspension(person, since, why) for task, person, since, why in rows if since}


@dataclass(frozen=True)
class Urging:
    """A task for which the process waits, and why it cannot be urged now, if so."""

    task_id: int
    title: str
    refusal: Sentence | None


def urgings(
    session: Session, person_id: int, tasks: Collection[int], now: datetime
) -> dict[int, list[Urging]]:
    """By task: what its process waits for now, and whether the person may urge it (F.11)."""
    waits = aliased(Task)
    rows = session.execute(
        select(Task.id, waits)
        .join(waits, waits.instance_id == Task.instance_id)
        .where(Task.id.in_(tasks), waits.state == "open")
        .order_by(waits.id)
    ).all()
    open_ = {one.id: one for _task, one in rows}
    told = {
        number: Urging(number, one.title, _refusal(session, person_id, one, now))
        for number, one in open_.items()
    }
    found: dict[int, list[Urging]] = {}
    for task, one in rows:
        found.setdefault(task, []).append(told[one.id])
    return found


def _refusal(session: Session, person_id: int, task: Task, now: datetime) -> Sentence | None:
    """What a list can say in short; whom a role's task waits for is said on the act's own page."""
    if task.assignee_id == person_id and not task.signed:
        return NOBODY_ELSE
    return plain_refusal(session, person_id, task, now)
