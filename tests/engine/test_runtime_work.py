"""Service tasks, sub-processes, called processes and multi-instance activities."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import Conflict, Invalid
from engine.workflow import runtime
from tests.engine.runtime_drawing import Drawing, service, timer
from tests.engine.runtime_player import Player

ERRORS = '<bpmn:error id="x_A" name="A" errorCode="A"/>'


def line(*middle: tuple[str, str, str], key: str = "p") -> Drawing:
    """start → given nodes (kind, id, inner) → end."""
    drawing = Drawing(key)
    drawing.node("startEvent", f"{key}_s")
    for kind, id_, inner in middle:
        drawing.node(kind, id_, inner, name=id_)
    drawing.node("endEvent", f"{key}_e")
    return drawing.path(f"{key}_s", *(id_ for _, id_, _ in middle), f"{key}_e")


def called(*ids: str, key: str = "q") -> dict[str, bytes]:
    return line(*(("userTask", id_, "") for id_ in ids), key=key).files()


def serving(result: str = "") -> Drawing:
    operator = service("reports.issue", result, year="year + 1", who='"审计"')
    drawing = line(("serviceTask", "issue", operator), ("userTask", "z", ""))
    drawing.users("late")
    return drawing


def test_a_service_task_parks_with_its_parameters_until_it_is_answered() -> None:
    player = Player(serving().files(), {"year": 2026})
    (call,) = player.changes.calls
    assert (call.operation, call.parameters) == ("reports.issue", {"year": 2027, "who": "审计"})
    assert player.run.open_calls() == (call,)
    assert player.answer(file="f.pdf").task("z").data == {"year": 2026, "file": "f.pdf"}
    with pytest.raises(Conflict):
        player.run.answer(call.id, {}, at=player.at)


def test_a_result_variable_takes_the_answer_whole() -> None:
    player = Player(serving("report").files(), {"year": 2026}).answer(file="f.pdf")
    assert player.task("z").data["report"] == {"file": "f.pdf"}


def test_inputs_of_a_service_task_are_parameters_too() -> None:
    operator = service("projects.enter", stage='"budget"').replace(
        "<bpmn:extensionElements>",
        "<bpmn:extensionElements><spiffworkflow:properties>"
        '<spiffworkflow:property name="input.project" value="project.id"/>'
        "</spiffworkflow:properties>",
    )
    player = Player(line(("serviceTask", "enter", operator)).files(), {"project": {"id": 12}})
    assert player.changes.calls[0].parameters == {"stage": "budget", "project": 12}
    assert type(player.changes.calls[0].parameters["project"]) is int


def test_a_timer_withdraws_a_parked_service_task() -> None:
    drawing = serving()
    drawing.node("boundaryEvent", "b", timer("timeDuration", "P1D"), attachedToRef="issue")
    drawing.path("b", "late", "p_e")
    player = Player(drawing.files(), {"year": 1})
    (call,) = player.changes.calls
    assert player.wait(days=1).changes.withdrawn_calls == (call.id,)
    assert player.open == ["late"]
    with pytest.raises(Conflict):
        player.run.answer(call.id, {}, at=player.at)


def test_a_refused_service_task_goes_the_way_of_its_error() -> None:
    drawing = serving()
    drawing.node(
        "boundaryEvent", "b", '<bpmn:errorEventDefinition errorRef="x_A"/>', attachedToRef="issue"
    )
    drawing.path("b", "late", "p_e")
    player = Player(drawing.files(extra=ERRORS), {"year": 1})
    assert player.refuse("A").open == ["late"]
    assert player.changes.withdrawn_calls == ()


def test_a_refusal_that_nothing_catches_is_a_conflict_and_changes_nothing() -> None:
    player = Player(serving().files(), {"year": 1})
    with pytest.raises(Conflict, match="issue"):
        player.refuse("A")
    with pytest.raises(Conflict, match="重新读取"):
        player.answer()
    player.run = runtime.restore(player.definition, player.changes.state)
    assert player.answer().open == ["z"]


def test_a_sub_process_hands_its_data_on() -> None:
    inner = line(("userTask", "in", ""), key="q").body()
    player = Player(line(("subProcess", "sub", inner), ("userTask", "z", "")).files(), {"x": 1})
    assert player.task("in").path == ()
    assert player.do("in", y=2).task("z").data == {"x": 1, "y": 2}
    assert player.history == ["p_s", "q_s", "in", "q_e", "sub"]


def calling(inputs: str = "") -> Drawing:
    drawing = line(("userTask", "before", ""))
    drawing.node("callActivity", "call", inputs, calledElement="q")
    drawing.users("after")
    drawing.flows = []
    return drawing.path("p_s", "before", "call", "after", "p_e")


def test_a_called_process_gets_all_data_and_gives_all_back() -> None:
    player = Player({**calling().files(), **called("in")}, {"x": 1}).do("before", y=1)
    task = player.task("in")
    assert (task.node.process, task.path, task.data) == ("q", ("p/call",), {"x": 1, "y": 1})
    assert player.definition.nodes[task.path[0]].kind == "callActivity"
    assert player.do("in", z=1).task("after").data == {"x": 1, "y": 1, "z": 1}


def test_inputs_of_a_call_activity_are_the_called_process_s_own() -> None:
    inputs = (
        "<bpmn:extensionElements><spiffworkflow:properties>"
        '<spiffworkflow:property name="input.origin" value="&quot;budget&quot;"/>'
        '<spiffworkflow:property name="input.fresh" value="x"/>'
        "</spiffworkflow:properties></bpmn:extensionElements>"
    )
    player = Player({**calling(inputs).files(), **called("in")}, {"x": 1, "origin": "mine"})
    assert player.do("before").task("in").data == {"x": 1, "origin": "budget", "fresh": 1}
    assert player.do("in", y=2).task("after").data == {"x": 1, "origin": "mine", "y": 2}


def test_a_called_process_must_be_there() -> None:
    with pytest.raises(Invalid, match="q") as caught:
        runtime.parse("p", calling().files())
    assert caught.value.element == "call"


def test_a_moved_task_goes_on_elsewhere_in_its_scope() -> None:
    player = Player(line(("userTask", "a", ""), ("userTask", "b", "")).files()).do("a", x=1)
    b = player.task("b").id
    player.move("b", "a")
    assert player.open == ["a"]
    assert [(c.id, c.reason) for c in player.changes.closed] == [(b, "withdrawn")]
    assert player.task("a").data == {"x": 1}
    assert player.move("a", "b", data={"y": Decimal("2.0")}).task("b").data == {"y": Decimal("2.0")}


def test_a_moved_task_takes_its_timers_with_it() -> None:
    drawing = line(("userTask", "a", ""), ("userTask", "b", ""))
    drawing.node("boundaryEvent", "t", timer("timeDuration", "P1D"), attachedToRef="a")
    drawing.flow("t", "b")
    player = Player(drawing.files()).move("a", "b")
    assert player.changes.next_due is None


def test_a_task_may_be_moved_before_a_parallel_split() -> None:
    drawing = line(("userTask", "a", ""))
    drawing.users("b", "c")
    drawing.node("parallelGateway", "split")
    drawing.flows = []
    drawing.path("p_s", "a", "split", "b", "p_e").path("split", "c", "p_e")
    assert Player(drawing.files()).move("a", "split").open == ["b", "c"]


def test_a_process_that_calls_itself_without_end_is_stopped() -> None:
    drawing = line(("userTask", "a", ""))
    drawing.node("callActivity", "again", calledElement="p")
    drawing.flows = []
    drawing.path("p_s", "again", "a", "p_e")
    with pytest.raises(Conflict, match="调用"):
        Player(drawing.files())


def test_a_sub_process_that_is_interrupted_leaves_what_it_knew() -> None:
    inner = line(("userTask", "in", ""), ("userTask", "more", ""), key="q").body()
    drawing = line(("subProcess", "sub", inner))
    drawing.users("late")
    drawing.node("boundaryEvent", "t", timer("timeDuration", "P1D"), attachedToRef="sub")
    drawing.path("t", "late", "p_e")
    player = Player(drawing.files(), {"x": 1}).do("in", y=2)
    assert player.wait(days=1).task("late").data == {"x": 1, "y": 2}
