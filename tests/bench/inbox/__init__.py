"""How long a person waits for the first page of their inbox and the numbers of its tabs."""

from __future__ import annotations

import random
import statistics
import time
from typing import Any

import psycopg
from sqlalchemy import Engine, select

from engine import clock, db
from engine.statements import PLANNING
from engine.statements.wire import Wire
from engine.work import reading
from engine.workflow.queries import COUNTED_TO, inbox, inbox_counts
from tests.bench.engine.stage import stage
from tests.bench.inbox.crowd import fill

GOAL_MS = 20
EXPLAINED = b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "


def bench_inbox(
    database: str | None = None,
    tasks: int = 100_000,
    persons: int = 5_000,
    ended: int = 0,
    looks: int = 500,
) -> dict[str, Any]:
    """Milliseconds for the first page with all counts, of persons drawn by lot (goal: 20 at p99).

    So many open `tasks`, beside `ended` processes of ten tasks each. `database` is the URL of a
    PostgreSQL server (without it: a temporary SQLite file). The goal is for 1,000,000 tasks there.
    """
    with stage(database) as settings:
        engine = db.connect(settings.database)
        began = time.perf_counter()
        people = fill(engine, tasks, persons, ended)
        filled = time.perf_counter() - began
        lot = random.Random(7)
        for one in lot.choices(people, k=looks):  # what is prepared once is not measured
            _look(engine, one)
        drawn = lot.choices(people, k=looks)
        looked = [(_look(engine, one), one) for one in drawn]
        figures = _figures([ms for ms, _ in looked]) | {"filled_s": round(filled, 1)}
        figures |= _pools(engine, drawn) | {"slowest": _explained(engine, max(looked)[1])}
        engine.dispose()
    return {"tasks": tasks, "persons": persons, "ended": ended} | figures


def _look(engine: Engine, person_id: int) -> float:
    """Milliseconds for the page as its address asks for it."""
    began = time.perf_counter()
    now = clock.now()
    with reading(engine) as session:
        inbox(session, person_id, now)
        inbox_counts(session, person_id, now)
    return (time.perf_counter() - began) * 1000


def _figures(taken: list[float]) -> dict[str, Any]:
    percentiles = statistics.quantiles(taken, n=100)
    return {
        "p50_ms": round(percentiles[49], 1),
        "p99_ms": round(percentiles[98], 1),
        "max_ms": round(max(taken), 1),
        "goal_ms": GOAL_MS,
    }


def _pools(engine: Engine, drawn: list[int]) -> dict[str, Any]:
    """How much waits for the persons drawn: the bench is worth nothing with empty inboxes."""
    with reading(engine) as session:
        waiting = [inbox_counts(session, one, clock.now()) for one in drawn[:100]]
    todo = [one["todo"] for one in waiting]
    return {
        "median_todo": statistics.median(todo),
        "median_returned": statistics.median(one["returned"] for one in waiting),
        "share_beyond_bound": sum(one > COUNTED_TO for one in todo) / len(todo),
        "median_done": statistics.median(one["done"] for one in waiting),
        "median_handled": statistics.median(one["handled"] for one in waiting),
    }


def _explained(engine: Engine, person_id: int) -> list[dict[str, Any]]:
    """Of each statement of one person's page: milliseconds and blocks as PostgreSQL counts them."""
    if engine.dialect.name == "sqlite":
        return []
    sent: list[tuple[Any, Any]] = []
    plain = Wire.ask

    def watched(wire: Any, text: bytes, values: Any, *rest: Any, **how: Any) -> Any:
        sent.append((text, values))
        return plain(wire, text, values, *rest, **how)

    Wire.ask = watched  # type: ignore[method-assign]
    try:
        _look(engine, person_id)
    finally:
        Wire.ask = plain  # type: ignore[method-assign]
    with reading(engine) as session:
        session.execute(select(*PLANNING))
        driver: Any = session.connection().connection.driver_connection
        cursor = psycopg.RawCursor(driver)
        plans = [
            cursor.execute(EXPLAINED + query, values).fetchall()[0][0][0] for query, values in sent
        ]
    return [
        {
            "planning_ms": round(one["Planning Time"], 2),
            "execution_ms": round(one["Execution Time"], 2),
            "blocks": one["Plan"]["Shared Hit Blocks"] + one["Plan"]["Shared Read Blocks"],
            "blocks_read": one["Plan"]["Shared Read Blocks"],
        }
        for one in plans
    ]
