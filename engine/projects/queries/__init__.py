"""Reads of the projects: frozen rows for pages, rules and reports."""

from engine.projects.queries.finding import may_see, project, project_by_code, subjects, visible
from engine.projects.queries.lists import ProjectRow, project_rows, row, rows
from engine.projects.queries.material import assessments, document, documents, gates
from engine.projects.queries.money import (
    YearMoney,
    budget_lines,
    executed,
    figures,
    payments,
    year_money,
)

__all__ = [
    "ProjectRow",
    "YearMoney",
    "assessments",
    "budget_lines",
    "document",
    "documents",
    "executed",
    "figures",
    "gates",
    "may_see",
    "payments",
    "project",
    "project_by_code",
    "project_rows",
    "row",
    "rows",
    "subjects",
    "visible",
    "year_money",
]
