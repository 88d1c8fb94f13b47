"""复核 and 终审 of a year's self-evaluation: the accepted scores and their sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from engine.errors import Conflict, Invalid
from engine.indicators import queries
from engine.indicators.commands.evaluating import propose_execution_of
from engine.indicators.commands.shared import HUNDRED, decimal_of
from engine.indicators.models import Evaluation, EvaluationRow, Target
from engine.indicators.scoring import (
    Proposal,
    accept,
    grade,
)
from engine.sentences import Sentence
from engine.work import Work


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
            raise Invalid(
                "请填写“{target}”的得分", target=target.level3, field=f"rows-{number}-accepted"
            )
        row.accepted, row.reason = None, reason
        return
    score = decimal_of(
        typed["accepted"],
        f"rows-{number}-accepted",
        Sentence("“{target}”的得分", target=target.level3),
    )
    proposal = Proposal(row.proposed, tuple(row.flags), "", row.explanation)
    try:
        accepted = accept(proposal, score, reason, target.weight)
    except Invalid as problem:
        field = "reason" if problem.field == "reason" else "accepted"
        raise Invalid(
            "“{target}”：{why}",
            target=target.level3,
            why=problem.message,
            field=f"rows-{number}-{field}",
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
    score = decimal_of(typed, "execution_accepted", Sentence("预算执行率的得分"))
    try:
        accepted = accept(proposal, score, reason, weight)
    except Invalid as problem:
        field = "execution_reason" if problem.field == "reason" else "execution_accepted"
        raise Invalid("预算执行率：{why}", why=problem.message, field=field) from None
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
