"""What the diagram says of the whole project: its stage, its year, its end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.errors import Invalid
from engine.projects import queries
from engine.projects.models import (
    BudgetLine,
    Project,
)
from engine.projects.rules import (
    STAGES,
    carry_over,
)
from engine.registry import service
from engine.work import Work
from engine.workflow.context import CallContext


@service("projects.enter_stage")
def enter_stage(work: Work, call: CallContext) -> None:
    """The diagram says which of the four stages the project is in."""
    stage = str(call.parameters.get("stage"))
    if stage not in STAGES:
        raise Invalid("没有阶段 {stage}", stage=stage)
    project = queries.project(work.session, call.subject_id)
    project.stage = stage
    work.record(
        "stage.entered", call.subject, call.subject, {"stage": stage, "name": STAGES[stage]}
    )


@service("projects.open_next_year")
def open_next_year(work: Work, call: CallContext) -> dict[str, Any]:
    """The next fiscal year opens; what this year left goes over (结转)."""
    project = queries.project(work.session, call.subject_id)
    money = queries.year_money(work.session, project.id, project.year)
    carried = carry_over(money.budget, money.executed)
    project.year += 1
    if carried > 0:
        _carry(work, project, carried)
    work.record(
        "year.opened",
        call.subject,
        call.subject,
        {"year": project.year, "carried_over": carried},
    )
    return {"year": project.year}


CARRIED = "上年结转"


def _carry(work: Work, project: Project, amount: Decimal) -> None:
    work.session.add(
        BudgetLine(
            project_id=project.id,
            year=project.year,
            source=CARRIED,
            initial=amount,
            carried_over=amount,
        )
    )


@service("projects.close_project")
def close_project(work: Work, call: CallContext) -> None:
    """The project is closed; its file stays as it is."""
    project = queries.project(work.session, call.subject_id)
    project.status, project.closed_at = "closed", work.now
    work.record("project.closed", call.subject, call.subject, {"name": project.name})


@service("projects.reject_project")
def reject_project(work: Work, call: CallContext) -> None:
    """The project may not go on (未予立项, or its targets may not enter the budget)."""
    project = queries.project(work.session, call.subject_id)
    project.status, project.closed_at = "rejected", work.now
    work.record("project.rejected", call.subject, call.subject, {"name": project.name})
