"""New and changed rows as writes, and their objects once they are written.

Only plain rows are written so: one table, an `id` that the database makes, values that are values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from types import NoneType
from typing import Any, NamedTuple

from sqlalchemy import ClauseElement
from sqlalchemy.orm import (
    InstanceState,
    Session,
    make_transient,
    make_transient_to_detached,
)
from sqlalchemy.orm.attributes import instance_state

from engine.db import Base
from engine.sentences import Sentence
from engine.statements.shapes import Shape, change_of, defaults_of, insertion_of, mapper_of

PLAIN = {str, int, bool, bytes, float, dict, list, datetime, Decimal, NoneType, InstanceState}
LOST = Sentence("此事项刚刚被他人推进，请刷新后再办理")


class Computed(Exception):
    """The database is to work out or to say again a value of the row, or its id is given.

    That is the ORM's matter.
    """


class Write(NamedTuple):
    """A row to be written; `row` is the object for it, if there is one."""

    shape: Shape
    values: dict[str, Any]
    row: Base | None = None

    def written(self, id_: int) -> dict[str, Any]:
        """What stands in the database now."""
        return {"id": id_} | {name: self.values[name] for name in self.shape.columns}


@lru_cache(maxsize=128)
def is_plain(kind: type[Base]) -> bool:
    """Whether rows of this kind can be written without the ORM."""
    mapper = mapper_of(kind)
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


def inserted(row: Base) -> Write:
    """The insertion of a new row; raises `Computed`."""
    kind = type(row)
    values = {**defaults_of(kind), **row.__dict__}
    if values.get("id") is not None or _computed(values):
        raise Computed
    return Write(insertion_of(kind), values, row)


def changed(row: Base) -> Write | None:
    """The change of a row that was loaded, None if there is none; raises `Computed`."""
    before = instance_state(row).committed_state
    if not before:
        return None
    now = row.__dict__
    values = {
        name: now[name] for name, value in before.items() if name in now and now[name] != value
    }
    if _computed(values):
        raise Computed
    if not values:
        return None
    mapper = mapper_of(type(row))
    if instance_state(row).expired_attributes:
        raise Computed  # after a savepoint's rollback: what guards the row is to be read again
    guards: dict[str, Any] = {"id": now["id"]}
    if mapper.version_id_col is not None:
        name = mapper.version_id_col.name
        guards[name] = now[name]
        values[name] = now[name] + 1
    shape = change_of(type(row), tuple(values), tuple(guards))
    return Write(shape, values | {f"old_{name}": value for name, value in guards.items()}, row)


def refreshed(row: Base, values: Mapping[str, Any]) -> None:
    """An object that no session holds stands in the database as these values say."""
    row.__dict__.update(values)
    instance_state(row).committed_state.clear()


def adopted(row: Base, add: Callable[[Base], None]) -> None:
    """A session's `add` takes over an object that stands in the database, with its changes."""
    before = dict(instance_state(row).committed_state)
    now = {name: row.__dict__[name] for name in before}
    row.__dict__.update(before)
    make_transient_to_detached(row)
    add(row)
    for name, value in now.items():
        setattr(row, name, value)


def renewed(session: Session, row: Base, values: Mapping[str, Any], *, changed: bool) -> None:
    """The same for an object of a session's ORM."""
    # As a flush of its own would do: a savepoint's rollback takes back what was written in it.
    session._register_altered([instance_state(row)])
    session.expunge(row)
    if changed:
        make_transient(row)
    row.__dict__.update(values)
    make_transient_to_detached(row)
    session.add(row)


def _computed(values: Mapping[str, Any]) -> bool:
    return not PLAIN.issuperset(map(type, values.values())) and any(
        isinstance(value, ClauseElement) for value in values.values()
    )
