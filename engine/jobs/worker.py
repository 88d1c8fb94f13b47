"""The worker process: a Celery worker that waits for nudges, and the sweeper beside it."""

from __future__ import annotations

import logging
import warnings
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import worker_shutting_down

from engine import db, registry
from engine.jobs.app import BROKER, NUDGE, make_app, on_files, sender
from engine.jobs.outages import AWAY, Consumer, Outage
from engine.jobs.run import Runner
from engine.jobs.sweeper import Sweeper
from engine.settings import Settings

log = logging.getLogger(__name__)


def run_worker(settings: Settings, *, concurrency: int, lease: timedelta) -> int:
    """Work until told to stop (SIGTERM, SIGINT), finish the jobs in hand, return the exit code."""
    registry.load()
    engine = db.connect(settings.database)
    runner = Runner(engine, settings, lease=lease)
    app, broker = _listening(settings, runner), Outage(BROKER)
    Consumer(broker).install()
    worker_shutting_down.connect(_stopper(runner), weak=False)
    sweeper = Sweeper(runner, sender(settings, broker), concurrency).start()
    log.info("worker on %s with %s threads", engine.url, concurrency)
    try:
        return _consume(app, concurrency)
    finally:
        runner.stop.set()
        sweeper.join()
        engine.dispose()


def _listening(settings: Settings, runner: Runner) -> Celery:
    app = make_app(settings)
    if on_files(settings):
        app.control.purge()  # nudges of a time when nobody worked; the sweeper knows their jobs

    def nudged(job: int) -> None:
        try:
            runner.run_due(first=job)
        except AWAY as error:  # the sweeper finds the job when the database is back
            runner.database.lost(error)

    app.task(name=NUDGE)(nudged)
    return app


def _consume(app: Celery, concurrency: int) -> int:
    # Celery warns of root because of pickled messages; ours are job numbers in JSON.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker: Any = app.Worker(
        pool="threads",
        concurrency=concurrency,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def _stopper(runner: Runner) -> Any:
    def stop(**_signal: object) -> None:
        runner.stop.set()

    return stop
