"""For whom an open task waits, as a condition on rows: for oneself, or an absent person (代理)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, or_, select, tuple_
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from engine.people import queries as people
from engine.people.absences import kept_duties
from engine.people.models import RoleAssignment, Unit
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.verbs import DECISIONS


def mine(person_id: int) -> ColumnElement[bool]:
    """Open tasks that the person may see in 待办: of a role they hold, and nobody else's."""
    held = (
        select(RoleAssignment.id)
        .join(Unit, Unit.id == RoleAssignment.unit_id)
        .where(
            RoleAssignment.person_id == person_id,
            RoleAssignment.role == Task.role,
            Task.unit_path.startswith(Unit.path),
        )
    )
    free = or_(Task.assignee_id == person_id, Task.assignee_id.is_(None))
    asked = select(Signer.id).where(
        Signer.task_id == Task.id, Signer.person_id == person_id, Signer.state == "active"
    )
    alone = and_(~Task.signed, free, exists(held), _not_excluded(person_id))
    return or_(alone, and_(Task.signed, exists(asked)))


def _not_excluded(person_id: int) -> ColumnElement[bool]:
    """The segregation of duties, for lists: out is who acted elsewhere in it, or whose it is."""
    other, signed = aliased(Task), aliased(Signer)
    acted = (
        select(signed.id)
        .join(other, other.id == signed.task_id)
        .where(
            signed.person_id == person_id,
            signed.verb.in_(DECISIONS),
            other.instance_id == Task.instance_id,
            other.matter == Task.matter,
            other.node != Task.node,
            or_(other.duty != "handle", Task.duty != "handle"),
        )
    )
    own = and_(Task.party_id == person_id, Task.duty != "handle")
    return and_(~exists(acted), or_(Task.party_id.is_(None), ~own))


@dataclass(frozen=True)
class Absent:
    """Somebody away: in which processes (none: all) and duties another acts for them."""

    person_id: int
    name: str
    scope: tuple[str, ...]
    kept: frozenset[tuple[str, str]]
    """(role, duty) that nobody may bear for another."""


def absent_ones(session: Session, person_id: int, now: datetime | None) -> list[Absent]:
    """For whom the person stands in at `now` (None: for nobody)."""
    away = people.standing_in(session, person_id, now) if now is not None else []
    if not away:
        return []
    kept = kept_duties(session)
    return [
        Absent(one, people.person(session, one).name, tuple(scope), kept) for one, scope in away
    ]


def instead(person_id: int, absent: Absent) -> ColumnElement[bool]:
    """Open tasks of somebody absent that the person may answer in their name.

    Not those of the person's own matters, nor of matters in which they bore another duty.
    """
    within = [Instance.process.in_(absent.scope)] if absent.scope else []
    kept = [~tuple_(Task.role, Task.duty).in_(sorted(absent.kept))] if absent.kept else []
    return and_(mine(absent.person_id), _not_excluded(person_id), *within, *kept)


def stood_in(
    session: Session, person_id: int, now: datetime, tasks: Sequence[int]
) -> dict[int, str]:
    """Of these open tasks those that are not the person's own, with the name of whose they are."""
    found: dict[int, str] = {}
    for absent in absent_ones(session, person_id, now) if tasks else ():
        rows = session.scalars(
            select(Task.id)
            .join(Instance, Instance.id == Task.instance_id)
            .where(Task.id.in_(tasks), ~mine(person_id), instead(person_id, absent))
        )
        for task in rows:
            found.setdefault(task, absent.name)
    return found
