"""Sending prepared statements on the driver's own cursor, inside the transaction at hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import Engine, LargeBinary, exc
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg as postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.compiler import FROM_LINTING

from engine.statements.shapes import Shape, several, together
from engine.statements.wire import Wire, wire_of

SQLITE: Dialect = sqlite.dialect()
_dialect: Any = postgresql.dialect
POSTGRESQL: Dialect = _dialect(paramstyle="numeric_dollar")  # $1, $2: psycopg need not look


Line = sqlite3.Connection | Wire
"""What statements are sent on."""


class Handle(Session):
    """A session whose transaction was begun on the driver's connection."""

    engine: Engine
    words: Dialect
    pooled: PoolProxiedConnection
    line: Line
    light: bool
    """Whether the ORM knows nothing of the transaction yet."""


Processor = Callable[[Any], Any]
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Prepared:
    """A statement's text, and for each of its values: the part, the name, and the conversion."""

    text: str
    values: tuple[tuple[int, str, Processor | None], ...]
    constants: Mapping[str, Any]
    formats: tuple[int, ...] = ()
    """1 for each value that goes to PostgreSQL as bytes, 0 for those that go as text."""
    raw: bytes = field(init=False)
    """The text as PostgreSQL's wire wants it; it looks the same text up at each use."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "raw", self.text.encode())

    def filled(self, rows: Rows) -> list[Any]:
        """The values of each part in the order and form in which the driver wants them."""
        if self.constants:
            rows = [{**self.constants, **row} for row in rows]
        return [
            rows[part][name] if convert is None else convert(rows[part][name])
            for part, name, convert in self.values
        ]


def prepared(statement: Any, dialect: Dialect) -> Prepared:
    """The statement in a database's own words; names such as `2_state` belong to part 2."""
    compiled: Any = statement.compile(dialect=dialect, linting=FROM_LINTING)
    asked = {key for key, bind in compiled.binds.items() if bind.required}
    if compiled.literal_execute_params:
        # Literals that SQLAlchemy would write out at each execution are written out here.
        known = statement.params(dict.fromkeys(asked))
        compiled = known.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values, constants, formats = [], {}, []
    for key in compiled.positiontup:
        part, _, name = key.partition("_") if key[0].isdigit() else ("0", "", key)
        bind = compiled.binds[key]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        values.append((int(part), name, convert))
        formats.append(int(isinstance(bind.type, LargeBinary)))
        if key not in asked:
            constants[name] = bind.effective_value
    return Prepared(compiled.string, tuple(values), constants, tuple(formats))


DRIVER_ERRORS = (sqlite3.Error, psycopg.Error)


def named(error: Exception) -> exc.DBAPIError:
    """A driver's error under the name by which SQLAlchemy's callers catch it, without values."""
    names = (kind.__name__ for kind in type(error).__mro__)
    kind = next((getattr(exc, name) for name in names if hasattr(exc, name)), exc.DBAPIError)
    found: exc.DBAPIError = kind(None, None, error, hide_parameters=True)
    return found


def line_of(session: Session) -> Line:
    """What the session's statements are sent on, in its transaction."""
    if isinstance(session, Handle) and session.light:
        return session.line
    return line_to(session.connection().connection)


def line_to(pooled: PoolProxiedConnection) -> Line:
    """The line of a connection."""
    driver: Any = pooled.driver_connection
    return driver if isinstance(driver, sqlite3.Connection) else wire_of(pooled.info, driver)


def dialect_of(session: Session) -> Dialect:
    """The words of the session's database."""
    if isinstance(session, Handle):
        return session.words
    return words_of(session.get_bind().engine)


def words_of(engine: Engine) -> Dialect:
    """The words of a database."""
    return SQLITE if engine.dialect.name == "sqlite" else POSTGRESQL


def engine_of(session: Session) -> Engine:
    """The database that the session is of."""
    return session.engine if isinstance(session, Handle) else session.get_bind().engine


def ask(session: Session, prepared: Prepared, rows: Rows) -> list[tuple[Any, ...]]:
    """Send one statement in the session's transaction; what it answers, as the driver gives it."""
    line, values = line_of(session), prepared.filled(rows)
    try:
        if isinstance(line, Wire):
            return line.ask(prepared.raw, values, prepared.formats)
        return line.execute(prepared.text, values).fetchall()
    except DRIVER_ERRORS as error:
        raise named(error) from error


def send(
    session: Session, shapes: tuple[Shape, ...], rows: Rows, *, commit: bool = False
) -> list[int | None]:
    """Write the rows; the id of each, None where there was none to change.

    On PostgreSQL, where all of them go as one, nothing is written then, and the transaction may end
    with the same message (`commit`).
    """
    line = line_of(session)
    if isinstance(line, Wire):
        return _send_together(line, _together(shapes), rows, commit=commit)
    found: list[int | None] = []
    while (first := len(found)) < len(rows):
        found += _send_alike(line, shapes[first], rows[first : _until(shapes, first)])
    return found


def _send_together(line: Wire, text: Prepared, rows: Rows, *, commit: bool) -> list[int | None]:
    try:
        ids = dict(line.ask(text.raw, text.filled(rows), text.formats, commit=commit))
    except psycopg.errors.DivisionByZero:  # the statement's own way to say so
        return [None] * len(rows)
    except psycopg.Error as error:
        raise named(error) from error
    return [ids[part] for part in range(len(rows))]


def _until(shapes: tuple[Shape, ...], first: int) -> int:
    """Where the new rows of one table end that follow each other; changes go one by one."""
    end = first + 1
    while end < len(shapes) and shapes[end] is shapes[first] and not shapes[first].guards:
        end += 1
    return end


def _send_alike(line: sqlite3.Connection, shape: Shape, rows: Rows) -> list[int | None]:
    text = _alone(shape) if len(rows) == 1 else _several(shape, len(rows))
    try:
        done = line.execute(text.text, text.filled(rows))
        if len(rows) > 1:
            return sorted(id_ for (id_,) in done)
    except DRIVER_ERRORS as error:
        raise named(error) from error
    if shape.guards:
        return [rows[0]["old_id"] if done.rowcount else None]
    return [done.lastrowid]


@lru_cache(maxsize=256)
def _alone(shape: Shape) -> Prepared:
    return prepared(shape.statement(0), SQLITE)


@lru_cache(maxsize=256)
def _several(shape: Shape, count: int) -> Prepared:
    return prepared(several(shape, count), SQLITE)


@lru_cache(maxsize=256)
def _together(shapes: tuple[Shape, ...]) -> Prepared:
    return prepared(together(shapes), POSTGRESQL)
