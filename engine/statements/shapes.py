"""What the statements of the hot path look like, apart from their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Insert,
    Table,
    Update,
    bindparam,
    func,
    insert,
    inspect,
    literal_column,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Mapper

from engine.db import Base


@dataclass(frozen=True, eq=False)
class Shape:
    """One row's part: which columns of which table; `guards` tell the row that is changed.

    Each is made once: alike are those that are the same.
    """

    table: Table
    columns: tuple[str, ...]
    guards: tuple[str, ...] = ()

    def statement(self, part: int) -> Insert | Update:
        """The statement as the `part`-th of several."""
        values = self.values(part)
        if not self.guards:
            return insert(self.table).values(values)
        same = (
            self.table.c[name] == self._value(part, name, f"old_{name}") for name in self.guards
        )
        return update(self.table).where(*same).values(values)

    def values(self, part: int) -> dict[str, ColumnElement[Any]]:
        """Where the values of the `part`-th row go."""
        return {name: self._value(part, name, name) for name in self.columns}

    def _value(self, part: int, column: str, name: str) -> ColumnElement[Any]:
        return bindparam(f"{part}_{name}", type_=self.table.c[column].type)


def several(shape: Shape, count: int) -> Insert:
    """An insertion of several rows of one table; their ids grow in their order."""
    rows = [shape.values(part) for part in range(count)]
    return insert(shape.table).values(rows).returning(shape.table.c.id)


def together(shapes: tuple[Shape, ...]) -> CompoundSelect[Any]:
    """All parts as one statement; it answers with (number of the part, id of its row).

    Where a part finds no row to change, all of it fails with a division by zero: nobody could hear
    of it in time if the transaction ends in the same message.
    """
    parts = [
        shape.statement(part).returning(shape.table.c.id).cte(f"part_{part}")
        for part, shape in enumerate(shapes)
    ]
    ids = [
        func.coalesce(func.max(one.c.id), 0) // func.count(one.c.id) if shape.guards else one.c.id
        for one, shape in zip(parts, shapes, strict=True)
    ]
    return union_all(*(select(literal_column(str(part)), id_) for part, id_ in enumerate(ids)))


@lru_cache(maxsize=128)
def mapper_of(kind: type[Base]) -> Mapper[Any]:
    """What the ORM knows of a model."""
    found: Mapper[Any] = inspect(kind)
    return found


@lru_cache(maxsize=64)
def insertion_of(kind: type[Base]) -> Shape:
    """An insertion that gives every column but the id, which the database makes."""
    table = mapper_of(kind).local_table
    assert isinstance(table, Table)
    return Shape(table, tuple(one.name for one in table.columns if not one.primary_key))


@lru_cache(maxsize=256)
def change_of(kind: type[Base], columns: tuple[str, ...], guards: tuple[str, ...]) -> Shape:
    """A change of some columns of the row that the guards tell."""
    table = mapper_of(kind).local_table
    assert isinstance(table, Table)
    return Shape(table, columns, guards)


@lru_cache(maxsize=64)
def defaults_of(kind: type[Base]) -> Mapping[str, Any]:
    """What a new row's columns hold if nothing is said: the model's plain default, or nothing."""
    mapper = mapper_of(kind)
    columns = [one for one in mapper.local_table.columns if not one.primary_key]
    defaults = {one.name: one.default.arg if one.default is not None else None for one in columns}
    if mapper.version_id_col is not None:
        defaults[mapper.version_id_col.name] = 1
    return defaults
