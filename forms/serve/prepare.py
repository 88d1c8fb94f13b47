"""What must be there before the first request: folders, secret, tables, authority, first people."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Engine, exists, select

from engine import clock, db
from engine.migrations import migrate
from engine.people.calendar.commands import install_published_years
from engine.people.calendar.published import published_years
from engine.people.models import CalendarYear, Person
from engine.private import keep_private, random_text
from engine.risk.commands import install_rules
from engine.settings import Settings
from engine.work import Actor, begin, reading
from engine.workflow.deployments import deploy, processes_of, read_folder
from engine.workflow.models import Deployment
from reports.authority import open_authority

TOKEN = "setup-token"  # noqa: S105 - a file's name


@dataclass(frozen=True)
class Prepared:
    """An installation that can be served. `empty`: nobody can sign in yet."""

    empty: bool


def prepare(settings: Settings) -> Prepared:
    """Make what is missing; does nothing on an installation that is complete."""
    settings.var.mkdir(parents=True, exist_ok=True, mode=0o700)  # it holds everybody's data
    keep_private(settings.secret_file, random_text)
    engine = db.connect(settings.database)
    try:
        migrate(engine)
        open_authority(settings.pki, settings.organisation).root(clock.now())
        _first_processes(engine, settings)
        _calendar(engine)
        return Prepared(empty=_nobody(engine))
    finally:
        engine.dispose()


def setup_token(settings: Settings) -> str:
    """The one-time token by which the first administrator proves to own this machine."""
    return keep_private(settings.var / TOKEN, lambda: secrets.token_urlsafe(18))


def _first_processes(engine: Engine, settings: Settings) -> None:
    """Deploy what is shipped into an installation that has no process yet, and its alert rules.

    Later versions are deployed on purpose (`bihuan deploy`): the diagrams may be the owner's own.
    """
    with reading(engine) as session:
        if session.scalar(select(exists().where(Deployment.id.is_not(None)))):
            return
    files = read_folder(settings.bpmn, settings.schemas)
    with begin(engine, Actor(None, "安装")) as work:
        for process in processes_of(files):
            deploy(work, process, files)
        install_rules(work)


def _calendar(engine: Engine) -> None:
    """Enter the published holidays of the years that have none yet; a new release may know more."""
    with reading(engine) as session:
        known = set(session.scalars(select(CalendarYear.year)))
    if any(one.year not in known for one in published_years()):
        with begin(engine, Actor(None, "安装")) as work:
            install_published_years(work)


def _nobody(engine: Engine) -> bool:
    with reading(engine) as session:
        return not session.scalar(select(exists().where(Person.id.is_not(None))))
