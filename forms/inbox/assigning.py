"""改派: to whom an open task may be given, and giving it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import Invalid
from engine.people import queries as people
from engine.people.models import Person, Unit
from engine.people.notices import notify
from engine.people.sessions import SignedIn
from engine.work import Work
from engine.workflow.commands import (
    OpenPart,
    assign_task,
    assignment_refusal,
    may_assign,
    open_parts,
)
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
    """What the person who may reassign chooses from, and who has the task now.

    `parts` are those whose part may be given away, where several sign.
    """

    holder: str | None
    candidates: tuple[Candidate, ...]
    parts: tuple[OpenPart, ...] = ()

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
    order = tuple(sorted(seen, key=lambda one: one.refusal is not None))
    return Assigning(holder, order, tuple(open_parts(session, task, clock.now())))


def _candidate(session: Session, task: Task, one: Person, unit: str) -> Candidate:
    told = f"{unit} {one.title}".strip()
    return Candidate(one.id, one.name, told, assignment_refusal(session, one.id, task))


def assign(task_id: int, given: Mapping[str, str]) -> str:
    """Give the task, or one signer's part in it, to the person chosen; the sentence that says so.

    They are told, and whose part it was is told too. `Invalid.problems` are by field.
    """
    chosen, of = _number(given.get("person", "")), _number(given.get("of", ""))
    reason = given.get("reason", "")
    with acting() as work:
        problems = _whose_problem(work, task_id, of)
        if chosen is None:
            problems["person"] = _("请选择改派给谁")
        if not reason.strip():
            problems["reason"] = _("请填写改派原因")
        if chosen is None or problems:
            raise Invalid("；".join(problems.values()), problems=problems)
        task = assign_task(work, task_id, chosen, reason, of)
        person = people.person(work.session, chosen)
        about = work.session.get_one(Instance, task.instance_id)
        what = f"{work.actor.name}把“{about.title}”的“{task.title}”改派给"
        key = f"assigned:{task.id}:{work.now.timestamp():.0f}"
        notify(work, chosen, key, f"{what}您：{reason.strip()}", about.subject)
        if of not in (None, work.actor.id):
            notify(work, of, f"{key}:of", f"{what}{person.name}：{reason.strip()}", about.subject)
        return _("已改派给 %(person)s", person=person.name)


def _whose_problem(work: Work, task_id: int, of: int | None) -> dict[str, str]:
    """Of several signers one must be named; whose part is not open is a choice of long ago."""
    task = work.session.get(Task, task_id)
    open_ = open_parts(work.session, task, work.now) if task and task.state == "open" else []
    if len(open_) > 1 and of is None:
        return {"of": _("请选择改派哪一位的")}
    if of is not None and of not in {one.person_id for one in open_}:
        return {"of": _("所选人员已不在等待办理，请重新选择")}
    return {}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
