"""Business rule tasks: decisions over the data, and a whole small diagram from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import Conflict, Invalid
from engine.workflow import runtime
from tests.engine.runtime_drawing import Drawing
from tests.engine.runtime_player import Player

FOLDER = Path(__file__).parent / "diagrams"
FILES = {path.name: path.read_bytes() for path in FOLDER.iterdir()}


def deciding(decision: str) -> dict[str, bytes]:
    called = f"<spiffworkflow:calledDecisionId>{decision}</spiffworkflow:calledDecisionId>"
    drawing = Drawing().users("a", "b")
    drawing.node("startEvent", "s")
    extension = f"<bpmn:extensionElements>{called}</bpmn:extensionElements>"
    drawing.node("businessRuleTask", "rule", extension)
    drawing.node("endEvent", "e")
    return {**FILES, **drawing.path("s", "a", "rule", "b", "e").files()}


def test_a_single_result_is_written_under_the_decision_s_variable() -> None:
    player = Player(deciding("level_of")).do("a", amount=999_999)
    assert player.task("b").data == {"amount": 999_999, "level": "unit"}


def test_a_result_of_several_outputs_is_merged() -> None:
    player = Player(deciding("handling")).do("a", amount=1)
    assert player.task("b").data == {"amount": 1, "days": 5, "desk": "预算"}


def test_a_decision_without_a_result_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="level of"):
        Player(deciding("level_of")).do("a", amount=9_000_000)


def test_the_same_decision_in_two_files_is_refused() -> None:
    files = deciding("level_of")
    with pytest.raises(Invalid, match="level_of"):
        runtime.parse("p", {**files, "copy.dmn": files["levels.dmn"]})


def test_a_small_diagram_from_start_to_end() -> None:
    player = Player(FILES, key="review")
    assert player.task("report").node.lane == "project_manager"
    given = {"form": "declaration", "duty": "handle", "due": "10 WD"}
    assert player.task("report").node.properties == given
    assert player.do("report", amount=2_000_000).open == ["department_review"]
    assert player.do("department_review").changes.calls[0].parameters == {"level": "department"}
    assert player.answer(number="2026-1").changes.finished
    assert player.changes.data["filed"] == {"number": "2026-1"}
    assert player.history == [
        "start", "report", "decide_level", "which_level", "department_review", "meet", "file_it",
        "done",
    ]  # fmt: skip
