"""The connections of works: each thread keeps the one that its last work gave back.

The pool does much each time that one is taken or returned; a thread that works writes again soon.
"""

from __future__ import annotations

import os
import threading
from weakref import ReferenceType, ref

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool, PoolProxiedConnection, QueuePool

from engine.statements.sending import DRIVER_ERRORS, Handle, Line, line_to, named, words_of
from engine.statements.wire import Wire


class _Mine(threading.local):
    """What this thread keeps: a connection and its line, its engine and pool, and the process."""

    kept: tuple[PoolProxiedConnection, Line, ReferenceType[Engine], Pool, int] | None = None


_mine = _Mine()
_parents: list[PoolProxiedConnection] = []


def take(engine: Engine) -> tuple[PoolProxiedConnection, Line]:
    """A connection that nobody else uses."""
    if _mine.kept is not None and _mine.kept[2]() is engine:
        (pooled, line, _engine, pool, process), _mine.kept = _mine.kept, None
        if process != os.getpid():
            _parents.append(pooled)  # who closed it would close it for the parent too
        elif pool is engine.pool and not (isinstance(line, Wire) and line.ended):
            return pooled, line
        else:
            pooled.invalidate()
    try:
        pooled = engine.raw_connection()
    except DRIVER_ERRORS as error:
        raise named(error) from error
    return pooled, line_to(pooled)


def give_back(engine: Engine, pooled: PoolProxiedConnection, line: Line) -> None:
    """The work is over, and with it its transaction, unless the connection is lost."""
    if isinstance(line, Wire) and line.closed:
        pooled.invalidate()
        return
    if _is_wanted(engine.pool) or not _is_idle(line):
        pooled.close()
        return
    before, _mine.kept = _mine.kept, (pooled, line, ref(engine), engine.pool, os.getpid())
    if before is not None and before[-1] == os.getpid():  # another engine's, or a work's in a work
        before[0].close()


class Glance(Handle):
    """A session for looks alone, each in a transaction of its own on SQLite; nothing is kept."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.words, self.light = engine, words_of(engine), True

    def __enter__(self) -> Glance:
        self.pooled, self.line = take(self.engine)
        return self

    def close(self) -> None:
        """Give the connection back."""
        try:
            self.line.rollback()
        except DRIVER_ERRORS as error:
            raise named(error) from error
        finally:
            give_back(self.engine, self.pooled, self.line)


def _is_wanted(pool: Pool) -> bool:
    """Whether so many connections are open that others may wait for one that is not given back."""
    return not isinstance(pool, QueuePool) or pool.overflow() > 0


def _is_idle(line: Line) -> bool:
    return line.idle if isinstance(line, Wire) else not line.in_transaction


@event.listens_for(Engine, "engine_disposed")
def _close(engine: Engine) -> None:
    """Whoever disposes of an engine means this connection too."""
    kept = _mine.kept
    if kept is not None and kept[2]() is engine:
        _mine.kept = None
        if kept[-1] == os.getpid():
            kept[0].invalidate()
