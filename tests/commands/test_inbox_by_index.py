"""However many tasks a district has, the inbox looks at nobody else's."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine.workflow.queries import inbox, inbox_counts
from tests.bench.engine.counting import counted
from tests.district import District


@pytest.mark.parametrize("tab", ["todo", "suspended", "done", "handled"])
def test_no_tab_and_no_count_walks_over_all_tasks(settled: District, tab: str) -> None:
    if settled.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL rightly walks over a table this small")
    gu = settled.id("gu")
    with counted(settled.engine) as asked, settled.reading() as session:
        inbox(session, gu, settled.now, tab=tab)
        inbox_counts(session, gu, settled.now)
    with settled.engine.connect() as connection:
        plans = [
            str(step.detail)
            for one in asked
            for step in connection.execute(text(f"EXPLAIN QUERY PLAN {one}".replace(":", r"\:")))
        ]
    assert any("ix_task_" in one for one in plans)
    assert [one for one in plans if one.startswith(("SCAN task", "SCAN signer"))] == []
