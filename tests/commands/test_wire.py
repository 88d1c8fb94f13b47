"""Statements that go past PostgreSQL's driver: what they say, what their connection survives."""

from __future__ import annotations

import contextlib
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Engine,
    LargeBinary,
    String,
    bindparam,
    cast,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from engine import db
from engine.db import Moment
from engine.errors import Conflict
from engine.statements import Look, add, change, wire
from engine.work import reading
from engine.workflow.models import Instance, Passage
from tests.commands.test_rows_written_together import INSTANCE, start
from tests.conftest import Begin

KINDS = {
    "text": String(),
    "number": BigInteger(),
    "truth": Boolean(),
    "bytes": LargeBinary(),
    "moment": Moment(),
}
ECHO = Look(select(*(cast(bindparam(name, type_=kind), kind) for name, kind in KINDS.items())))
THERE = timezone(timedelta(hours=-5))
VALUES: list[dict[str, Any]] = [
    {
        "text": "“引号” 'a' \\ \n\t{}$1%s",
        "number": -(2**63),
        "truth": True,
        "bytes": bytes(range(256)),
        "moment": datetime(2026, 2, 28, 23, 59, 59, 999999, THERE),
    },
    {
        "text": "",
        "number": 0,
        "truth": False,
        "bytes": b"",
        "moment": datetime(1999, 1, 1, tzinfo=UTC),
    },
    dict.fromkeys(KINDS),
]


@pytest.fixture
def server(engine: Engine) -> Engine:
    """An engine on PostgreSQL."""
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no wire")
    return engine


@pytest.mark.parametrize("given", VALUES)
def test_every_kind_of_value_is_answered_as_it_was_asked(
    server: Engine, given: dict[str, Any]
) -> None:
    with reading(server) as session:
        (answer,) = ECHO.rows(session, **given)
    assert dict(zip(KINDS, answer, strict=True)) == given


def test_what_is_no_value_of_a_column_is_refused_before_it_is_sent(
    work: Begin, server: Engine
) -> None:
    with work() as writing:
        made = start(writing)
        with pytest.raises(TypeError, match="set is no value of a column"):
            ECHO.rows(writing.session, **VALUES[1] | {"text": {1}})
        made.title = "还在"
    assert _title(server, made.id) == "还在"


def test_text_that_the_database_would_cut_is_refused(work: Begin, server: Engine) -> None:
    with work() as writing:
        made = start(writing)
    with pytest.raises(DBAPIError, match="NUL"), work() as writing:
        change(writing.session, Instance, {"id": made.id}, title="同意\0，但附条件")
    assert _title(server, made.id) == "一"


def test_a_work_that_failed_unseen_does_not_say_that_it_is_committed(
    work: Begin, server: Engine
) -> None:
    with work() as writing:
        made = start(writing)
    fails = Look(select(literal_column("1 / (id - id)")).select_from(Instance))
    with pytest.raises(DBAPIError, match="failed"), work() as writing:
        change(writing.session, Instance, {"id": made.id}, title="改")
        with contextlib.suppress(DBAPIError):
            fails.rows(writing.session)
    assert _title(server, made.id) == "一"


def test_what_was_sent_before_the_orm_woke_is_committed_too(work: Begin, engine: Engine) -> None:
    with work() as writing:
        made = start(writing)
    with work() as writing:
        change(writing.session, Instance, {"id": made.id}, title="改")
        writing.session.flush()
        writing.session.expunge_all()
    assert _title(engine, made.id) == "改"


def test_statements_are_prepared_anew_when_the_driver_had_them_forgotten(
    work: Begin, server: Engine
) -> None:
    with work() as writing:
        made = start(writing)
    with work() as writing:
        for _ in range(9):  # until the driver prepares it too
            writing.session.execute(text("SELECT 1"))
        writing.session.execute(text("ALTER TABLE passage ALTER COLUMN nodes SET STORAGE EXTERNAL"))
    with work() as writing:
        found = INSTANCE.one(writing.session, Instance, wanted=made.id)
        assert found is not None
        found.title = "改后"
    assert _title(server, made.id) == "改后"


@pytest.mark.parametrize("nested", [True, False])
def test_statements_are_prepared_anew_after_the_orms_rollback(
    work: Begin, server: Engine, *, nested: bool
) -> None:
    def fails(session: Any) -> None:
        for _ in range(9):
            session.execute(text("SELECT 1"))
        raise LookupError

    with work() as writing:
        made = start(writing)
    with work() as writing:
        if nested:
            with pytest.raises(LookupError), writing.session.begin_nested():
                fails(writing.session)
        else:
            with pytest.raises(LookupError):
                fails(writing.session)
            writing.session.rollback()
        INSTANCE.rows(writing.session, wanted=made.id)
    with work() as writing:
        found = INSTANCE.one(writing.session, Instance, wanted=made.id)
        assert found is not None
        found.title = "改后"
    assert _title(server, made.id) == "改后"


