"""Counting the SQL statements that reach a database, whoever sends them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from engine.statements.wire import Wire

QUIET = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "--")


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that the block sends, without those that only frame transactions.

    They are seen at the driver, so that those sent past SQLAlchemy count too.
    """
    if engine.dialect.name == "postgresql":
        engine.connect().close()  # a new connection asks the server who it is
    sent: list[str] = []

    def note(statement: str) -> None:
        if not statement.startswith(QUIET):
            sent.append(statement)

    with _at_sqlite(engine, note) if engine.dialect.name == "sqlite" else _at_psycopg(note):
        yield sent


@contextmanager
def _at_sqlite(engine: Engine, note: Any) -> Iterator[None]:
    def watch(driver: Any, *_rest: Any) -> None:
        driver.set_trace_callback(note)

    engine.dispose()  # what a thread kept for its next work would not be seen
    event.listen(engine, "connect", watch)
    try:
        yield
    finally:
        event.remove(engine, "connect", watch)
        engine.dispose()


@contextmanager
def _at_psycopg(note: Any) -> Iterator[None]:
    """At the driver's cursors and at our own wire, which goes past them."""
    plain, past = psycopg.Cursor.execute, Wire.ask

    def watched(cursor: Any, query: Any, *rest: Any, **options: Any) -> Any:
        note(str(query))
        return plain(cursor, query, *rest, **options)

    def asked(wire: Any, text: bytes, *rest: Any, **options: Any) -> Any:
        note(text.decode())
        return past(wire, text, *rest, **options)

    psycopg.Cursor.execute, Wire.ask = watched, asked  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        psycopg.Cursor.execute, Wire.ask = plain, past  # type: ignore[method-assign]
