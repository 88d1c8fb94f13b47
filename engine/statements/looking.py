"""Statements that answer: prepared once, sent on the driver's cursor, answered in our types."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, literal_column
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from engine.db import Base
from engine.statements.loading import load
from engine.statements.sending import (
    Prepared,
    Processor,
    ask,
    dialect_of,
    prepared,
)
from engine.statements.writing import Writing, settle

Row = TypeVar("Row", bound=Base)
PLANNING: tuple[ColumnElement[str], ...] = (
    literal_column("set_config('plan_cache_mode', 'force_generic_plan', true)"),
    literal_column("set_config('jit', 'off', true)"),
)
"""Columns for the select of a transaction that comes first, on PostgreSQL (SQLite plans when it
prepares anyway): each prepared statement after it is planned once, whatever its values. For looks
that are shaped so that one plan is good for all values, and that cost more to plan than to run."""
Conversions = tuple[tuple[int, Processor], ...]


class Look:
    """A statement that answers rows and whose parameters are `bindparam`s; write it down once."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | ReturningUpdate[Any]) -> None:
        self._statement = statement
        self._known: dict[str, tuple[Prepared, Conversions]] = {}

    def rows(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """The answer as it stands now, after everything that was kept back."""
        settle(session)
        if isinstance(session, Writing) and not session.light:
            session.flush()  # what is left to the ORM
        dialect = dialect_of(session)
        text, conversions = self._known.get(dialect.name) or self._prepare(dialect)
        return [_converted(row, conversions) for row in ask(session, text, (values,))]

    def one(self, session: Session, model: type[Row], **values: Any) -> Row | None:
        """The session's object for the row, as it is now; the look is at all columns of `model`."""
        found = self.rows(session, **values)
        return load(session, model, found[0]) if found else None

    def _prepare(self, dialect: Dialect) -> tuple[Prepared, Conversions]:
        types = (column.type.dialect_impl(dialect) for column in self._statement.exported_columns)
        found = ((place, kind.result_processor(dialect, None)) for place, kind in enumerate(types))
        conversions = tuple((place, convert) for place, convert in found if convert is not None)
        self._known[dialect.name] = prepared(self._statement, dialect), conversions
        return self._known[dialect.name]


def _converted(row: tuple[Any, ...], conversions: Conversions) -> tuple[Any, ...]:
    values = list(row)
    for place, convert in conversions:
        values[place] = convert(values[place])
    return tuple(values)
