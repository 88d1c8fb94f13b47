"""Random schedules of workers that stall, crash, fail and come back late: effects happen once."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from engine import db
from engine.jobs import lease
from engine.jobs.commands import enqueue
from engine.jobs.lease import Claim, LeaseLost
from engine.jobs.models import Job
from engine.jobs.outcomes import Done, Later
from engine.ledger.chain import number_entries
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.work import MACHINE, begin

LEASE = timedelta(seconds=60)
JOBS = 6


class Workshop:
    """Several workers of whom each step one does something; time goes by in leaps."""

    def __init__(self, engine: Engine, now: datetime, seed: int) -> None:
        self.engine, self.now = engine, now
        self.chance = random.Random(seed)
        self.held: list[Claim] = []  # also claims whose lease has run out: their workers are slow
        with begin(engine, MACHINE, now) as work:
            for n in range(JOBS):
                enqueue(work, "none", {"n": n})

    def step(self) -> None:
        """One worker does one thing."""
        acts = [self.take, self.take, self.wait, self.finish, self.finish]
        acts += [self.crash, self.fail, self.beat, self.postpone, self.number]
        self.chance.choice(acts)()

    def take(self) -> None:
        claim = lease.claim(self.engine, self.now, f"worker {self.chance.random()}", LEASE)
        if claim is not None:
            self.held.append(claim)

    def wait(self) -> None:
        self.now += timedelta(seconds=self.chance.choice([1, 20, 70, 300]))

    def finish(self) -> None:
        """Effect and `done` in one transaction, if the fence lets this worker through."""
        if not (claim := self._one()):
            return
        with contextlib.suppress(LeaseLost), begin(self.engine, MACHINE, self.now) as work:
            lease.fence(work, claim)
            work.record("test.effect", f"job:{claim.id}", "test:1", {})
            lease.settle(work, claim, Done())

    def postpone(self) -> None:
        if not (claim := self._one()):
            return
        with contextlib.suppress(LeaseLost), begin(self.engine, MACHINE, self.now) as work:
            lease.fence(work, claim)
            lease.settle(work, claim, Later(seconds=30))

    def fail(self) -> None:
        if not (claim := self._one()):
            return
        failing = contextlib.suppress(LeaseLost, OSError)
        with failing, begin(self.engine, MACHINE, self.now) as work:
            work.record("test.effect", f"job:{claim.id}", "test:1", {})
            lease.fence(work, claim)
            raise OSError
        with contextlib.suppress(LeaseLost), begin(self.engine, MACHINE, self.now) as work:
            lease.put_back(work, claim, "failed")

    def crash(self) -> None:
        self._one()

    def beat(self) -> None:
        if not self.held:
            return
        with contextlib.suppress(LeaseLost):
            lease.extend(self.engine, self.chance.choice(self.held), self.now, LEASE)

    def number(self) -> None:
        with begin(self.engine, MACHINE, self.now) as work:
            number_entries(work.session)

    def _one(self) -> Claim | None:
        if not self.held:
            return None
        return self.held.pop(self.chance.randrange(len(self.held)))

    def drain(self) -> None:
        """Everyone still at it ends, then one diligent worker does the rest."""
        while self.held:
            self.finish()
        for _ in range(JOBS * lease.ATTEMPTS):
            self.now += timedelta(hours=1)
            self.take()
            self.finish()
        self.number()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_workers_do_each_effect_happens_once(
    engine: Engine, now: datetime, seed: int
) -> None:
    workshop = Workshop(engine, now, seed)
    for _ in range(50):
        workshop.step()
    workshop.drain()
    with db.session(engine) as session:
        jobs = session.scalars(select(Job)).all()
        effects = Counter(
            session.scalars(select(Entry.subject).where(Entry.kind == "test.effect")).all()
        )
        assert verify_ledger(session).ok
    assert {job.state for job in jobs} <= {"done", "failed"}
    done = {f"job:{job.id}": 1 for job in jobs if job.state == "done"}
    assert effects == done
