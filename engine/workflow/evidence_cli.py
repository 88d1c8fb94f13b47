"""The command `bihuan verify-ledger`: the entries, and the rows that repeat them."""

from __future__ import annotations

from dataclasses import asdict

import click

from engine import settings
from engine.cli import json_option, report
from engine.ledger.installed import installed_verdict, sentence
from engine.workflow.evidence import with_rows


@click.command("verify-ledger")
@json_option
def verify_ledger_command(as_json: bool) -> int:
    """核对账本的每一条记录 / check every entry of the ledger; exit 1 if anything was altered."""
    verdict = installed_verdict(settings.load(), with_rows)
    report(asdict(verdict), as_json=as_json, text=lambda: sentence(verdict))
    return 0 if verdict.ok else 1
