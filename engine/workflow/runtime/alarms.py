"""The timers that tokens wait for: when they are due, and what follows after they have fired."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from engine.errors import Invalid

from . import timers
from .tokens import Token

if TYPE_CHECKING:
    from .events import Trigger


@contextmanager
def named(element: str) -> Iterator[None]:
    """What is wrong with a timer is said with the element's name."""
    try:
        yield
    except Invalid as error:
        raise error.about(element) from error


def keep_plan(token: Token, plan: timers.Plan) -> None:
    """Remember when the token's timer is due."""
    token.info.update(asdict(plan))


def due_of(token: Token) -> datetime | None:
    """When the token's timer is due, if it has one."""
    due: datetime | None = token.info.get("due")
    return due


def shift(token: Token, by: timedelta) -> None:
    """Put off a timer: its next moment and, with it, those of its cycle."""
    info = token.info
    info["due"] += by
    if info.get("start") is not None:
        info["start"] += by


def go_on_or_stop(watcher: Token, trigger: Trigger) -> None:
    """After a non-interrupting firing: a timer goes on as its cycle says, the others go on."""
    if trigger.kind != "timer":
        return
    info, top = watcher.info, watcher.workflow.top_workflow
    names = [f.name for f in fields(timers.Plan)]
    current = timers.Plan(*(info.pop(name) for name in names))
    with named(watcher.task_spec.bpmn_id):
        plan = timers.following(current, top.at, top.calendar)
    if plan is not None:
        keep_plan(watcher, plan)
        return
    if len(watcher.task_spec.triggers) > 1:
        return
    guarded = watcher.workflow.tasks.get(info.get("guards", ""))
    if guarded is not None:
        guarded.info["guarded"].remove(watcher.id)
    watcher.cancel()
