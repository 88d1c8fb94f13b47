"""Reads of the indicators: targets with their latest observation and light, evaluations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.clock import local
from engine.errors import NotFound
from engine.indicators.lights import Light, indicator_light, qualitative_light
from engine.indicators.models import Evaluation, EvaluationRow, Observation, Target, YearPlan
from engine.indicators.scoring import IndicatorRow, propose

TEN = Decimal(10)


@dataclass(frozen=True)
class IndicatorView:
    """A target with what was last seen of it, and its light at the moment of asking."""

    target: Target
    actual: str
    seen_at: datetime | None
    source: str
    light: Light | None


def plan(session: Session, project_id: int, year: int) -> YearPlan | None:
    """The year's plan, if targets were set."""
    return session.scalar(
        select(YearPlan).where(YearPlan.project_id == project_id, YearPlan.year == year)
    )


def execution_weight(session: Session, project_id: int, year: int) -> Decimal:
    """The points that execution is worth in a year (10 by 财预〔2020〕10号 unless planned else)."""
    found = plan(session, project_id, year)
    return found.execution_weight if found else TEN


def targets(session: Session, project_id: int, year: int) -> list[Target]:
    """The year's indicators in their order."""
    return list(
        session.scalars(
            select(Target)
            .where(Target.project_id == project_id, Target.year == year)
            .order_by(Target.position)
        )
    )


def latest(session: Session, project_id: int, year: int) -> dict[int, Observation]:
    """The last observation of each target of the year."""
    newest = (
        select(func.max(Observation.id))
        .join(Target, Target.id == Observation.target_id)
        .where(Target.project_id == project_id, Target.year == year)
        .group_by(Observation.target_id)
    )
    found = session.scalars(select(Observation).where(Observation.id.in_(newest)))
    return {one.target_id: one for one in found}


def wording(target: Target) -> str:
    """The target that counts: the adjusted one, else the declared."""
    return target.initial if target.adjusted is None else target.adjusted


def scoring_row(target: Target, actual: str, year: int) -> IndicatorRow:
    """The row that scoring and lights look at."""
    return IndicatorRow(
        level3=target.level3,
        target=wording(target),
        actual=actual,
        weight=target.weight,
        level1=target.level1,
        level2=target.level2,
        year=year,
    )


def light(target: Target, actual: str, year: int, at: datetime) -> Light | None:
    """The target's light by progress in time (rules.md A.5); None where nothing can be said."""
    if not actual.strip():
        return None
    proposal = propose(scoring_row(target, actual, year))
    moment = local(at)
    month = 12 if moment.year > year else moment.month
    if proposal.rule in ("forward", "equal") and proposal.ratio is not None:
        return indicator_light("higher", Decimal(1), proposal.ratio, month)
    if proposal.rule == "reverse" and proposal.ratio is not None:
        return Light.GREEN if proposal.ratio <= 1 else Light.RED
    if proposal.score is None or not target.weight:
        return None
    return qualitative_light("met" if proposal.score >= target.weight else "missed")


def indicator_views(
    session: Session, project_id: int, year: int, at: datetime
) -> list[IndicatorView]:
    """The year's indicators as the project page shows them."""
    seen = latest(session, project_id, year)
    return [_view(one, seen.get(one.id), at) for one in targets(session, project_id, year)]


def _view(target: Target, last: Observation | None, at: datetime) -> IndicatorView:
    actual = last.value if last else ""
    return IndicatorView(
        target=target,
        actual=actual,
        seen_at=last.at if last else None,
        source=last.source if last else "",
        light=light(target, actual, target.year, at),
    )


def target(session: Session, target_id: int) -> Target | None:
    """One indicator of a year."""
    return session.get(Target, target_id)


def observations(session: Session, target_id: int, *, limit: int = 200) -> list[Observation]:
    """What was seen of an indicator, the newest first."""
    rows = select(Observation).where(Observation.target_id == target_id)
    return list(session.scalars(rows.order_by(Observation.id.desc()).limit(limit)))


def indicator_view(session: Session, target: Target, at: datetime) -> IndicatorView:
    """One indicator as its own page shows it."""
    seen = observations(session, target.id, limit=1)
    return _view(target, seen[0] if seen else None, at)


def evaluation(session: Session, project_id: int, year: int) -> Evaluation | None:
    """The year's self-evaluation, if it was begun."""
    return session.scalar(
        select(Evaluation).where(Evaluation.project_id == project_id, Evaluation.year == year)
    )


def evaluation_rows(session: Session, evaluation_id: int) -> list[tuple[EvaluationRow, Target]]:
    """The rows of an evaluation with their targets, in order."""
    rows = session.execute(
        select(EvaluationRow, Target)
        .join(Target, Target.id == EvaluationRow.target_id)
        .where(EvaluationRow.evaluation_id == evaluation_id)
        .order_by(Target.position)
    )
    return [(row[0], row[1]) for row in rows]


def evaluations(session: Session, project_id: int) -> list[Evaluation]:
    """All years' evaluations of a project."""
    return list(
        session.scalars(
            select(Evaluation).where(Evaluation.project_id == project_id).order_by(Evaluation.year)
        )
    )


def require_evaluation(session: Session, project_id: int, year: int) -> Evaluation:
    """The year's self-evaluation; `NotFound` before it was filed."""
    found = evaluation(session, project_id, year)
    if found is None:
        raise NotFound("{year} 年尚未填报绩效自评", year=year)
    return found
