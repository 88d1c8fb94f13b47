"""The rows of an opened task: itself, its signers, whom it is shown to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.people import queries as people
from engine.people.models import Person
from engine.people.notices import notify
from engine.work import Work
from engine.workflow.models import Copy, Instance, Signer, Task
from engine.workflow.opening.preparing import Opening
from engine.workflow.rounds import Approval, Part, to_activate

OFFICERS = ("performance_officer", "performance_office")
"""They may give a task to somebody, and are told when nobody is found for it."""


def write(work: Work, instance: Instance, one: Opening) -> None:
    """The rows of an opened task: itself, its signers, the copies; who must know is told."""
    work.session.add(one.task)
    if one.approval is not None and one.skip is None:
        _write_signers(work, instance, one)
    if one.copies:
        _write_copies(work, instance, one)
    if (one.facts.approvers or one.facts.approval) and not one.persons and one.skip is None:
        _tell_officers(work, instance, one.task)


def _write_signers(work: Work, instance: Instance, one: Opening) -> None:
    work.session.flush()
    in_turn = one.approval is not None and one.approval.mode == "sequence"
    names = names_of(work.session, one.persons)
    rows = [
        Signer(
            task_id=one.task.id,
            instance_id=instance.id,
            person_id=person,
            person=names[person],
            role=one.task.role,
            seq=number if in_turn else 0,
            source="defined",
            state="waiting",
            asked_at=work.now,
            at=work.now,
        )
        for number, person in enumerate(one.persons)
    ]
    work.session.add_all(rows)
    work.session.flush()
    activate(one.approval, rows)


def activate(approval: Approval | None, rows: Sequence[Signer]) -> list[Signer]:
    """Let those whose turn it is begin; who they are."""
    turn = set(to_activate(approval, [part_of(row) for row in rows]))
    begun = [row for row in rows if row.id in turn]
    for row in begun:
        row.state = "active"
    return begun


def part_of(row: Signer) -> Part:
    """A signer's row as deciding sees it."""
    told = row.id, row.person_id, row.seq, row.source, row.parent_id, row.state, row.verb
    return Part(*told, acted_by_id=row.acted_by_id)


def names_of(session: Session, persons: Sequence[int]) -> dict[int, str]:
    """The names of persons by id."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(persons)))
    return dict(rows.all())


def _write_copies(work: Work, instance: Instance, one: Opening) -> None:
    work.session.flush()
    for person in one.copies:
        send_copy(work, instance, one.task, person, "copy")


def send_copy(
    work: Work,
    instance: Instance,
    task: Task | None,
    person_id: int,
    kind: str,
    note: str = "",
    *,
    must_reply: bool = False,
) -> Copy:
    """Show the matter to a person who does not decide it, and tell them."""
    copy = Copy(
        instance_id=instance.id,
        task_id=task.id if task else None,
        person_id=person_id,
        kind=kind,
        sender_id=work.actor.id,
        sender=work.actor.name,
        note=note,
        must_reply=must_reply,
        at=work.now,
    )
    work.session.add(copy)
    work.session.flush()
    what = "抄送" if kind == "copy" else "传阅"
    about = f"“{instance.title}”的“{task.title}”" if task else f"“{instance.title}”"
    notify(
        work, person_id, f"copy:{copy.id}", f"{work.actor.name}{what}您{about}", instance.subject
    )
    return copy


def _tell_officers(work: Work, instance: Instance, task: Task) -> None:
    work.session.flush()
    text = f"“{instance.title}”的“{task.title}”没有找到办理人，请改派"
    for person in officers_of(work.session, instance):
        notify(work, person, f"nobody:{task.id}", text, instance.subject)


def officers_of(session: Session, instance: Instance) -> list[int]:
    """Those who may give the process's tasks to somebody else."""
    found = (people.holders(session, role, instance.unit_path) for role in OFFICERS)
    return sorted({one.id for holders in found for one in holders})
