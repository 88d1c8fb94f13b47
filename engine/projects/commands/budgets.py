"""Writes of the budget: declared, approved, adjusted."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select

from engine.errors import Conflict, Forbidden, Invalid
from engine.people import queries as people
from engine.projects import queries
from engine.projects.commands.shared import lock_money, subject_of
from engine.projects.models import BudgetLine, Project
from engine.projects.rules import (
    LARGEST,
    budget_of,
)
from engine.work import Work


def set_budget_line(work: Work, project_id: int, year: int, source: str, initial: Decimal) -> None:
    """Declare a source's money for a year (年初预算数), before its approval."""
    if initial < 0:
        raise Invalid("预算数不能为负", field="budget")
    line = _line(work, project_id, year, source)
    if line is None:
        line = BudgetLine(project_id=project_id, year=year, source=source)
        work.session.add(line)
    line.initial = initial


def declare_budget(work: Work, project_id: int, year: int, lines: Mapping[str, Decimal]) -> None:
    """Declare a year's money by source (年初预算数); replaces what was declared before.

    Money that was carried over (结转) is what last year left: it stays as it is.
    """
    for known in queries.budget_lines(work.session, project_id, year):
        if known.source not in lines and not known.carried_over:
            work.session.delete(known)
    for source, initial in lines.items():
        line = _line(work, project_id, year, source)
        if line is None or not line.carried_over:
            set_budget_line(work, project_id, year, source, initial)


def _line(work: Work, project_id: int, year: int, source: str) -> BudgetLine | None:
    return work.session.scalar(
        select(BudgetLine).where(
            BudgetLine.project_id == project_id,
            BudgetLine.year == year,
            BudgetLine.source == source,
        )
    )


def adjust_budget(
    work: Work, project_id: int, year: int, source: str, adjusted: Decimal, reason: str
) -> BudgetLine:
    """Change a line's budget during the year (全年预算数); the declared figure stays beside it."""
    project = queries.project(work.session, project_id)
    if work.actor.id is None or not _may_adjust(work, project):
        raise Forbidden("预算调整由财政业务科室办理")
    if work.actor.id == project.manager_id:
        raise Forbidden("项目经办人不能调整本项目的预算")
    if project.status not in ("draft", "active"):
        raise Conflict("项目已经结束，不能再调整预算")
    if not reason.strip():
        raise Invalid("请填写调整原因", field="reason")
    if adjusted < 0:
        raise Invalid("预算数不能为负", field="adjusted")
    if adjusted >= LARGEST:
        raise Invalid("预算数过大", field="adjusted")
    lock_money(work, project_id)
    line = _line(work, project_id, year, source)
    if line is None:
        raise Invalid("{year} 年没有“{source}”的预算", year=year, source=source, field="source")
    before = budget_of(line.initial, line.adjusted)
    line.adjusted = adjusted
    work.record(
        "budget.adjusted",
        f"budget_line:{line.id}",
        subject_of(project),
        {"year": year, "source": source, "before": before, "after": adjusted, "reason": reason},
    )
    return line


def approve_budget(work: Work, project: Project) -> None:
    """The budget of the project's year is approved: what was declared is from now on the base."""
    money = queries.year_money(work.session, project.id, project.year)
    work.record(
        "budget.approved",
        subject_of(project),
        subject_of(project),
        {"year": money.year, "budget": money.budget},
    )


def _may_adjust(work: Work, project: Project) -> bool:
    grants = people.grants(work.session, work.actor.id or 0)
    return any(
        grant.role == "budget_reviewer" and project.unit_path.startswith(grant.path)
        for grant in grants
    )
