"""The main navigation: what this person may open, with the number of things that wait for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from sqlalchemy.orm import Session

from engine import clock
from engine.people import notices
from engine.workflow import queries as workflow
from forms import rights
from forms.platform import reading, somebody
from forms.text import later

PLACES: tuple[tuple[str, Any], ...] = (
    ("inbox.index", later("待办")),
    ("notices.index", later("通知")),
    ("projects.index", later("项目")),
    ("dashboards.index", later("看板")),
    ("audit.index", later("审计")),
    ("studio.index", later("流程")),
    ("operations.index", later("运维")),
    ("persons.index", later("管理")),
)


def _waiting(session: Session, person_id: int) -> int:
    return workflow.inbox_count(session, person_id, now=clock.now())


def _told(session: Session, person_id: int) -> int:
    return notices.unread_count(session, person_id, clock.now())


COUNTED: dict[str, Callable[[Session, int], int]] = {
    "inbox.index": _waiting,
    "notices.index": _told,
}
"""Places that show how many things wait there."""
ROOMS = {
    "acts": "inbox",
    "batch": "inbox",
    "wizard": "projects",
    "indicators": "projects",
    "units": "persons",
    "tables": "persons",
    "instances": "operations",
    "calendar": "persons",
}
"""Blueprints that belong to another's place in the navigation."""


@dataclass(frozen=True)
class Place:
    """One entry of the navigation."""

    label: Any
    url: str
    here: bool
    count: int | None


def places() -> list[Place]:
    """The entries that the person signed in may open."""
    person = somebody()
    if person is None:
        return []
    shown = [
        (endpoint, label)
        for endpoint, label in PLACES
        if endpoint in current_app.view_functions and rights.allowed(endpoint, person.roles)
    ]
    counts = _counts(person.id, [endpoint for endpoint, _label in shown])
    return [
        Place(label, url_for(endpoint), _is_here(endpoint), counts.get(endpoint))
        for endpoint, label in shown
    ]


def _is_here(endpoint: str) -> bool:
    room = (request.endpoint or "").partition(".")[0]
    return ROOMS.get(room, room) == endpoint.partition(".")[0]


def _counts(person_id: int, endpoints: Sequence[str]) -> dict[str, int]:
    with reading() as session:
        return {one: COUNTED[one](session, person_id) for one in endpoints if one in COUNTED}


def install(app: Flask) -> None:
    """Give the base template its navigation."""
    app.jinja_env.globals.update(navigation=places, somebody=somebody)
