"""Writes of what was promised, and of what was seen of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import delete

from engine.errors import Conflict, Invalid
from engine.indicators import queries
from engine.indicators.commands.shared import HUNDRED, TEN, decimal_of
from engine.indicators.models import Observation, Target, YearPlan
from engine.indicators.scoring import (
    MOF_2020_10,
)
from engine.sentences import Sentence
from engine.work import Work


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
        raise Conflict("{year} 年的绩效目标已经批复，只能通过目标调整修改", year=year)
    weights = [_weight(row, number) for number, row in enumerate(rows, 1)]
    total = sum((one for one in weights if one is not None), execution_weight)
    if total > HUNDRED:
        raise Invalid(
            "指标权重与预算执行率 {execution} 分合计 {total}，超过 100",
            execution=execution_weight,
            total=total,
            field="rows",
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
    weight = decimal_of(
        row["weight"], f"rows-{number - 1}-weight", Sentence("第 {number} 行的权重", number=number)
    )
    if weight < 0:
        raise Invalid(
            "第 {number} 行的权重不能为负", number=number, field=f"rows-{number - 1}-weight"
        )
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
        raise Invalid("{year} 年还没有绩效目标", year=year)
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
