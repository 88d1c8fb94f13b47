"""The command `bihuan migrate`."""

from __future__ import annotations

import click

from engine import db, settings
from engine.cli import json_option, report
from engine.migrations import head, migrate


@click.command("migrate")
@json_option
def migrate_command(as_json: bool) -> None:
    """把数据库升级到最新结构 / bring the database to its newest shape."""
    engine = db.connect(settings.load().database)
    migrate(engine)
    engine.dispose()
    revision = head()
    report({"revision": revision}, as_json=as_json, text=lambda: f"数据库结构：{revision}")
