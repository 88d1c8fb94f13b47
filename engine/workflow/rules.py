"""Pure decisions about answering a task."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.clock import local
from engine.people.policy import Act, Grant, holds, segregation
from engine.people.roles import ROLES
from engine.workflow.properties import VERBS


@dataclass(frozen=True)
class Item:
    """What deciding about a task needs to know of it."""

    node: str
    role: str
    unit_path: str
    assignee_id: int | None
    duty: str


def may_complete(
    person_id: int, grants: Iterable[Grant], item: Item, earlier: Iterable[Act]
) -> str | None:
    """Why this person may not answer this task, or None.

    The task's assignee, or else whoever holds its role for the unit, may; in both cases only if
    the segregation of duties lets them.
    """
    if item.assignee_id is not None:
        if item.assignee_id != person_id:
            return "此事项由指定人员办理"
    elif not holds(grants, item.role, item.unit_path):
        return f"此事项由本单位的“{ROLES.get(item.role, item.role)}”办理"
    return segregation(person_id, item.duty, item.node, earlier)


def already_done(person: str, verb: str, at: datetime) -> str:
    """The sentence for whoever comes second."""
    return f"已由 {person} 于 {local(at):%Y-%m-%d %H:%M} {VERBS.get(verb, verb)}"
