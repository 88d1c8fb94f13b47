"""Who may do what, as pure predicates over frozen facts. Reasons are sentences for the person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engine.sentences import Sentence

BORNE = Sentence(
    "您已在本事项中担任{borne}，不能再担任{wanted}（经办、审核、终审须由不同人员担任）"
)
DUTY_NAMES = {"handle": "经办", "review": "审核", "final": "终审"}


class Grant(NamedTuple):
    """A role held for a unit and everything below it."""

    role: str
    path: str


class Act(NamedTuple):
    """Something a person did in a matter: the duty they bore, and the node they bore it at."""

    person_id: int | None
    duty: str
    node: str


def holds(grants: Iterable[Grant], role: str, path: str) -> bool:
    """Whether some grant of `role` covers the unit at `path`."""
    return any(grant.role == role and path.startswith(grant.path) for grant in grants)


def covers(grants: Iterable[Grant], roles: Iterable[str], path: str) -> bool:
    """Whether any of `roles` is held for the unit at `path`."""
    wanted = set(roles)
    return any(grant.role in wanted and path.startswith(grant.path) for grant in grants)


def independent(home: str, path: str) -> bool:
    """Whether units by path have nothing in common but the root, the district (rules.md D.3-3)."""
    ours, theirs = (set(one.strip("/").split("/")[1:]) for one in (home, path))
    return not ours & theirs


def segregation(person_id: int, duty: str, node: str, earlier: Iterable[Act]) -> Sentence | None:
    """Why this person may not bear `duty` at `node` after `earlier` acts of the matter, or None.

    经办, 审核 and 终审 of a matter are pairwise different persons, and nobody signs two levels
    (rules.md D.3-1, D.3-2); the same person may act again at the node where they acted before.
    """
    for act in earlier:
        if act.person_id != person_id or act.node == node:
            continue
        if act.duty == duty == "handle":
            continue
        return Sentence(BORNE, borne=DUTY_NAMES[act.duty], wanted=DUTY_NAMES[duty])
    return None
