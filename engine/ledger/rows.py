"""An entry's row as the database keeps it, byte by byte, and whether it agrees with itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from engine.ledger.record import leaf_hash


class RawEntry(NamedTuple):
    """The columns without the conversions that would forgive a changed byte."""

    id: Any
    number: Any
    kind: Any
    subject: Any
    matter: Any
    actor_id: Any
    actor: Any
    at: Any
    payload: Any
    salt: Any
    leaf: Any
    head: Any


# SQLite would read text that is no longer UTF-8 as an error, and `at` with a forgiving eye.
_EXACT = {
    "sqlite": {
        name: f"CAST({name} AS BLOB)"
        for name in ("kind", "subject", "matter", "actor", "at", "payload")
    }
}
_PAGE = 2000


def raw_entries(session: Session) -> Iterator[RawEntry]:
    """All rows: the numbered ones in the order of their numbers, then the pending ones."""
    exact = _EXACT.get(session.get_bind().dialect.name, {})
    columns = ", ".join(f"{exact.get(name, name)} AS {name}" for name in RawEntry._fields)
    query = text(f"SELECT {columns} FROM entry ORDER BY number IS NULL, number, id")  # noqa: S608 - our own column names
    for row in session.execute(query, execution_options={"yield_per": _PAGE}):
        yield _plain(row)


def _plain(row: Row[Any]) -> RawEntry:
    return RawEntry(*(bytes(value) if isinstance(value, memoryview) else value for value in row))


def agrees(entry: RawEntry) -> bool:
    """Whether the leaf commits to salt and payload, and the columns say what the payload says."""
    try:
        payload = _text(entry.payload)
        told = json.loads(payload)
        columns = (
            _text(entry.kind),
            _text(entry.subject),
            _text(entry.matter),
            entry.actor_id,
            _text(entry.actor),
        )
        said = (
            told["kind"],
            told["subject"],
            told["matter"],
            told["actor"]["id"],
            told["actor"]["name"],
        )
        same = columns == said and entry.at == _as_kept(told["at"], entry.at)
        return same and leaf_hash(entry.salt, payload) == entry.leaf
    except (ValueError, TypeError, KeyError):
        return False


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, str):
        return value
    raise TypeError(f"{type(value).__name__} where text was written")


def _as_kept(moment: str, sample: object) -> object:
    """The payload's moment in the form in which this database keeps its column."""
    at = datetime.fromisoformat(moment)
    if isinstance(sample, datetime):
        return at
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f").encode()
