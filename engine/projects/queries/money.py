"""A project's money: budget lines, payments, and the sums that numeric guards speak of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.projects.models import (
    BudgetLine,
    Payment,
    Project,
    ProjectFigure,
)
from engine.projects.rules import budget_of

ZERO = Decimal(0)


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


def this_year(session: Session, ids: list[int]) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
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
