"""Sessions on the server: begun at sign-in, ended at sign-out, by time, or all at once.

A session ends after half an hour without a request, after twelve hours in any case, at sign-out,
and when the person's epoch grows (password changed, account closed, signed out everywhere).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session as Database

from engine.db import Moment
from engine.people import queries
from engine.people.models import Person, Session, Unit
from engine.people.policy import Grant
from engine.people.queries import Faculties
from engine.statements import Look
from engine.work import Work

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
NOTED = timedelta(minutes=1)
"""A session's last request is noted at most this often, so that reading pages writes little."""


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, as pages and policy need them."""

    id: int
    login: str
    name: str
    title: str
    unit_id: int
    unit: str
    path: str
    faculties: Faculties
    """As they were when the request began: for pages; a command reads them again."""
    must_change_password: bool
    stale: bool
    """Whether the session's last request should be noted (see `note_request`)."""

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Every role held, with the path of its scope."""
        return self.faculties.grants

    @property
    def roles(self) -> frozenset[str]:
        """The roles held, for any scope."""
        return frozenset(grant.role for grant in self.grants)


def begin_session(work: Work, person: Person, device: str = "") -> str:
    """Begin a session and return its secret, which only the person's cookie holds."""
    secret = secrets.token_urlsafe(32)
    work.session.add(
        Session(
            secret=_hashed(secret),
            person_id=person.id,
            epoch=person.epoch,
            began_at=work.now,
            seen_at=work.now,
            device=device[:200],
        )
    )
    return secret


def end_session(work: Work, secret: str) -> None:
    """Sign out on this device; an unknown or ended session is left as it is."""
    found = _find(work.session, secret)
    if found is None or found.ended_at is not None:
        return
    found.ended_at = work.now
    work.record("person.signed_out", f"person:{found.person_id}", "access:1", {"everywhere": False})


def end_all_sessions(work: Work, person_id: int) -> None:
    """Sign a person out on every device."""
    person = queries.person(work.session, person_id)
    person.epoch += 1
    work.record("person.signed_out", f"person:{person_id}", "access:1", {"everywhere": True})


def note_request(work: Work, secret: str) -> None:
    """Remember that the session is in use."""
    found = _find(work.session, secret)
    if found is not None and found.ended_at is None:
        found.seen_at = work.now


def signed_in(session: Database, secret: str, now: datetime) -> SignedIn | None:
    """Who holds this secret, or None when the session has ended in any way."""
    for began_at, seen_at, *who, grants, absences, stamp in _SIGNED_IN.rows(
        session, secret=_hashed(secret), now=now
    ):
        if now - seen_at > IDLE or now - began_at > LONGEST:
            return None
        told = dict(zip(_WHO, who, strict=True))
        faculties = Faculties.of(grants, absences, stamp)
        return SignedIn(**told, faculties=faculties, stale=now - seen_at > NOTED)
    return None


_WHO = ("id", "login", "name", "title", "must_change_password", "unit_id", "unit", "path")
_SIGNED_IN = Look(
    select(
        *(Session.began_at, Session.seen_at),
        *(Person.id, Person.login, Person.name, Person.title, Person.must_change_password),
        *(Unit.id, Unit.name, Unit.path),
        *queries.faculties_of(Person.id, bindparam("now", type_=Moment)),
    )
    .join(Person, Person.id == Session.person_id)
    .join(Unit, Unit.id == Person.unit_id)
    .where(
        Session.secret == bindparam("secret"),
        Session.ended_at.is_(None),
        Session.epoch == Person.epoch,
        Person.active,
    )
)


def _find(session: Database, secret: str) -> Session | None:
    return session.scalar(select(Session).where(Session.secret == _hashed(secret)))


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
