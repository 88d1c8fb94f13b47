"""The database itself keeps the ledger's entries."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tests.conftest import Begin


@pytest.fixture(autouse=True)
def one_entry(work: Begin) -> None:
    with work() as w:
        w.record("project.declared", "project:1", "project:1", {"amount": 3})


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET payload = '{}'",
        "UPDATE entry SET kind = 'other.kind'",
        "UPDATE entry SET actor = '别人'",
        "UPDATE entry SET matter = 'project:2'",
        "DELETE FROM entry",
    ],
)
def test_an_entry_can_neither_be_changed_nor_removed(engine: Engine, change: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(change))


def test_a_number_is_written_once_and_never_again(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE entry SET number = 1"))
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text("UPDATE entry SET number = 2"))


def test_postgresql_refuses_to_empty_the_table(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text("TRUNCATE entry"))
