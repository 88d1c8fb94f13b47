"""The sweeper: a thread that finds what no nudge announced, and starts the periodic work."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.jobs.outages import AWAY
from engine.jobs.queries import due_jobs
from engine.jobs.run import Runner
from engine.jobs.schedule import enqueue_slots, enqueue_watched
from engine.work import reading

INTERVAL = 0.5  # seconds
PAUSE = 1.0  # seconds until a database that went away is asked again
AGAIN = 5.0  # seconds until a nudge for the same job is worth repeating: workers may be busy

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sweeper:
    """Any number may run, in any number of processes.

    It sends at most `width` nudges a round, since each nudged worker goes on with whatever else is
    due; when the broker does not answer it runs the jobs itself.
    """

    runner: Runner
    send: Callable[[int], None]
    width: int
    _sent: dict[int, float] = field(default_factory=dict)

    def start(self) -> threading.Thread:
        """Sweep in a thread until the runner is told to stop."""
        thread = threading.Thread(target=self._sweep, name="sweeper", daemon=True)
        thread.start()
        return thread

    def _sweep(self) -> None:
        while not self.runner.stop.wait(INTERVAL):
            try:
                self.round()
                self.runner.database.back()
            except AWAY as error:
                self.runner.database.lost(error)
                self.runner.stop.wait(PAUSE)
            except Exception:
                log.exception("the sweeper could not look; it will look again")
                self.runner.stop.wait(AGAIN)

    def round(self) -> None:
        """Look once."""
        now = self.runner.now()
        enqueue_slots(self.runner.engine, now)
        enqueue_watched(self.runner.engine, now)
        with reading(self.runner.engine) as session:
            due = due_jobs(session, now, self.width)
        for job in self._unannounced(due):
            self._dispatch(job)

    def _unannounced(self, due: list[int]) -> list[int]:
        """The jobs not nudged for lately; one that was seen running meanwhile counts anew."""
        present = time.monotonic()
        for job, sent in list(self._sent.items()):
            if job not in due or sent < present - AGAIN:
                del self._sent[job]
        fresh = [job for job in due if job not in self._sent]
        self._sent.update(dict.fromkeys(fresh, present))
        return fresh

    def _dispatch(self, job: int) -> None:
        try:
            self.send(job)
        except Exception:  # noqa: BLE001 - whatever ails the broker, the job is run
            log.debug("the broker does not answer; job %s is run without it", job)
            self.runner.run_due(first=job)
