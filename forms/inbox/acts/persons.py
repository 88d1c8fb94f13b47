"""Whom an act can name: found by name, login or unit; why somebody cannot be chosen."""

from __future__ import annotations

from engine.people import queries as people
from forms.choosing import MOST, Candidate, Choice, choose_from
from forms.inbox.acts.model import Act, Given, Scene
from forms.words import source_name


def choice(scene: Scene, act: Act, given: Given, sought: str) -> Choice:
    """Those who were chosen, then those who were sought, who can be chosen first."""
    if act.whom == "parts":
        return Choice(_parts(scene, act, given), more=False, sought="")
    return choose_from(
        scene.session,
        given.persons,
        sought,
        lambda person: act.candidate(scene, person, given.option),
        _suggested(scene) if act.suggests and not sought else (),
    )


def _suggested(scene: Scene) -> list[int]:
    holders = people.holders(scene.session, scene.task.role, scene.task.unit_path)
    return [one.id for one in holders[: MOST + 1]]


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
