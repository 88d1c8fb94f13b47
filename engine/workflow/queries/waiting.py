"""What waits for a person: the one place that says which open task is in whose 待办.

Three kinds: tasks of a role that anybody who holds it may take, those given to the person, and
rounds in which it is their turn to sign. It agrees with `commands.standing.find_seat`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, literal, not_, or_, select
from sqlalchemy.orm import aliased

from engine.workflow.models import Instance, Signer, Task
from engine.workflow.queries.capacities import Capacity, under
from engine.workflow.rounds import ASKED
from engine.workflow.verbs import DECISIONS

Way = Select[int, Any, int]
"""One way to find what waits: (task, due, rank of the capacity)."""
PART, OTHER = aliased(Signer), aliased(Task)
KEPT = 1024
"""For so many persons the condition is kept: writing it takes longer than answering it."""


def fixed(value: Any) -> ColumnElement[Any]:
    """A value that stands in the statement itself, so that a partial index on it is found."""
    return literal(value, literal_execute=True)


def waiting(
    held: list[Capacity], state: str = "open", also: Collection[ColumnElement[bool]] = ()
) -> Iterator[Way]:
    """The ways to find what waits in those capacities; those of one have no task in common.

    `also` narrows each; it may speak of `Instance`.
    """
    own, here = held[0].person_id, Task.state == fixed(state)
    alone = and_(here, ~Task.signed)
    pool = and_(alone, Task.assignee_id.is_(None))  # the words of the partial indexes
    for rank, one in enumerate(held):
        found = select(
            Task.id.label("id"), Task.due_at.label("due_at"), literal(rank).label("rank")
        )
        found = found.where(*also)
        if one.scope or also:
            found = found.join(Instance, Instance.id == Task.instance_id)
        if one.scope:
            found = found.where(Instance.process.in_(one.scope))
        found = found.where(*(not_(_borne(*duty)) for duty in sorted(one.kept)))
        fit = [_fit(one.person_id), *([_fit(own)] if rank else [])]
        for role, paths in sorted(one.roles.items()):
            yield found.where(pool, Task.role == role, under(Task.unit_path, paths), *fit)
        yield found.where(alone, Task.assignee_id == one.person_id, _holds(one), *fit)
        yield found.where(here, Task.signed, _turn(one.person_id, own))


def _holds(one: Capacity) -> ColumnElement[bool]:
    roles = [
        and_(Task.role == role, under(Task.unit_path, paths)) for role, paths in one.roles.items()
    ]
    return or_(false(), *roles)


def _borne(role: str, duty: str) -> ColumnElement[bool]:
    return and_(Task.role == role, Task.duty == duty)


def _turn(person_id: int, own: int) -> ColumnElement[bool]:
    """It is that person's turn, and whoever really acts (`own`) is not kept out by other acts."""
    part = select(Signer.task_id).where(
        Signer.person_id == person_id, Signer.state == fixed("active")
    )
    asked = Task.id.in_(part.where(Signer.source.in_(ASKED)))
    return and_(Task.id.in_(part), or_(asked, _fit(own)))


@lru_cache(KEPT)
def _fit(person_id: int) -> ColumnElement[bool]:
    """The segregation of duties, for lists: out is who acted elsewhere in it, or whose it is."""
    own = and_(Task.party_id == person_id, Task.duty != "handle")
    return and_(
        ~_acted("person_id", person_id),
        ~_acted("acted_by_id", person_id),
        or_(Task.party_id.is_(None), ~own),
    )


def _acted(column: str, person_id: int) -> ColumnElement[bool]:
    return exists(
        select(PART.id)
        .join(OTHER, OTHER.id == PART.task_id)
        .where(
            getattr(PART, column) == person_id,
            PART.instance_id == Task.instance_id,
            PART.verb.in_(DECISIONS),
            OTHER.matter == Task.matter,
            OTHER.node != Task.node,
            or_(OTHER.duty != "handle", Task.duty != "handle"),
        )
    )
