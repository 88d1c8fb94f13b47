"""Projects as lists and pages show them, with this year's money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from engine.errors import NotFound
from engine.people.models import Person, Unit
from engine.people.policy import Grant
from engine.projects.models import (
    Project,
)
from engine.projects.queries.finding import visible
from engine.projects.queries.money import ZERO, this_year


@dataclass(frozen=True)
class ProjectRow:
    """A project as lists and pages show it, with this year's money."""

    id: int
    code: str
    name: str
    type: str
    topic: str
    unit_id: int
    unit: str
    unit_path: str
    department: str
    manager_id: int
    manager: str
    stage: str
    status: str
    pilot: bool
    demo: bool
    place: str
    first_year: int
    last_year: int
    year: int
    starts_on: date | None
    ends_on: date | None
    amount: Decimal
    closed_at: datetime | None
    budget: Decimal
    executed: Decimal

    @property
    def subject(self) -> str:
        """The project's name in entries and processes."""
        return f"project:{self.id}"


def project_rows(
    session: Session,
    person_id: int,
    grants: Iterable[Grant],
    *,
    text: str = "",
    stage: str = "",
    type_: str = "",
    status: str = "",
    year: int | None = None,
    pilot: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[ProjectRow], int]:
    """The visible projects that fit the filters, newest first, and how many there are in all."""
    wanted = visible(person_id, grants)
    if text:
        wanted = wanted.where(or_(Project.name.contains(text), Project.code.contains(text)))
    for column, value in ((Project.stage, stage), (Project.type, type_), (Project.status, status)):
        if value:
            wanted = wanted.where(column == value)
    if year:
        wanted = wanted.where(Project.first_year <= year, Project.last_year >= year)
    if pilot:
        wanted = wanted.where(Project.pilot)
    count = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    ids = wanted.with_only_columns(Project.id).order_by(Project.id.desc())
    return rows(session, session.scalars(ids.limit(limit).offset(offset)).all()), count


def rows(session: Session, ids: Iterable[int]) -> list[ProjectRow]:
    """Those projects as rows, in the order given."""
    wanted, department = list(ids), aliased(Unit)
    found = session.execute(
        select(Project, Unit.name, department.name, Person.name)
        .join(Unit, Unit.id == Project.unit_id)
        .outerjoin(department, department.id == Project.department_id)
        .join(Person, Person.id == Project.manager_id)
        .where(Project.id.in_(wanted))
    ).all()
    budgets, executed = this_year(session, wanted)
    by_id = {
        one.id: _row(one, unit, dept or "", name, budgets.get(one.id, ZERO), executed)
        for one, unit, dept, name in found
    }
    return [by_id[key] for key in wanted if key in by_id]


def _row(
    one: Project,
    unit: str,
    department: str,
    manager: str,
    budget: Decimal,
    executed: dict[int, Decimal],
) -> ProjectRow:
    return ProjectRow(
        id=one.id,
        code=one.code,
        name=one.name,
        type=one.type,
        topic=one.topic,
        unit_id=one.unit_id,
        unit=unit,
        unit_path=one.unit_path,
        department=department,
        manager_id=one.manager_id,
        manager=manager,
        stage=one.stage,
        status=one.status,
        pilot=one.pilot,
        demo=one.demo,
        place=one.place,
        first_year=one.first_year,
        last_year=one.last_year,
        year=one.year,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        amount=one.amount,
        closed_at=one.closed_at,
        budget=budget,
        executed=executed.get(one.id, ZERO),
    )


def row(session: Session, project_id: int) -> ProjectRow:
    """One project as a row; `NotFound` otherwise."""
    found = rows(session, [project_id])
    if not found:
        raise NotFound("没有这个项目")
    return found[0]
