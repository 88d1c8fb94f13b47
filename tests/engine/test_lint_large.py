"""Large diagrams: every way through is looked at, and nothing is too deep."""

from __future__ import annotations

import pytest

from engine.workflow.lint import Finding, lint
from engine.workflow.runtime import parse
from tests.bench.deploy import branches, chain, stages
from tests.engine.runtime_drawing import Drawing, timer

HARMLESS = {"no-role", "no-shape", "no-term"}


def codes(found: list[Finding]) -> set[str]:
    return {finding.rule for finding in found} - HARMLESS


@pytest.mark.parametrize(
    "files",
    [stages(200), branches("parallelGateway", 14, 14), branches("inclusiveGateway", 6, 32)],
    ids=["stages", "parallel", "inclusive"],
)
def test_a_diagram_of_200_elements_is_decided(files: dict[str, bytes]) -> None:
    assert codes(lint(files)) <= {"no-default"}


def test_a_chain_of_1000_nodes_is_parsed_and_linted() -> None:
    files = chain(1000)
    assert len(parse("chain_1000", files).nodes) >= 1000
    assert codes(lint(files)) == set()


def test_many_reminders_beside_the_way_do_not_multiply_it() -> None:
    drawing = Drawing()
    drawing.node("startEvent", "start")
    tasks = [f"t{number}" for number in range(30)]
    drawing.users(*tasks)
    for task in tasks:
        late, told, end = f"{task}_late", f"{task}_told", f"{task}_end"
        inner = timer("timeDuration", "P3D")
        drawing.node("boundaryEvent", late, inner, attachedToRef=task, cancelActivity="false")
        drawing.users(told)
        drawing.node("endEvent", end)
        drawing.path(late, told, end)
    drawing.node("endEvent", "end")
    drawing.path("start", *tasks, "end")
    assert codes(lint(drawing.files())) == set()


def test_two_tokens_at_one_end_are_still_seen() -> None:
    drawing = Drawing().users("a", "b", "c")
    for kind, id_ in (
        ("startEvent", "start"),
        ("parallelGateway", "split"),
        ("exclusiveGateway", "merge"),
        ("endEvent", "end"),
    ):
        drawing.node(kind, id_)
    drawing.path("start", "split", "a", "merge")
    drawing.path("split", "b", "merge", "c", "end")
    assert "lack_of_synchronisation" in codes(lint(drawing.files()))
