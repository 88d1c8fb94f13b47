"""Writes of the indicators: targets, observations, evaluations and their review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import delete

from engine.errors import Conflict, Invalid
from engine.indicators import queries
from engine.indicators.models import Evaluation, EvaluationRow, Observation, Target, YearPlan
from engine.indicators.scoring import (
    MOF_2020_10,
    Budget,
    Proposal,
    accept,
    grade,
    propose,
    propose_execution,
)
from engine.projects import queries as projects
from engine.work import Work

HUNDRED, TEN = Decimal(100), Decimal(10)
DIMENSIONS = ("投入", "过程", "产出", "结果")


def decimal_of(value: object, field: str, label: str) -> Decimal:
    """The figure that was typed; `Invalid` at `field` otherwise."""
    try:
        figure = Decimal(str(value))
    except ArithmeticError:
        raise Invalid(f"{label}应是数字", field=field) from None
    if not figure.is_finite():
        raise Invalid(f"{label}应是数字", field=field)
    return figure


def set_targets(
    work: Work,
    project_id: int,
    year: int,
    goal: str,
    rows: Sequence[Mapping[str, Any]],
    execution_weight: Decimal = TEN,
) -> YearPlan:
    """Declare the year's targets; replaces what was declared before, until they are approved.

    The weights of the rows and of execution may not exceed 100 (rules.md A.3), and a weight is
    positive. Approved targets change only by 目标调整.
    """
    plan = queries.plan(work.session, project_id, year)
    if plan is not None and plan.approved_at is not None:
        raise Conflict(f"{year} 年的绩效目标已经批复，只能通过目标调整修改")
    weights = [_weight(row, number) for number, row in enumerate(rows, 1)]
    total = sum((one for one in weights if one is not None), execution_weight)
    if total > HUNDRED:
        raise Invalid(
            f"指标权重与预算执行率 {execution_weight} 分合计 {total}，超过 100", field="rows"
        )
    if not rows:
        raise Invalid("至少填写一个绩效指标", field="rows")
    work.session.execute(delete(Target).where(Target.project_id == project_id, Target.year == year))
    for position, (row, weight) in enumerate(zip(rows, weights, strict=True), 1):
        work.session.add(_target(project_id, year, position, row, weight))
    if plan is None:
        plan = YearPlan(project_id=project_id, year=year, scheme=MOF_2020_10.key)
        work.session.add(plan)
    plan.goal, plan.execution_weight = goal, execution_weight
    work.record(
        "targets.declared",
        f"project:{project_id}",
        f"project:{project_id}",
        {"year": year, "rows": [dict(row) for row in rows], "weights": total},
    )
    return plan


def _weight(row: Mapping[str, Any], number: int) -> Decimal | None:
    if row.get("weight") in (None, ""):
        return None
    weight = decimal_of(row["weight"], f"rows-{number - 1}-weight", f"第 {number} 行的权重")
    if weight < 0:
        raise Invalid(f"第 {number} 行的权重不能为负", field=f"rows-{number - 1}-weight")
    return weight


def _target(
    project_id: int, year: int, position: int, row: Mapping[str, Any], weight: Decimal | None
) -> Target:
    return Target(
        project_id=project_id,
        year=year,
        position=position,
        code=str(row.get("code") or ""),
        dimension=str(row.get("dim4") or "产出"),
        level1=str(row.get("level1") or ""),
        level2=str(row.get("level2") or ""),
        level3=str(row.get("level3") or ""),
        initial=str(row.get("target") or ""),
        weight=weight,
    )


def approve_targets(work: Work, project_id: int, year: int) -> None:
    """The year's targets are approved with the budget; monitoring and evaluation stand on them."""
    plan = queries.plan(work.session, project_id, year)
    if plan is None:
        raise Invalid(f"{year} 年还没有绩效目标")
    if plan.approved_at is None:
        plan.approved_at = work.now
        work.record(
            "targets.approved", f"project:{project_id}", f"project:{project_id}", {"year": year}
        )


def record_observation(
    work: Work,
    target: Target,
    value: str,
    *,
    source: str,
    likelihood: str = "",
    cause: str = "",
) -> Observation:
    """Keep what was seen of a target; earlier observations stay."""
    seen = Observation(
        target_id=target.id,
        value=value,
        likelihood=likelihood,
        cause=cause,
        source=source,
        by=work.actor.name,
        at=work.now,
    )
    work.session.add(seen)
    return seen


def evaluate_year(
    work: Work,
    project_id: int,
    year: int,
    answers: Mapping[str, Any],
    rows: Mapping[int, Mapping[str, Any]],
) -> Evaluation:
    """绩效自评 of a year: actual values by target id; the rule proposes each score (A.4)."""
    found = queries.evaluation(work.session, project_id, year)
    if found is not None and found.state == "final":
        raise Conflict(f"{year} 年的绩效自评已经终审，不能再改")
    if found is None:
        found = Evaluation(project_id=project_id, year=year, execution_flags=[], texts={})
        work.session.add(found)
    found.state, found.filled_by = "filed", work.actor.name
    found.goal_actual = str(answers.get("actual_goal") or "")
    found.texts = {key: answers.get(key) or "" for key in TEXTS}
    found.total, found.grade, found.checked_by = None, None, None
    execution = propose_execution_of(work, project_id, year)
    found.execution_proposed, found.execution_flags = execution.score, list(execution.flags)
    found.execution_accepted, found.execution_reason = None, ""
    work.session.flush()
    work.session.execute(delete(EvaluationRow).where(EvaluationRow.evaluation_id == found.id))
    for target in queries.targets(work.session, project_id, year):
        work.session.add(_evaluated(found, target, year, rows.get(target.id, {})))
    work.session.flush()
    _require_reasons(work, found)
    return found


