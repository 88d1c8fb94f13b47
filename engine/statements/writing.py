"""The session of a work that writes: rows are kept back, then sent in as few statements as can be.

It begins light: the rows that a `Look` found and those that were added are held without the ORM,
which is only woken by whoever wants it (a statement of the session, a savepoint, a deletion). Then
it takes all of them over as they stand, and the session is one as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction
from sqlalchemy.orm.attributes import instance_state

from engine.db import Base
from engine.errors import Conflict
from engine.statements import lending
from engine.statements.flushing import (
    LOST,
    Computed,
    Write,
    adopted,
    changed,
    inserted,
    is_plain,
    refreshed,
    renewed,
)
from engine.statements.sending import (
    DRIVER_ERRORS,
    SQLITE,
    Handle,
    named,
    send,
    words_of,
)
from engine.statements.shapes import change_of, defaults_of, insertion_of
from engine.statements.wire import Wire

WIDEST = 16  # rows in one statement; more are sent in several
Held = dict[tuple[type[Base], int], Base]


class Writing(Handle):
    """One transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.words = engine, words_of(engine)
        self.light = True
        self.held: Held = {}
        self._fresh: dict[int, Base] = {}  # by the object
        self.queue: list[Write] = []
        self.pooled, self.line = lending.take(engine)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Something of the ORM's session, which is only made when somebody wants it."""
            if not self._make():
                raise AttributeError(name)
            return getattr(self, name)

    def _make(self) -> bool:
        """Make the ORM's session, unless it is there."""
        if "identity_map" in self.__dict__:
            return False
        super().__init__(expire_on_commit=False)
        return True

    def __enter__(self) -> Writing:
        """Begin; when the block ends, what was not committed is rolled back."""
        try:
            self._begin_writing()
        except Exception:
            self.close()
            raise
        return self

    def _begin_writing(self) -> None:
        """On SQLite with the write lock: a transaction that turns writer half-way fails at once."""
        if self.words is SQLITE:
            self._drive("execute", "BEGIN IMMEDIATE")

    def _drive(self, act: str, *rest: Any) -> None:
        try:
            getattr(self.line, act)(*rest)
        except DRIVER_ERRORS as error:
            raise named(error) from error

    def wake(self) -> None:
        """Let the ORM take over what is held, with all that was changed and is not sent yet."""
        if not self.light:
            return
        self.light = False
        self._make()
        self.bind = Connection(self.engine, self.pooled).execution_options(writing=True)
        held, self.held = self.held, {}
        for row in held.values():
            adopted(row, super().add)
        for row in self._fresh.values():
            super().add(row)
        self._fresh = {}

    def get_bind(self, *_mapper: Any, **_rest: Any) -> Connection:
        """The connection, for which the ORM asks before it does anything."""
        self.wake()
        assert isinstance(self.bind, Connection)
        return self.bind

    def add(self, instance: object, *, _warn: bool = True) -> None:
        """Keep a new row back; whatever else the ORM can add is left to it."""
        if self.light and isinstance(instance, Base) and self._keeps(instance):
            return
        self.wake()
        super().add(instance, _warn=_warn)

    def _keeps(self, row: Base) -> bool:
        """Whether a row is held already or kept back from now on."""
        if not is_plain(type(row)) or instance_state(row).key is not None:
            return False
        known = self.held.get((type(row), row.__dict__.get("id", 0))) is row
        if not known:
            self._fresh[id(row)] = row
        return True

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """The row, from those that are held or else from the database."""
        known = self.held.get((entity, ident)) if self.light and not options else None
        return super().get(entity, ident, **options) if known is None else known

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Send what was kept back."""
        if self.light:
            settle(self)
        if not self.light:
            super().flush(objects)

    def begin_nested(self) -> SessionTransaction:
        """A savepoint, after everything that was kept back so far."""
        self.wake()
        settle(self)
        return super().begin_nested()

    def delete(self, instance: object) -> None:
        """Remove a row; the ORM's matter."""
        self.wake()
        super().delete(instance)

    def refresh(self, instance: object, *rest: Any, **options: Any) -> None:
        """Read a row again; the ORM's matter."""
        self.wake()
        super().refresh(instance, *rest, **options)

    def expunge_all(self) -> None:
        """Forget all rows; the ORM's matter."""
        self.wake()
        super().expunge_all()

    def commit(self) -> None:
        """Send what was kept back and end the transaction."""
        if self.light:
            settle(self, commit=True)
        if not self.light:
            self.connection()  # what was sent before the ORM woke is to be committed too
            super().commit()
            return
        self._drive("commit")

    def rollback(self) -> None:
        """Take back everything; what comes afterwards is another transaction."""
        self.queue.clear()
        if not self.light:
            super().rollback()
            return
        self.held.clear()
        self._fresh.clear()
        self.info.pop("failed", None)
        self._drive("rollback")
        self._begin_writing()

    @property
    def spoilt(self) -> bool:
        """Whether the transaction can only be rolled back."""
        refused = bool(self.info.get("failed")) or not (self.light or self.is_active)
        return refused or (isinstance(self.line, Wire) and self.line.failed)

    def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        if self.light:
            self._give_back()
            return
        super().close()
        assert isinstance(self.bind, Connection)
        self.bind.close()

    def _give_back(self) -> None:
        with suppress(DBAPIError):  # the pool would have the server forget what is prepared
            self._drive("rollback")
        lending.give_back(self.engine, self.pooled, self.line)

    def hold(self, row: Base, values: Mapping[str, Any], *, changed: bool = False) -> None:
        """The row stands in the database as these values say."""
        if not self.light:
            renewed(self, row, values, changed=changed)
            return
        refreshed(row, values)
        self.held[type(row), values["id"]] = row

    def take_writes(self) -> list[Write]:
        """All that was kept back; changes first: they may make room for what is inserted."""
        if self.light:
            try:
                found = [changed(row) for row in self.held.values()]
                found += [inserted(row) for row in self._fresh.values()]
                self._fresh.clear()
            except Computed:
                self.wake()
                return self.take_writes()
        else:
            found = [_left_out(changed, row) for row in self.dirty]
            found += [_left_out(inserted, row) for row in self.new]
        writes = [one for one in found if one is not None]
        writes += self.queue
        self.queue.clear()
        return writes


