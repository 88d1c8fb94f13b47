"""Pure decisions about answering a task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.clock import local
from engine.people.policy import BORNE, Act, Grant, holds, segregation
from engine.people.roles import ROLES
from engine.sentences import Sentence
from engine.workflow.verbs import done

PARTY = Sentence("这是您经办的事项，须由他人审核")
_OF_ANOTHER: dict[str, str] = {
    BORNE: "已在本事项中担任{borne}，不能再担任{wanted}（经办、审核、终审须由不同人员担任）",
    PARTY: "这是其经办的事项，须由他人审核",
}


@dataclass(frozen=True)
class Item:
    """What deciding about a task needs to know of it."""

    node: str
    role: str
    unit_path: str
    assignee_id: int | None
    duty: str
    party_id: int | None = None


@dataclass(frozen=True)
class Signed:
    """One signature in a matter; tasks are numbered in the order in which they opened."""

    task_id: int
    node: str
    title: str
    duty: str
    person_id: int | None
    person: str

    @property
    def act(self) -> Act:
        """What the segregation of duties looks at."""
        return Act(self.person_id, self.duty, self.node)


def ways_back(node: str, task_id: int, earlier: Sequence[Signed]) -> list[tuple[str, Signed]]:
    """Who a task at `node` may be returned to: the previous actual handler, whoever came before
    them, and the starter.

    `earlier` is the matter's history in order. Only what was signed since the starter signed last
    counts, and only nodes that were entered before this one: a level that was returned to may not
    use a return to jump forward over the levels that must sign again.
    """
    starter = next((one for one in earlier if one.node != node), None)
    if starter is None:
        return []
    begun = max(number for number, one in enumerate(earlier) if one.node == starter.node)
    entered: dict[str, int] = {}
    last: dict[str, Signed] = {}
    for one in earlier[begun:]:
        entered.setdefault(one.node, one.task_id)
        last[one.node] = one
    here = entered.get(node, task_id)
    before = sorted(((at, one) for one, at in entered.items() if at < here), reverse=True)
    kinds = ["previous", *(["earlier"] * len(before))]
    found = [(kind, last[one]) for kind, (_, one) in zip(kinds, before, strict=False)]
    return [
        ("starter" if number and one.node == starter.node else kind, one)
        for number, (kind, one) in enumerate(found)
    ]


def may_complete(
    person_id: int, grants: Iterable[Grant], item: Item, earlier: Iterable[Act]
) -> Sentence | None:
    """Why this person may not answer this task, or None.

    Whoever holds its role for the unit may, or of these only the task's assignee if it has one, and
    only if the segregation of duties lets them.
    """
    if item.assignee_id not in (None, person_id):
        return Sentence("此事项由指定人员办理")
    if not holds(grants, item.role, item.unit_path):
        return Sentence("此事项由本单位的“{role}”办理", role=ROLES.get(item.role, item.role))
    acted = segregation(person_id, item.duty, item.node, earlier)
    if acted is None and item.party_id == person_id and item.duty != "handle":
        return PARTY
    return acted


def said_of_another(refused: Sentence) -> Sentence:
    """What would be said to a person who may not, said of them."""
    other = _OF_ANOTHER.get(refused.template)
    return Sentence(other, **refused.values) if other else refused


def already_done(person: str, verb: str, at: datetime) -> Sentence:
    """The sentence for whoever comes second."""
    return Sentence(
        "已由 {person} 于 {at:%Y-%m-%d %H:%M} {verb}",
        person=person,
        at=local(at),
        verb=done(verb),
    )
