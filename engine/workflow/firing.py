"""Firing due timers: found by looking at instances, never by a row for each timer."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine import registry
from engine.db import Moment
from engine.jobs.commands import enqueue
from engine.jobs.desk import Desk, outside
from engine.jobs.schedule import whenever
from engine.statements import Look
from engine.work import MACHINE, Work, begin
from engine.workflow.instances import write_changes
from engine.workflow.locks import lock_instance
from engine.workflow.models import Instance
from engine.workflow.running import run_of

MOST_FIRINGS = 1000
"""Instances that one job fires timers of, so that its lease never runs out under it."""

log = logging.getLogger(__name__)


@registry.job("workflow.fire_due")
@outside
def fire_due(desk: Desk, _arg: object) -> None:
    """Fire due timers, one instance after another, each in a transaction of its own.

    Any number may do so at once: whoever locks an instance that is due fires what is due in it, and
    then it is due no longer.
    """
    for _ in range(MOST_FIRINGS):
        if not _fire_next(desk):
            return


def _fire_next(desk: Desk) -> bool:
    """Fire what is due in the instance that waits longest; False if there is none."""
    found: int | None = None
    try:
        with begin(desk.engine, MACHINE, desk.now) as work:
            instance = _NEXT_DUE.one(work.session, Instance, now=desk.now)
            if instance is not None:
                found = instance.id
                _fire(work, instance)
    except Exception:
        if found is None:
            raise
        log.warning("the timers of instance %s cannot be fired now", found, exc_info=True)
        _set_aside(desk, found)
    return found is not None


def _fire(work: Work, instance: Instance) -> None:
    run = run_of(work.session, instance)
    changes = run.fire_due(at=work.now)
    work.record(
        "timer.fired", f"instance:{instance.id}", instance.subject, {"process": instance.process}
    )
    write_changes(work, instance, run, changes)


def _set_aside(desk: Desk, instance_id: int) -> None:
    """Leave an instance to a job of its own, which tries again and at last is an incident."""
    with begin(desk.engine, MACHINE, desk.now) as work:
        instance = lock_instance(work.session, instance_id)
        instance.next_due = None
        key = f"workflow.fire_timers:{instance.id}:{instance.version}"
        enqueue(work, "workflow.fire_timers", {"instance": instance.id}, key=key)


@registry.job("workflow.fire_timers")
def fire_timers(work: Work, arg: Mapping[str, Any]) -> None:
    """Fire what is due in an instance; nothing when it has moved on meanwhile."""
    instance = lock_instance(work.session, arg["instance"])
    if instance.status != "active":
        return
    due = run_of(work.session, instance).next_due()
    if due is not None and due <= work.now:
        _fire(work, instance)


def _timers_due(session: Session, now: datetime) -> bool:
    return bool(_ANY_DUE.rows(session, now=now))


_DUE = Instance.status == "active", Instance.next_due <= bindparam("now", type_=Moment)
_ANY_DUE = Look(select(Instance.id).where(*_DUE).limit(1))
_NEXT_DUE = Look(
    select(*Instance.__table__.columns)
    .where(*_DUE)
    .order_by(Instance.next_due)
    .limit(1)
    .with_for_update(skip_locked=True)
)

whenever(_timers_due, "workflow.fire_due")
