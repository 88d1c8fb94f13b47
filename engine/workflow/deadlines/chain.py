"""Who is told of a task's time: whom it waits for, and upwards who answers for them (D.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.people import queries as people
from engine.people.absences import delegate_of
from engine.people.models import Person, RoleAssignment, Unit
from engine.workflow import approvers
from engine.workflow.models import Signer, Task

OFFICE = "performance_office"
SUPERIOR = "superior"
"""In `escalate_to`: the next above whom the task waits for."""
MOST = 50
"""People told of one task at most: a role may be held by half the district."""


def waited_for(session: Session, task: Task) -> list[int]:
    """The persons for whom an open task waits: its active signers, its assignee, or its role."""
    if task.signed:
        active = Signer.task_id == task.id, Signer.state == "active"
        rows = session.scalars(select(Signer.person_id).where(*active).order_by(Signer.id))
        return [one for one in rows if one is not None]
    if task.assignee_id is not None:
        return [task.assignee_id]
    found = people.holders(session, task.role, task.unit_path)
    return _once(one.id for one in found if one.id != task.party_id or task.duty == "handle")


def with_delegates(
    session: Session, persons: Iterable[int], process: str, now: datetime
) -> list[int]:
    """The persons, and after each of them who stands in while they are away."""
    told: list[int] = []
    for one in persons:
        told.append(one)
        delegate = delegate_of(session, one, process, now)
        told += [delegate] if delegate is not None else []
    return _once(told)


def superiors(session: Session, task: Task) -> list[list[int]]:
    """The steps of the escalation above whom the task waits for, the nearest first.

    The head of their unit, the head of the unit above it, the 财政绩效科; a step with nobody new in
    it is left out. Beyond them stands the leaders' weekly digest.
    """
    waiting = set(waited_for(session, task))
    steps = _heads(session, _home(session, waiting, task))[:2]
    steps.append([one.id for one in people.holders(session, OFFICE, task.unit_path)])
    found: list[list[int]] = []
    for step in steps:
        known = waiting | {one for earlier in found for one in earlier}
        fresh = [one for one in _once(step) if one not in known]
        if fresh:
            found.append(fresh)
    return found


def steps(session: Session, task: Task, named: Sequence[str]) -> list[list[int]]:
    """Whom each step of the escalation tells: those the diagram names, then the rest of the chain.

    A step for which nobody is found is empty, so that the others keep their moments.
    """
    chain, waiting = iter(superiors(session, task)), set(waited_for(session, task))
    found = []
    for source in named:
        told = next(chain, []) if source == SUPERIOR else _of(session, task, source)
        found.append([one for one in _once(told) if one not in waiting])
    return [*found, *chain]


def _of(session: Session, task: Task, source: str) -> list[int]:
    path, party = task.unit_path, task.party_id
    return approvers.resolve(session, source, {}, unit_path=path, party_id=party, cut=True)


def _home(session: Session, waiting: set[int], task: Task) -> str:
    """The unit that answers for the delay: that of whom the task waits for, if it is one."""
    rows = session.scalars(
        select(Unit.path).join(Person, Person.unit_id == Unit.id).where(Person.id.in_(waiting))
    )
    paths = set(rows)
    return paths.pop() if len(paths) == 1 else task.unit_path


def _heads(session: Session, path: str) -> list[list[int]]:
    """The unit heads whose scope covers `path`, by scope, the nearest first."""
    rows = session.execute(
        select(Unit.path, Person.id)
        .join(RoleAssignment, RoleAssignment.unit_id == Unit.id)
        .join(Person, Person.id == RoleAssignment.person_id)
        .where(RoleAssignment.role == "unit_head", Person.active)
        .order_by(Person.id)
    )
    by_scope: dict[str, list[int]] = {}
    for scope, person in rows:
        if path.startswith(scope):
            by_scope.setdefault(scope, []).append(person)
    return [by_scope[scope] for scope in sorted(by_scope, key=len, reverse=True)]


def _once(persons: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(persons))[:MOST]
