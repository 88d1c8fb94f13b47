"""How often a request asks the database: reading the person, the task and what comes next, once."""

from __future__ import annotations

from typing import Any

import pytest

from engine.statements import Writing
from engine.workflow import commands
from tests.bench.engine.counting import counted
from tests.web.conftest import Browser, District
from tests.web.test_tasks import DECLARATION, EX_ANTE

BESIDE = 4
"""Who is signed in, the task, who they are for the search of what waits, what waits first."""
MOST = {"sqlite": 11, "postgresql": 6}
"""With the command; SQLite, which has no round trips to save, writes each row by itself."""
APPROVAL = {"verb": "approve", "opinion": "同意"}


def _come_to_the_unit(district: District) -> Browser:
    """The declaration waits for the head of the unit; their browser, which shows it."""
    manager, office = district.browser("zhang"), district.browser("sun")
    manager.get("/tasks/1")
    assert manager.post("/tasks/1/completion", DECLARATION | {"verb": "submit"}).status_code == 303
    office.get("/tasks/2")
    marks = {**EX_ANTE, "answers-funding": "18", "answers-conclusion": "supported"}
    assert office.post("/tasks/2/completion", {**marks, "verb": "submit"}).status_code == 303
    head = district.browser("li")
    head.get("/tasks/3")
    return head


def test_completing_a_task_asks_four_times_beside_the_command(
    district: District, project: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, began, ended = _come_to_the_unit(district), 0, 0
    complete, commit = commands.complete_task, Writing.commit

    engine = district.app.extensions["bihuan"].engine
    with counted(engine) as sent:

        def watched(*given: Any, **more: Any) -> Any:
            nonlocal began
            began = len(sent)
            return complete(*given, **more)

        def committed(writing: Writing) -> None:
            nonlocal ended
            commit(writing)  # what the command kept back goes with it
            ended = len(sent)

        monkeypatch.setattr(Writing, "commit", committed)
        monkeypatch.setattr(commands, "complete_task", watched)
        assert head.post("/tasks/3/completion", APPROVAL).status_code == 303
    assert ended > began > 0
    assert len(sent) - (ended - began) == BESIDE, "\n".join(sent)
    assert len(sent) <= MOST[engine.dialect.name], "\n".join(sent)
