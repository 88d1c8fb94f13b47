"""Choosing people: found by name, login or unit; those who cannot be chosen stay, with why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.people import queries as people
from engine.people.queries import PersonRow

MOST = 20
"""Persons on one page; a longer list asks for more letters."""
SOUGHT = 40
"""Letters of a search."""
Refusal = Callable[[int], str | None]


@dataclass(frozen=True)
class Candidate:
    """Somebody who could be chosen, and why not, if so."""

    id: int
    name: str
    told: str
    chosen: bool
    refusal: str | None


@dataclass(frozen=True)
class Choice:
    """What is chosen from; `more` says that the search found more than is shown."""

    candidates: tuple[Candidate, ...]
    more: bool
    sought: str


def choose_from(
    session: Session,
    chosen: Sequence[int],
    sought: str,
    refusal: Refusal,
    suggested: Iterable[int] = (),
) -> Choice:
    """Those who were chosen, then those who were sought (else suggested), possible ones first."""
    if sought:
        found = people.find_persons(session, sought, MOST + 1)
    else:
        found = people.person_rows(session, list(suggested)[: MOST + 1])
    kept = people.person_rows(session, chosen)
    rows = {one.id: one for one in (*kept, *found[:MOST])}
    seen = [_candidate(one, one.id in chosen, refusal(one.id)) for one in rows.values()]
    order = sorted(seen, key=lambda one: (not one.chosen, one.refusal is not None))
    return Choice(tuple(order), more=len(found) > MOST, sought=sought)


def _candidate(one: PersonRow, chosen: bool, refused: str | None) -> Candidate:
    return Candidate(one.id, one.name, f"{one.unit} {one.title}".strip(), chosen, refused)
