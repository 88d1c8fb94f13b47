"""Loading the demonstration: all lives side by side, always the earliest act next."""

from __future__ import annotations

import gc
import heapq
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, event, exists, func, select
from sqlalchemy.orm import DeclarativeBase

from engine import clock
from engine.clock import SHANGHAI
from engine.errors import Conflict
from engine.jobs.commands import enqueue
from engine.jobs.ledger import KIND
from engine.jobs.run import run_due
from engine.ledger.models import Entry
from engine.people import queries as people
from engine.people.models import DictionaryEntry, Person, Unit
from engine.projects.models import Project
from engine.projects.packs import load_packs
from engine.risk.models import Alert, Rectification
from engine.settings import Settings
from engine.work import MACHINE, begin, reading
from engine.workflow.models import Task
from forms.demo.cast import Casting
from forms.demo.foundation import LOADED, MARK, STATE, lay_foundation, mark
from forms.demo.life import Life
from forms.demo.plan import plans
from reports.authority import open_authority
from reports.models import Paper

FOUNDED = datetime(2024, 1, 2, 9, tzinfo=SHANGHAI)
Progress = Callable[[int, int], None]


def state(engine: Engine) -> str | None:
    """How far a demonstration was loaded, by its mark; None where there is no demonstration."""
    with reading(engine) as session:
        return session.scalar(
            select(DictionaryEntry.text).where(
                DictionaryEntry.dictionary == MARK, DictionaryEntry.key == STATE
            )
        )


def load(
    engine: Engine,
    settings: Settings,
    *,
    projects: int | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Load the district with its first `projects` projects (default: all); counts of its rows.

    The history ends shortly before `now` (default: the present). `Conflict` when the database is
    not empty; a loading that was cut off leaves its mark and can only begin anew.
    """
    _require_empty(engine)
    _hurry(engine)
    open_authority(settings.pki, settings.organisation).root(clock.now())
    district = lay_foundation(engine, settings, FOUNDED)
    with reading(engine) as session:
        calendar = people.calendar(session)
    packs = load_packs(settings.bpmn / "packs")
    casting = Casting(engine, settings, packs, district, calendar, now or clock.now())
    lives = [casting.life(number, plan) for number, plan in enumerate(plans()[:projects])]
    collected = gc.get_threshold()
    gc.set_threshold(100_000, *collected[1:])  # many short transactions: collecting took a seventh
    try:
        _live(lives, progress or _quietly)
    finally:
        gc.set_threshold(*collected)
    with begin(engine, MACHINE) as work:
        mark(work, LOADED)
        enqueue(work, KIND, {})
    run_due(engine, settings)
    return counts(engine)


def _require_empty(engine: Engine) -> None:
    found = state(engine)
    if found == LOADED:
        raise Conflict("演示区已经装好，不再重复装入")
    if found is not None:
        raise Conflict("演示数据上次没有装完。请换一个空数据库（或删除演示用的数据库）后重新装入")
    with reading(engine) as session:
        if session.scalar(select(exists().where(Person.id.is_not(None)))):
            raise Conflict("数据库里已有人员，演示数据只能装入空数据库")


def _hurry(engine: Engine) -> None:
    """Do not wait for the disk after every act: what a power cut loses is loaded anew."""
    statement = {
        "sqlite": "PRAGMA synchronous=OFF",
        "postgresql": "SET SESSION synchronous_commit TO off",
    }[engine.dialect.name]

    def hurry(raw: Any, _record: object) -> None:
        raw.execute(statement)
        raw.commit()  # PostgreSQL would take the setting back with the transaction

    event.listen(engine, "connect", hurry)
    engine.dispose()  # so that every connection from here on is one of those


def _quietly(_done: int, _all: int) -> None:
    """Nobody is told."""


def _live(lives: list[Life], progress: Progress) -> None:
    """Let the lives act in the order of time, so that the history reads as one that happened."""
    waiting = [(life.moment, number, life.set_out) for number, life in enumerate(lives)]
    heapq.heapify(waiting)
    ended = 0
    while waiting:
        _, number, act = heapq.heappop(waiting)
        if act():
            heapq.heappush(waiting, (lives[number].moment, number, lives[number].step))
        else:
            ended += 1
            progress(ended, len(lives))
    faults = [fault for life in lives for fault in life.faults]
    if faults:
        raise Conflict("；".join(faults))


TABLES: dict[str, type[DeclarativeBase]] = {
    "units": Unit,
    "people": Person,
    "projects": Project,
    "tasks": Task,
    "alerts": Alert,
    "rectifications": Rectification,
    "papers": Paper,
    "entries": Entry,
}


def counts(engine: Engine) -> dict[str, int]:
    """How many rows of each kind there are."""
    with reading(engine) as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in TABLES.items()
        }
