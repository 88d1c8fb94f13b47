"""The command `bihuan verify-ledger`."""

from __future__ import annotations

from dataclasses import asdict

import click
from sqlalchemy import inspect
from sqlalchemy.exc import DatabaseError

from engine import db, settings
from engine.cli import json_option, report
from engine.errors import Conflict, Invalid
from engine.ledger.checkpoints import Book
from engine.ledger.verify import LedgerVerdict, verify_ledger
from engine.settings import Settings


@click.command("verify-ledger")
@json_option
def verify_ledger_command(as_json: bool) -> int:
    """核对账本的每一条记录 / check every entry of the ledger; exit 1 if anything was altered."""
    verdict = _verdict(settings.load())
    report(asdict(verdict), as_json=as_json, text=lambda: _sentence(verdict))
    return 0 if verdict.ok else 1


def _verdict(installation: Settings) -> LedgerVerdict:
    engine = db.connect(installation.database)
    try:
        if not inspect(engine).has_table("entry"):
            raise Invalid("数据库里还没有账本，请先运行 bihuan migrate")
        checkpoints = list(Book.of(installation).all())
        with db.session(engine) as session:
            return verify_ledger(session, checkpoints)
    except Conflict as conflict:
        return LedgerVerdict(False, 0, 0, None, conflict.message)
    except DatabaseError as damage:
        return LedgerVerdict(False, 0, 0, None, f"数据库文件已损坏：{damage.orig}")
    finally:
        engine.dispose()


def _sentence(verdict: LedgerVerdict) -> str:
    counted = f"{verdict.entries} 条已编号，{verdict.pending} 条待编号"
    if verdict.ok:
        return f"账本完整：{counted}"
    place = "" if verdict.first_bad is None else f"第 {verdict.first_bad} 条"
    return f"账本被改动：{place}{verdict.problem}（{counted}）"
