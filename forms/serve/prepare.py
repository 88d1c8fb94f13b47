"""What must be there before the first request: folders, secret, tables, authority, first people."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, exists, select

from engine import clock, db
from engine.migrations import migrate
from engine.people.models import Person
from engine.settings import Settings
from engine.work import reading
from forms.private import keep_private
from reports.authority import open_authority

TOKEN = "setup-token"  # noqa: S105 - a file's name


@dataclass(frozen=True)
class Prepared:
    """An installation that can be served. `empty`: nobody can sign in yet."""

    empty: bool


def prepare(settings: Settings) -> Prepared:
    """Make what is missing; does nothing on an installation that is complete."""
    settings.var.mkdir(parents=True, exist_ok=True, mode=0o700)  # it holds everybody's data
    keep_private(settings.secret_file, 48)
    engine = db.connect(settings.database)
    try:
        migrate(engine)
        open_authority(settings.pki, settings.organisation).root(clock.now())
        return Prepared(empty=_nobody(engine))
    finally:
        engine.dispose()


def setup_token(settings: Settings) -> str:
    """The one-time token by which the first administrator proves to own this machine."""
    return keep_private(settings.var / TOKEN, 18)


def _nobody(engine: Engine) -> bool:
    with reading(engine) as session:
        return not session.scalar(select(exists().where(Person.id.is_not(None))))
