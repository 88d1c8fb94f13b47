"""An approval asks the database a dozen times at most, however long the project's history."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from engine.workflow.models import Task
from engine.workflow.queries import inbox, inbox_counts
from tests.bench.complete_task import approve_unit_review
from tests.bench.engine.counting import counted
from tests.district import District

MOST = 12


def test_an_approval_takes_a_dozen_statements(district: District) -> None:
    statements, _ = approve_unit_review(district)
    assert statements <= MOST


def test_a_long_history_takes_no_more_statements(district: District) -> None:
    for _ in range(3):
        district.walk_to("department_review")
        district.complete("gu", "return", opinion="再改", to="lifecycle/declare_project")
    statements, _ = approve_unit_review(district)
    assert statements <= MOST + 2  # who handled the next level before must still hold its role


def test_a_page_of_the_inbox_takes_two_statements_and_its_counts_two(district: District) -> None:
    """Who the person is, and what waits for them; the same for the numbers of all tabs."""
    with counted(district.engine) as sent, district.reading() as session:
        rows = inbox(session, district.id("shen"), district.now)
        assert len(sent) == 2
        assert inbox_counts(session, district.id("shen"), district.now)["todo"] == len(rows) == 1
    assert len(sent) == 4


def test_looking_changes_nothing_and_keeps_what_was_prepared(district: District) -> None:
    """PostgreSQL's driver would forget its prepared statements if a look were rolled back."""
    for _ in range(2):
        with district.reading() as session:
            inbox(session, district.id("shen"), district.now)
    with suppress(DBAPIError), district.reading() as session:
        session.execute(update(Task).values(title="改了"))
    with district.reading() as session:
        assert "改了" not in session.scalars(select(Task.title)).all()
    if district.engine.dialect.name != "sqlite":
        with district.reading() as session:
            inbox(session, district.id("shen"), district.now)
            kept = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
        assert any("task.unit_path" in one for one in kept)
