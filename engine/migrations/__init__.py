"""The database's shape through time: Alembic revisions, and how to reach the newest one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

HERE = Path(__file__).parent
LOCK = 0x62696875616E  # "bihuan": PostgreSQL's advisory lock of whoever migrates


def configuration(connection: Connection | None = None, location: Path = HERE) -> Config:
    """Alembic's configuration, made in code; `connection` is the database to work on."""
    config = Config()
    config.set_main_option("script_location", str(location).replace("%", "%%"))
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine) -> None:
    """Bring the database to the newest revision; does nothing when it is there already.

    One transaction on both databases: a revision that fails leaves the database as it was, and
    of two processes that start together one waits for the other.
    """
    writing = engine.execution_options(writing=True)
    with writing.connect() as connection, _unlinked(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        command.upgrade(configuration(connection), "head")


def head() -> str:
    """The newest revision's id."""
    return ScriptDirectory.from_config(configuration()).get_current_head() or ""


@contextmanager
def _unlinked(connection: Connection) -> Iterator[None]:
    """SQLite rebuilds a table to change it, which foreign keys would forbid: off for the while."""
    raw = connection.connection.dbapi_connection if connection.dialect.name == "sqlite" else None
    if raw is None:
        yield
        return
    raw.cursor().execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.cursor().execute("PRAGMA foreign_keys=ON")
