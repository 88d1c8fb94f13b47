"""Reads of the people: frozen rows for policy and pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    Text,
    bindparam,
    cast,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from engine.db import Key, Moment
from engine.errors import NotFound
from engine.people.calendar import Calendar
from engine.people.calendar.book import calendar_stamp, open_book
from engine.people.models import Absence, DictionaryEntry, Person, RoleAssignment, Unit
from engine.people.policy import Grant, holds
from engine.people.roles import ROLES
from engine.statements import Look


@dataclass(frozen=True)
class PersonRow:
    """A person as pages show them."""

    id: int
    login: str
    name: str
    title: str
    unit_id: int
    unit: str
    active: bool
    roles: tuple[tuple[str, str, int], ...]
    """(role name in Chinese, unit name, assignment id)"""


def person(session: Session, person_id: int) -> Person:
    """The person; `NotFound` otherwise."""
    found = session.get(Person, person_id)
    if found is None:
        raise NotFound("没有这个人员")
    return found


def person_by_login(session: Session, login: str) -> Person | None:
    """The person of that login name, if any."""
    return session.scalar(select(Person).where(Person.login == login))


def unit(session: Session, unit_id: int) -> Unit:
    """The unit; `NotFound` otherwise."""
    found = session.get(Unit, unit_id)
    if found is None:
        raise NotFound("没有这个单位")
    return found


@dataclass(frozen=True)
class Faculties:
    """What decides whether a person may act now, read at once.

    `stands_in` says for whom (their id) and in which processes ([]: in all); `calendar` is the
    calendar's stamp (see `engine.people.calendar.book`), read beside it because the act will ask.
    """

    grants: tuple[Grant, ...]
    stands_in: tuple[tuple[int, list[str]], ...]
    calendar: str | None

    @classmethod
    def of(cls, grants: str | None, absences: str | None, calendar: str | None) -> Faculties:
        """As `faculties_of` puts them into three columns."""
        held = (line.split(_WITHIN) for line in (grants or "").splitlines())
        absent = (line.split(_WITHIN) for line in sorted((absences or "").splitlines()))
        return cls(
            tuple(Grant(role, path) for role, path in held),
            tuple((int(person), json.loads(scope)) for person, scope in absent),
            calendar,
        )


_WITHIN, _BETWEEN = "\t", "\n"  # neither is in a role, a path, a number or canonical JSON


def faculties_of(
    person: SQLColumnExpression[int], now: ColumnElement[datetime]
) -> tuple[ColumnElement[Any], ...]:
    """The columns of `Faculties` for a select of other things too."""
    grant = RoleAssignment.role + _WITHIN + Unit.path
    grants = (
        select(func.aggregate_strings(grant, _BETWEEN))
        .join(Unit, Unit.id == RoleAssignment.unit_id)
        .where(RoleAssignment.person_id == person)
    )
    absence = cast(Absence.person_id, Text) + _WITHIN + type_coerce(Absence.scope, Text)
    absences = select(func.aggregate_strings(absence, _BETWEEN)).where(
        Absence.delegate_id == person,
        Absence.from_at <= now,
        Absence.to_at > now,
        Absence.ended_at.is_(None),
    )
    return grants.scalar_subquery(), absences.scalar_subquery(), calendar_stamp()


def faculties(session: Session, person_id: int, now: datetime | None) -> Faculties:
    """What decides whether the person may act at `now` (None: in nobody else's name)."""
    return Faculties.of(*_FACULTIES.rows(session, person=person_id, now=now)[0])


def grants(session: Session, person_id: int) -> tuple[Grant, ...]:
    """Every role the person holds, with the path of its scope."""
    return tuple(Grant(role, path) for role, path in _GRANTS.rows(session, person=person_id))


def holds_role(session: Session, person_id: int, role: str, path: str) -> bool:
    """Whether the person is active and holds `role` for the unit at `path`."""
    rows = _ACTIVE_GRANTS.rows(session, person=person_id)
    return holds((Grant(held, scope) for held, scope in rows), role, path)


_GRANTS_OF = (
    select(RoleAssignment.role, Unit.path)
    .join(Unit, Unit.id == RoleAssignment.unit_id)
    .where(RoleAssignment.person_id == bindparam("person"))
)
_GRANTS = Look(_GRANTS_OF)
_ACTIVE_GRANTS = Look(
    _GRANTS_OF.join(Person, Person.id == RoleAssignment.person_id).where(Person.active)
)
_FACULTIES = Look(
    select(*faculties_of(bindparam("person", type_=Key), bindparam("now", type_=Moment)))
)


def holders(session: Session, role: str, path: str) -> list[Person]:
    """Active persons who hold `role` for the unit at `path`."""
    rows = session.execute(
        select(Person, Unit.path)
        .join(RoleAssignment, RoleAssignment.person_id == Person.id)
        .join(Unit, Unit.id == RoleAssignment.unit_id)
        .where(RoleAssignment.role == role, Person.active)
        .order_by(Unit.path.desc(), Person.id)
    )
    return [found for found, scope in rows if path.startswith(scope)]


def units(session: Session) -> list[Unit]:
    """All units in tree order."""
    return list(session.scalars(select(Unit).order_by(Unit.path)))


def persons(session: Session, text: str = "", unit_id: int | None = None) -> list[PersonRow]:
    """Persons whose name or login holds `text`, with their roles."""
    wanted = select(Person, Unit.name).join(Unit, Unit.id == Person.unit_id).order_by(Person.id)
    if text:
        wanted = wanted.where(Person.name.contains(text) | Person.login.contains(text))
    if unit_id:
        wanted = wanted.where(Person.unit_id == unit_id)
    rows = session.execute(wanted).all()
    roles = _roles(session, (found.id for found, _ in rows))
    return [
        PersonRow(
            id=found.id,
            login=found.login,
            name=found.name,
            title=found.title,
            unit_id=found.unit_id,
            unit=name,
            active=found.active,
            roles=tuple(roles.get(found.id, ())),
        )
        for found, name in rows
    ]


def find_persons(session: Session, text: str, limit: int) -> list[PersonRow]:
    """Active persons whose name, login or unit holds `text`; whose name begins with it first."""
    wanted = (
        select(Person, Unit.name)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.active)
        .where(
            or_(
                Person.name.contains(text, autoescape=True),
                Person.login.contains(text, autoescape=True),
                Unit.name.contains(text, autoescape=True),
            )
        )
        .order_by(~Person.name.startswith(text, autoescape=True), Person.name, Person.id)
        .limit(limit)
    )
    return [_person_row(found, unit) for found, unit in session.execute(wanted)]


