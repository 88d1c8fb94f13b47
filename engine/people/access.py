"""Signing in and passwords: lockout that survives restarts, one-time first passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Conflict, Forbidden, Invalid
from engine.people import queries
from engine.people.commands import create_person, create_unit
from engine.people.models import Person, RoleAssignment
from engine.people.passwords import hash_password, matches
from engine.work import Actor, Work

ATTEMPTS = 5
LOCK = timedelta(minutes=15)
# Verified when the login is unknown, so that an answer's time does not tell which logins exist.
# It is a hash of nothing anyone knows, kept ready because making one takes half a second.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$0/IqITd+f5vCbKIL3ywJOw"
    "$6V8BcMfo9QdJP04miZfkPQEJGdis7VaRE8ZMz0ws8hQ"
)


@dataclass(frozen=True)
class SignIn:
    """How an attempt ended: the person let in, or None and until when the account is locked."""

    person: Person | None
    locked_until: datetime | None = None


def kept_password(session: Session, login: str) -> str:
    """The hash to try a password against; one that nothing fits when the login is unknown."""
    person = queries.person_by_login(session, login.strip().lower())
    return person.password if person else _NOBODY


def sign_in(work: Work, login: str, password: str, proven: str | None = None) -> SignIn:
    """Let a person in if login and password fit and the account is open.

    `proven` is the hash that the password was found to fit ("" for none) by a caller who tried it
    before opening the work: trying takes long, and nobody else can write meanwhile on SQLite.

    Failures are counted in the database: after five the account is locked for a quarter of an
    hour. The caller commits in every case, so that refusals are counted and recorded.
    """
    person = work.session.scalar(
        # Locked, so that guesses made at the same moment are counted one by one.
        select(Person).where(Person.login == login.strip().lower()).with_for_update()
    )
    if person is None:
        if proven is None:
            matches(_NOBODY, password)
        work.record("person.refused", "person:0", "access:1", {"reason": "unknown login"})
        return SignIn(None)
    if person.locked_until and person.locked_until > work.now:
        return _refuse(work, person, "locked")
    fits = matches(person.password, password) if proven is None else proven == person.password
    if not fits or not person.active:
        person.failures += 1
        if person.failures >= ATTEMPTS:
            person.failures, person.locked_until = 0, work.now + LOCK
        return _refuse(work, person, "wrong password" if person.active else "inactive")
    person.failures, person.locked_until = 0, None
    work.actor = Actor(person.id, person.name)  # from here on it is known who acts
    work.record("person.signed_in", f"person:{person.id}", "access:1", {"login": person.login})
    return SignIn(person)


def _refuse(work: Work, person: Person, reason: str) -> SignIn:
    work.record("person.refused", f"person:{person.id}", "access:1", {"reason": reason})
    return SignIn(None, person.locked_until)


def change_password(work: Work, person_id: int, old: str, new: str) -> Person:
    """Set a new password by someone who knows the old one; all other sessions end."""
    person = queries.person(work.session, person_id)
    if not matches(person.password, old):
        raise Invalid("原密码不正确", field="old")
    if old == new:
        raise Invalid("新密码不能与原密码相同", field="password")
    person.password = hash_password(new, person.login)
    person.must_change_password = False
    person.epoch += 1
    work.record("password.changed", f"person:{person.id}", "access:1", {"login": person.login})
    return person


def reset_password(work: Work, person_id: int, password: str) -> Person:
    """Give a new first password; the person must change it when they sign in."""
    person = queries.person(work.session, person_id)
    if person.id == work.actor.id:
        raise Forbidden("请用“修改密码”更改自己的密码")
    person.password = hash_password(password, person.login)
    person.must_change_password, person.failures, person.locked_until = True, 0, None
    person.epoch += 1
    work.record("password.reset", f"person:{person.id}", "access:1", {"login": person.login})
    return person


def create_first_administrator(
    work: Work, *, district: str, login: str, name: str, password: str
) -> Person:
    """The administrator of a fresh installation; refused once any person exists."""
    if work.session.scalar(select(Person.id).limit(1)) is not None:
        raise Conflict("系统已有人员，请由管理员添加账号")
    unit = create_unit(work, "000", district, "district")
    person = create_person(
        work, login=login, name=name, unit_id=unit.id, password=password, must_change=False
    )
    work.session.add(RoleAssignment(person_id=person.id, role="administrator", unit_id=unit.id))
    work.record(
        "role.granted",
        f"person:{person.id}",
        f"unit:{unit.id}",
        {"role": "administrator", "unit": unit.name, "person": name},
    )
    return person
