"""What the declaration and its assessment mean, and what later rooms keep the same way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.projects import queries
from engine.projects.models import (
    Assessment,
    ProjectFigure,
)
from engine.projects.rules import (
    CONCLUSIONS,
    EX_ANTE_TESTS,
    LARGEST,
)
from engine.registry import effect, prefill
from engine.work import Work
from engine.workflow.context import TaskContext


def amount_of(value: object, field: str) -> Decimal:
    """The sum in 元 that was typed; `Invalid` at `field` otherwise."""
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        raise Invalid("请填写金额", field=field) from None
    if not amount.is_finite() or not 0 <= amount < LARGEST or round(amount, 2) != amount:
        raise Invalid("金额应为不小于零、最多两位小数的数", field=field)
    return amount


@effect("projects.declare")
def declare(work: Work, task: TaskContext) -> None:
    """立项申报: the declaration's answers become the project's; an estimate left out is gone."""
    project, answers = queries.project(work.session, task.subject_id), task.answers
    for name in ("overall_goal", "background", "basis", "plan"):
        setattr(project, name, str(answers.get(name) or ""))
    project.starts_on = _day(answers.get("start"))
    project.ends_on = _day(answers.get("end"))
    if project.starts_on and project.ends_on and project.ends_on < project.starts_on:
        raise Invalid("计划完成日期不能早于开始日期", field="end")
    if answers.get("estimate") in (None, ""):
        drop_figure(work, project.id, "估算")
    else:
        set_figure(work, project.id, "估算", amount_of(answers["estimate"], "estimate"))


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)) if value else None


def set_figure(work: Work, project_id: int, name: str, amount: Decimal) -> None:
    """Keep a sum that the numeric guards speak of."""
    known = work.session.scalar(
        select(ProjectFigure).where(
            ProjectFigure.project_id == project_id, ProjectFigure.name == name
        )
    )
    if known is None:
        known = ProjectFigure(project_id=project_id, name=name)
        work.session.add(known)
    known.amount = amount


def drop_figure(work: Work, project_id: int, name: str) -> None:
    """Forget a sum that was taken back; the guards that need it speak no more."""
    work.session.execute(
        delete(ProjectFigure).where(
            ProjectFigure.project_id == project_id, ProjectFigure.name == name
        )
    )


@prefill("projects.declaration")
def declaration(session: Session, task: TaskContext) -> dict[str, Any]:
    """The declaration starts with what the wizard asked, and with the estimate handed in before."""
    project = queries.project(session, task.subject_id)
    estimate = queries.figures(session, project.id).get("估算")
    return {
        "overall_goal": project.overall_goal,
        "background": project.background,
        "basis": project.basis,
        "plan": project.plan,
        "start": project.starts_on.isoformat() if project.starts_on else None,
        "end": project.ends_on.isoformat() if project.ends_on else None,
        "estimate": None if estimate is None else str(estimate),
    }


@effect("projects.assess_ex_ante")
def assess_ex_ante(work: Work, task: TaskContext) -> None:
    """事前绩效评估: five tests of twenty points (rules.md A.2) and a conclusion."""
    marks, conclusion = ex_ante_marks(task.answers)
    keep_assessment(work, task, "ex_ante", marks, conclusion)


def ex_ante_marks(answers: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """The five marks and the conclusion, which fit each other; `Invalid` otherwise."""
    marks = {key: str(answers.get(key)) for key in EX_ANTE_TESTS}
    conclusion = str(answers.get("conclusion"))
    if conclusion not in CONCLUSIONS:
        raise Invalid("请选择评估结论", field="conclusion")
    total = sum((Decimal(mark) for mark in marks.values()), Decimal(0))
    if conclusion == "supported" and total < 60:
        raise Invalid(
            "五项合计 {total} 分，不足 60 分不能“予以支持”", total=total, field="conclusion"
        )
    return marks, conclusion


def keep_assessment(
    work: Work,
    task: TaskContext,
    kind: str,
    marks: Mapping[str, str],
    conclusion: str,
    by: tuple[str, str] | None = None,
) -> None:
    """Keep a set of test marks with its conclusion; `by` names another than the actor: who gave
    them, and their opinion.
    """
    person, opinion = by or (work.actor.name, task.opinion)
    work.session.add(
        Assessment(
            project_id=task.subject_id,
            kind=kind,
            year=int(task.data.get("year") or 0),
            marks=dict(marks),
            conclusion=conclusion,
            opinion=opinion,
            by=person,
            at=work.now,
        )
    )
