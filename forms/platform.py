"""The running installation as pages reach it: settings, database, and who is signed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from flask import current_app, g
from flask_login import current_user
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from engine import work
from engine.errors import Forbidden
from engine.people.sessions import SignedIn
from engine.projects.packs import Pack
from engine.settings import Settings
from engine.work import Actor, Work


@dataclass(frozen=True)
class Platform:
    """What the composition root put together."""

    settings: Settings
    engine: Engine
    packs: Mapping[str, Pack]


def platform() -> Platform:
    """The installation that serves this request."""
    return cast(Platform, current_app.extensions["bihuan"])


def keep_from_database() -> None:
    """From now on this request's page is made without asking the database, as for nobody."""
    g.without_database = True


def without_database() -> bool:
    """Whether this request's page must do without it."""
    return "without_database" in g


def somebody() -> SignedIn | None:
    """Who is signed in, if anyone."""
    if without_database():
        return None
    return cast("SignedIn | None", getattr(current_user, "person", None))


def me() -> SignedIn:
    """Who is signed in; pages that need somebody are guarded by the table of rights."""
    person = somebody()
    if person is None:
        raise Forbidden("请先登录")
    return person


@contextmanager
def reading() -> Iterator[Session]:
    """A session for queries."""
    with work.reading(platform().engine) as session:
        yield session


@contextmanager
def acting() -> Iterator[Work]:
    """A work of the person signed in, committed when the block ends."""
    person = me()
    with work.begin(platform().engine, Actor(person.id, person.name)) as begun:
        yield begun
