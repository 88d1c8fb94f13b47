"""Reads of a person's inbox: its tabs, its lines, their counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from engine.db import Key, fixed
from engine.errors import NotFound
from engine.statements import Look
from engine.workflow.archive.models import Archive, ArchivedAct
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.queries.archived import archived_lines, archived_tasks
from engine.workflow.queries.capacities import Capacity, Outline, capacities
from engine.workflow.queries.waiting import Way, either, suspended, waiting
from engine.workflow.verbs import ACTED

TABS = {
    "todo": "待办",
    "done": "已办",
    "returned": "被退回",
    "handled": "曾经办",
    "suspended": "挂起",
}
DONE = ("done", "handled")
ALL = ("todo", "done", "handled", "suspended")
"""Counted in one statement; 被退回 is part of 待办."""
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
    held = [Capacity(person_id, "", [])]
    if tab not in DONE:
        held = capacities(session, person_id, now)
    outlines, told = tuple(one.outline for one in held), _values(held)
    asked = now, text, process, overdue, subjects
    also = _filters(Instance, Task, *asked)
    if also or offset:
        old = _filters(Archive, ArchivedAct, *asked)
        page = _page(outlines, tab, limit + offset, also, old).limit(limit).offset(offset)
        lines: Iterable[Sequence[Any]] = session.execute(page, told)
    else:
        lines = _first_page(outlines, tab, limit).rows(session, **told)
    names = ["", *(one.name for one in held[1:])]
    return [_row(line, now, names[rank]) for *line, rank in lines]


def next_waiting(session: Session, person_id: int, now: datetime) -> int | None:
    """The task that comes first in the person's 待办, if anything waits there."""
    held = capacities(session, person_id, now)
    look = _first(tuple(one.outline for one in held))
    return next((task for (task,) in look.rows(session, **_values(held))), None)


@lru_cache(maxsize=256)
def _first(held: tuple[Outline, ...]) -> Look:
    one = literal_column("1", Integer)
    firsts = [way.order_by(*BY_DUE).limit(one).subquery() for way in _ways(held, "todo")]
    each = union_all(*(select(first.c.id, first.c.due_at) for first in firsts)).subquery()
    return Look(select(each.c.id).order_by(each.c.due_at.nulls_last(), each.c.id).limit(one))


def _check(tab: str) -> None:
    if tab not in TABS:
        raise NotFound("没有这个页签")


def _filters(
    matter: type[Instance] | type[Archive],
    step: type[Task] | type[ArchivedAct],
    now: datetime,
    text: str,
    process: str,
    overdue: bool,
    subjects: Collection[str] | None,
) -> list[ColumnElement[bool]]:
    also: list[ColumnElement[bool]] = []
    if text:
        also.append(or_(matter.title.contains(text), step.title.contains(text)))
    if process:
        also.append(matter.process == process)
    if overdue:
        also.append(step.due_at < now)
    if subjects is not None:
        also.append(matter.subject.in_(subjects))
    return also


def _values(held: Sequence[Capacity]) -> dict[str, Any]:
    return {name: one for rank, of in enumerate(held) for name, one in of.values(rank).items()}


@lru_cache(maxsize=256)
def _first_page(held: tuple[Outline, ...], tab: str, limit: int) -> Look:
    return Look(_page(held, tab, limit, []).limit(literal_column(str(limit))))


def _page(
    held: tuple[Outline, ...],
    tab: str,
    many: int,
    also: Collection[ColumnElement[bool]],
    old: Collection[ColumnElement[bool]] = (),
) -> Any:
    """Lines with the rank of the capacity, from the first so many of each way to find some.

    `also` narrows what is at hand, `old` what is archived.
    """
    if tab == "done":
        return _latest(tab, also)
    if tab == "handled":
        return _with_archived(many, also, old)
    top = literal_column(str(many), Integer)
    firsts = [way.order_by(*BY_DUE).limit(top).subquery() for way in _ways(held, tab, also)]
    each = union_all(*(select(first.c.id, first.c.rank) for first in firsts)).subquery()
    found = select(each.c.id, func.min(each.c.rank).label("rank")).group_by(each.c.id).subquery()
    page: Any = select(*COLUMNS, found.c.rank)
    return (
        page.join(found, found.c.id == Task.id)
        .join(Instance, Instance.id == Task.instance_id)
        .order_by(*BY_DUE)
    )


def _ways(
    held: tuple[Outline, ...], tab: str, also: Collection[ColumnElement[bool]] = ()
) -> list[Way]:
    if tab == "suspended":
        return list(suspended(held[0], also))
    return list(waiting(held, also, back=tab == "returned"))


