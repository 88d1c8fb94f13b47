"""绩效自评, its 复核 and 终审."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from engine.indicators import commands, queries
from engine.indicators.scoring import FLAG_TEXT
from engine.indicators.services.shared import rows_of, text_of, year_of
from engine.registry import effect, prefill
from engine.work import Work
from engine.workflow.context import TaskContext


@prefill("indicators.evaluation_sheet")
def evaluation_sheet(session: Session, task: TaskContext) -> dict[str, Any]:
    """The year's indicators with the last observation as a start, or what was filed before."""
    year = year_of(task)
    seen = queries.latest(session, task.subject_id, year)
    found = queries.evaluation(session, task.subject_id, year)
    filed = {
        target.id: row
        for row, target in (queries.evaluation_rows(session, found.id) if found else [])
    }
    rows = []
    for one in queries.targets(session, task.subject_id, year):
        row = filed.get(one.id)
        last = seen[one.id].value if one.id in seen else ""
        rows.append(
            {
                "id": str(one.id),
                "level1": one.level1,
                "level2": one.level2,
                "level3": one.level3,
                "target": queries.wording(one),
                "weight": text_of(one.weight),
                "actual": row.actual if row else last,
                "deviation_reason": row.deviation_reason if row else "",
                "description": row.description if row else "",
            }
        )
    texts = dict(found.texts) if found else {}
    return texts | {"actual_goal": found.goal_actual if found else "", "rows": rows}


@effect("indicators.evaluate_year")
def evaluate_year(work: Work, task: TaskContext) -> None:
    """绩效自评 is filed."""
    commands.evaluate_year(work, task.subject_id, year_of(task), task.answers, rows_of(task))


@prefill("indicators.review_sheet")
def review_sheet(session: Session, task: TaskContext) -> dict[str, Any]:
    """The proposals beside the filed values; accepted starts as proposed."""
    found = queries.require_evaluation(session, task.subject_id, year_of(task))
    rows = []
    for row, target in queries.evaluation_rows(session, found.id):
        stands = row.accepted if row.accepted is not None else row.proposed
        rows.append(
            {
                "id": str(target.id),
                "level3": target.level3,
                "target": queries.wording(target),
                "actual": row.actual,
                "weight": text_of(target.weight),
                "proposed": text_of(row.proposed),
                "flags": "".join(FLAG_TEXT.get(flag, flag) for flag in row.flags),
                "accepted": text_of(stands),
                "reason": row.reason,
            }
        )
    stands = (
        found.execution_accepted
        if found.execution_accepted is not None
        else found.execution_proposed
    )
    return {
        "rows": rows,
        "execution_proposed": text_of(found.execution_proposed),
        "execution_accepted": text_of(stands),
        "execution_reason": found.execution_reason,
    }


@effect("indicators.review_year")
def review_year(work: Work, task: TaskContext) -> None:
    """复核: accepted scores; nothing is kept when the sheet is returned."""
    if task.verb == "approve":
        commands.review_year(work, task.subject_id, year_of(task), task.answers)


@effect("indicators.finalise_year")
def finalise_year(work: Work, task: TaskContext) -> None:
    """终审 of the evaluation."""
    if task.verb == "approve":
        commands.finalise_year(work, task.subject_id, year_of(task))
