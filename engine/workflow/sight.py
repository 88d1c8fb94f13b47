"""Who may see a task, a project or an indicator: for copies, comments and mentions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import registry
from engine.errors import NotFound
from engine.people import queries as people
from engine.workflow.archive import reading as archive
from engine.workflow.archive.listing import concerns
from engine.workflow.commands.outside import concerned
from engine.workflow.commands.standing import refusal
from engine.workflow.models import Copy, Instance, Task

KEEPERS = frozenset({"administrator", "security_officer"})
"""They keep the system and never see business data (rules.md D.3-4)."""


def matter_of(session: Session, person_id: int, subject: str, now: datetime) -> str | None:
    """The matter (`project:12`) of a subject (`task:7`) if the person may see it, else None."""
    kind, _colon, number = subject.partition(":")
    if not number.isdecimal() or len(number) > 18:
        raise NotFound("没有这个事项")
    if kind == "task":
        return _of_task(session, person_id, int(number), now)
    if kind not in registry.names("visible"):
        raise NotFound("没有这个事项")
    matter: str | None = registry.find("visible", kind)(session, person_id, int(number))
    return matter


def _of_task(session: Session, person_id: int, number: int, now: datetime) -> str | None:
    task = session.get(Task, number)
    if task is None:
        archived = archive.of_task(session, number)
        seen = archived and may_see(session, person_id, archived[0].instance)
        return archived[0].instance.subject if archived and seen else None
    instance = session.get_one(Instance, task.instance_id)
    if may_see(session, person_id, instance):
        return instance.subject
    if task.state == "open" and refusal(session, person_id, task, now) is None:
        return instance.subject
    return None


def may_see(session: Session, person_id: int, instance: Instance) -> bool:
    """Whether a process is the person's business: a part in it, a copy of it, or its project."""
    if keeps_system(session, person_id):
        return False
    if person_id in concerned(session, instance):
        return True
    shown = select(Copy.id).where(Copy.instance_id == instance.id, Copy.person_id == person_id)
    if session.scalar(shown.limit(1)) is not None or concerns(session, instance.id, person_id):
        return True
    kind, _colon, number = instance.subject.partition(":")
    if kind not in registry.names("visible"):
        return False
    return registry.find("visible", kind)(session, person_id, int(number)) is not None


def keeps_system(session: Session, person_id: int) -> bool:
    """Whether the person keeps the system and so sees no business."""
    return any(grant.role in KEEPERS for grant in people.grants(session, person_id))
