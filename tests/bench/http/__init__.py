"""Completing tasks as browsers do: signed in, over HTTP, at a rate that waits for no answer.

Requests leave at the moments of a schedule, whether or not earlier ones are answered, and a
latency counts from the scheduled moment: a server that falls behind cannot slow its callers down.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, func, select

from engine import db
from engine.work import reading
from engine.workflow.models import Task
from tests.bench.engine.stage import stage
from tests.bench.http.browsers import Shot, aim, fire
from tests.bench.http.matters import open_matters
from tests.bench.http.served import FIRST, Web, count, served

WARM = 200  # requests before anything is timed
COUNTED = 20  # requests of which the statements are counted


@dataclass(frozen=True)
class Told:
    """What came of the timed requests: (seconds, status) of each, CPU seconds of the workers."""

    answers: list[tuple[float, int]]
    cpu: float


def bench_http(
    database: str | None = None, seconds: float = 20.0, rate: float = 100.0
) -> dict[str, Any]:
    """`POST /tasks/…/completion` at `rate` a second to gunicorn's two workers, for some seconds.

    `database` is the URL of a PostgreSQL server (without it: a temporary SQLite file). `errors`
    are answers other than the redirect to the next task; `completed` is what the database says;
    `cpu_ms` is what one request costs a worker.
    """
    timed = round(seconds * rate)
    with stage(database) as settings:
        engine = db.connect(settings.database)
        tasks = open_matters(engine, WARM + timed + FIRST + COUNTED)
        with served(settings) as web:
            shots = aim(engine, web.settings.public_url, tasks)
            told = _fire(web, shots[: WARM + timed], rate)
        sent = count(web.settings, shots[WARM + timed :])
        done = {"completed": _completed(engine, {shot.task for shot in shots[WARM:][:timed]})}
        engine.dispose()
    return _figures(told, rate) | done | {"statements": statistics.mean(sent)}


def _fire(web: Web, shots: list[Shot], rate: float) -> Told:
    """From a process of its own, as browsers are."""
    address = urlsplit(web.settings.public_url).netloc
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned) as client:
        client.submit(fire, address, shots[:WARM], rate).result()
        before = web.cpu()
        answers = client.submit(fire, address, shots[WARM:], rate).result()
    return Told(answers, web.cpu() - before)


def _figures(told: Told, rate: float) -> dict[str, Any]:
    percentiles = statistics.quantiles([seconds for seconds, _status in told.answers], n=100)
    return {
        "rate": rate,
        "p50_ms": round(percentiles[49] * 1000, 1),
        "p99_ms": round(percentiles[98] * 1000, 1),
        "cpu_ms": round(told.cpu / len(told.answers) * 1000, 1),
        "errors": sum(status != 303 for _seconds, status in told.answers),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _completed(engine: Engine, tasks: set[int]) -> int:
    """How many of the tasks are done by now."""
    with reading(engine) as session:
        found = select(func.count()).where(Task.id.in_(tasks), Task.state == "done")
        return int(session.scalar(found) or 0)
