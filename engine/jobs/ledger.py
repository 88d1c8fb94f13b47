"""The ledger's periodic work: number what was committed, then sign how far the chain has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import registry
from engine.errors import Conflict
from engine.jobs.desk import Desk, Finish, outside
from engine.jobs.schedule import every
from engine.ledger.chain import Head, current_head, has_pending, number_entries
from engine.ledger.checkpoints import Book
from engine.ledger.models import Entry
from engine.work import Work

KIND = "ledger.number_entries"


@registry.job(KIND)
@outside
def number_pending(desk: Desk, _arg: Mapping[str, Any]) -> Finish:
    """Number the pending entries; after the commit, sign the new head.

    Refuses to go on (an incident) when the database contradicts the last signed checkpoint.
    """
    book = Book.of(desk.settings)
    last = book.latest()

    def finish(work: Work) -> None:
        if last is not None:
            _check_continues(work.session, last)
        number_entries(work.session)
        head = current_head(work.session)
        work.after_commit.append(lambda: book.sign(head))

    return finish


def _check_continues(session: Session, last: Head) -> None:
    kept = session.scalar(select(Entry.head).where(Entry.number == last.size))
    if last.size and kept != last.hash:
        raise Conflict("账本与第 {size} 条的已签名检查点矛盾，停止编号", size=last.size)


every(1, KIND, needed=has_pending)
