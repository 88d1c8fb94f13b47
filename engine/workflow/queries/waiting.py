"""What waits for a person: the one place that says which open task is in whose 待办.

Three kinds: tasks of a role that anybody who holds it may take, those given to the person, and
rounds in which it is their turn to sign. It agrees with `commands.standing.find_seat`. What never
changes stands in the statements as it is, so that the partial indexes on those words are found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    false,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from engine.db import Key, fixed
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.queries.capacities import Outline
from engine.workflow.rounds import ADVISORY, ASKED, NO_PART
from engine.workflow.verbs import ACTED, DECISIONS

Way = Select[int, Any, bool, int]
"""One way to find what waits: (task, due, whether it came back, rank of the capacity)."""


def either(words: Iterable[str]) -> list[ColumnElement[str]]:
    """Such words in their order."""
    return [fixed(word) for word in sorted(words)]


BACK = Task.why != fixed("")


def waiting(
    held: Sequence[Outline], also: Collection[ColumnElement[bool]] = (), *, back: bool = False
) -> Iterator[Way]:
    """The ways to find what waits in those capacities, or only what came back (被退回).

    `also` narrows each, by what is known of the task or of its process.
    """
    alone = and_(Task.state == fixed("open"), ~Task.signed)
    pool = and_(alone, Task.assignee_id.is_(None))  # the words of the partial indexes
    for rank, one in enumerate(held):
        found = _found(rank, one, also)
        found = found.where(BACK) if back else found
        fit = [_fit(held, rank), *([_fit(held, 0)] if rank else [])]
        for number in range(len(one.roles)):
            yield found.where(pool, _holds(rank, one, number), *fit)
        yield found.where(alone, Task.assignee_id == _one(rank), _holds_some(rank, one), *fit)
        yield _turn(found, rank, held).where(Task.state == fixed("open"))


def suspended(own: Outline, also: Collection[ColumnElement[bool]] = ()) -> Iterator[Way]:
    """What would wait for the person themselves if it did not stand still (挂起): never many."""
    found = _found(0, own, also).where(Task.state == fixed("suspended"))
    free = or_(Task.assignee_id.is_(None), Task.assignee_id == _one(0))
    yield found.where(~Task.signed, free, _holds_some(0, own), _fit([own], 0))
    yield _turn(found, 0, [own])


def _found(rank: int, one: Outline, also: Collection[ColumnElement[bool]]) -> Any:
    number: Any = literal_column(str(rank), Key).label("rank")
    found: Any = select(Task.id, Task.due_at, BACK.label("back"), number)
    if one.scope or also:
        found = found.join(Instance, Instance.id == Task.instance_id).where(*also)
    if one.scope:
        names = [_word(f"process{rank}_{place}") for place in range(one.scope)]
        found = found.where(Instance.process.in_(names))
    for place in range(one.kept):
        role, duty = _word(f"kept{rank}_{place}"), _word(f"duty{rank}_{place}")
        found = found.where(not_(and_(Task.role == role, Task.duty == duty)))
    return found


def _one(rank: int) -> ColumnElement[int]:
    return bindparam(f"one{rank}", type_=Key)


def _word(name: str) -> ColumnElement[str]:
    return bindparam(name, type_=String)


def _holds(rank: int, one: Outline, number: int) -> ColumnElement[bool]:
    """The role, for a unit or what lies below it: a range of the index, unless it is everything."""
    held = Task.role == _word(f"role{rank}_{number}")
    under = [
        and_(
            Task.unit_path >= _word(f"from{rank}_{number}_{place}"),
            Task.unit_path < _word(f"to{rank}_{number}_{place}"),
        )
        for place in range(one.roles[number])
    ]
    return and_(held, or_(*under)) if under else held


def _holds_some(rank: int, one: Outline) -> ColumnElement[bool]:
    return or_(false(), *(_holds(rank, one, number) for number in range(len(one.roles))))


def _turn(found: Any, rank: int, held: Sequence[Outline]) -> Any:
    """It is that person's turn, and whoever really acts is not kept out by other acts."""
    turn = found.join(Signer, Signer.task_id == Task.id).where(
        Task.signed,
        Signer.person_id == _one(rank),
        Signer.state == fixed("active"),
        or_(Signer.source.in_(either(ASKED)), _fit(held, 0)),
    )
    return turn.where(or_(Signer.source.in_(either(ADVISORY)), ~_spoken())) if rank else turn


def _spoken() -> ColumnElement[bool]:
    """Whether who really acts has a vote in the task, or gave one in a name (`rounds.spoken`)."""
    part = aliased(Signer)
    return (
        select(part.id)
        .where(
            part.task_id == Task.id,
            or_(part.person_id == _one(0), part.acted_by_id == _one(0)),
            part.source.not_in(either(ADVISORY)),
            part.state.not_in(either(NO_PART)),
        )
        .exists()
    )


def _fit(held: Sequence[Outline], rank: int) -> ColumnElement[bool]:
    """The segregation of duties, for lists: out is who acted elsewhere in it, or whose it is."""
    person = _one(rank)
    own = and_(Task.party_id == person, Task.duty != fixed("handle"))
    columns = ("person_id", "acted_by_id") if held[rank].substituted else ("person_id",)
    return and_(
        *(_not_acted(column, person) for column in columns), or_(Task.party_id.is_(None), ~own)
    )


def _not_acted(column: str, person: ColumnElement[int]) -> ColumnElement[bool]:
    """A person's processes are few and found in an index; only in those are acts looked at."""
    part, task, other = aliased(Signer), aliased(Task), aliased(Task)
    who = getattr(part, column) == person
    within = select(part.instance_id).where(who, part.verb.in_(either(ACTED)))
    against = (
        select(part.id)
        .join(other, other.id == part.task_id)
        .join(task, task.instance_id == part.instance_id)
        .where(
            who,
            part.verb.in_(either(DECISIONS)),
            task.id == Task.id,
            other.matter == task.matter,
            other.node != task.node,
            or_(other.duty != fixed("handle"), task.duty != fixed("handle")),
        )
    )
    return or_(Task.instance_id.not_in(within), ~against.exists())
