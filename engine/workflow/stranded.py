"""Tasks that wait for somebody who is away, while nobody who stands in may act: officers are told.

Looked for by the machine beside the running work, as an absence may begin long after a task opens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import clock, registry
from engine.jobs.schedule import every
from engine.people import queries as people
from engine.people.absences import delegate_of, is_delegable
from engine.people.models import Absence, RoleAssignment
from engine.people.notices import notify
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.commands.standing import kept_apart, parts
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.opening import officers_of
from engine.workflow.rounds import ASKED
from engine.workflow.rules import said_of_another
from engine.workflow.running import memory_of

KIND = "workflow.tell_of_stranded"
INTERVAL = 300


@dataclass(frozen=True)
class Stranded:
    """Somebody absent for whom a task waits, who stands in for them, and why they may not."""

    person_id: int
    delegate_id: int
    why: str


@registry.job(KIND)
def tell_of_stranded(work: Work, _arg: Mapping[str, Any]) -> None:
    """Tell the officers once of each task that waits for nobody who may act."""
    away = set(work.session.scalars(select(Absence.person_id).where(*_now(work.now))))
    for task in _concerned(work.session, away):
        instance = work.session.get_one(Instance, task.instance_id)
        for one in stranded(work.session, task, instance, work.now):
            _tell(work, instance, task, one)


def _now(now: datetime) -> tuple[Any, ...]:
    return Absence.from_at <= now, Absence.to_at > now, Absence.ended_at.is_(None)


def _concerned(session: Session, away: set[int]) -> Iterator[Task]:
    """Open tasks that wait for absent persons by name, or for roles that only they hold."""
    asked = select(Signer.task_id).where(Signer.person_id.in_(away), Signer.state == "active")
    by_name = select(Task).where(
        Task.state == "open", or_(Task.assignee_id.in_(away), Task.id.in_(asked))
    )
    yield from session.scalars(by_name.order_by(Task.id))
    pool = Task.state == "open", ~Task.signed, Task.assignee_id.is_(None)
    roles = select(RoleAssignment.role).where(RoleAssignment.person_id.in_(away))
    groups = select(Task.role, Task.unit_path).where(*pool, Task.role.in_(roles)).distinct()
    for role, path in session.execute(groups).all():
        holders = {one.id for one in people.holders(session, role, path)}
        if holders and holders <= away:
            here = select(Task).where(*pool, Task.role == role, Task.unit_path == path)
            yield from session.scalars(here.order_by(Task.id))


def stranded(session: Session, task: Task, instance: Instance, now: datetime) -> list[Stranded]:
    """Of those for whom the task waits, who is away with nobody to act for them.

    Where one of several is enough (或签, or a role's pool), the first if none of them can act.
    """
    acts = list(memory_of(session, instance).acts_in(task.matter))
    waits = _waits_for(session, task)
    if not task.signed and task.assignee_id is None:
        waits = {one: bears for one, bears in waits.items() if not kept_apart(one, task, acts)}
    found = []
    for person, bears in waits.items():
        delegate = delegate_of(session, person, instance.process, now)
        if delegate is None:
            continue
        why = kept_apart(delegate, task, acts) if bears else None
        if bears and not is_delegable(session, task.role, task.duty):
            why = Sentence("不能代办，此环节须由本人办理")
        if why:
            found.append(Stranded(person, delegate, said_of_another(why)))
    one_is_enough = not task.signed or (task.approval or {}).get("mode") == "any"
    if one_is_enough:
        return found[:1] if len(found) == len(waits) else []
    return found


def _waits_for(session: Session, task: Task) -> dict[int, bool]:
    """For whom it waits now, and whether they bear its duty (not: only asked for an answer)."""
    if task.signed:
        active = (row for row in parts(session, task.id) if row.state == "active")
        return {row.person_id: row.source not in ASKED for row in active if row.person_id}
    if task.assignee_id is not None:
        return {task.assignee_id: True}
    return {one.id: True for one in people.holders(session, task.role, task.unit_path)}


def _tell(work: Work, instance: Instance, task: Task, one: Stranded) -> None:
    person, delegate = (people.person(work.session, i) for i in (one.person_id, one.delegate_id))
    text = (
        f"“{instance.title}”的“{task.title}”等待{person.name}办理，其不在岗，"
        f"代理人{delegate.name}{one.why}，请改派"
    )
    key = f"stranded:{task.id}:{person.id}:{delegate.id}"
    for officer in officers_of(work.session, instance):
        notify(work, officer, key, text, instance.subject)


def _somebody_away(session: Session) -> bool:
    return session.scalar(select(Absence.id).where(*_now(clock.now())).limit(1)) is not None


every(INTERVAL, KIND, needed=_somebody_away)
