"""The moments at which something must happen to an open task, from what the diagram says of it.

A task keeps only its due date and `alarm_at`, the first of these moments that has not been met;
the rest is computed anew, so that a changed calendar or a pause changes them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from engine.clock import SHANGHAI
from engine.people.calendar import Calendar, parse_term
from engine.people.calendar.hours import on

Kind = Literal["remind", "overdue", "escalate", "timeout"]
TIMEOUTS = ("remind", "supervisor", "substitute", "approve", "return", "end")
"""What a node may ask for when its time is over (rules.md F.16)."""


@dataclass(frozen=True)
class Plan:
    """What a node says of its time; terms such as `2 WD` or `7 D`.

    `remind` are terms before the due date, `escalate` and `timeout_after` after it. Without
    `timeout_after` the machine never acts by itself.
    """

    remind: tuple[str, ...] = ("1 WD",)
    escalate: tuple[str, ...] = ("1 WD",)
    timeout: str = "remind"
    timeout_after: str = ""


class Alarm(NamedTuple):
    """One moment; `step` counts the escalations from 1."""

    at: datetime
    kind: Kind
    step: int = 0


def alarms(plan: Plan, opened_at: datetime, due_at: datetime, calendar: Calendar) -> list[Alarm]:
    """Every moment of a task in order; reminders that would come before it opened are left out."""
    found = [Alarm(_before(due_at, term, calendar), "remind") for term in plan.remind]
    found = [one for one in found if opened_at < one.at < due_at]
    found.append(Alarm(due_at, "overdue"))
    for step, term in enumerate(plan.escalate, 1):
        found.append(Alarm(after(due_at, term, calendar), "escalate", step))
    if plan.timeout_after:
        found.append(Alarm(after(due_at, plan.timeout_after, calendar), "timeout"))
    return sorted(set(found))


def _before(due_at: datetime, term: str, calendar: Calendar) -> datetime:
    """Opening time of the day that lies a term before the due date (T-n)."""
    count, unit = parse_term(term)
    if unit == "WD":
        return calendar.workdays_before(due_at, count)
    day = due_at.astimezone(SHANGHAI).date() - timedelta(days=count)
    return on(day, calendar.hours.opens)


def after(due_at: datetime, term: str, calendar: Calendar) -> datetime:
    """The end of a term that begins with the due date."""
    return calendar.due(due_at, term) if parse_term(term)[0] else due_at


def next_alarm(found: Iterable[Alarm], now: datetime) -> datetime | None:
    """The first moment that is yet to come."""
    return min((one.at for one in found if one.at > now), default=None)


def rung(found: Iterable[Alarm], since: datetime, now: datetime) -> list[Alarm]:
    """What must happen now: the moments from `since` to `now`.

    After a standstill of the machine nobody is reminded of what is overdue by now, nor twice.
    """
    due = [one for one in found if since <= one.at <= now]
    late = any(one.kind != "remind" for one in due)
    reminders = [one for one in due if one.kind == "remind"]
    return [one for one in due if one.kind != "remind" or (not late and one == reminders[-1])]