def test_the_statement_prepared_first_makes_room_for_the_last(
    server: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MOST", 3)
    looks = [Look(select(literal_column(str(number)))) for number in range(8)]
    with reading(server) as session:
        for _ in range(2):
            assert [look.rows(session)[0][0] for look in looks] == list(range(8))
        prepared = session.scalar(
            text("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'bihuan%'")
        )
    assert prepared == 3


def test_a_session_that_reads_cannot_write(work: Begin, server: Engine) -> None:
    with work() as writing:
        made = start(writing)
    writes = Look(update(Instance).values(title="改").returning(Instance.id))
    with pytest.raises(DBAPIError, match="read-only"), reading(server) as session:
        writes.rows(session)
    assert _title(server, made.id) == "一"


def test_a_change_that_finds_no_row_takes_the_whole_work_back(work: Begin, engine: Engine) -> None:
    with work() as writing:
        made = start(writing)
    with pytest.raises(Conflict, match="刚刚被他人推进"), work() as writing:
        add(writing.session, Passage, instance_id=made.id, at=writing.now, nodes=[])
        change(writing.session, Instance, {"id": made.id, "version": 99}, title="改")
    with reading(engine) as session:
        assert session.scalars(select(Passage.id)).all() == []
    with work() as writing:
        change(writing.session, Instance, {"id": made.id, "version": 1}, title="改")
    assert _title(engine, made.id) == "改"


@pytest.mark.parametrize("failing", [True, False])
def test_no_transaction_stays_open_between_works(
    work: Begin, server: Engine, *, failing: bool
) -> None:
    with work() as writing:
        made = start(writing)
    if failing:
        with pytest.raises(DBAPIError), work() as writing:
            add(writing.session, Passage, instance_id=made.id + 1, at=writing.now, nodes=[])
        with pytest.raises(LookupError), work() as writing:
            INSTANCE.rows(writing.session, wanted=made.id)
            raise LookupError
    others = text(
        "SELECT state FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database() AND backend_type = 'client backend'"
    )
    with server.connect() as connection:
        assert set(connection.scalars(others)) <= {"idle"}


# ---- the connection that a thread keeps


def test_a_thread_works_on_the_connection_of_its_last_work(work: Begin, engine: Engine) -> None:
    lines: list[Any] = []

    def note() -> None:
        with work() as writing:
            lines.append(writing.session.line)  # type: ignore[attr-defined]

    note()
    note()
    elsewhere = threading.Thread(target=note)
    elsewhere.start()
    elsewhere.join(30)
    note()
    engine.dispose()
    note()
    first, second, others, third, new = lines
    assert first is second is third
    assert others is not first
    assert new is not first


def test_threads_that_end_give_their_connections_back(work: Begin, engine: Engine) -> None:
    with work() as writing:
        made = start(writing)

    def note() -> None:
        with work() as writing:
            add(writing.session, Passage, instance_id=made.id, at=writing.now, nodes=[])

    for _ in range(40):  # the pool opens twenty at most
        thread = threading.Thread(target=note)
        thread.start()
        thread.join(30)
    with reading(engine) as session:
        assert len(session.scalars(select(Passage.id)).all()) == 40


def test_threads_that_wait_do_not_keep_the_pool_from_others(work: Begin, engine: Engine) -> None:
    with work() as writing:
        made = start(writing)
    over, worked = threading.Event(), threading.Semaphore(0)

    def note() -> None:
        with work() as writing:
            add(writing.session, Passage, instance_id=made.id, at=writing.now, nodes=[])
        worked.release()
        over.wait(60)

    threads = [threading.Thread(target=note) for _ in range(33)]
    for thread in threads:
        thread.start()
        assert worked.acquire(timeout=20)
    with reading(engine) as session:
        assert len(session.scalars(select(Passage.id)).all()) == 33
    over.set()
    for thread in threads:
        thread.join(30)


def test_an_engine_no_longer_used_does_not_keep_another_from_its_connection(
    work: Begin, database: str
) -> None:
    other = db.connect(database)
    with work() as writing:
        first = writing.session.line  # type: ignore[attr-defined]
    with other.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    other.dispose()
    with work() as writing:
        assert writing.session.line is first  # type: ignore[attr-defined]


def _title(engine: Engine, instance_id: int) -> str:
    with reading(engine) as session:
        return session.get_one(Instance, instance_id).title
