"""In whose names a person looks at what is to be done: their own, and those of absent colleagues.

Read once, in one statement, so that the search for tasks starts from what the person holds: a role
and a range of units find their tasks in an index, however many others are open.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.people.absences import kept_duties
from engine.people.models import Absence, Person, RoleAssignment, Unit


@dataclass
class Capacity:
    """One name a person may act in: roles with the paths of their units, and in which processes.

    `scope` [] is every process; `kept` are duties of roles that they may not bear in this name.
    """

    person_id: int
    name: str
    scope: list[str]
    kept: frozenset[tuple[str, str]] = frozenset()
    roles: dict[str, list[str]] = field(default_factory=dict)

    def hold(self, role: str, path: str) -> None:
        """Add a role for a unit, unless one above it is held; drop those below it."""
        paths = self.roles.setdefault(role, [])
        if not any(path.startswith(one) for one in paths):
            paths[:] = [*(one for one in paths if not one.startswith(path)), path]


def capacities(session: Session, person_id: int, now: datetime | None) -> list[Capacity]:
    """The person's own first, then those of everybody for whom they stand in at `now` (F.13).

    `now` None: of nobody else.
    """
    found: dict[int, Capacity] = {}
    for number, one, name, scope, role, path in session.execute(_asked(person_id, now)):
        own = Capacity(one, name, json.loads(scope))
        capacity = found.setdefault(number, own)
        if role is not None:
            capacity.hold(role, path)
    own, *others = found.values()
    if others:
        kept = kept_duties(session)
        others = [replace(one, kept=kept) for one in others]
    return [own, *others]


def _asked(person_id: int, now: datetime | None) -> Any:
    away = select(Absence.id, Absence.person_id, cast(Absence.scope, Text)).where(
        Absence.delegate_id == person_id,
        Absence.from_at <= now,
        Absence.to_at > now,
        Absence.ended_at.is_(None),
    )
    own = select(literal(0), literal(person_id), literal("[]"))
    who = union_all(own, away) if now is not None else own
    number, one, scope = who.subquery().c
    return (
        select(number, one, Person.name, scope, RoleAssignment.role, Unit.path)
        .join(Person, Person.id == one)
        .outerjoin(RoleAssignment, RoleAssignment.person_id == one)
        .outerjoin(Unit, Unit.id == RoleAssignment.unit_id)
        .order_by(number, RoleAssignment.id)
    )


def under(column: InstrumentedAttribute[str], paths: Iterable[str]) -> ColumnElement[bool]:
    """Whether a unit's path lies at or below one of `paths`, as ranges of the index.

    `/1/4/` covers from itself up to `/1/40`: `0` is the character after the slash.
    """
    ranges = [and_(column >= path, column < path[:-1] + "0") for path in paths]
    return or_(*ranges)
