"""Whom an act can name: found by name, login or unit; why somebody cannot be chosen."""

from __future__ import annotations

from dataclasses import dataclass

from engine.people import queries as people
from engine.people.queries import PersonRow
from forms.inbox.acts.model import Act, Given, Scene
from forms.words import source_name

MOST = 20
"""Persons on one page; a longer list asks for more letters."""


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
    """What the person chooses from; `more` says that the search found more than is shown."""

    candidates: tuple[Candidate, ...]
    more: bool
    sought: str


def choice(scene: Scene, act: Act, given: Given, sought: str) -> Choice:
    """Those who were chosen, then those who were sought, who can be chosen first."""
    if act.whom == "parts":
        return Choice(_parts(scene, act, given), more=False, sought="")
    kept = people.person_rows(scene.session, given.persons)
    found = _found(scene, act, sought)
    rows = {one.id: one for one in (*kept, *found[:MOST])}
    seen = [
        Candidate(
            one.id,
            one.name,
            f"{one.unit} {one.title}".strip(),
            one.id in given.persons,
            act.candidate(scene, one.id, given.option),
        )
        for one in rows.values()
    ]
    order = sorted(seen, key=lambda one: (not one.chosen, one.refusal is not None))
    return Choice(tuple(order), more=len(found) > MOST, sought=sought)


def _found(scene: Scene, act: Act, sought: str) -> list[PersonRow]:
    if sought:
        return people.find_persons(scene.session, sought, MOST + 1)
    if not act.suggests:
        return []
    holders = people.holders(scene.session, scene.task.role, scene.task.unit_path)
    return people.person_rows(scene.session, [one.id for one in holders[: MOST + 1]])


def _parts(scene: Scene, act: Act, given: Given) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            part.id,
            part.person,
            source_name(part.source),
            part.id in given.persons,
            act.candidate(scene, part.id, ""),
        )
        for part in scene.parts()
        if part.state in ("waiting", "active") and part.parent_id
    )
