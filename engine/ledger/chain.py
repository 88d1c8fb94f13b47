"""The sequencer: gives committed entries their numbers, without gaps, and chains them.

head(0) is 32 zero bytes; head(n) = SHA-256(0x02 ‖ head(n−1) ‖ leaf(n)). The prefix keeps chain
heads apart from the tree's leaves (0x00) and inner nodes (0x01). So head(n) commits to every
entry up to n and to their order.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from engine.ledger.models import Entry

GENESIS = bytes(32)
LOCK = 0x6C6564676572  # "ledger": PostgreSQL's advisory lock of the one sequencer
BATCH = 1000


@dataclass(frozen=True)
class Head:
    """The chain after `size` entries."""

    size: int
    hash: bytes


def next_head(head: bytes, leaf: bytes) -> bytes:
    """The chain's head after one more leaf."""
    return hashlib.sha256(b"\x02" + head + leaf).digest()


def current_head(session: Session) -> Head:
    """The chain as it is now."""
    query = select(Entry.number, Entry.head).where(Entry.number.is_not(None))
    row = session.execute(query.order_by(Entry.number.desc()).limit(1)).one_or_none()
    return Head(0, GENESIS) if row is None else Head(row.number or 0, row.head or b"")


def has_pending(session: Session) -> bool:
    """Whether an entry waits for its number."""
    return session.scalar(select(Entry.id).where(Entry.number.is_(None)).limit(1)) is not None


def number_entries(session: Session) -> int:
    """Number and chain all committed pending entries in this transaction; how many there were.

    Only one sequencer works at a time: PostgreSQL's advisory lock makes a second one wait, on
    SQLite the write lock does (call it in a writing session). Entries that a transaction wrote
    but has not yet committed are not seen; they get later numbers, never earlier ones.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    head, count = current_head(session), 0
    while rows := _pending(session):
        numbered = []
        for id_, leaf in rows:
            head = Head(head.size + 1, next_head(head.hash, leaf))
            numbered.append({"id": id_, "number": head.size, "head": head.hash})
        session.execute(update(Entry), numbered)
        count += len(numbered)
    return count


def _pending(session: Session) -> list[tuple[int, bytes]]:
    query = select(Entry.id, Entry.leaf).where(Entry.number.is_(None)).order_by(Entry.id)
    return [(row.id, row.leaf) for row in session.execute(query.limit(BATCH))]
