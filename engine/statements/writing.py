"""Rows that are written together: kept back, then sent in as few statements as can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, SessionTransaction

from engine.db import Base
from engine.statements.flushing import Write, changed, inserted, is_plain
from engine.statements.sending import send
from engine.statements.shapes import defaults_of, insertion_of

WIDEST = 16  # rows in one statement; more are sent in several


class Writing(Session):
    """The session of a work that writes."""

    def begin_nested(self) -> SessionTransaction:
        """A savepoint, after everything that was kept back so far."""
        settle(self)
        return super().begin_nested()


def add(session: Session, model: type[Base], **values: Any) -> None:
    """Insert a row that this work does not look at again; columns not given get their defaults.

    Cheaper than `session.add`, because no object of it is kept.
    """
    mapper: Mapper[Any] = inspect(model)
    _queue(session).append(Write(insertion_of(mapper), {**defaults_of(mapper), **values}))


def settle(session: Session) -> None:
    """Send what was kept back: changed rows, new rows, and those that `add` was given.

    A row with a version that has another by now is a `Conflict`. After a failure the transaction
    can only be rolled back, as after a failed flush.
    """
    if session.info.get("failed"):
        raise PendingRollbackError("an earlier statement of this transaction failed")
    queue = _queue(session)
    writes = [*_of_the_session(session), *queue]
    queue.clear()
    try:
        for start in range(0, len(writes), WIDEST):
            _write(session, writes[start : start + WIDEST])
    except Exception:
        session.info["failed"] = not session.in_nested_transaction()
        raise


def _of_the_session(session: Session) -> Iterator[Write]:
    """Changes first, as the ORM does: they may make room for what is inserted."""
    for row in session.dirty:
        write = changed(row) if is_plain(inspect(type(row))) else None
        if write is not None:
            yield write
    for row in session.new:
        write = inserted(row) if is_plain(inspect(type(row))) else None
        if write is not None:
            yield write


def _write(session: Session, writes: Sequence[Write]) -> None:
    found = send(
        session, tuple(write.shape for write in writes), [write.values for write in writes]
    )
    for write, id_ in zip(writes, found, strict=True):
        write.written(session, id_)


def _queue(session: Session) -> list[Write]:
    queue: list[Write] = session.info.setdefault("writes", [])
    return queue


@event.listens_for(Writing, "do_orm_execute")
def _before_a_statement(state: ORMExecuteState) -> None:
    if _queue(state.session):
        settle(state.session)


@event.listens_for(Writing, "before_flush")
def _before_a_flush(session: Session, *_rest: object) -> None:
    settle(session)


@event.listens_for(Writing, "before_commit")
def _before_the_commit(session: Session) -> None:
    settle(session)
