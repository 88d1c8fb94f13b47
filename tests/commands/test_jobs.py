"""Jobs run once, are fenced by their lease, come back after failures and end as incidents."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError

from engine import db, registry
from engine.errors import Conflict, NotFound
from engine.jobs import lease, nudge
from engine.jobs.commands import enqueue, retry_job
from engine.jobs.desk import Desk, Finish, outside
from engine.jobs.lease import ATTEMPTS, LeaseLost, claim
from engine.jobs.models import Job
from engine.jobs.outcomes import Done, Later, Outcome, Refused
from engine.jobs.queries import incidents, job_states
from engine.jobs.run import Runner, run_due
from engine.ledger.models import Entry
from engine.settings import Settings
from engine.work import Work
from tests.conftest import Begin

MINUTE = timedelta(minutes=1)
Script = list[Callable[[Work], Outcome | None]]
script: Script = []
desks: list[Desk] = []


@registry.job("test.follow_script")
def follow_script(work: Work, arg: dict[str, Any]) -> Outcome | None:
    work.record("test.effect", "test:1", "test:1", arg)
    return script.pop(0)(work)


@registry.job("test.go_outside")
@outside
def go_outside(desk: Desk, arg: dict[str, Any]) -> Finish:
    desks.append(desk)

    def finish(work: Work) -> Outcome | None:
        work.record("test.effect", "test:1", "test:1", arg)
        return script.pop(0)(work)

    return finish


@pytest.fixture(autouse=True)
def clean_slate() -> Iterator[None]:
    script.clear()
    desks.clear()
    yield
    nudge.use(None)


def fails(_work: Work) -> None:
    raise RuntimeError("外面下雨了")


def answers(outcome: Outcome | None) -> Callable[[Work], Outcome | None]:
    return lambda _work: outcome


def add(work: Begin, kind: str = "test.follow_script", **how: Any) -> int:
    with work() as w:
        job = enqueue(w, kind, {"n": 1}, **how)
    return job.id


def look(engine: Engine, job: int) -> Job:
    with db.session(engine) as session:
        return session.get_one(Job, job)


def effects(engine: Engine) -> int:
    with db.session(engine) as session:
        query = select(func.count()).where(Entry.kind == "test.effect")
        return session.scalar(query) or 0


BOTH = pytest.mark.parametrize("kind", ["test.follow_script", "test.go_outside"])


@BOTH
@pytest.mark.parametrize("outcome", [None, Done()])
def test_a_due_job_runs_once(
    work: Begin, engine: Engine, settings: Settings, now: datetime, kind: str, outcome: Outcome
) -> None:
    script.append(answers(outcome))
    job = add(work, kind)
    assert run_due(engine, settings, now) == 1
    assert run_due(engine, settings, now) == 0
    assert (look(engine, job).state, look(engine, job).done_at) == ("done", now)
    assert effects(engine) == 1


def test_a_job_of_later_waits(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    script.append(answers(None))
    add(work, run_at=now + MINUTE)
    assert run_due(engine, settings, now) == 0
    assert run_due(engine, settings, now + MINUTE) == 1


def test_a_second_job_of_the_same_key_fails_its_transaction(work: Begin, engine: Engine) -> None:
    add(work, key="once")
    with pytest.raises(IntegrityError), work() as w:
        w.record("test.effect", "test:1", "test:1", {})
        enqueue(w, "test.follow_script", {}, key="once")
    assert effects(engine) == 0


def test_a_job_of_a_transaction_that_failed_never_existed(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    with pytest.raises(ZeroDivisionError), work() as w:
        enqueue(w, "test.follow_script", {})
        _ = 1 / 0
    assert run_due(engine, settings, now) == 0


@BOTH
def test_a_failing_job_leaves_no_effect_and_comes_back(
    work: Begin, engine: Engine, settings: Settings, now: datetime, kind: str
) -> None:
    script.extend([fails, answers(None)])
    job = add(work, kind)
    assert run_due(engine, settings, now) == 1
    assert (look(engine, job).state, effects(engine)) == ("ready", 0)
    assert look(engine, job).error == "RuntimeError: 外面下雨了"
    assert look(engine, job).run_at > now
    run_due(engine, settings, now + MINUTE)
    assert (look(engine, job).state, effects(engine)) == ("done", 1)
    assert look(engine, job).error is None


def test_a_job_that_always_fails_becomes_an_incident_that_a_person_can_retry(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    script.extend([fails] * ATTEMPTS)
    job = add(work)
    for round_ in range(ATTEMPTS):
        run_due(engine, settings, now + round_ * 10 * MINUTE)
    with db.session(engine) as session:
        (incident,) = incidents(session)
    assert (incident.id, incident.error) == (job, "RuntimeError: 外面下雨了")
    script.append(answers(None))
    with work() as w:
        retry_job(w, job)
    run_due(engine, settings, now)
    assert look(engine, job).state == "done"
    with db.session(engine) as session:
        kinds = session.scalars(select(Entry.kind).order_by(Entry.id)).all()
    assert kinds == ["job.failed", "job.retried", "test.effect"]


def test_only_a_failed_job_can_be_retried(work: Begin) -> None:
    job = add(work)
    with pytest.raises(Conflict), work() as w:
        retry_job(w, job)
    with pytest.raises(NotFound), work() as w:
        retry_job(w, job + 1)


def test_a_job_of_an_unknown_kind_ends_as_an_incident(
    work: Begin, engine: Engine, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "ATTEMPTS", 1)
    job = add(work, "nobody.knows")
    run_due(engine, settings, now)
    assert look(engine, job).state == "failed"


def test_a_refused_job_keeps_what_it_wrote_and_is_not_retried(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    script.append(answers(Refused("no_account", "收款账户不存在")))
    job = add(work)
    assert run_due(engine, settings, now) == 1
    assert look(engine, job).state == "failed"
    assert look(engine, job).error == "no_account: 收款账户不存在"
    assert effects(engine) == 1


def test_a_job_that_asks_for_later_is_asked_again_then(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    script.extend([answers(Later(seconds=30)), answers(Later(run_at=now)), answers(None)])
    job = add(work)
    assert run_due(engine, settings, now) == 1
    assert look(engine, job).run_at == now + timedelta(seconds=30)
    assert run_due(engine, settings, now + MINUTE) == 1
    assert look(engine, job).run_at == now + MINUTE + timedelta(seconds=1)  # never a busy loop
    assert run_due(engine, settings, now + 2 * MINUTE) == 1
    assert look(engine, job).state == "done"


def test_waiting_does_not_use_up_attempts(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    script.extend([answers(Later(seconds=1))] * (ATTEMPTS + 5))
    job = add(work)
    for round_ in range(ATTEMPTS + 5):
        assert run_due(engine, settings, now + round_ * MINUTE) == 1
    assert look(engine, job).state == "ready"


def test_a_job_may_enqueue_the_next(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    def enqueue_next(w: Work) -> None:
        enqueue(w, "test.follow_script", {"n": 2})

    script.extend([enqueue_next, answers(None)])
    add(work)
    assert run_due(engine, settings, now) == 2


def test_the_limit_stops_the_run(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    script.extend([answers(None)] * 3)
    for _ in range(3):
        add(work)
    assert run_due(engine, settings, now, limit=2) == 2


def test_a_leased_job_is_nobody_elses_until_the_lease_runs_out(
    work: Begin, engine: Engine, now: datetime
) -> None:
    job = add(work)
    first = claim(engine, now, "first", MINUTE)
    assert first is not None
    assert claim(engine, now + MINUTE / 2, "second", MINUTE) is None
    second = claim(engine, now + MINUTE, "second", MINUTE)
    assert second is not None
    assert (second.id, second.attempt, second.key) == (job, 2, first.key)


def test_who_lost_the_lease_commits_nothing(work: Begin, engine: Engine, now: datetime) -> None:
    add(work)
    slow = claim(engine, now, "slow", MINUTE)
    fast = claim(engine, now + MINUTE, "fast", MINUTE)
    assert slow and fast
    with pytest.raises(LeaseLost), work() as w:
        w.record("test.effect", "test:1", "test:1", {})
        lease.fence(w, slow)
        lease.settle(w, slow, Done())
    assert effects(engine) == 0
    with work() as w:
        lease.fence(w, fast)
        lease.settle(w, fast, Done())


def test_a_worker_that_lost_its_lease_half_way_leaves_the_job_to_the_other(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    def loses(_work: Work) -> None:
        raise AssertionError("the fence must stand before the handler")

    job = add(work, "test.go_outside")

    class Slow(Runner):
        def _outside(self, handler: Any, claimed: Any) -> Any:
            other = claim(engine, now + MINUTE, "other", MINUTE)
            assert other is not None
            return super()._outside(handler, claimed)

    script.append(loses)
    assert Slow(engine, settings, now=lambda: now).run_due(limit=1) == 1
    assert (look(engine, job).state, look(engine, job).owner) == ("leased", "other")
    assert effects(engine) == 0


def test_the_heartbeat_extends_the_lease_and_tells_who_lost_it(
    work: Begin, engine: Engine, now: datetime
) -> None:
    job = add(work)
    mine = claim(engine, now, "mine", MINUTE)
    assert mine is not None
    lease.extend(engine, mine, now + MINUTE / 2, MINUTE)
    assert look(engine, job).lease_until == now + MINUTE * 1.5
    claim(engine, now + 2 * MINUTE, "other", MINUTE)
    with pytest.raises(LeaseLost):
        lease.extend(engine, mine, now + 2 * MINUTE, MINUTE)


@registry.job("test.take_long")
@outside
def take_long(desk: Desk, _arg: dict[str, Any]) -> Finish | None:
    leases: list[datetime | None] = []
    while len(leases) < 2 or leases[-1] == leases[0]:
        with desk.reading() as session:
            leases.append(session.scalars(select(Job.lease_until)).one())
        if len(leases) > 500:
            raise AssertionError("the lease was never extended")
        threading.Event().wait(0.01)
    return None


def test_the_lease_of_a_long_outside_job_is_extended_by_itself(
    work: Begin, engine: Engine, settings: Settings
) -> None:
    job = add(work, "test.take_long")
    Runner(engine, settings, lease=timedelta(seconds=0.5)).run_due()
    assert look(engine, job).state == "done"


def test_an_outside_effect_carries_the_same_key_on_every_attempt(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    script.extend([fails, answers(None)])
    add(work, "test.go_outside", key="payment:7")
    run_due(engine, settings, now)
    run_due(engine, settings, now + MINUTE)
    assert [(desk.key, desk.attempt) for desk in desks] == [("payment:7", 1), ("payment:7", 2)]


def test_a_job_whose_process_dies_every_time_becomes_an_incident(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    job = add(work)
    for round_ in range(ATTEMPTS):
        assert claim(engine, now + round_ * MINUTE, "dies", MINUTE)
    assert run_due(engine, settings, now + ATTEMPTS * MINUTE) == 1
    assert look(engine, job).state == "failed"


def test_many_threads_run_each_job_once(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    with work() as w:
        for n in range(40):
            enqueue(w, "test.count", {"n": n})
    runner = Runner(engine, settings, now=lambda: now)
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(runner.run_due())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 40
    assert effects(engine) == 40
    with db.session(engine) as session:
        assert job_states(session) == {"done": 40}


@registry.job("test.count")
def count(work: Work, arg: dict[str, Any]) -> None:
    work.record("test.effect", "test:1", "test:1", arg)


def test_a_commit_is_followed_by_one_nudge_however_many_jobs_it_wrote(work: Begin) -> None:
    nudged: list[int] = []
    nudge.use(nudged.append)
    with work() as w:
        first = enqueue(w, "test.count", {})
        enqueue(w, "test.count", {})
        assert nudged == []
    assert nudged == [first.id]


def test_a_job_of_later_is_not_announced_now(work: Begin, now: datetime) -> None:
    nudged: list[int] = []
    nudge.use(nudged.append)
    with work() as w:
        enqueue(w, "test.count", {}, run_at=now + MINUTE)
    assert nudged == []


def test_a_broker_that_is_away_does_not_make_a_committed_act_look_failed(
    work: Begin, engine: Engine
) -> None:
    def away(_job: int) -> None:
        raise ConnectionError("nobody there")

    nudge.use(away)
    job = add(work)
    assert look(engine, job).state == "ready"


def test_a_stopping_runner_finishes_its_job_and_takes_no_other(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    runner = Runner(engine, settings, now=lambda: now)

    def stop(_work: Work) -> None:
        runner.stop.set()

    script.extend([stop, answers(None)])
    add(work)
    add(work)
    assert runner.run_due() == 1
    assert effects(engine) == 1
    with db.session(engine) as session:
        assert job_states(session) == {"done": 1, "ready": 1}
