"""催办: reminding those for whom a task waits (rules.md F.11)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import local
from engine.errors import Conflict, Forbidden
from engine.people import queries as people
from engine.people.absences import delegate_of
from engine.people.models import Person, Unit
from engine.people.notices import notify
from engine.people.policy import covers
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.commands.standing import open_row, refusal
from engine.workflow.commands.texts import may_say
from engine.workflow.locks import lock_instance_of
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.opening import OFFICERS
from engine.workflow.verbs import DECISIONS

INTERVAL = timedelta(hours=4)
"""Between two of a task (rules.md F.11)."""
HEADS_AT = 3
"""From this one on the heads of those who are asked see it too."""

NOBODY_ELSE = Sentence("没有其他人需要催办")
OUTSIDERS = Sentence("催办由发起人、前面的办理人、绩效专员或管理员进行")


def urge_task(work: Work, task_id: int, note: str = "") -> Task:
    """Remind whoever must act on a task now; the token does not move.

    The starter, who signed before, the officers and the administrator may, once in four hours.
    `Forbidden` and `Conflict` say why not now.
    """
    instance = lock_instance_of(work.session, task_id)
    task = open_row(work.session, task_id)
    if not may_urge(work.session, work.actor.id, task):
        raise Forbidden(OUTSIDERS)
    refused = urge_refusal(work.session, work.actor.id, task, work.now)
    if refused:
        raise Conflict(refused)
    note = may_say(note, "note", "催办说明")
    task.urged, task.urged_at = task.urged + 1, work.now
    asked = active_persons(work.session, task, work.now)
    heads = heads_of(work.session, asked) - set(asked) if task.urged >= HEADS_AT else set()
    said = f"：{note}" if note else ""
    text = f"{work.actor.name}催办“{instance.title}”的“{task.title}”（第 {task.urged} 次）{said}"
    for person in sorted({*asked, *heads}):
        notify(work, person, f"urged:{task.id}:{task.urged}", text, instance.subject)
    facts = {"times": task.urged, "note": note, "told": asked, "heads": sorted(heads)}
    work.record("task.urged", f"task:{task.id}", instance.subject, facts)
    return task


def urge_refusal(
    session: Session, person_id: int | None, task: Task, now: datetime
) -> Sentence | None:
    """Why the person may not urge a task now, or None."""
    if told := plain_refusal(session, person_id, task, now):
        return told
    if active_persons(session, task, now) in ([], [person_id]):
        return NOBODY_ELSE
    return None


def plain_refusal(
    session: Session, person_id: int | None, task: Task, now: datetime
) -> Sentence | None:
    """The same for long lists, without finding out for whom a role's task waits."""
    if task.state != "open":
        return Sentence("此事项不在办理中，无须催办")
    if not may_urge(session, person_id, task):
        return OUTSIDERS
    if task.urged_at is not None and now < task.urged_at + INTERVAL:
        return Sentence(
            "刚刚催办过，{at:%m-%d %H:%M} 后可再次催办",
            at=local(task.urged_at + INTERVAL),
        )
    return None


def may_urge(session: Session, person_id: int | None, task: Task) -> bool:
    """Whether the person is the starter, has signed in the process, or looks after it."""
    if person_id is None:
        return False
    instance = session.get_one(Instance, task.instance_id)
    signed = select(Signer.id).where(
        Signer.instance_id == task.instance_id,
        (Signer.person_id == person_id) | (Signer.acted_by_id == person_id),
        Signer.state == "done",
        Signer.verb.in_(DECISIONS),
    )
    if instance.party_id == person_id or session.scalar(signed.limit(1)) is not None:
        return True
    looks = (*OFFICERS, "administrator")
    return covers(people.grants(session, person_id), looks, task.unit_path)


def active_persons(session: Session, task: Task, now: datetime) -> list[int]:
    """For whom a task waits at this moment, and who stands in for those who are away."""
    if task.signed:
        turn = select(Signer.person_id).where(Signer.task_id == task.id, Signer.state == "active")
        asked = [one for one in session.scalars(turn.order_by(Signer.id)) if one is not None]
    elif task.assignee_id is not None:
        asked = [task.assignee_id]
    else:
        holders = {one.id for one in people.holders(session, task.role, task.unit_path)}
        asked = [one for one in sorted(holders) if refusal(session, one, task) is None]
    process = session.get_one(Instance, task.instance_id).process
    standing_in = [delegate_of(session, one, process, now) for one in asked]
    return list(dict.fromkeys(asked + [one for one in standing_in if one is not None]))


def heads_of(session: Session, persons: list[int]) -> set[int]:
    """The heads of the units in which these persons work."""
    paths = select(Unit.path).join(Person, Person.unit_id == Unit.id).where(Person.id.in_(persons))
    return {
        head.id for path in session.scalars(paths)
        for head in people.holders(session, "unit_head", path)
    }  # fmt: skip
