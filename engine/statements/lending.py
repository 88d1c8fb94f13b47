"""The connections of works: each thread keeps the one that its last work gave back.

The pool does much each time that one is taken or returned; a thread that works writes again soon.
"""

from __future__ import annotations

import os
import threading
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import Engine
from sqlalchemy.pool import Pool, PoolProxiedConnection

from engine import db


class _Kept(threading.local):
    """By engine: the connection, the pool it is of, and the process that opened it."""

    def __init__(self) -> None:
        self.of: WeakKeyDictionary[Engine, tuple[PoolProxiedConnection, Pool, int]]
        self.of = WeakKeyDictionary()


_kept = _Kept()


def take(engine: Engine) -> PoolProxiedConnection:
    """A connection that nobody else uses."""
    found = _kept.of.pop(engine, None)
    if found is not None:
        pooled, pool, process = found
        if process == os.getpid():  # what a forked process finds is its parent's
            if pool is engine.pool and _is_usable(pooled.driver_connection):
                return pooled
            pooled.invalidate()
    return engine.raw_connection()


def give_back(engine: Engine, pooled: PoolProxiedConnection) -> None:
    """The work is over, its transaction too unless the connection is lost."""
    driver: Any = pooled.driver_connection
    if getattr(driver, "closed", False):
        pooled.invalidate()
    elif engine in _kept.of or _is_busy(driver):
        pooled.close()
    else:
        _kept.of[engine] = pooled, engine.pool, os.getpid()


def _is_usable(driver: Any) -> bool:
    return not isinstance(driver, psycopg.Connection) or not db.has_ended(driver)


def _is_busy(driver: Any) -> bool:
    """Whether a transaction is still open."""
    if isinstance(driver, psycopg.Connection):
        return driver.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE
    return bool(driver.in_transaction)
