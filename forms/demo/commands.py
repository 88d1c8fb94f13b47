"""`bihuan demo`: the demonstration district, loaded once, and the accounts to look at it with."""

from __future__ import annotations

import click

from engine import db
from engine import settings as installation
from engine.cli import json_option, report
from engine.migrations import migrate
from forms.demo.foundation import LOADED
from forms.demo.load import counts, load, state
from forms.demo.people import PASSWORD, accounts


@click.command("demo")
@click.option("--projects", type=click.IntRange(1, 60), help="只装前几个项目 / only the first ones")
@json_option
def demo_command(projects: int | None, as_json: bool) -> None:
    """装入演示区，列出演示账号 / load the demonstration district into an empty database."""
    settings = installation.load()
    engine = db.connect(settings.database)
    try:
        migrate(engine)
        known = state(engine) == LOADED
        loaded = (
            counts(engine) if known else load(engine, settings, projects=projects, progress=_tell)
        )
    finally:
        engine.dispose()
    result = {
        "loaded": not known,
        "counts": loaded,
        "password": PASSWORD,
        "accounts": [
            {"login": login, "name": name, "role": role, "unit": unit}
            for login, name, role, unit in accounts()
        ],
    }
    report(result, as_json=as_json, text=lambda: _text(loaded))


def _tell(done: int, all_: int) -> None:
    if done % 10 == 0 or done == all_:
        click.echo(f"演示项目 {done}/{all_}", err=True)


def _text(loaded: dict[str, int]) -> str:
    held = f"{loaded['units']} 个单位，{loaded['people']} 人，{loaded['projects']} 个项目"
    lines = [
        f"演示区：{held}，{loaded['entries']} 条存证。所有人员和数据均为虚构。",
        f"演示账号（密码都是 {PASSWORD}）：",
    ]
    lines += [f"  {login:<10} {name}  {role}  {unit}" for login, name, role, unit in accounts()]
    return "\n".join(lines)
