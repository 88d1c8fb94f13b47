"""Running jobs in this process: claim, handle, and commit effect and `done` together."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from engine import clock, registry
from engine.jobs import lease
from engine.jobs.desk import Desk, Outside, is_outside
from engine.jobs.lease import Claim, LeaseLost
from engine.jobs.outages import AWAY, Outage
from engine.jobs.schedule import enqueue_watched
from engine.settings import Settings
from engine.work import MACHINE, begin

LEASE = timedelta(seconds=60)
LONGEST = timedelta(minutes=15)  # after which a handler counts as hung and loses its lease
ERROR_LENGTH = 2000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Runner:
    """Runs jobs on one database; safe to share between threads.

    `stop`, once set, lets the job in hand finish and takes no further one.
    """

    engine: Engine
    settings: Settings
    lease: timedelta = LEASE
    now: Callable[[], datetime] = clock.now
    database: Outage = field(default_factory=lambda: Outage("the database"))
    stop: threading.Event = field(default_factory=threading.Event)

    def run_due(self, limit: int | None = None, first: int | None = None) -> int:
        """Run what is due, the job `first` before others, until nothing is; how many were run."""
        count = int(first is not None and self._run_next(first))
        while (limit is None or count < limit) and not self.stop.is_set():
            if not self._run_next(None):
                break
            count += 1
        return count

    def _run_next(self, job: int | None) -> bool:
        claim = lease.claim(self.engine, self.now(), _owner(), self.lease, job)
        if claim is None:
            return False
        self._attempt(claim)
        return True

    def _attempt(self, claim: Claim) -> None:
        try:
            if claim.attempt > lease.ATTEMPTS:
                raise RuntimeError("处理该任务的进程多次意外终止")
            self._handle(claim)
        except LeaseLost as lost:
            log.warning("%s", lost)
        except AWAY as error:
            self.database.lost(error)
            self._put_back(claim, f"{type(error).__name__}: {error}"[:ERROR_LENGTH])
        except Exception as error:
            log.warning("job %s (%s) failed", claim.id, claim.kind, exc_info=True)
            self._put_back(claim, f"{type(error).__name__}: {error}"[:ERROR_LENGTH])

    def _handle(self, claim: Claim) -> None:
        handler = registry.find("job", claim.kind)
        finish = self._outside(handler, claim) if is_outside(handler) else handler
        rest = () if is_outside(handler) else (claim.arg,)
        with begin(self.engine, MACHINE, self.now()) as work:
            lease.fence(work, claim)
            outcome = finish(work, *rest) if finish else None
            lease.settle(work, claim, outcome)

    def _outside(self, handler: Outside, claim: Claim) -> Callable[..., Any] | None:
        def heartbeat() -> None:
            try:
                lease.extend(self.engine, claim, self.now(), self.lease)
            except AWAY as error:
                self.database.lost(error)

        desk = Desk(self.engine, self.settings, claim.key, claim.attempt, self.now(), heartbeat)
        with _beating(heartbeat, self.lease):
            return handler(desk, claim.arg)

    def _put_back(self, claim: Claim, error: str) -> None:
        try:
            with begin(self.engine, MACHINE, self.now()) as work:
                lease.put_back(work, claim, error)
        except LeaseLost as lost:
            log.warning("%s", lost)


def run_due(
    engine: Engine, settings: Settings, now: datetime | None = None, limit: int | None = None
) -> int:
    """Run everything that is due at `now` (default: as time goes by) in this process.

    Jobs that the run itself enqueues are run too, and those for what is watched (due timers). A
    failing job is put back for a later moment, as a worker would do. Returns how many attempts
    were made.
    """
    registry.load()
    moment = clock.now if now is None else (lambda: now)
    runner = Runner(engine, settings, now=moment)
    count = runner.run_due(limit)
    while (limit is None or count < limit) and enqueue_watched(engine, moment()):
        count += runner.run_due(None if limit is None else limit - count)
    return count


def _owner() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(8)}"


@contextmanager
def _beating(heartbeat: Callable[[], None], every: timedelta) -> Iterator[None]:
    """Extend the lease from a thread of its own while the block runs, but not for ever."""
    over = threading.Event()

    def beat() -> None:
        for _ in range(LONGEST // (every / 3)):
            if over.wait(every.total_seconds() / 3):
                return
            try:
                heartbeat()
            except LeaseLost:
                return
            except Exception:
                log.warning("a lease could not be extended", exc_info=True)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
