"""What an act upon a process from outside has in common: who may, what it leaves, who is told."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Forbidden
from engine.people import queries as people
from engine.people.notices import notify
from engine.people.policy import covers
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.models import Instance, Signer, Task

HOLDERS = ("performance_office", "administrator")
"""They may suspend, resume and void: the office for the matter's sake, the other for operation."""
ADMINISTRATORS = ("administrator",)


def may_hold(session: Session, person_id: int, instance: Instance) -> bool:
    """Whether the person may suspend, resume or void the process."""
    return covers(people.grants(session, person_id), HOLDERS, instance.unit_path)


def may_intervene(session: Session, person_id: int, instance: Instance) -> bool:
    """Whether the person may move, end or answer in others' place (rules.md F.12)."""
    return covers(people.grants(session, person_id), ADMINISTRATORS, instance.unit_path)


def check_holder(work: Work, instance: Instance) -> None:
    """`Forbidden` unless the actor may suspend, resume or void."""
    if work.actor.id is None or not may_hold(work.session, work.actor.id, instance):
        raise Forbidden("挂起、恢复和作废由财政绩效科或系统管理员办理")


def check_administrator(work: Work, instance: Instance) -> None:
    """`Forbidden` unless the actor is an administrator of the process's unit."""
    if work.actor.id is None or not may_intervene(work.session, work.actor.id, instance):
        raise Forbidden("流程干预由系统管理员办理")


def check_not_final(tasks: Iterable[Task]) -> None:
    """财政终审 is never taken out of the hands of those who decide it (rules.md F.12)."""
    if told := final_words(tasks):
        raise Forbidden(told)


def final_words(tasks: Iterable[Task]) -> Sentence | None:
    """Why nobody may intervene in these tasks, or None."""
    final = next((one for one in tasks if one.duty == "final"), None)
    if final is None:
        return None
    return Sentence("“{title}”须由负责终审的人本人办理，不能干预", title=final.title)


def tasks_in(session: Session, instance: Instance, *states: str) -> list[Task]:
    """The tasks of an instance in these states, oldest first."""
    wanted = select(Task).where(Task.instance_id == instance.id, Task.state.in_(states))
    return list(session.scalars(wanted.order_by(Task.id)))


def note(work: Work, instance: Instance, verb: str, reason: str, task: Task | None = None) -> None:
    """A line in the timeline, at `task` or else at the newest task of the process."""
    newest = select(Task).where(Task.instance_id == instance.id).order_by(Task.id.desc()).limit(1)
    at = task or work.session.scalar(newest)
    if at is None:
        return
    work.session.add(
        Signer(
            task_id=at.id,
            instance_id=instance.id,
            person_id=work.actor.id,
            person=work.actor.name,
            role="administrator" if _keeps(work, instance) else "performance_office",
            source="admin",
            state="noted",
            verb=verb,
            opinion=reason,
            at=work.now,
        )
    )


def _keeps(work: Work, instance: Instance) -> bool:
    return work.actor.id is not None and may_intervene(work.session, work.actor.id, instance)


def tell(work: Work, instance: Instance, what: str, text: str, *also: int) -> None:
    """Tell everybody who has or had a part in the process; once for each of its versions."""
    told = concerned(work.session, instance) | set(also)
    for person in sorted(told - {work.actor.id or 0}):
        notify(work, person, f"{what}:{instance.id}:{instance.version}", text, instance.subject)


def concerned(session: Session, instance: Instance) -> set[int]:
    """Whose matter it is, who acted, who is asked, and whose task it is."""
    asked = select(Signer.person_id).where(Signer.instance_id == instance.id)
    given = select(Task.assignee_id).where(Task.instance_id == instance.id)
    found = {instance.party_id, *session.scalars(asked), *session.scalars(given)}
    return {one for one in found if one is not None}


def alert_auditors(work: Work, instance: Instance, what: str, text: str) -> None:
    """An intervention is shown to those who watch over it (rules.md F.12)."""
    for one in people.holders(work.session, "auditor", instance.unit_path):
        key = f"audit:{what}:{instance.id}:{instance.version}"
        notify(work, one.id, key, f"请审计关注：{text}", instance.subject, urgent=True)