def person_rows(session: Session, ids: Sequence[int]) -> list[PersonRow]:
    """Active persons by their numbers, in that order; numbers of nobody are left out."""
    wanted = (
        select(Person, Unit.name)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.id.in_(ids), Person.active)
    )
    rows = {found.id: _person_row(found, unit) for found, unit in session.execute(wanted)}
    return [rows[one] for one in dict.fromkeys(ids) if one in rows]


def _person_row(found: Person, unit: str) -> PersonRow:
    return PersonRow(
        id=found.id,
        login=found.login,
        name=found.name,
        title=found.title,
        unit_id=found.unit_id,
        unit=unit,
        active=found.active,
        roles=(),
    )


def _roles(session: Session, ids: Iterable[int]) -> dict[int, list[tuple[str, str, int]]]:
    rows = session.execute(
        select(RoleAssignment.person_id, RoleAssignment.role, Unit.name, RoleAssignment.id)
        .join(Unit, Unit.id == RoleAssignment.unit_id)
        .where(RoleAssignment.person_id.in_(list(ids)))
        .order_by(RoleAssignment.id)
    )
    found: dict[int, list[tuple[str, str, int]]] = {}
    for person_id, role, name, assignment in rows:
        found.setdefault(person_id, []).append((ROLES.get(role, role), name, assignment))
    return found


def calendar(session: Session, unit_path: str = "/", *, stamp: str | None = None) -> Calendar:
    """The working calendar that holds for the unit at `unit_path`.

    `stamp` saves the query for it (see `engine.people.calendar.book.calendar_stamp`).
    """
    return open_book(session, stamp).calendar(unit_path)


def dictionary(session: Session, name: str) -> list[DictionaryEntry]:
    """The active lines of a dictionary in their order."""
    return list(
        session.scalars(
            select(DictionaryEntry)
            .where(DictionaryEntry.dictionary == name, DictionaryEntry.active)
            .order_by(DictionaryEntry.position, DictionaryEntry.id)
        )
    )
