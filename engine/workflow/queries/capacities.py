"""In whose names a person looks at what is to be done: their own, and those of absent colleagues.

Read once, in one statement, so that the search for tasks starts from what the person holds: a role
and a range of units find their tasks in an index, however many others are open.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, bindparam, cast, exists, func, literal_column, select, union_all
from sqlalchemy.orm import Session, aliased

from engine.db import Key, Moment
from engine.people.absences import kept_duties
from engine.people.models import Absence, Person, RoleAssignment, Unit
from engine.statements import PLANNING, Look, engine_of
from engine.workflow.models import Signer

EVERYTHING = "/"
"""The path above every unit's: where there is one root, what is held for it."""


@dataclass(frozen=True)
class Outline:
    """What a capacity's statements look like, apart from their values.

    For each role, of how many units it is held (0: of everything); how many processes and kept
    duties there are; whether the person ever acted for somebody else.
    """

    roles: tuple[int, ...]
    scope: int
    kept: int
    substituted: bool


@dataclass
class Capacity:
    """One name a person may act in: roles with the paths of their units, and in which processes.

    `scope` [] is every process; `kept` are duties of roles that they may not bear in this name.
    """

    person_id: int
    name: str
    scope: list[str]
    substituted: bool = False
    kept: list[tuple[str, str]] = field(default_factory=list)
    roles: dict[str, list[str]] = field(default_factory=dict)

    def hold(self, role: str, path: str) -> None:
        """Add a role for a unit, unless one above it is held; drop those below it."""
        paths = self.roles.setdefault(role, [])
        if not any(path.startswith(one) for one in paths):
            paths[:] = [*(one for one in paths if not one.startswith(path)), path]

    @property
    def outline(self) -> Outline:
        """How its statements look."""
        roles = tuple(
            0 if EVERYTHING in self.roles[role] else len(self.roles[role])
            for role in sorted(self.roles)
        )
        return Outline(roles, len(self.scope), len(self.kept), self.substituted)

    def values(self, rank: int) -> dict[str, Any]:
        """What fills its statements, as the `rank`-th capacity (see `waiting`)."""
        told: dict[str, Any] = {f"one{rank}": self.person_id}
        for number, role in enumerate(sorted(self.roles)):
            told[f"role{rank}_{number}"] = role
            for place, path in enumerate(self.roles[role]):
                told[f"from{rank}_{number}_{place}"] = path
                told[f"to{rank}_{number}_{place}"] = path[:-1] + "0"  # the one after the slash
        told |= {f"process{rank}_{place}": one for place, one in enumerate(self.scope)}
        for place, (role, duty) in enumerate(self.kept):
            told |= {f"kept{rank}_{place}": role, f"duty{rank}_{place}": duty}
        return told


def capacities(session: Session, person_id: int, now: datetime | None) -> list[Capacity]:
    """The person's own first, then those of everybody for whom they stand in at `now` (F.13).

    `now` None: of nobody else.
    """
    server = engine_of(session).dialect.name != "sqlite"
    asked = {"one": person_id} if now is None else {"one": person_id, "now": now}
    found: dict[int, Capacity] = {}
    look = _LOOKS[now is not None, server]
    for number, one, name, scope, substituted, role, path, whole, *_ in look.rows(session, **asked):
        capacity = found.setdefault(number, Capacity(one, name, json.loads(scope), substituted))
        if role is not None:
            capacity.hold(role, EVERYTHING if whole else path)
    own, *others = found.values()
    kept = sorted(kept_duties(session)) if others else []
    return [own, *(replace(one, kept=kept) for one in others)]


def _asked(*, absent: bool, server: bool) -> Look:
    """Whose capacities, with those of absent persons; on a server, what follows is planned once."""
    me, now = bindparam("one", type_=Key), bindparam("now", type_=Moment)
    everything = literal_column("'[]'", Text).label("scope")
    nobody: Any = literal_column("0", Key).label("number")
    own: Any = select(nobody, Person.id.label("one"), everything)
    own = own.where(Person.id == me)
    away: Any = select(Absence.id, Absence.person_id, cast(Absence.scope, Text)).where(
        Absence.delegate_id == me,
        Absence.from_at <= now,
        Absence.to_at > now,
        Absence.ended_at.is_(None),
    )
    who: Any = union_all(own, away) if absent else own
    number, one, scope = who.subquery().c
    root, act = aliased(Unit), exists(select(Signer.id).where(Signer.acted_by_id == one))
    roots = select(func.count()).where(root.parent_id.is_(None)).scalar_subquery()
    whole = and_(Unit.parent_id.is_(None), roots == 1)
    return Look(
        select(
            *(number, one, Person.name, scope, act, RoleAssignment.role, Unit.path, whole),
            *(PLANNING if server else ()),
        )
        .join(Person, Person.id == one)
        .outerjoin(RoleAssignment, RoleAssignment.person_id == one)
        .outerjoin(Unit, Unit.id == RoleAssignment.unit_id)
        .order_by(number, RoleAssignment.id)
    )


_LOOKS = {
    (absent, server): _asked(absent=absent, server=server)
    for absent in (False, True)
    for server in (False, True)
}
