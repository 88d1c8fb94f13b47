"""The connections of works: each thread keeps the one that its last work gave back.

The pool does much each time that one is taken or returned; a thread that works writes again soon.
"""

from __future__ import annotations

import os
import threading
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool, PoolProxiedConnection

from engine.statements.sending import Line, line_to
from engine.statements.wire import Wire

Kept = tuple[PoolProxiedConnection, Line, Pool, int]
"""A connection and its line, the pool it is of, and the process that opened it."""


class _Mine(threading.local):
    """What this thread keeps, by engine."""

    def __init__(self) -> None:
        self.kept: WeakKeyDictionary[Engine, Kept] = WeakKeyDictionary()


_mine = _Mine()


def take(engine: Engine) -> tuple[PoolProxiedConnection, Line]:
    """A connection that nobody else uses."""
    found = _mine.kept.pop(engine, None)
    if found is not None:
        pooled, line, pool, process = found
        if process == os.getpid():  # what a forked process finds is its parent's
            if pool is engine.pool and not (isinstance(line, Wire) and line.ended):
                return pooled, line
            pooled.invalidate()
    pooled = engine.raw_connection()
    return pooled, line_to(pooled)


def give_back(engine: Engine, pooled: PoolProxiedConnection, line: Line) -> None:
    """The work is over, and with it its transaction, unless the connection is lost."""
    if isinstance(line, Wire) and line.closed:
        pooled.invalidate()
    elif engine in _mine.kept or not _is_idle(line):
        pooled.close()
    else:
        _mine.kept[engine] = pooled, line, engine.pool, os.getpid()


def _is_idle(line: Line) -> bool:
    return line.idle if isinstance(line, Wire) else not line.in_transaction


@event.listens_for(Engine, "engine_disposed")
def _close(engine: Engine) -> None:
    """Whoever disposes of an engine means this connection too."""
    found = _mine.kept.pop(engine, None)
    if found is not None and found[-1] == os.getpid():
        found[0].invalidate()
