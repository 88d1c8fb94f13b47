"""绩效运行监控: the sheet, and what it records."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.indicators import commands, queries
from engine.indicators.services.shared import rows_of, text_of, year_of
from engine.projects import queries as projects
from engine.registry import effect, prefill
from engine.work import Work
from engine.workflow.context import TaskContext


@prefill("indicators.monitoring_sheet")
def monitoring_sheet(session: Session, task: TaskContext) -> dict[str, Any]:
    """The year's indicators with what was last seen, and the money executed."""
    year = year_of(task)
    seen = queries.latest(session, task.subject_id, year)
    return {
        "executed": text_of(projects.executed(session, task.subject_id, year)),
        "rows": [
            {
                "id": str(one.id),
                "level3": one.level3,
                "target": queries.wording(one),
                "actual": seen[one.id].value if one.id in seen else None,
                "likelihood": seen[one.id].likelihood if one.id in seen else None,
            }
            for one in queries.targets(session, task.subject_id, year)
        ],
    }


@effect("indicators.record_monitoring")
def record_monitoring(work: Work, task: TaskContext) -> None:
    """绩效运行监控: an observation for each indicator; a doubtful one needs its cause (B.2)."""
    rows = rows_of(task)
    for number, target in enumerate(queries.targets(work.session, task.subject_id, year_of(task))):
        row = rows.get(target.id)
        if row is None:
            continue
        if row.get("likelihood") in ("有可能", "完全不可能") and not row.get("cause"):
            raise Invalid(
                "“{target}”可能完不成，请填写偏差原因",
                target=target.level3,
                field=f"rows-{number}-cause",
            )
        commands.record_observation(
            work,
            target,
            str(row.get("actual") or ""),
            source="绩效运行监控",
            likelihood=str(row.get("likelihood") or ""),
            cause=str(row.get("cause") or ""),
        )
