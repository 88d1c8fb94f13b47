"""改派: to whom an open task may be given, and giving it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.people import queries as people
from engine.people.models import Person, Unit
from engine.people.notices import notify
from engine.people.sessions import SignedIn
from engine.workflow.commands import assign_task, assignment_refusal, may_assign
from engine.workflow.models import Instance, Task
from forms.platform import acting
from forms.text import _


@dataclass(frozen=True)
class Candidate:
    """Somebody who holds the task's role, and why they may not have it, if so."""

    id: int
    name: str
    unit: str
    refusal: str | None


@dataclass(frozen=True)
class Assigning:
    """What the person who may reassign chooses from, and who has the task now."""

    holder: str | None
    candidates: tuple[Candidate, ...]

    @property
    def possible(self) -> bool:
        """Whether there is anybody to choose."""
        return any(one.refusal is None for one in self.candidates)


def open_assigning(session: Session, task: Task, person: SignedIn) -> Assigning | None:
    """The choice, for whoever may reassign this open task; None for others."""
    if task.state != "open" or not may_assign(session, person.id, task):
        return None
    found = list(
        {one.id: one for one in people.holders(session, task.role, task.unit_path)}.values()
    )
    named = select(Unit.id, Unit.name).where(Unit.id.in_({one.unit_id for one in found}))
    units = {row.id: row.name for row in session.execute(named)}
    seen = [_candidate(session, task, one, units[one.unit_id]) for one in found]
    holder = people.person(session, task.assignee_id).name if task.assignee_id else None
    return Assigning(holder, tuple(sorted(seen, key=lambda one: one.refusal is not None)))


def _candidate(session: Session, task: Task, one: Person, unit: str) -> Candidate:
    told = f"{unit} {one.title}".strip()
    return Candidate(one.id, one.name, told, assignment_refusal(session, one.id, task))


def assign(task_id: int, chosen: str, reason: str) -> str:
    """Give the task to the person chosen and tell them; the sentence that says so."""
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 16):
        raise Invalid(_("请选择改派给谁"), field="person")
    with acting() as work:
        task = assign_task(work, task_id, int(chosen), reason)
        person = people.person(work.session, int(chosen))
        instance = work.session.get_one(Instance, task.instance_id)
        told = f"{work.actor.name}把“{instance.title}”的“{task.title}”改派给您：{reason.strip()}"
        key = f"assigned:{task.id}:{work.now.timestamp():.0f}"
        notify(work, person.id, key, told, instance.subject)
        return _("已改派给 %(person)s", person=person.name)
