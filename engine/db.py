"""The database: declarative base, column types and connections, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    Text,
    create_engine,
    event,
    literal_column,
)
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, InstanceState, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from engine.plain import text_of, value_of

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables of all rooms."""

    metadata = MetaData(naming_convention=NAMING)

    def __init__(self, **values: Any) -> None:
        """A new row, by the names of its columns; a wrong name is a `TypeError`."""
        if not (known := _columns(type(self))).issuperset(values):
            raise TypeError(
                f"{type(self).__name__} has no {', '.join(sorted(values.keys() - known))}"
            )
        self.__dict__.update(values)  # set one by one, each would be an event that nobody awaits

    def __setattr__(self, name: str, value: Any) -> None:
        """Change a column; a row that no session's ORM holds only notes what it was before."""
        state: InstanceState[Any] | None = self.__dict__.get("_sa_instance_state")
        if state is None or state.key is not None or name not in _columns(type(self)):
            object.__setattr__(self, name, value)
            return
        state.committed_state.setdefault(name, self.__dict__.get(name))
        self.__dict__[name] = value


@lru_cache(maxsize=256)
def _columns(kind: type[Base]) -> frozenset[str]:
    return frozenset(kind.__table__.columns.keys())


Key = BigInteger().with_variant(Integer, "sqlite")
Id = Annotated[int, mapped_column(Key, primary_key=True, autoincrement=True)]


class Moment(TypeDecorator[datetime]):
    """An aware moment; kept in UTC on both databases. A naive one is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = _utc(value)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """The same in one step: this is asked for every moment that is written or compared."""
        return _moment_text if dialect.name == "sqlite" else _moment

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """The same in one step."""
        return _moment_of_text if dialect.name == "sqlite" else _moment


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _moment(value: datetime | None) -> datetime | None:
    return None if value is None else _utc(value)


def _moment_text(value: datetime | None) -> str | None:
    return None if value is None else _utc_text(_utc(value))


@lru_cache(maxsize=4096)
def _utc_text(value: datetime) -> str:
    return value.isoformat(" ", "microseconds")[:26]


@lru_cache(maxsize=4096)
def _moment_of_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class Money(TypeDecorator[Decimal]):
    """An amount in 元 with two decimals, kept as whole 分 so that sums are exact everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        cents = Decimal(value) * 100
        if cents != cents.to_integral_value():
            raise ValueError(f"an amount finer than 分: {value}")
        return int(cents)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-2)


class Figure(TypeDecorator[Decimal]):
    """An exact decimal figure of any scale, kept as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> str | None:
        return None if value is None else str(Decimal(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Json(TypeDecorator[Any]):
    """Plain data as canonical JSON text; decimals are written as strings by their owner."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return text_of(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return value_of(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """The same in one step."""
        return text_of

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """The same in one step."""
        return value_of


def fixed(word: str) -> ColumnElement[str]:
    """A word of our own that stands in the statement itself, as partial indexes want it."""
    return literal_column(f"'{word}'", String)


PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    "wal_autocheckpoint=8000",  # pages; a page that is written often is copied back once
    "cache_size=-16384",  # KiB for each connection
)


def connect(url: str) -> Engine:
    """An engine for `url`; SQLite gets WAL, full durability, foreign keys and explicit BEGIN.

    Errors do not repeat the values of a statement: logs and incidents must not hold what people
    wrote, nor hashes of passwords.
    """
    if not url.startswith("sqlite"):
        url = url.replace("postgresql://", "postgresql+psycopg://")
        server = create_engine(url, pool_size=10, hide_parameters=True)
        event.listen(server, "checkout", _refuse_ended)
        return server
    file = url.removeprefix("sqlite:///")
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    threads = {"timeout": 30, "check_same_thread": False}
    engine = create_engine(url, connect_args=threads, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _refuse_ended(raw: Any, _record: Any, _proxy: Any) -> None:
    """Let the pool open new connections when the server has ended this idle one (a restart).

    A server says nothing unasked on an idle connection but that it ends: looking whether there is
    something to read finds out without asking it, where a ping would cost each work a round trip.
    """
    if has_ended(raw):
        raise InvalidatePoolError("the server has ended the connection")


def has_ended(raw: Any) -> bool:
    """Whether the server has ended an idle connection, as far as can be told without asking."""
    return raw.closed or _has_spoken(raw)


def _has_spoken(raw: Any) -> bool:
    idle = select.poll()
    idle.register(raw.fileno(), select.POLLIN)
    return bool(idle.poll(0))


def _prepare_sqlite(raw: Any, _record: Any) -> None:
    raw.isolation_level = None  # sqlite3 would otherwise begin transactions by itself, and late
    for pragma in PRAGMAS:
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns writer half-way fails at once when another writes;
    # taking the write lock first makes writers wait in line instead.
    driver: Any = connection.connection.driver_connection
    if driver.in_transaction:
        return  # a work's session began it
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def session(engine: Engine, *, writing: bool = False) -> Iterator[Session]:
    """A session in one transaction, rolled back unless its owner commits (works: engine.work)."""
    with engine.connect().execution_options(writing=writing) as connection:
        found = Session(connection, expire_on_commit=False)
        try:
            yield found
        finally:
            found.close()


@contextmanager
def looking(engine: Engine) -> Iterator[Session]:
    """A session for queries only; whatever it would change is refused or rolled back.

    PostgreSQL's driver forgets all prepared statements of a connection when it rolls back, so there
    the transaction, which may only read, is committed.
    """
    with engine.connect() as connection:
        postgresql = connection.dialect.name == "postgresql"
        if postgresql:
            connection.execution_options(postgresql_readonly=True)
        found = Session(connection, expire_on_commit=False)
        try:
            yield found
            if postgresql:
                connection.commit()
        finally:
            found.close()
