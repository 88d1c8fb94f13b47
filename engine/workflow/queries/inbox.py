"""Reads of a person's inbox: its tabs, its lines, their counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, union, union_all
from sqlalchemy.orm import Session, aliased

from engine.errors import NotFound
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.queries.capacities import Capacity, capacities
from engine.workflow.queries.waiting import Way, fixed, waiting
from engine.workflow.verbs import ACTED

TABS = {
    "todo": "待办",
    "done": "已办",
    "returned": "被退回",
    "handled": "曾经办",
    "suspended": "挂起",
}
DONE = ("done", "handled")
COUNTED_TO = 999
"""A tab with more lines is counted no further: its number is one more, shown as `999+`."""


@dataclass(frozen=True)
class InboxRow:
    """A line of the inbox."""

    task_id: int
    title: str
    subject: str
    about: str
    process: str
    role: str
    round: int
    why: str
    state: str
    verb: str | None
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    urged: int
    overdue: bool
    instead_of: str = ""
    """Whose it is, if the person stands in for somebody absent (代 A)."""


COLUMNS = (
    *(Task.id, Task.title, Instance.subject, Instance.title, Instance.process, Task.role),
    *(Task.round, Task.why, Task.state, Task.verb, Task.opened_at, Task.due_at, Task.closed_at),
    Task.urged,
)
NAMES = tuple(one.name for one in fields(InboxRow))[: len(COLUMNS)]
BY_DUE = (Task.due_at.nulls_last(), Task.id)


def inbox(
    session: Session,
    person_id: int,
    now: datetime,
    *,
    tab: str = "todo",
    text: str = "",
    process: str = "",
    overdue: bool = False,
    subjects: Collection[str] | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[InboxRow]:
    """One tab of a person's inbox: what is late first, then by due date; what was done, latest.

    `subjects` keeps only what is about one of them (`project:12`).
    """
    _check(tab)
    also = _filters(now, text, process, overdue, subjects)
    if tab in DONE:
        done = _latest(person_id, tab).where(*also).limit(limit).offset(offset)
        return [_row(line, now) for *line, _at in session.execute(done)]
    held = capacities(session, person_id, now)
    found = _first(_ways(held, tab, also), limit + offset).subquery()
    wanted = (
        select(*COLUMNS, found.c.rank)
        .join(found, found.c.id == Task.id)
        .join(Instance, Instance.id == Task.instance_id)
        .order_by(*BY_DUE)
        .limit(limit)
        .offset(offset)
    )
    names = ["", *(one.name for one in held[1:])]
    return [_row(line, now, names[rank]) for *line, rank in session.execute(wanted)]


def _check(tab: str) -> None:
    if tab not in TABS:
        raise NotFound("没有这个页签")


def _filters(
    now: datetime, text: str, process: str, overdue: bool, subjects: Collection[str] | None
) -> list[ColumnElement[bool]]:
    also: list[ColumnElement[bool]] = []
    if text:
        also.append(or_(Instance.title.contains(text), Task.title.contains(text)))
    if process:
        also.append(Instance.process == process)
    if overdue:
        also.append(Task.due_at < now)
    if subjects is not None:
        also.append(Instance.subject.in_(subjects))
    return also


def _ways(held: list[Capacity], tab: str, also: Collection[ColumnElement[bool]]) -> list[Way]:
    returned = [Task.why != fixed("")] if tab == "returned" else []
    if tab == "suspended":
        return list(waiting(held[:1], "suspended", also))
    return list(waiting(held, "open", [*returned, *also]))


def _first(ways: list[Way], many: int) -> Select[int, int]:
    """(task, rank) of the first so many of each way, each once under its best name."""
    firsts = [way.order_by(*BY_DUE).limit(many).subquery() for way in ways]
    found = union_all(*(select(first.c.id, first.c.rank) for first in firsts)).subquery()
    return select(found.c.id, func.min(found.c.rank).label("rank")).group_by(found.c.id)


def _latest(person_id: int, tab: str) -> Any:
    """What the person answered, once for each task, the latest first."""
    return (
        select(*COLUMNS, Signer.at)
        .join(Task, Task.id == Signer.task_id)
        .join(Instance, Instance.id == Signer.instance_id)
        .where(*_answered(person_id, tab))
        .order_by(Signer.at.desc(), Signer.id.desc())
    )


def _answered(person_id: int, tab: str) -> list[ColumnElement[bool]]:
    later = aliased(Signer)
    again = select(later.id).where(
        later.task_id == Signer.task_id,
        later.person_id == person_id,
        later.verb.in_(ACTED),
        later.id > Signer.id,
    )
    going = Instance.status == "active" if tab == "done" else Instance.status != "active"
    acted = [Signer.person_id == person_id, Signer.verb != fixed(""), Signer.verb.in_(ACTED)]
    return [*acted, ~again.exists(), going]


def _row(line: Sequence[Any], now: datetime, instead_of: str = "") -> InboxRow:
    told = dict(zip(NAMES, line, strict=True))
    late = told["state"] == "open" and told["due_at"] is not None and told["due_at"] < now
    return InboxRow(**told, overdue=late, instead_of=instead_of)


def inbox_counts(session: Session, person_id: int, now: datetime | None = None) -> dict[str, int]:
    """How many lines each tab holds, at most one more than `COUNTED_TO`.

    `now` counts whom the person stands in for.
    """
    held = capacities(session, person_id, now)
    counts = select(*(_count(held, tab).label(tab) for tab in TABS))
    return dict(session.execute(counts).one()._mapping)


def inbox_count(
    session: Session, person_id: int, tab: str = "todo", now: datetime | None = None
) -> int:
    """How many lines one tab holds, at most one more than `COUNTED_TO`; `now` as above."""
    _check(tab)
    return session.scalar(select(_count(capacities(session, person_id, now), tab))) or 0


def _count(held: list[Capacity], tab: str) -> Any:
    if tab in DONE:
        done = select(Signer.id).join(Instance, Instance.id == Signer.instance_id)
        found: Any = done.where(*_answered(held[0].person_id, tab)).limit(COUNTED_TO + 1)
    else:
        ways = [select(way.limit(COUNTED_TO + 1).subquery().c.id) for way in _ways(held, tab, ())]
        each_once = union_all if len(held) == 1 else union
        found = each_once(*ways).limit(COUNTED_TO + 1)
    return select(func.count()).select_from(found.subquery()).scalar_subquery()