TEXTS = (
    "overview",
    "organisation",
    "conclusion",
    "deviation",
    "experience",
    "problems",
    "suggestions",
)


def propose_execution_of(work: Work, project_id: int, year: int) -> Proposal:
    """The score of the year's execution by the money as it stands now."""
    money = projects.year_money(work.session, project_id, year)
    weight = queries.execution_weight(work.session, project_id, year)
    return propose_execution(Budget(money.initial, money.budget, money.executed, weight))


def _evaluated(
    found: Evaluation, target: Target, year: int, typed: Mapping[str, Any]
) -> EvaluationRow:
    actual = str(typed.get("actual") or "")
    proposal = propose(queries.scoring_row(target, actual, year))
    return EvaluationRow(
        evaluation_id=found.id,
        target_id=target.id,
        actual=actual,
        deviation_reason=str(typed.get("deviation_reason") or ""),
        description=str(typed.get("description") or ""),
        proposed=proposal.score,
        flags=list(proposal.flags),
        explanation=proposal.explanation,
    )


def _require_reasons(work: Work, found: Evaluation) -> None:
    """A score below the weight needs 偏差原因及改进措施 (rules.md A.4)."""
    lacking = [
        target.level3
        for row, target in queries.evaluation_rows(work.session, found.id)
        if row.proposed is not None
        and target.weight is not None
        and row.proposed < target.weight
        and not row.deviation_reason.strip()
    ]
    if lacking:
        raise Invalid(
            f"以下指标未得满分，请填写偏差原因及改进措施：{'、'.join(lacking)}", field="rows"
        )


def review_year(work: Work, project_id: int, year: int, answers: Mapping[str, Any]) -> Evaluation:
    """复核: set the accepted scores; one that departs from the proposal needs a reason."""
    found = queries.require_evaluation(work.session, project_id, year)
    by_target = {int(row["id"]): row for row in answers.get("rows") or () if row.get("id")}
    for number, (row, target) in enumerate(queries.evaluation_rows(work.session, found.id)):
        _accept(row, target, by_target.get(target.id, {}), number)
    weight = queries.execution_weight(work.session, project_id, year)
    _accept_execution(work, found, answers, weight)
    found.state, found.checked_by = "reviewed", work.actor.name
    _sum_up(work, found, weight)
    work.record(
        "evaluation.reviewed",
        f"project:{project_id}",
        f"project:{project_id}",
        {"year": year, "total": found.total, "grade": found.grade},
    )
    return found


def _accept(row: EvaluationRow, target: Target, typed: Mapping[str, Any], number: int) -> None:
    reason = str(typed.get("reason") or "")
    if typed.get("accepted") in (None, ""):
        if row.proposed is not None:
            raise Invalid(f"请填写“{target.level3}”的得分", field=f"rows-{number}-accepted")
        row.accepted, row.reason = None, reason
        return
    score = decimal_of(typed["accepted"], f"rows-{number}-accepted", f"“{target.level3}”的得分")
    proposal = Proposal(row.proposed, tuple(row.flags), "", row.explanation)
    try:
        accepted = accept(proposal, score, reason, target.weight)
    except Invalid as problem:
        field = "reason" if problem.field == "reason" else "accepted"
        raise Invalid(
            f"“{target.level3}”：{problem.message}", field=f"rows-{number}-{field}"
        ) from None
    row.accepted, row.reason = accepted.score, accepted.reason


def _accept_execution(
    work: Work, found: Evaluation, answers: Mapping[str, Any], weight: Decimal
) -> None:
    # The money may have moved since the filing (a reversal): propose anew by what it is now.
    proposal = propose_execution_of(work, found.project_id, found.year)
    found.execution_proposed, found.execution_flags = proposal.score, list(proposal.flags)
    typed, reason = answers.get("execution_accepted"), str(answers.get("execution_reason") or "")
    if typed in (None, ""):
        if proposal.score is not None:
            raise Invalid("请填写预算执行率的得分", field="execution_accepted")
        found.execution_accepted, found.execution_reason = None, reason
        return
    score = decimal_of(typed, "execution_accepted", "预算执行率的得分")
    try:
        accepted = accept(proposal, score, reason, weight)
    except Invalid as problem:
        field = "execution_reason" if problem.field == "reason" else "execution_accepted"
        raise Invalid(f"预算执行率：{problem.message}", field=field) from None
    found.execution_accepted, found.execution_reason = accepted.score, accepted.reason


def _sum_up(work: Work, found: Evaluation, execution_weight: Decimal) -> None:
    """The total is the sum of the accepted scores; a grade only where nothing is unscored."""
    rows = queries.evaluation_rows(work.session, found.id)
    scores = [row.accepted for row, _ in rows] + [found.execution_accepted]
    found.total = sum((one for one in scores if one is not None), Decimal(0))
    weights = _total(target.weight for _, target in rows) + execution_weight
    unscored = [target for row, target in rows if row.accepted is None and target.weight] or (
        found.execution_accepted is None and execution_weight > 0
    )
    found.grade = None if unscored or weights != HUNDRED else grade(found.total)


def _total(figures: Iterable[Decimal | None]) -> Decimal:
    return sum((one for one in figures if one is not None), Decimal(0))


def finalise_year(work: Work, project_id: int, year: int) -> Evaluation:
    """终审: the reviewed scores stand from now on."""
    found = queries.require_evaluation(work.session, project_id, year)
    if found.state != "reviewed":
        raise Conflict("绩效自评尚未复核，不能终审")
    found.state, found.final_by, found.final_at = "final", work.actor.name, work.now
    work.record(
        "evaluation.finalised",
        f"project:{project_id}",
        f"project:{project_id}",
        {"year": year, "total": found.total, "grade": found.grade},
    )
    return found
