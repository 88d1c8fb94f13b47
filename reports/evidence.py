"""What the installation's books know of a file: is it the paper that was issued?"""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from engine import db
from engine.ledger.models import Entry
from engine.ledger.record import leaf_hash
from engine.settings import Settings
from engine.work import reading
from reports.models import Paper, paper_by_number
from reports.verify.verdict import LedgerState


def installed_answer(settings: Settings, data: bytes) -> LedgerState:
    """What the installation's database says of `data`; `unknown` where there is none to ask."""
    if settings.sqlite and not (settings.var / "bihuan.db").exists():
        return "unknown"  # asking would make an empty database
    engine = db.connect(settings.database)
    try:
        with reading(engine) as session:
            return answer(session, data)
    except DatabaseError:
        return "unknown"
    finally:
        engine.dispose()


def answer(session: Session, data: bytes) -> LedgerState:
    """`matches` the paper and the entry of its issue, `differs` from the one of its number, else
    `unknown`."""
    sha256 = hashlib.sha256(data).hexdigest()
    paper = session.scalar(select(Paper).where(Paper.sha256 == sha256))
    if paper is not None:
        return "matches" if entered(session, paper) else "differs"
    number = _number(data)
    return "differs" if number and paper_by_number(session, number) else "unknown"


def entered(session: Session, paper: Paper) -> bool | None:
    """Whether the ledger says that this very file was issued; None when it says nothing.

    One entry that was changed, or that tells of another file, is enough for a no: a row and a
    file may be exchanged and an entry added, but the first one is chained.
    """
    entries = session.scalars(
        select(Entry).where(Entry.kind == "paper.issued", Entry.subject == f"paper:{paper.number}")
    ).all()
    if not entries:
        return None
    return all(
        leaf_hash(one.salt, one.payload) == one.leaf
        and json.loads(one.payload)["facts"].get("sha256") == paper.sha256
        for one in entries
    )


def _number(data: bytes) -> str | None:
    """The document number in the data that the file carries, if it can still be read."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            told: Any = json.loads(pdf.attachments["closure.json"].get_file().read_bytes())
            return str(told["document_number"])
    except (pikepdf.PdfError, KeyError, ValueError, TypeError, RuntimeError):
        return None
