"""How soon due timers fire: ten thousand at once by two worker processes on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, insert, select
from sqlalchemy.orm import Session

from engine import clock, db
from engine.db import Base
from engine.ledger.models import Entry
from engine.settings import ROOT, Settings
from engine.work import MACHINE, begin, reading
from engine.workflow import deployments
from engine.workflow.instances import start_instance
from engine.workflow.models import Instance, Task
from tests.bench.engine.stage import ABOUT, stage

DIAGRAM = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
  <process id="waiting" name="waiting" isExecutable="true">
    <startEvent id="start" />
    <userTask id="answer" name="answer" />
    <boundaryEvent id="late" attachedToRef="answer" cancelActivity="false">
      <timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition>
    </boundaryEvent>
    <userTask id="urge" name="urge" />
    <endEvent id="end" />
    <sequenceFlow id="f1" sourceRef="start" targetRef="answer" />
    <sequenceFlow id="f2" sourceRef="answer" targetRef="end" />
    <sequenceFlow id="f3" sourceRef="late" targetRef="urge" />
    <sequenceFlow id="f4" sourceRef="urge" targetRef="end" />
  </process>
</definitions>
"""
TERM = timedelta(seconds=1)  # the diagram's
LONGEST = 300  # seconds after which the bench gives up
LOOKS = 10  # single timers, for how late one fires when nothing else is due


def bench_timers(
    database: str | None = None, timers: int = 10_000, workers: int = 2
) -> dict[str, Any]:
    """Seconds until so many timers have fired that are due at once (goal: 10,000 in 60 s by 2).

    `database` is the URL of a PostgreSQL server (without it: a temporary SQLite file). Then single
    timers: seconds from due to fired (goal: at most 2).
    """
    with stage(database) as settings:
        engine = db.connect(settings.database)
        with begin(engine, MACHINE) as work:
            deployments.deploy(work, "waiting", {"waiting.bpmn": DIAGRAM})
        due = clock.now() + timedelta(seconds=5 + timers / 500)
        _wait_with(engine, timers, due)
        with _workers(settings, workers):
            time.sleep(max(0, (due - clock.now()).total_seconds()))
            whole = _until_fired(engine, timers, due)
            late = [_alone(engine, timers + number + 1) for number in range(LOOKS)]
        each_once = _each_once(engine, timers + LOOKS)
        engine.dispose()
    return {
        "timers": timers,
        "seconds": round(whole, 1),
        "goal_s": 60,
        "each_once": each_once,
        "latest_s": round(max(late), 2),
        "latest_goal_s": 2,
    }


def _wait_with(engine: Engine, timers: int, due: datetime) -> None:
    """As many instances as timers, copies of a real one whose timer is due at a moment."""
    with begin(engine, MACHINE, due - TERM) as work:
        first = start_instance(work, "waiting", ABOUT, {})
        instance = _values(work.session, Instance, Instance.id == first.id)
        task = _values(work.session, Task, Task.instance_id == first.id)
        work.session.execute(insert(Instance), [instance] * (timers - 1))
        others = work.session.scalars(select(Instance.id).where(Instance.id != first.id)).all()
        work.session.execute(insert(Task), [task | {"instance_id": other} for other in others])


def _values(session: Session, model: type[Base], row: ColumnElement[bool]) -> dict[str, Any]:
    columns = [one for one in model.__table__.columns if one.name != "id"]
    return dict(session.execute(select(*columns).where(row)).one()._mapping)


@contextmanager
def _workers(settings: Settings, count: int) -> Iterator[None]:
    env = os.environ | {"BIHUAN_VAR": str(settings.var), "BIHUAN_DATABASE": settings.database}
    command = [str(ROOT / "bihuan"), "worker"]
    quiet = subprocess.DEVNULL
    running = [subprocess.Popen(command, env=env, stdout=quiet, stderr=quiet) for _ in range(count)]
    try:
        yield
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(30)


def _until_fired(engine: Engine, timers: int, due: datetime) -> float:
    """Seconds from `due` until so many timers have fired in all."""
    while True:
        with reading(engine) as session:
            counted = select(func.count()).select_from(Entry).where(Entry.kind == "timer.fired")
            if (session.scalar(counted) or 0) >= timers:
                return (clock.now() - due).total_seconds()
        if (clock.now() - due).total_seconds() > LONGEST:
            raise RuntimeError("the timers do not fire")
        time.sleep(0.02)


def _alone(engine: Engine, number: int) -> float:
    """Seconds from due to fired of one timer, after which `number` have fired."""
    due = clock.now() + timedelta(seconds=1.5)
    with begin(engine, MACHINE, due - TERM) as work:
        start_instance(work, "waiting", ABOUT, {})
    time.sleep(1.4)
    return _until_fired(engine, number, due)


def _each_once(engine: Engine, timers: int) -> bool:
    """Whether every instance has exactly one task that its timer opened."""
    with reading(engine) as session:
        urged = select(func.count()).select_from(Task).where(Task.node == "waiting/urge")
        told = select(func.count()).select_from(Entry).where(Entry.kind == "timer.fired")
        of = select(func.count(Task.instance_id.distinct())).where(Task.node == "waiting/urge")
        return [session.scalar(one) for one in (urged, told, of)] == [timers] * 3