def _answered(tab: str, *columns: Any) -> Any:
    """What the person answered, of processes that go on or do not."""
    process = aliased(Instance)
    going = select(process.id).where(
        process.id == Signer.instance_id, process.status == fixed("active")
    )
    mine = and_(Signer.person_id == bindparam("one0", type_=Key), Signer.verb.in_(either(ACTED)))
    here = going.exists() if tab == "done" else ~going.exists()
    return select(*columns).select_from(Signer).where(mine, here)


def _latest(tab: str, also: Collection[ColumnElement[bool]]) -> Any:
    """The lines of what the person answered, each task once, the latest first."""
    later = aliased(Signer)
    again = select(later.id).where(
        later.task_id == Signer.task_id,
        later.person_id == Signer.person_id,
        later.verb.in_(either(ACTED)),
        later.id > Signer.id,
    )
    return (
        _answered(tab, *COLUMNS, literal_column("0").label("rank"))
        .join(Task, Task.id == Signer.task_id)
        .join(Instance, Instance.id == Signer.instance_id)
        .where(~again.exists(), *also)
        .order_by(Signer.at.desc(), Signer.id.desc())
    )


def _with_archived(
    many: int, also: Collection[ColumnElement[bool]], old: Collection[ColumnElement[bool]]
) -> Any:
    """What the person answered in what is over, the latest first; archived or not."""
    top = literal_column(str(many), Integer)
    at_hand = _latest("handled", also).add_columns(Signer.at).limit(top).subquery()
    archived = archived_lines(old).limit(top).subquery()
    both = union_all(select(at_hand), select(archived)).subquery()
    return select(*list(both.c)[:-1]).order_by(both.c.at.desc(), both.c.id.desc())


def _row(line: Sequence[Any], now: datetime, instead_of: str = "") -> InboxRow:
    told = dict(zip(NAMES, line, strict=True))
    late = told["state"] == "open" and told["due_at"] is not None and told["due_at"] < now
    return InboxRow(**told, overdue=late, instead_of=instead_of)


def inbox_counts(session: Session, person_id: int, now: datetime | None = None) -> dict[str, int]:
    """How many lines each tab holds, at most one more than `COUNTED_TO`.

    `now` counts whom the person stands in for.
    """
    held = capacities(session, person_id, now)
    outlines, told = tuple(one.outline for one in held), _values(held)
    ((*numbers, returned),) = _numbers(outlines, ALL, COUNTED_TO + 1).rows(session, **told)
    counts = dict(zip(ALL, numbers, strict=True))
    if counts["todo"] > COUNTED_TO:  # those that came back were not all among the counted
        ((returned, _of_them),) = _numbers(outlines, ("returned",), COUNTED_TO + 1).rows(
            session, **told
        )
    return {tab: counts.get(tab, returned or 0) for tab in TABS}


def inbox_count(
    session: Session, person_id: int, tab: str = "todo", now: datetime | None = None
) -> int:
    """How many lines one tab holds, at most one more than `COUNTED_TO`; `now` as above."""
    _check(tab)
    held = capacities(session, person_id, now)
    outlines, told = tuple(one.outline for one in held), _values(held)
    ((number, _returned),) = _numbers(outlines, (tab,), COUNTED_TO + 1).rows(session, **told)
    return int(number)


@lru_cache(maxsize=256)
def _numbers(held: tuple[Outline, ...], tabs: tuple[str, ...], bound: int) -> Look:
    """The tabs' numbers up to a bound, and how many of the first tab's lines came back."""
    first, *others = tabs
    top = literal_column(str(bound), Integer)
    found = _counted(held, first, top)
    back = func.sum(case((found.c.back, literal_column("1")), else_=literal_column("0")))
    rest = [
        select(func.count()).select_from(_counted(held, one, top)).scalar_subquery()
        for one in others
    ]
    return Look(select(func.count(), *rest, back).select_from(found))


def _counted(held: tuple[Outline, ...], tab: str, top: ColumnElement[int]) -> Any:
    if tab in DONE:
        answered = _answered(tab, Signer.task_id, false().label("back")).distinct().limit(top)
        if tab == "done":
            return answered.subquery()
        archived = archived_tasks()
        each = (select(one.limit(top).subquery()) for one in (answered, archived))
        return union_all(*each).limit(top).subquery()
    firsts = [way.limit(top).subquery() for way in _ways(held, tab)]
    return union(*(select(one.c.id, one.c.back) for one in firsts)).limit(top).subquery()
