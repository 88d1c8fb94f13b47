"""The command `bihuan serve`: prepare, open the port, supervise the web and the worker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from engine import settings as settings_
from engine.settings import ROOT, Settings
from forms.serve.part import Part
from forms.serve.port import Probe, listen, reachable
from forms.serve.supervisor import Supervisor
from reports.files import write_atomically

APPLICATION = "forms.app:create_app()"
BIHUAN = (sys.executable, "-c", "from engine.cli import main; main()")
WEB = (sys.executable, "-m", "gunicorn", "--config", "python:forms.serve.web")


@dataclass(frozen=True)
class Site:
    """Where an installation is served, and the environment its processes get."""

    settings: Settings
    environ: Mapping[str, str]
    opened: socket.socket

    @classmethod
    def open(cls, settings: Settings, environ: Mapping[str, str]) -> Site:
        """Take the port; the processes are told the one that was really taken."""
        opened = listen(settings.host, settings.port)
        told = {
            **environ,
            "BIHUAN_PORT": str(opened.getsockname()[1]),
            "BIHUAN_DEMO": "1" if settings.demo else "0",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), environ.get("PYTHONPATH")))),
        }
        return cls(settings_.load(told), told, opened)

    def parts(self, application: str) -> tuple[Part, Part]:
        """The web, and the worker with its schedule."""
        descriptor = self.opened.fileno()
        web = (*WEB, "--bind", f"fd://{descriptor}", application)
        return (
            Part("网页服务", web, self.environ, (descriptor,)),
            Part("后台服务", (*BIHUAN, "worker"), self.environ, waits=True),
        )

    def probe(self) -> Probe:
        """What asks whether the web answers."""
        return Probe(reachable(self.settings.host), self.settings.port)


@click.command("serve")
@click.option("--demo/--no-demo", default=None, help="演示模式 / with the demonstration district")
@click.option(
    "--ready-file", type=click.Path(path_type=Path), help="就绪后写入地址 / written when ready"
)
@click.option("--application", default=APPLICATION, hidden=True)
def serve_command(demo: bool | None, ready_file: Path | None, application: str) -> int:
    """启动网页服务和后台服务 / run the web and the worker until stopped."""
    environ = dict(os.environ)
    if demo is not None:
        environ["BIHUAN_DEMO"] = "1" if demo else "0"
    site = Site.open(settings_.load(environ), environ)
    empty = _prepare(site)
    probe = site.probe()

    def when_ready() -> None:
        click.echo(f"闭环已就绪：{site.settings.public_url}")
        if (probe.status or 0) >= 500:
            _say("但首页出错，原因见上方记录。")
        if ready_file:
            write_atomically(ready_file, f"{site.settings.public_url}\n".encode(), mode=0o644)
        _welcome(site, empty=empty)

    return Supervisor(site.parts(application), _say, probe.answered, when_ready).run()


def _prepare(site: Site) -> bool:
    """Make the installation servable; whether nobody is in it yet."""
    from forms.serve.prepare import prepare  # the port is taken before this is loaded

    empty = prepare(site.settings).empty
    if empty and site.settings.demo:
        _say("正在装入演示区，第一次需要一会儿……")
        if _demonstrate(site, stdout=subprocess.DEVNULL):
            raise click.ClickException("演示数据没有装好，原因见上方；不要演示数据可用 --no-demo。")
    return empty


def _welcome(site: Site, *, empty: bool) -> None:
    """Say who may sign in: the demonstration accounts, or how the first administrator is made."""
    from forms.serve.prepare import setup_token

    if site.settings.demo:
        _demonstrate(site, stdout=None)
    elif empty:
        page, token = f"{site.settings.public_url}/setup", setup_token(site.settings)
        click.echo(f"还没有任何人员。请打开 {page} 设置第一位管理员，安装口令：{token}")


def _demonstrate(site: Site, *, stdout: int | None) -> int:
    """Load the demonstration district, or nothing if it is there; prints its accounts."""
    done = subprocess.run(  # noqa: S603 - our own command
        (*BIHUAN, "demo"), env=dict(site.environ), stdout=stdout, check=False
    )
    return done.returncode


def _say(text: str) -> None:
    click.echo(text, err=True)
