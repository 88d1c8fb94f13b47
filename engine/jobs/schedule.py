"""Work that nobody asks for: periodic (`every`), and as soon as there is something (`whenever`).

Each schedule has slots of time, and each slot at most one job, by its key: any number of processes
may tick; the unique key `schedule:<name>:<slot>` makes doubles impossible. What is watched for gets
one more job at each look until nothing is found, so that several workers share a long queue; such a
job must bear that another does the same work beside it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import registry
from engine.clock import local
from engine.jobs.commands import enqueue
from engine.jobs.models import Job
from engine.work import MACHINE, Work, begin, reading

KEPT = timedelta(days=1)  # how long finished periodic jobs stay to be looked at


@dataclass(frozen=True)
class Schedule:
    """A job of kind `name` every so many `seconds`, if `needed` (asked first, read only) says so.

    Slots are counted on the district's wall clock: a schedule of 86,400 seconds runs after local
    midnight. A slot missed while no worker ran is not made up for.
    """

    name: str
    seconds: int
    needed: Callable[[Session], bool] | None = None

    def key(self, now: datetime) -> str:
        """The job key of the slot that `now` lies in."""
        wall = local(now)
        offset = wall.utcoffset() or timedelta(0)
        slot = int(wall.timestamp() + offset.total_seconds()) // self.seconds
        return f"{self.prefix}{slot}"

    @property
    def prefix(self) -> str:
        """What the keys of all slots begin with."""
        return f"schedule:{self.name}:"


@dataclass(frozen=True)
class Watch:
    """A job of kind `name` as soon as `found` finds work for it."""

    name: str
    found: Callable[[Session, datetime], bool]

    @property
    def prefix(self) -> str:
        """What the keys of its jobs begin with."""
        return f"schedule:{self.name}:"


_schedules: dict[str, Schedule] = {}
_watches: dict[str, Watch] = {}


def every(seconds: int, name: str, needed: Callable[[Session], bool] | None = None) -> None:
    """Have the registered job `name` run every `seconds` seconds (once per process start-up)."""
    _schedules[name] = Schedule(name, seconds, needed)


def whenever(found: Callable[[Session, datetime], bool], name: str) -> None:
    """Have the registered job `name` run as soon as `found` (read only) finds work for it."""
    _watches[name] = Watch(name, found)


def schedules() -> tuple[Schedule, ...]:
    """All schedules that the loaded rooms asked for."""
    return tuple(_schedules.values())


def enqueue_slots(engine: Engine, now: datetime) -> int:
    """Enqueue the present slot's job of every schedule that needs one; how many were new."""
    with reading(engine) as session:
        wanted = [schedule for schedule in schedules() if _wants(session, schedule, now)]
    return sum(_enqueue_slot(engine, schedule, now) for schedule in wanted)


def _wants(session: Session, schedule: Schedule, now: datetime) -> bool:
    """Not if the slot has its job, the slot before still has work, or nothing needs doing."""
    own = Job.key.startswith(schedule.prefix, autoescape=True)
    unfinished = select(Job.id).where(Job.state.in_(("ready", "leased")), own).limit(1)
    present = select(Job.id).where(Job.key == schedule.key(now))
    if session.execute(present).first() or session.execute(unfinished).first():
        return False
    return schedule.needed is None or schedule.needed(session)


def _enqueue_slot(engine: Engine, schedule: Schedule, now: datetime) -> bool:
    try:
        with begin(engine, MACHINE, now) as work:
            enqueue(work, schedule.name, {}, key=schedule.key(now))
    except IntegrityError:  # another process was faster by a moment
        return False
    return True


def enqueue_watched(engine: Engine, now: datetime) -> int:
    """Enqueue a job for everything that is watched for and found at `now`; how many.

    Not while one still waits for a worker: those at work already are enough then.
    """
    with reading(engine) as session:
        wanted = [watch for watch in _watches.values() if _finds(session, watch, now)]
    for watch in wanted:
        with begin(engine, MACHINE, now) as work:
            enqueue(work, watch.name, {}, key=f"{watch.prefix}{secrets.token_hex(8)}")
    return len(wanted)


def _finds(session: Session, watch: Watch, now: datetime) -> bool:
    waits = Job.state == "ready", Job.run_at <= now
    own = Job.key.startswith(watch.prefix, autoescape=True)
    waiting = select(Job.id).where(*waits, own).limit(1)
    return watch.found(session, now) and session.execute(waiting).first() is None


@registry.job("jobs.prune")
def prune(work: Work, _arg: object) -> None:
    """Remove finished periodic jobs older than `KEPT`; other jobs' keys must stay unique."""
    old = Job.done_at < work.now - KEPT
    periodic = Job.key.startswith("schedule:")
    work.session.execute(delete(Job).where(Job.state == "done", old, periodic))


every(3600, "jobs.prune")
