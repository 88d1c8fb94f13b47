"""Rows that became known without the ORM, as objects that the session holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy.orm import Session, configure_mappers, make_transient_to_detached
from sqlalchemy.orm.attributes import manager_of_class, set_committed_value

from engine.db import Base
from engine.statements.shapes import mapper_of
from engine.statements.writing import Writing

Row = TypeVar("Row", bound=Base)


def load(session: Session, model: type[Row], row: Sequence[Any]) -> Row:
    """The session's object for a row as it is now: all its columns, in the order of the table."""
    values = dict(zip(names_of(model), row, strict=True))
    if isinstance(session, Writing) and session.light:
        return _held(session, model, values)
    mapper = mapper_of(model)
    known: Row | None = session.identity_map.get(
        mapper.identity_key_from_primary_key((values["id"],))
    )
    if known is not None:
        for name, value in values.items():
            set_committed_value(known, name, value)
        return known
    configure_mappers()  # the constructor would; at once done when nothing is new
    made: Row = mapper.class_manager.new_instance()
    made.__dict__.update(values)
    make_transient_to_detached(made)
    session.add(made)
    return made


@lru_cache(maxsize=64)
def names_of(model: type[Base]) -> tuple[str, ...]:
    """The names of a table's columns in their order."""
    return tuple(column.name for column in model.__table__.columns)


def _held(session: Writing, model: type[Row], values: Mapping[str, Any]) -> Row:
    known: Any = session.held.get((model, values["id"]))
    row: Row = manager_of_class(model).new_instance() if known is None else known
    session.hold(row, values)
    return row
