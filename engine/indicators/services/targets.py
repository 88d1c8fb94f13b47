"""目标申报, its review and its approval with the budget."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.indicators import commands, queries
from engine.indicators.services.shared import text_of, year_of
from engine.projects import queries as projects
from engine.projects.commands import approve_budget, declare_budget
from engine.projects.packs import installed_packs
from engine.projects.rules import LARGEST
from engine.projects.services import keep_assessment, set_figure
from engine.registry import effect, prefill, service
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.context import CallContext, TaskContext

GRADES = ("优", "良", "中", "差")
TARGET_TESTS = ("completeness", "relevance", "suitability", "feasibility")


def _target_answers(session: Session, project_id: int, year: int) -> dict[str, Any] | None:
    plan = queries.plan(session, project_id, year)
    if plan is None:
        return None
    return {
        "overall_goal": plan.goal,
        "execution_weight": text_of(plan.execution_weight),
        "rows": [
            {
                "code": one.code,
                "level1": one.level1,
                "level2": one.level2,
                "level3": one.level3,
                "target": queries.wording(one),
                "weight": text_of(one.weight),
                "dim4": one.dimension,
            }
            for one in queries.targets(session, project_id, year)
        ],
        "budget": [
            {"source": line.source, "initial": text_of(line.initial)}
            for line in projects.budget_lines(session, project_id, year)
        ],
    }


@prefill("indicators.proposed_targets")
def proposed_targets(session: Session, task: TaskContext) -> dict[str, Any]:
    """What was declared before; at first the type's library as a start, and the money asked for."""
    known = _target_answers(session, task.subject_id, year_of(task))
    if known:
        return known
    project = projects.project(session, task.subject_id)
    library = installed_packs()[project.type].library_for(project.topic)
    return {
        "overall_goal": project.overall_goal,
        "execution_weight": "10",
        "rows": [
            {
                "code": one.code,
                "level1": one.level1,
                "level2": one.level2,
                "level3": one.name,
                "target": one.target,
                "weight": None,
                "dim4": one.dim4,
            }
            for one in library
            if one.dim4 in ("产出", "结果")
        ][:8],
        "budget": [{"source": "财政拨款", "initial": text_of(project.amount)}],
    }


@prefill("indicators.next_year_targets")
def next_year_targets(session: Session, task: TaskContext) -> dict[str, Any]:
    """The new year starts with last year's indicators; carried-over money is there already."""
    year = year_of(task)
    known = _target_answers(session, task.subject_id, year)
    if known:
        return known
    before = _target_answers(session, task.subject_id, year - 1) or {}
    lines = projects.budget_lines(session, task.subject_id, year)
    sources = {line.source: text_of(line.initial) for line in lines} or {"财政拨款": None}
    return before | {"budget": [{"source": key, "initial": sum_} for key, sum_ in sources.items()]}


@effect("indicators.set_targets")
def set_targets(work: Work, task: TaskContext) -> None:
    """绩效目标申报: targets with their weights, and the year's budget by source."""
    answers, year = task.answers, year_of(task)
    weight = commands.decimal_of(
        answers.get("execution_weight") or "10", "execution_weight", Sentence("预算执行率的分值")
    )
    commands.set_targets(
        work,
        task.subject_id,
        year,
        str(answers.get("overall_goal") or ""),
        answers.get("rows") or (),
        weight,
    )
    declare_budget(work, task.subject_id, year, _budget(answers))
    if answers.get("approved_estimate") not in (None, ""):
        amount = _money(answers["approved_estimate"], "approved_estimate", Sentence("批复概算"))
        set_figure(work, task.subject_id, "概算", amount)


def _budget(answers: Mapping[str, Any]) -> dict[str, Decimal]:
    """The declared money by source; two lines of one source are added."""
    lines: dict[str, Decimal] = {}
    for number, line in enumerate(answers.get("budget") or ()):
        source = str(line.get("source") or "财政拨款")
        amount = _money(line.get("initial"), f"budget-{number}-initial", Sentence("预算数"))
        lines[source] = lines.get(source, Decimal(0)) + amount
    return lines


def _money(value: object, field: str, label: str) -> Decimal:
    amount = commands.decimal_of(value, field, label)
    if not 0 <= amount < LARGEST:
        raise Invalid("{label}不能为负，也不能过大", label=label, field=field)
    if round(amount, 2) != amount:
        raise Invalid("金额最多两位小数", field=field)
    return amount


@effect("indicators.review_targets")
def review_targets(work: Work, task: TaskContext) -> None:
    """目标审核: four tests with 优良中差, and a grade that is not better than the worst test."""
    marks = {key: str(task.answers.get(key)) for key in TARGET_TESTS}
    given = str(task.answers.get("target_grade"))
    if given not in GRADES or not set(marks.values()) <= set(GRADES):
        raise Invalid("请为每项选择优、良、中、差", field="target_grade")
    worst = max(GRADES.index(mark) for mark in marks.values())
    if GRADES.index(given) < worst:
        raise Invalid("总评不能高于最低的一项“{worst}”", worst=GRADES[worst], field="target_grade")
    keep_assessment(work, task, "target_review", marks, given)


@service("indicators.approve_plan")
def approve_plan(work: Work, call: CallContext) -> None:
    """Budget and targets of the year are approved together (同步批复, rules.md A.3)."""
    _approve(work, call.subject_id)


@effect("indicators.approve_targets")
def approve_targets(work: Work, task: TaskContext) -> None:
    """The year's targets become the base of monitoring and evaluation, once approved."""
    if task.verb == "approve":
        _approve(work, task.subject_id)


def _approve(work: Work, project_id: int) -> None:
    project = projects.project(work.session, project_id)
    approve_budget(work, project)
    commands.approve_targets(work, project.id, project.year)
