"""Periodic work: one job a slot, however many processes tick; old ones are cleared away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from engine import db
from engine.clock import SHANGHAI
from engine.jobs import schedule
from engine.jobs.commands import enqueue
from engine.jobs.ledger import KIND
from engine.jobs.models import Job
from engine.jobs.run import Runner, run_due
from engine.jobs.schedule import Schedule, enqueue_slots, every, prune
from engine.jobs.sweeper import Sweeper
from engine.ledger.chain import has_pending
from engine.settings import Settings
from tests.conftest import Begin


@pytest.fixture(autouse=True)
def own_schedules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(schedule, "_schedules", {})
    yield


def keys(engine: Engine) -> list[str]:
    with db.session(engine) as session:
        return list(session.scalars(select(Job.key).order_by(Job.id)))


def finish_all(engine: Engine, now: datetime) -> None:
    with db.session(engine, writing=True) as session:
        for job in session.scalars(select(Job)):
            job.state, job.done_at = "done", now
        session.commit()


def test_a_slot_has_one_job_however_often_it_is_asked_for(engine: Engine, now: datetime) -> None:
    every(10, "test.tick")
    assert enqueue_slots(engine, now) == 1
    assert enqueue_slots(engine, now) == 0
    finish_all(engine, now)
    assert enqueue_slots(engine, now + timedelta(seconds=9)) == 0
    assert enqueue_slots(engine, now + timedelta(seconds=10)) == 1
    assert len(set(keys(engine))) == 2


def test_two_processes_that_see_an_empty_slot_at_once_fill_it_once(
    engine: Engine, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    every(10, "test.tick")

    def see_nothing(_session: Session, _schedule: Schedule, _now: datetime) -> bool:
        return True  # what both see before either has written

    monkeypatch.setattr(schedule, "_wants", see_nothing)
    assert [enqueue_slots(engine, now), enqueue_slots(engine, now)] == [1, 0]
    assert len(keys(engine)) == 1


def test_slots_do_not_pile_up_behind_an_unfinished_one(engine: Engine, now: datetime) -> None:
    every(10, "test.tick")
    enqueue_slots(engine, now)
    assert enqueue_slots(engine, now + timedelta(hours=1)) == 0


def test_a_daily_slot_begins_at_local_midnight() -> None:
    daily = Schedule("test.daily", 86400)
    midnight = datetime(2025, 6, 9, tzinfo=SHANGHAI)
    second = timedelta(seconds=1)
    assert daily.key(midnight) == daily.key(midnight + timedelta(days=1) - second)
    assert daily.key(midnight) != daily.key(midnight - second)


def test_nothing_is_enqueued_when_nothing_needs_doing(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    every(1, KIND, needed=has_pending)
    assert enqueue_slots(engine, now) == 0
    with work() as w:
        w.record("project.declared", "project:1", "project:1", {})
    assert enqueue_slots(engine, now) == 1
    assert run_due(engine, settings, now) == 1
    assert enqueue_slots(engine, now + timedelta(seconds=1)) == 0


def test_only_old_finished_periodic_jobs_are_cleared_away(
    work: Begin, engine: Engine, now: datetime
) -> None:
    every(10, "test.tick")
    enqueue_slots(engine, now)
    with work() as w:
        enqueue(w, "test.other", {}, key="payment:7")
    finish_all(engine, now)
    enqueue_slots(engine, now + timedelta(days=2))
    with work(now=now + timedelta(hours=1)) as w:
        prune(w, {})
    assert len(keys(engine)) == 3
    with work(now=now + timedelta(days=2)) as w:
        prune(w, {})
    left = keys(engine)
    assert left[0] == "payment:7"
    assert left[1].startswith("schedule:test.tick:")
    assert len(left) == 2


def sweeper(engine: Engine, settings: Settings, now: datetime, sent: list[int]) -> Sweeper:
    return Sweeper(Runner(engine, settings, now=lambda: now), sent.append, width=2)


def test_the_sweeper_announces_the_oldest_jobs_and_does_not_repeat_itself(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    with work() as w:
        jobs = [enqueue(w, "test.other", {}) for _ in range(3)]
        enqueue(w, "test.other", {}, run_at=now + timedelta(minutes=1))
    sent: list[int] = []
    tireless = sweeper(engine, settings, now, sent)
    tireless.round()
    tireless.round()
    assert sent == [job.id for job in jobs[:2]]


def test_the_sweeper_announces_jobs_whose_worker_died(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    with work() as w:
        dead = enqueue(w, "test.other", {})
        alive = enqueue(w, "test.other", {})
        for job, until in ((dead, now), (alive, now + timedelta(seconds=1))):
            job.state, job.owner, job.lease_until = "leased", "somebody", until
    sent: list[int] = []
    sweeper(engine, settings, now, sent).round()
    assert sent == [dead.id]
