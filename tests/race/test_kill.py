"""Real worker processes, killed without warning: nothing is lost and no effect happens twice."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from engine import clock, db
from engine.jobs import nudge
from engine.jobs.commands import enqueue
from engine.jobs.models import Job
from engine.jobs.queries import job_states
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.settings import Settings
from engine.work import MACHINE, begin
from tests.services import redis

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def broker(request: pytest.FixtureRequest, settings: Settings) -> str:
    """The broker that goes with the database: files with SQLite, Redis with PostgreSQL."""
    if settings.sqlite:
        return "filesystem://"
    url: str = request.getfixturevalue("redis_url")
    return f"{url[:-1]}{os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw')}"


@pytest.fixture
def installation(settings: Settings, broker: str) -> Iterator[Settings]:
    """The test's installation, which nudges through the broker."""
    installed = replace(settings, broker=broker)
    nudge.install(installed)
    yield installed
    nudge.use(None)


def start(installation: Settings, lease: float = 1.5) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "BIHUAN_VAR": str(installation.var),
        "BIHUAN_DATABASE": installation.database,
        "BIHUAN_BROKER": installation.broker,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.race.toil", "worker", "--lease", str(lease)]
    with (installation.var / "worker.log").open("ab") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


@contextmanager
def worker(installation: Settings, **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = start(installation, **how)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def add(engine: Engine, kind: str, count: int, **arg: Any) -> None:
    for n in range(count):
        with begin(engine, MACHINE) as work:
            enqueue(work, kind, {"n": n, **arg}, key=f"{kind}:{n}")


def done(engine: Engine) -> int:
    with db.session(engine) as session:
        query = select(func.count()).where(Job.kind.startswith("toil."), Job.state == "done")
        return session.scalar(query) or 0


def await_(condition: Callable[[], bool], installation: Settings, seconds: float = 60) -> float:
    """Seconds until the condition held; the worker's log when it never did."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            pytest.fail((installation.var / "worker.log").read_text()[-4000:])
        time.sleep(0.02)
    return time.monotonic() - began


def effects(engine: Engine, kind: str) -> list[str]:
    with db.session(engine) as session:
        query = select(Entry.subject).where(Entry.kind == kind).order_by(Entry.id)
        return list(session.scalars(query))


def await_numbered(engine: Engine, installation: Settings) -> None:
    """The worker's own periodic work has numbered every entry."""

    def numbered() -> bool:
        with db.session(engine) as session:
            return verify_ledger(session).pending == 0

    await_(numbered, installation)


def kill_in_the_middle(engine: Engine, installation: Settings, jobs: int, kills: int) -> None:
    """Kill that many workers one after the other while they work, and let one more finish."""
    add(engine, "toil.count", jobs, seconds=0.05)
    add(engine, "toil.call", jobs, seconds=0.1)
    for kill in range(kills):
        goal = done(engine) + max(1, jobs // (kills + 1)) + kill
        with worker(installation):
            await_(functools.partial(_reached, engine, goal), installation)
    with worker(installation):
        await_(functools.partial(_reached, engine, 2 * jobs), installation)
        await_numbered(engine, installation)


def _reached(engine: Engine, goal: int) -> bool:
    return done(engine) >= goal


def everything_happened_once(engine: Engine, installation: Settings, jobs: int) -> None:
    """Each effect is in the database once, each outside effect at least once under one key."""
    expected = sorted(f"toil:{n}" for n in range(jobs))
    assert sorted(effects(engine, "toil.counted")) == expected
    assert sorted(effects(engine, "toil.called")) == expected
    lines = (installation.var / "calls").read_text().splitlines()
    calls = [json.loads(line) for line in lines]
    assert {call["n"] for call in calls} == set(range(jobs))
    assert all(call["key"] == f"toil.call:{call['n']}" for call in calls)
    with db.session(engine) as session:
        assert verify_ledger(session).ok
        own = select(Job.state).where(Job.kind.startswith("toil.")).distinct()
        assert list(session.scalars(own)) == ["done"]


def test_workers_killed_in_the_middle_lose_nothing_and_do_nothing_twice(
    engine: Engine, installation: Settings
) -> None:
    kill_in_the_middle(engine, installation, jobs=8, kills=2)
    everything_happened_once(engine, installation, jobs=8)


@pytest.mark.slow
def test_many_killed_workers_lose_nothing_of_much_work(
    engine: Engine, installation: Settings
) -> None:
    kill_in_the_middle(engine, installation, jobs=60, kills=6)
    everything_happened_once(engine, installation, jobs=60)


def test_a_job_that_was_never_announced_runs_within_two_seconds(
    engine: Engine, installation: Settings
) -> None:
    with worker(installation):
        add(engine, "toil.count", 1)
        await_(lambda: done(engine) == 1, installation)  # the worker is up
        announced = _await_one_more(engine, installation)
        nudge.use(None)
        waited = _await_one_more(engine, installation)
    assert waited < announced + 2 * SLOWNESS


def _await_one_more(engine: Engine, installation: Settings) -> float:
    """Seconds until one more job is done, as busy as the machine is."""
    before = done(engine)
    with begin(engine, MACHINE) as work:
        enqueue(work, "toil.count", {"n": before})
    return await_(lambda: done(engine) == before + 1, installation)


def test_a_stopped_worker_finishes_the_job_in_hand(engine: Engine, installation: Settings) -> None:
    add(engine, "toil.call", 1, seconds=1)
    add(engine, "toil.count", 5, seconds=0)
    with worker(installation, lease=60) as process:
        await_(lambda: (installation.var / "calls").exists(), installation)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert effects(engine, "toil.called") == ["toil:0"]
    with db.session(engine) as session:
        assert "leased" not in job_states(session)


def test_two_workers_share_the_jobs_and_run_each_once(
    engine: Engine, installation: Settings
) -> None:
    add(engine, "toil.call", 30, seconds=0.02)
    with worker(installation), worker(installation):
        await_(lambda: done(engine) == 30, installation)
        await_numbered(engine, installation)
    assert sorted(effects(engine, "toil.called")) == sorted(f"toil:{n}" for n in range(30))
    with db.session(engine) as session:
        keys = session.scalars(select(Job.key).where(Job.key.startswith("schedule:"))).all()
    assert len(keys) == len(set(keys)) > 0


def test_jobs_run_although_the_broker_dies(engine: Engine, settings: Settings) -> None:
    with redis() as url:
        installation = replace(settings, broker=url)
        nudge.install(installation)
        process = start(installation)
        add(engine, "toil.count", 1)
        await_(lambda: done(engine) == 1, installation)
    try:
        began = clock.now()
        with begin(engine, MACHINE) as work:
            enqueue(work, "toil.count", {"n": 1})
        assert _seconds_since(began) < 2 * SLOWNESS  # the act did not wait for the broker
        await_(lambda: done(engine) == 2, installation)
    finally:
        nudge.use(None)
        process.kill()
        process.wait()


def _seconds_since(moment: datetime) -> float:
    return (clock.now() - moment).total_seconds()


SLOWNESS = float(os.environ.get("BIHUAN_TEST_SLOWNESS", "1"))
"""How much slower than the reference machine this one is, for the tests that measure time."""
