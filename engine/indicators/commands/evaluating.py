"""Filing a year's self-evaluation (绩效自评): the rule proposes each score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete

from engine.errors import Conflict, Invalid
from engine.indicators import queries
from engine.indicators.models import Evaluation, EvaluationRow, Target
from engine.indicators.scoring import (
    Budget,
    Proposal,
    propose,
    propose_execution,
)
from engine.projects import queries as projects
from engine.work import Work

TEXTS = (
    "overview",
    "organisation",
    "conclusion",
    "deviation",
    "experience",
    "problems",
    "suggestions",
)


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
        raise Conflict("{year} 年的绩效自评已经终审，不能再改", year=year)
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
            "以下指标未得满分，请填写偏差原因及改进措施：{lacking}",
            lacking=lacking,
            field="rows",
        )
