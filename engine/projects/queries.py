"""Reads of the projects: frozen rows for pages, rules and reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from engine.errors import NotFound
from engine.people.models import Person, Unit
from engine.people.policy import Grant
from engine.projects.models import (
    Assessment,
    BudgetLine,
    Document,
    Payment,
    Project,
    ProjectFigure,
    StageGate,
)
from engine.projects.rules import DELETED, budget_of

ZERO = Decimal(0)


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


def project(session: Session, project_id: int) -> Project:
    """The project; `NotFound` otherwise."""
    found = session.get(Project, project_id)
    if found is None:
        raise NotFound("没有这个项目")
    return found


def project_by_code(session: Session, code: str) -> Project | None:
    """The project of that code (项目代码), if any."""
    return session.scalar(select(Project).where(Project.code == code))


def visible(person_id: int, grants: Iterable[Grant], *, deleted: bool = False) -> Select[Project]:
    """The projects a person may see: their own, and all within the scope of any business role.

    Deleted drafts are among them only for who reads what was done (`deleted`).
    """
    scopes = {
        grant.path
        for grant in grants
        if grant.role not in ("project_manager", "administrator", "security_officer", "expert")
    }
    seen = [Project.unit_path.startswith(path) for path in sorted(scopes)]
    own = Project.manager_id == person_id
    found = select(Project).where(or_(own, *seen))
    return found if deleted else found.where(Project.status != DELETED)


def may_see(person_id: int, grants: Iterable[Grant], found: Project) -> bool:
    """Whether `visible` would hold this project."""
    if found.status == DELETED:
        return False
    return found.manager_id == person_id or any(
        found.unit_path.startswith(grant.path)
        for grant in grants
        if grant.role not in ("project_manager", "administrator", "security_officer", "expert")
    )


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
    budgets, executed = _this_year(session, wanted)
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


def _this_year(session: Session, ids: list[int]) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
    """Budget and executed money of each project in its current year."""
    lines = session.execute(
        select(BudgetLine.project_id, BudgetLine.initial, BudgetLine.adjusted)
        .join(Project, (Project.id == BudgetLine.project_id) & (Project.year == BudgetLine.year))
        .where(BudgetLine.project_id.in_(ids))
    )
    budgets: dict[int, Decimal] = {}
    for key, initial, adjusted in lines:
        budgets[key] = budgets.get(key, ZERO) + budget_of(initial, adjusted)
    paid = session.execute(
        select(Payment.project_id, func.sum(Payment.amount))
        .join(Project, (Project.id == Payment.project_id) & (Project.year == Payment.year))
        .where(Payment.project_id.in_(ids))
        .group_by(Payment.project_id)
    )
    return budgets, {row[0]: row[1] for row in paid}


def row(session: Session, project_id: int) -> ProjectRow:
    """One project as a row; `NotFound` otherwise."""
    found = rows(session, [project_id])
    if not found:
        raise NotFound("没有这个项目")
    return found[0]


@dataclass(frozen=True)
class YearMoney:
    """A fiscal year's money of a project: 年初预算数, 全年预算数 (adjusted) and 全年执行数."""

    year: int
    initial: Decimal
    budget: Decimal
    executed: Decimal
    carried_over: Decimal


def year_money(session: Session, project_id: int, year: int) -> YearMoney:
    """The money of one year; zeros where there are no lines."""
    lines = budget_lines(session, project_id, year)
    return YearMoney(
        year=year,
        initial=sum((one.initial for one in lines), ZERO),
        budget=sum((budget_of(one.initial, one.adjusted) for one in lines), ZERO),
        executed=executed(session, project_id, year),
        carried_over=sum((one.carried_over for one in lines), ZERO),
    )


def budget_lines(session: Session, project_id: int, year: int | None = None) -> list[BudgetLine]:
    """The budget lines of a project, of one year or all."""
    wanted = select(BudgetLine).where(BudgetLine.project_id == project_id)
    if year is not None:
        wanted = wanted.where(BudgetLine.year == year)
    return list(session.scalars(wanted.order_by(BudgetLine.year, BudgetLine.id)))


def executed(session: Session, project_id: int, year: int | None = None) -> Decimal:
    """Executed money (payments less reversals) of one year or of the whole life."""
    wanted = select(func.sum(Payment.amount)).where(Payment.project_id == project_id)
    if year is not None:
        wanted = wanted.where(Payment.year == year)
    return session.scalar(wanted) or ZERO


def payments(session: Session, project_id: int) -> list[Payment]:
    """All payments and reversals, oldest first."""
    return list(
        session.scalars(
            select(Payment).where(Payment.project_id == project_id).order_by(Payment.id)
        )
    )


def figures(session: Session, project_id: int) -> dict[str, Decimal]:
    """The sums that numeric guards speak of."""
    found = session.execute(
        select(ProjectFigure.name, ProjectFigure.amount).where(
            ProjectFigure.project_id == project_id
        )
    )
    return {row.name: row.amount for row in found}


def gates(session: Session, project_id: int) -> list[StageGate]:
    """The project's gates in their order."""
    return list(
        session.scalars(
            select(StageGate).where(StageGate.project_id == project_id).order_by(StageGate.position)
        )
    )


def documents(session: Session, project_id: int, gate: str | None = None) -> list[Document]:
    """The documents that the gates ask for, of one gate or all."""
    wanted = select(Document).where(Document.project_id == project_id)
    if gate is not None:
        wanted = wanted.where(Document.gate == gate)
    return list(session.scalars(wanted.order_by(Document.id)))


def document(session: Session, document_id: int) -> Document:
    """A document that a gate asks for; `NotFound` otherwise."""
    found = session.get(Document, document_id)
    if found is None:
        raise NotFound("没有这份材料")
    return found


def assessments(session: Session, project_id: int) -> list[Assessment]:
    """The marks of 事前绩效评估 and 目标审核, oldest first."""
    return list(
        session.scalars(
            select(Assessment).where(Assessment.project_id == project_id).order_by(Assessment.id)
        )
    )


def subjects(session: Session, *, stage: str = "", type_: str = "") -> set[str]:
    """The projects of a stage and a type, as processes and entries name them."""
    wanted = select(Project.id)
    for column, value in ((Project.stage, stage), (Project.type, type_)):
        if value:
            wanted = wanted.where(column == value)
    return {f"project:{key}" for key in session.scalars(wanted)}
