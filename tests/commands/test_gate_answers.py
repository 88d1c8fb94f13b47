"""What the gatekeeper reads of a gate that was handed in."""

from __future__ import annotations

from engine.workflow.models import Task
from tests.district import District


def test_a_document_just_handed_in_is_not_shown_as_missing(district: District) -> None:
    district.walk_to("gate/submit_gate")
    task = district.task()
    district.complete("shen", "submit", district.typed(task))
    with district.reading() as session:
        rows = (session.get_one(Task, task.id).answers or {})["documents"]
    assert {row["state"] for row in rows if row["file"]} == {"已收"}
