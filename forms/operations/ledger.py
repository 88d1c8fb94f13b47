"""The ledger's state: what is numbered, what waits, how far the signed checkpoint goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.errors import Conflict
from engine.ledger.chain import Head, current_head
from engine.ledger.checkpoints import Book
from engine.ledger.models import Entry
from engine.ledger.verify import LedgerVerdict, verify_ledger
from engine.workflow.evidence import with_rows


@dataclass(frozen=True)
class LedgerState:
    """What stands in the ledger; `fault` says why the checkpoint cannot be trusted."""

    numbered: int
    pending: int
    oldest_pending: datetime | None
    head: Head
    checkpoint: Head | None
    signed_at: datetime | None
    fault: str = ""


@dataclass(frozen=True)
class Checked:
    """What checking everything found, or why it could not be done."""

    verdict: LedgerVerdict | None
    fault: str = ""


def state(session: Session, book: Book) -> LedgerState:
    """The ledger as it stands, without checking it."""
    pending = Entry.number.is_(None)
    try:
        checkpoint, fault = book.latest(), ""
    except Conflict as refusal:
        checkpoint, fault = None, refusal.message
    return LedgerState(
        numbered=_count(session, Entry.number.is_not(None)),
        pending=_count(session, pending),
        oldest_pending=session.scalar(select(func.min(Entry.at)).where(pending)),
        head=current_head(session),
        checkpoint=checkpoint,
        signed_at=_signed_at(book),
        fault=fault,
    )


def _count(session: Session, wanted: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Entry).where(wanted)) or 0


def _signed_at(book: Book) -> datetime | None:
    try:
        written = (book.folder / "latest").stat().st_mtime
    except FileNotFoundError:
        return None
    return datetime.fromtimestamp(written, UTC)


def check(session: Session, book: Book) -> Checked:
    """Check every entry, the chain, all signed checkpoints and what was signed in tasks now."""
    try:
        return Checked(with_rows(session, verify_ledger(session, list(book.all()))))
    except Conflict as refusal:
        return Checked(None, refusal.message)
