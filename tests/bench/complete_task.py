"""What one approval costs the database and the person who waits for it."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from engine import db
from engine import settings as installation
from engine.migrations import migrate
from engine.workflow.commands import complete_task
from tests.district import District, settle

QUIET = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The SQL statements that the block sends, without those that only frame transactions."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(QUIET):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


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
