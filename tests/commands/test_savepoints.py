"""What a savepoint takes back is taken back of the rows that were kept back too."""

from __future__ import annotations

import logging
from contextlib import suppress

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, PendingRollbackError

from engine.statements import add
from engine.work import begin, reading
from engine.workflow.models import Instance, Passage
from tests.commands.test_rows_written_together import ACTIVE, INSTANCE, passage, start
from tests.conftest import Begin


class Unhappy(Exception):
    """Something goes wrong inside the savepoint."""


@pytest.mark.parametrize("sent", [True, False])
def test_a_row_stands_again_as_it_stood_before_the_savepoint(
    work: Begin, engine: Engine, *, sent: bool
) -> None:
    with work() as writing:
        made = start(writing)
    with work() as writing:
        row = writing.session.get_one(Instance, made.id)
        with pytest.raises(Unhappy), writing.session.begin_nested():
            row.title = "里"
            if sent:
                writing.session.flush()
            raise Unhappy
        row.status = "ended"  # before anything of the row is read again
        assert row.title == "一"
    with reading(engine) as session:
        read = session.get_one(Instance, made.id)
    assert (read.title, read.status, read.version) == ("一", "ended", 2)


def test_a_row_that_was_made_in_the_savepoint_is_not_there_any_more(work: Begin) -> None:
    with work() as writing:
        made = start(writing)
        with pytest.raises(Unhappy), writing.session.begin_nested():
            row = passage(writing, made, 1)
            writing.session.flush()
            raise Unhappy
        assert writing.session.get(Passage, row.id) is None
        assert row not in writing.session


def test_what_was_only_to_be_inserted_is_not(work: Begin, engine: Engine) -> None:
    with work() as writing:
        made = start(writing)
        add(writing.session, Passage, instance_id=made.id, at=writing.now, nodes=["before"])
        with pytest.raises(Unhappy), writing.session.begin_nested():
            add(writing.session, Passage, instance_id=made.id, at=writing.now, nodes=["inside"])
            raise Unhappy
    with reading(engine) as session:
        assert session.scalars(select(Passage.nodes)).all() == [["before"]]


def test_nothing_of_a_savepoint_is_kept_when_one_row_of_it_was_refused(
    work: Begin, engine: Engine
) -> None:
    with work() as writing:
        made = start(writing)
        with pytest.raises(PendingRollbackError), writing.session.begin_nested():
            for instance in (made.id, 10**9, made.id):
                add(writing.session, Passage, instance_id=instance, at=writing.now, nodes=[])
            with suppress(IntegrityError):
                writing.session.execute(text("SELECT 1"))
    with reading(engine) as session:
        assert session.scalar(select(func.count(Passage.id))) == 0


def test_what_comes_after_a_rollback_is_another_transaction(work: Begin, engine: Engine) -> None:
    with work() as writing:
        writing.session.get(Passage, 1)
        add(writing.session, Passage, instance_id=10**9, at=writing.now, nodes=[])
        with pytest.raises(IntegrityError):
            writing.session.execute(text("SELECT 1"))
        writing.session.rollback()
        start(writing)
    with reading(engine) as session:
        assert session.scalar(select(func.count(Instance.id))) == 1


def test_a_look_sees_what_is_left_to_the_orm(work: Begin) -> None:
    with work() as writing:
        made = start(writing)
        made.title = func.upper("abc")
        assert [row[0] for row in ACTIVE.rows(writing.session, title="ABC")] == [made.id]
        writing.session.delete(made)
        assert INSTANCE.rows(writing.session, wanted=made.id) == []


@pytest.mark.parametrize("woken", [True, False])
def test_a_server_that_ends_in_the_middle_leaves_the_pool_whole(
    work: Begin, engine: Engine, caplog: pytest.LogCaptureFixture, *, woken: bool
) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("there is no server that could end")
    with work() as writing:
        made = start(writing)
    with pytest.raises(OperationalError), work() as writing:
        row = INSTANCE.one(writing.session, Instance, wanted=made.id)
        assert row is not None
        if woken:
            writing.session.get(Passage, 1)
        row.title = "丢"
        _end_others(engine)
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
    with begin(engine, writing.actor) as again:
        again.session.get_one(Instance, made.id).title = "在"


def _end_others(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )


def test_a_number_of_any_length_is_read_as_it_was_written(work: Begin, engine: Engine) -> None:
    long = {"long": [2**70, -(2**64), 2**64 - 1, 0.5], "甲": "乙"}
    with work() as writing:
        made = start(writing)
        made.memory = long
        writing.session.execute(update(Instance).values(direct=long))
    with reading(engine) as session:
        read = session.get_one(Instance, made.id)
    assert read.memory == read.direct == long
    assert type(read.memory["long"][0]) is int


def test_what_an_earlier_release_wrote_is_read(work: Begin) -> None:
    with work() as writing:
        made = start(writing)
        writing.session.execute(text("UPDATE instance SET memory = '[NaN]'"))
        writing.session.refresh(made)
        assert str(made.memory) == "[nan]"
        made.memory = {}  # NaN itself is nothing that is written any more