def _left_out(write_of: Callable[[Base], Write | None], row: Base) -> Write | None:
    """The write, unless it is left to the ORM."""
    kind: type[Base] = type(row)
    with suppress(Computed):
        return write_of(row) if is_plain(kind) else None
    return None


def add(session: Session, model: type[Base], **values: Any) -> None:
    """Insert a row that this work does not look at again; columns not given get their defaults.

    Cheaper than `session.add`, because no object of it is kept.
    """
    assert isinstance(session, Writing)
    session.queue.append(Write(insertion_of(model), {**defaults_of(model), **values}))


def change(session: Session, model: type[Base], guards: Mapping[str, Any], **values: Any) -> None:
    """Change the row that the guards tell, of which nobody keeps an object; else a `Conflict`."""
    assert isinstance(session, Writing)
    shape = change_of(model, tuple(values), tuple(guards))
    known = {f"old_{name}": value for name, value in guards.items()}
    session.queue.append(Write(shape, values | known))


def settle(session: Session, *, commit: bool = False) -> None:
    """Send what was kept back: changed rows, new rows, and those that `add` was given.

    A row with a version that has another by now is a `Conflict`. After a failure the transaction
    can only be rolled back, to its savepoint if it has one, as after a failed flush. With `commit`
    the caller is about to end the transaction, which the last message may do.
    """
    if not isinstance(session, Writing):
        return
    if session.info.get("failed"):
        raise PendingRollbackError("an earlier statement of this transaction failed")
    writes = session.take_writes()
    try:
        for start in range(0, len(writes), WIDEST):
            last = commit and session.light and start + WIDEST >= len(writes)
            _write(session, writes[start : start + WIDEST], commit=last)
    except Exception:
        session.info["failed"] = True
        raise


def _write(session: Writing, writes: Sequence[Write], *, commit: bool) -> None:
    shapes, rows = tuple(write.shape for write in writes), [write.values for write in writes]
    found = send(session, shapes, rows, commit=commit)
    for write, id_ in zip(writes, found, strict=True):
        if id_ is None:
            raise Conflict(LOST)
        if write.row is not None:
            session.hold(write.row, write.written(id_), changed=bool(write.shape.guards))


@event.listens_for(Writing, "do_orm_execute")
def _before_a_statement(state: ORMExecuteState) -> None:
    settle(state.session)


@event.listens_for(Writing, "before_flush")
def _before_a_flush(session: Session, *_rest: object) -> None:
    settle(session)


@event.listens_for(Writing, "before_commit")
def _before_the_commit(session: Session) -> None:
    settle(session)


@event.listens_for(Writing, "after_soft_rollback")
def _after_a_rollback(session: Writing, _transaction: SessionTransaction) -> None:
    session.queue.clear()  # what was added since the savepoint: until then all was sent
    session.info.pop("failed", None)
