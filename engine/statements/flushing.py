"""The session's own new and changed rows, written beside others instead of by the ORM's flush.

Only plain rows are: one table, an `id` that the database makes, values that are values. The session
holds them afterwards as after a flush.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ClauseElement, inspect
from sqlalchemy.orm import Mapper, Session, make_transient, make_transient_to_detached

from engine.db import Base
from engine.errors import Conflict
from engine.statements.shapes import Shape, change_of, defaults_of, insertion_of

LOST = "此事项刚刚被他人推进，请刷新后再办理"


@dataclass(frozen=True)
class Write:
    """A row to be written; `row` is the session's object for it, if there is one."""

    shape: Shape
    values: dict[str, Any]
    row: Base | None = None

    def written(self, session: Session, id_: int | None) -> None:
        """The database has written the row with this id; None: it found no such row to change."""
        if id_ is None:
            raise Conflict(LOST)
        if self.row is None:
            return
        session.expunge(self.row)
        if self.shape.guards:
            make_transient(self.row)
        known = self.row.__dict__
        known.update((name, self.values[name]) for name in self.shape.columns)
        known["id"] = id_
        make_transient_to_detached(self.row)
        session.add(self.row)


@lru_cache(maxsize=128)
def is_plain(mapper: Mapper[Any]) -> bool:
    """Whether rows of this kind can be written without the ORM."""
    columns = mapper.local_table.columns
    return (
        [column.name for column in columns if column.primary_key] == ["id"]
        and mapper.inherits is None
        and not mapper.relationships
        and all(
            column.server_default is None if column.default is None else column.default.is_scalar
            for column in columns
        )
    )


def inserted(row: Base) -> Write | None:
    """The insertion of a new row; None if that takes the ORM, which knows more than values."""
    mapper: Mapper[Any] = inspect(type(row))
    given = {name: value for name, value in row.__dict__.items() if name[0] != "_"}
    if given.pop("id", None) is not None or _computed(given):
        return None
    return Write(insertion_of(mapper), {**defaults_of(mapper), **given}, row)


def changed(row: Base) -> Write | None:
    """The change of a row that was loaded; None if there is none, or it takes the ORM."""
    mapper: Mapper[Any] = inspect(type(row))
    now = row.__dict__
    before = inspect(row).committed_state
    values = {
        name: now[name] for name, value in before.items() if name in now and now[name] != value
    }
    if not values or _computed(values):
        return None
    guards: dict[str, Any] = {"id": now["id"]}
    if mapper.version_id_col is not None:
        name = mapper.version_id_col.name
        guards[name] = now[name]
        values[name] = now[name] + 1
    shape = change_of(mapper, tuple(values), tuple(guards))
    return Write(shape, values | {f"old_{name}": value for name, value in guards.items()}, row)


def _computed(values: Mapping[str, Any]) -> bool:
    """Whether the database is to work out one of the values."""
    return any(isinstance(value, ClauseElement) for value in values.values())
