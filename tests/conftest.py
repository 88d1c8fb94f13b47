"""Fixtures of the whole suite: a fresh database per test on both engines, a fixed clock, a work."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # `tests.…`; ours before others'

from engine import db
from engine import settings as installation
from engine.clock import SHANGHAI
from engine.migrations import migrate
from engine.settings import Settings
from engine.work import MACHINE, Actor, Work, begin

POSTGRES = os.environ.get("BIHUAN_TEST_POSTGRES")
REDIS = os.environ.get("BIHUAN_TEST_REDIS")
REFERENCE = os.environ.get("BIHUAN_REFERENCE")
DATABASES = [
    "sqlite",
    pytest.param(
        "postgresql",
        marks=pytest.mark.skipif(not POSTGRES, reason="BIHUAN_TEST_POSTGRES is not set"),
    ),
]


class Begin(Protocol):
    """Opens a work on the test's database: `with work() as w: …` commits at the block's end."""

    def __call__(
        self, actor: Actor = MACHINE, now: datetime | None = None
    ) -> AbstractContextManager[Work]: ...


@pytest.fixture
def now() -> datetime:
    """The tests' moment: a Monday morning, a working day."""
    return datetime(2025, 6, 9, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of reference material, which is not part of the repository."""
    if not REFERENCE:
        pytest.skip("BIHUAN_REFERENCE is not set")
    return Path(REFERENCE)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A Redis of the tests' own."""
    if not REDIS:
        pytest.skip("BIHUAN_TEST_REDIS is not set")
    return REDIS


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database to copy."""
    file = tmp_path_factory.mktemp("template") / "bihuan.db"
    engine = db.connect(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()  # the last connection to close folds the write-ahead log into the file
    return file


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The name of a migrated, empty PostgreSQL database to copy."""
    name = make_postgres()
    engine = db.connect(postgres_url(name))
    migrate(engine)
    engine.dispose()
    yield name
    drop_postgres(name)


def postgres_url(name: str) -> str:
    """The URL of one database of the tests' PostgreSQL."""
    assert POSTGRES is not None
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


def make_postgres(template: str = "template1") -> str:
    """The name of a new database, a copy of `template`."""
    name = f"test_{secrets.token_hex(6)}"
    _maintain(f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


def drop_postgres(name: str) -> None:
    """Remove a database, whoever is still connected to it."""
    _maintain(f"DROP DATABASE {name} WITH (FORCE)")


@lru_cache(maxsize=1)
def _maintenance() -> Engine:
    assert POSTGRES is not None
    url = POSTGRES.replace("postgresql://", "postgresql+psycopg://")
    return create_engine(url, isolation_level="AUTOCOMMIT")


def _maintain(statement: str) -> None:
    with _maintenance().connect() as connection:
        connection.execute(text(statement))


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database; each test that uses it runs on both engines."""
    if request.param == "sqlite":
        file = tmp_path / "var" / "bihuan.db"
        file.parent.mkdir(exist_ok=True)
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    name = make_postgres(request.getfixturevalue("postgres_template"))
    yield postgres_url(name)
    drop_postgres(name)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """A connection pool on the test's database."""
    opened = db.connect(database)
    yield opened
    opened.dispose()


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """An installation of the test's own under its temporary folder."""
    var = tmp_path / "var"
    var.mkdir(exist_ok=True)
    return installation.load({"BIHUAN_VAR": str(var), "BIHUAN_DATABASE": database})


@pytest.fixture
def work(engine: Engine, now: datetime) -> Begin:
    """Opens a work, at the tests' moment unless told otherwise."""

    def open_work(
        actor: Actor = MACHINE, now: datetime | None = None, *, _now: datetime = now
    ) -> AbstractContextManager[Work]:
        return begin(engine, actor, now or _now)

    return open_work
