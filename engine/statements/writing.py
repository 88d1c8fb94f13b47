"""Rows that are written together: kept back, then sent in as few statements as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, SessionTransaction
from sqlalchemy.orm.attributes import set_committed_value

from engine.db import Base, Writing
from engine.errors import Conflict
from engine.statements.loading import load
from engine.statements.sending import send
from engine.statements.shapes import Shape, change_of, defaults_of, insertion_of

WIDEST = 16  # rows in one statement; more are sent in several
LOST = "刚刚被他人改动，请刷新后再办理"


@dataclass
class Write:
    """A row that will be written; `id` is known once it is."""

    model: type[Base]
    shape: Shape
    values: dict[str, Any]
    lost: str = LOST
    id: int | None = field(default=None, init=False)

    def keep(self, session: Session) -> Any:
        """The new row as an object that the session holds, as after a flush."""
        settle(session)
        return load(session, self.model, {"id": self.id, **self.values})


def add(session: Session, model: type[Base], **values: Any) -> Write:
    """Insert a row of `model`; columns not given get their defaults."""
    mapper: Mapper[Any] = inspect(model)
    write = Write(model, insertion_of(mapper), {**defaults_of(mapper), **values})
    _queue(session).append(write)
    return write


def change(session: Session, row: Base, *, lost: str = LOST, **values: Any) -> None:
    """Set attributes of a row that the session holds; the object shows them at once.

    A row with a version is written only if it still has the version that was read: otherwise
    the writing raises `Conflict` with the sentence `lost`, and nothing of the work is kept.
    """
    mapper: Mapper[Any] = inspect(type(row))
    guards: dict[str, Any] = {"id": row.__dict__["id"]}
    if mapper.version_id_col is not None:
        name = mapper.version_id_col.name
        guards[name] = getattr(row, name)
        values[name] = guards[name] + 1
    shape = change_of(mapper, tuple(values), tuple(guards))
    told = values | {f"old_{name}": value for name, value in guards.items()}
    _queue(session).append(Write(type(row), shape, told, lost))
    for name, value in values.items():
        set_committed_value(row, name, value)


def settle(session: Session) -> None:
    """Send what `add` and `change` kept back; `Conflict` if a row to change was not there."""
    queue = _queue(session)
    while queue:
        writes = queue[:WIDEST]
        del queue[:WIDEST]
        _write(session, writes)


def _write(session: Session, writes: Sequence[Write]) -> None:
    shapes = tuple(write.shape for write in writes)
    found = send(session, shapes, [write.values for write in writes])
    for write, id_ in zip(writes, found, strict=True):
        if id_ is None:
            raise Conflict(write.lost)
        write.id = id_


def _queue(session: Session) -> list[Write]:
    queue: list[Write] = session.info.setdefault("writes", [])
    return queue


@event.listens_for(Writing, "do_orm_execute")
def _before_a_statement(state: ORMExecuteState) -> None:
    settle(state.session)


@event.listens_for(Writing, "before_flush")
def _before_a_flush(session: Session, *_rest: object) -> None:
    settle(session)


@event.listens_for(Writing, "before_commit")
def _before_the_commit(session: Session) -> None:
    settle(session)


@event.listens_for(Writing, "after_transaction_create")
def _before_a_savepoint(session: Session, transaction: SessionTransaction) -> None:
    """Rows kept back from before a savepoint would be lost with it."""
    if transaction.nested and _queue(session):
        raise RuntimeError("settle before a savepoint")
