"""The unit of work: one transaction, one actor, one moment. Only this module commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.orm.attributes import instance_state

from engine import clock, db
from engine.ledger.record import record
from engine.statements import Writing


@dataclass(frozen=True)
class Actor:
    """Who acts: a person by id and name, or a machine (`id` None)."""

    id: int | None
    name: str


MACHINE = Actor(None, "系统")


@dataclass
class Work:
    """What a command is given: the open transaction, who acts and when."""

    session: Session
    actor: Actor
    now: datetime
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    def record(self, kind: str, subject: str, matter: str, facts: Mapping[str, Any]) -> None:
        """Leave the act's entry in this transaction."""
        record(
            self.session,
            kind=kind,
            subject=subject,
            matter=matter,
            actor_id=self.actor.id,
            actor=self.actor.name,
            at=self.now,
            facts=facts,
        )


class Part(Work):
    """A part of a work that can be taken back alone, by a savepoint set when it is first needed.

    `lost` says that it cannot be set, not be taken back, or that it was the whole that failed.
    """

    def __init__(self, whole: Work, actor: Actor) -> None:
        self.actor, self.now, self.after_commit = actor, whole.now, []
        self.lost = False
        self._whole = whole
        self._savepoint: SessionTransaction | None = None

    def __getattr__(self, name: str) -> Any:
        """The session, which nobody has asked for yet."""
        if name != "session":
            raise AttributeError(name)
        try:
            self._savepoint = self._whole.session.begin_nested()
        except Exception:
            self.lost = True  # what was done before the part cannot be sent
            raise
        self.session = self._whole.session
        return self.session

    def keep(self) -> None:
        """Leave what was done to the whole."""
        if self._savepoint is not None:
            self._savepoint.commit()
        self._whole.after_commit.extend(self.after_commit)

    def take_back(self) -> None:
        """Nothing was done, and the rows that the whole holds say so too."""
        if self._savepoint is None:
            session = self._whole.session
            self.lost = isinstance(session, Writing) and session.spoilt
            return
        try:
            self._savepoint.rollback()
            _read_again(self.session)
        except Exception:
            self.lost = True  # the block has ended the transaction, or it has broken off
            raise


def _read_again(session: Session) -> None:
    """Read what a savepoint's rollback has emptied: its holder may look when the work is over."""
    for row in session.identity_map.values():
        if instance_state(row).expired:
            with suppress(InvalidRequestError):  # it is deleted
                session.refresh(row)


@contextmanager
def part(work: Work, actor: Actor) -> Iterator[Part]:
    """A part of the work, done by `actor`: what it wrote is taken back if the block raises."""
    inner = Part(work, actor)
    try:
        yield inner
        inner.keep()
    except Exception:
        inner.take_back()
        raise


@contextmanager
def begin(engine: Engine, actor: Actor, now: datetime | None = None) -> Iterator[Work]:
    """A work that commits when the block ends and rolls back whole when it raises.

    What the block left in `after_commit` (nudges) runs after the commit; its failure changes
    nothing, because a sweeper finds what a nudge lost.
    """
    with Writing(engine) as session:
        work = Work(session, actor, now or clock.now())
        yield work
        session.commit()
    for call in work.after_commit:
        call()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session for queries only; what it changes is not kept."""
    with db.looking(engine) as session:
        yield session
