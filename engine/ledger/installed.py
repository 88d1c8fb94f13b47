"""Checking the ledger of an installation, as `bihuan verify-ledger` tells it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from engine import db
from engine.errors import Conflict, Invalid, Unavailable
from engine.ledger.checkpoints import Book
from engine.ledger.verify import LedgerVerdict, verify_ledger
from engine.sentences import Sentence
from engine.settings import Settings

Further = Callable[[Session, LedgerVerdict], LedgerVerdict]


def installed_verdict(installation: Settings, further: Further) -> LedgerVerdict:
    """The verdict on an installation's ledger; `further` adds what higher rooms check."""
    file = installation.database.removeprefix("sqlite:///")
    if installation.sqlite and not Path(file).is_file():
        raise Invalid(
            "没有数据库 {file}，请先运行 bihuan migrate", file=file
        )  # looking must not make one
    engine = db.connect(installation.database)
    try:
        if not _has_ledger(engine):
            raise Invalid("数据库里还没有账本，请先运行 bihuan migrate")
        checkpoints = list(Book.of(installation).all())
        with db.session(engine) as session:
            return further(session, verify_ledger(session, checkpoints))
    except Conflict as conflict:
        return LedgerVerdict(False, 0, 0, None, conflict.message)
    except DatabaseError as damage:
        return LedgerVerdict(
            False, 0, 0, None, Sentence("数据库文件已损坏：{error}", error=damage.orig)
        )
    finally:
        engine.dispose()


def _has_ledger(engine: Engine) -> bool:
    """Whether there is one; a database that does not answer says nothing about its ledger."""
    try:
        return inspect(engine).has_table("entry")
    except OperationalError as away:
        reason = str(away.orig).partition("\n")[0]
        raise Unavailable("连不上数据库，没有核对：{reason}", reason=reason) from away


def sentence(verdict: LedgerVerdict) -> str:
    """The verdict in words."""
    counted = f"{verdict.entries} 条已编号，{verdict.pending} 条待编号"
    if verdict.ok:
        return f"账本完整：{counted}"
    place = "" if verdict.first_bad is None else f"第 {verdict.first_bad} 条"
    return f"账本被改动：{place}{verdict.problem}（{counted}）"
