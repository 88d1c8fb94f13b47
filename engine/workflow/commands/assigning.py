"""改派: giving an open task to somebody else from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Conflict, Forbidden, Invalid
from engine.people import queries as people
from engine.people.absences import delegate_of
from engine.people.models import Person
from engine.people.policy import covers
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.commands.parts import holder
from engine.workflow.commands.passing import take_over
from engine.workflow.commands.standing import kept_apart, open_row, parts
from engine.workflow.commands.texts import said
from engine.workflow.locks import lock_instance_of
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.opening import OFFICERS, part_of
from engine.workflow.rounds import OPEN, spoken
from engine.workflow.rules import Item, may_complete, said_of_another
from engine.workflow.running import memory_of


def assign_task(
    work: Work, task_id: int, person_id: int, reason: str, of_person: int | None = None
) -> Task:
    """Give an open task to another person who may answer it (改派); the reason is on the record.

    The unit's 绩效专员 or the 财政绩效科 may, for tasks within their scope; the administrator may
    not (rules.md D.3-4). The other must hold the task's role, and may not have acted in another
    duty of the matter. Of several signers `of_person` says whose part is meant; without it, it is
    that of the one whose task it is, or of the one who has left.
    """
    lock_instance_of(work.session, task_id)
    task = open_row(work.session, task_id)
    if work.actor.id is None or not may_assign(work.session, work.actor.id, task):
        raise Forbidden("改派由本单位绩效专员或财政绩效科办理")
    reason = said(reason, "reason", "改派原因")
    person, before = people.person(work.session, person_id), task.assignee_id
    refused = assignment_refusal(work.session, person_id, task)
    if refused:
        raise Invalid(
            "{person}不能办理此事项：{why}", person=person.name, why=refused, field="person"
        )
    if task.signed:
        before = _hand_part(work, task, of_person, person, reason)
    else:
        task.assignee_id = person_id
    work.record(
        "task.assigned",
        f"task:{task.id}",
        work.session.get_one(Instance, task.instance_id).subject,
        {"before": before, "after": person_id, "person": person.name, "reason": reason},
    )
    return task


def _hand_part(
    work: Work, task: Task, of_person: int | None, person: Person, reason: str
) -> int | None:
    """Give the part of one signer to another, with all whom they had asked in."""
    rows = parts(work.session, task.id)
    own = _whose(work.session, rows, of_person)
    if own is None:
        raise Conflict("此事项由多人共同办理，请由办理人本人转办，或写明改派哪一位的")
    name = person.name
    take_over(work, own, person.id, name, own.state)
    own.state, own.verb, own.opinion, own.at = (
        "passed",
        "transfer",
        f"改派给{name}：{reason}",
        work.now,
    )
    own.acted_by_id, own.acted_by = work.actor.id, work.actor.name
    return own.person_id


def _whose(session: Session, rows: Sequence[Signer], of_person: int | None) -> Signer | None:
    """The open part that is meant: the named person's, the holder's, or that of who has left."""
    open_ = _replaceable(rows)
    if of_person is not None:
        return next((row for row in open_ if row.person_id == of_person), None)
    own = holder(rows)
    if own is not None:
        return own if own.state in OPEN else None
    there = set(
        session.scalars(
            select(Person.id).where(Person.id.in_([row.person_id for row in open_]), Person.active)
        )
    )
    return next((row for row in open_ if row.person_id not in there), None)


def _replaceable(rows: Sequence[Signer]) -> list[Signer]:
    return [row for row in rows if row.state in OPEN and part_of(row).votes]


@dataclass(frozen=True)
class OpenPart:
    """A signer whose part may be given to somebody else, and why they cannot act, if so."""

    person_id: int
    person: str
    hindrance: str


def open_parts(session: Session, task: Task, now: datetime) -> list[OpenPart]:
    """The parts of a task signed by several that `of_person` may name, in order."""
    rows = _replaceable(parts(session, task.id)) if task.signed else []
    return [
        OpenPart(row.person_id, row.person, _hindrance(session, task, row.person_id, now))
        for row in rows
        if row.person_id is not None
    ]


def _hindrance(session: Session, task: Task, person_id: int, now: datetime) -> str:
    """Why a signer cannot act themselves: gone, kept out by other duties, or away."""
    if not people.person(session, person_id).active:
        return Sentence("账号已停用")
    instance = session.get_one(Instance, task.instance_id)
    apart = kept_apart(person_id, task, memory_of(session, instance).acts_in(task.matter))
    if apart is not None:
        return said_of_another(apart)
    delegate = delegate_of(session, person_id, instance.process, now)
    return (
        Sentence("不在岗，由{person}代理", person=people.person(session, delegate).name)
        if delegate
        else ""
    )


def may_assign(session: Session, person_id: int, task: Task) -> bool:
    """Whether the person may give this task to somebody else."""
    return covers(people.grants(session, person_id), OFFICERS, task.unit_path)


def assignment_refusal(session: Session, person_id: int, task: Task) -> Sentence | None:
    """Why the task may not be given to the person, or None; said to others, not to the person.

    Whether the role is held counts, not who has had the task so far.
    """
    if not people.person(session, person_id).active:
        return Sentence("账号已停用")
    if person_id == task.assignee_id:
        return Sentence("事项已在其名下")
    rows = parts(session, task.id) if task.signed else []
    there = any(row.person_id == person_id and row.state in OPEN | {"done"} for row in rows)
    if there or spoken([part_of(row) for row in rows], person_id):
        return Sentence("已在办理人之中")
    instance = session.get_one(Instance, task.instance_id)
    refused = may_complete(
        person_id,
        people.grants(session, person_id),
        Item(task.node, task.role, task.unit_path, None, task.duty, task.party_id),
        memory_of(session, instance).acts_in(task.matter),
    )
    return said_of_another(refused) if refused else None
