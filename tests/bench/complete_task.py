"""What one approval costs the database and the person who waits for it."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from engine import db
from engine import settings as installation
from engine.migrations import migrate
from engine.workflow.commands import complete_task
from tests.bench.engine.counting import counted
from tests.district import District, settle


def approve_unit_review(district: District) -> tuple[int, float]:
    """Approve at the unit's level of the open project: (statements, milliseconds)."""
    district.walk_to("unit_review")
    task = district.task()
    with counted(district.engine) as sent:
        began = time.perf_counter()
        with district.work("lu") as work:
            complete_task(work, task.id, "approve", {}, opinion="同意")
        ms = (time.perf_counter() - began) * 1000
    return len(sent), ms


def bench_complete_task(times: int = 20) -> dict[str, float]:
    """Statements and median milliseconds of `complete_task` at an approval step, on SQLite."""
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder:
        district = _district(Path(folder))
        measured = []
        for number in range(times):
            district.start(name=f"项目 {number}")
            measured.append(approve_unit_review(district))
        district.engine.dispose()
    return {
        "statements": max(statements for statements, _ in measured),
        "ms": round(statistics.median(ms for _, ms in measured), 1),
    }


def _district(folder: Path) -> District:
    settings = installation.load({"BIHUAN_VAR": str(folder)})
    engine = db.connect(settings.database)
    migrate(engine)
    district = District(engine, settings)
    settle(district)
    return district
