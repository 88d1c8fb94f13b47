"""All rows of one process as compressed JSON and back, true to the last column."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import LargeBinary, Select, inspect, select
from sqlalchemy.orm import Session

from engine.db import Base, Moment
from engine.errors import Conflict
from engine.plain import canonical
from engine.workflow.models import Copy, Draft, Instance, Passage, ServiceCall, Signer, Task

FORM = 1
TABLES: tuple[type[Base], ...] = (Instance, Task, Signer, Copy, Draft, ServiceCall, Passage)
"""In the order in which they can be written again."""
Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True)
class Record:
    """The rows of one process, as they were; no session knows them."""

    rows: dict[str, list[Any]]

    def of(self, kind: type[Row]) -> list[Row]:
        """The rows of one table, oldest first."""
        return self.rows.get(kind.__tablename__, [])

    @property
    def instance(self) -> Instance:
        """The process itself."""
        return self.of(Instance)[0]


def rows_of(session: Session, instance_id: int) -> Record:
    """All rows of a process that is not archived."""
    tasks = select(Task.id).where(Task.instance_id == instance_id)
    return Record(
        {
            kind.__tablename__: list(session.scalars(_own(kind, instance_id, tasks)))
            for kind in TABLES
        }
    )


def _own(kind: Any, instance_id: int, tasks: Select[int]) -> Select[Any]:
    if kind is Draft:
        return select(Draft).where(Draft.task_id.in_(tasks)).order_by(Draft.id)
    whose = kind.id if kind is Instance else kind.instance_id
    return select(kind).where(whose == instance_id).order_by(kind.id)


def pack(record: Record) -> bytes:
    """The record as bytes."""
    tables = {name: [_plain(row) for row in rows] for name, rows in record.rows.items()}
    return zlib.compress(canonical({"form": FORM, "tables": tables}).encode(), 9)


def unpack(content: bytes) -> Record:
    """The record that was packed; `Conflict` when the bytes cannot be read."""
    try:
        document = json.loads(zlib.decompress(content))
    except (zlib.error, ValueError) as error:
        raise Conflict("归档内容已损坏，不能读取") from error
    tables = document["tables"]
    return Record(
        {
            kind.__tablename__: [_row(kind, one) for one in tables.get(kind.__tablename__, ())]
            for kind in TABLES
        }
    )


def digest(content: bytes) -> str:
    """The SHA-256 of packed bytes, as the ledger keeps it."""
    return hashlib.sha256(content).hexdigest()


def _plain(row: Any) -> dict[str, Any]:
    return {one.key: _text(getattr(row, one.key)) for one in inspect(type(row)).column_attrs}


def _text(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _row(kind: type[Base], kept: dict[str, Any]) -> Any:
    """A row; a column that a later release has added is empty, one that it dropped is left out."""
    values = {}
    for attribute in inspect(kind).column_attrs:
        if attribute.key in kept:
            values[attribute.key] = _value(attribute.columns[0].type, kept[attribute.key])
    return kind(**values)


def _value(type_: Any, kept: Any) -> Any:
    if kept is None:
        return None
    if isinstance(type_, Moment):
        return datetime.fromisoformat(kept)
    return base64.b64decode(kept) if isinstance(type_, LargeBinary) else kept


def newest_ids(session: Session) -> dict[type[Base], int | None]:
    """The highest number of each table: its row stays, so that no number is ever given twice."""
    return {
        kind: session.scalar(select(kind.id).order_by(kind.id.desc()).limit(1))  # type: ignore[attr-defined]
        for kind in TABLES
    }


def holds_newest(record: Record, newest: dict[type[Base], int | None]) -> bool:
    """Whether one of the record's rows bears the highest number of its table."""
    return any(_bears(record.of(kind), newest[kind]) for kind in TABLES)


def _bears(rows: Sequence[Any], number: int | None) -> bool:
    return any(row.id == number for row in rows)
