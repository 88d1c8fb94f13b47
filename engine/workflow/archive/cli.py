"""`bihuan restore-instance`: bring a process back from the archive."""

from __future__ import annotations

import click

from engine import db, settings
from engine.cli import json_option, report
from engine.errors import NotFound
from engine.people import queries as people
from engine.work import Actor, begin, reading
from engine.workflow.archive.commands import restore_instance


@click.command("restore-instance")
@click.argument("instance", type=click.IntRange(1))
@click.option("--reason", required=True, help="调出原因，记入存证 / why; goes on the record")
@click.option("--as", "login", required=True, help="以谁的名义（登录名）/ in whose name (login)")
@json_option
def restore_command(instance: int, reason: str, login: str, as_json: bool) -> None:
    """从归档中调出第 INSTANCE 号流程 / bring an archived process back, to be looked at."""
    engine = db.connect(settings.load().database)
    with reading(engine) as session:
        person = people.person_by_login(session, login)
        if person is None or not person.active:
            raise NotFound(f"没有可用的账号 {login}", english=f"There is no active account {login}")
        actor = Actor(person.id, person.name)
    with begin(engine, actor) as work:
        restored = restore_instance(work, instance, reason)
        told = {"instance": restored.id, "process": restored.process, "title": restored.title}
    engine.dispose()
    report(told, as_json=as_json, text=lambda: f"已调出第 {told['instance']} 号：{told['title']}")
