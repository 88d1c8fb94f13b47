"""Service tasks, sub-processes, called processes and multi-instance activities."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import Conflict, Invalid
from engine.workflow import runtime
from tests.engine.runtime_drawing import Drawing, multi, service, timer
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


def each(sequential: bool, *, inner: str = "", items: str = "list") -> Drawing:
    loop = multi(items, "signer", sequential=sequential, inner=inner)
    return line(("userTask", "sign", loop), ("userTask", "z", ""))


def test_parallel_instances_open_together_and_end_together() -> None:
    player = Player(each(False).files(), {"list": ["甲", "乙", "丙"]})
    assert player.open == ["sign"] * 3
    assert [(t.data["signer"], t.index) for t in player.run.open_tasks()] == [
        ("甲", 1), ("乙", 2), ("丙", 3),
    ]  # fmt: skip
    assert player.do("sign", 1, b=1).open == ["sign"] * 2
    assert player.do("sign", c=1).do("sign").open == ["z"]
    assert player.task("z").data == {"list": ["甲", "乙", "丙"], "b": 1, "c": 1}


def test_sequential_instances_open_one_after_another() -> None:
    player = Player(each(True).files(), {"list": ["甲", "乙"]})
    assert player.task("sign").data["signer"] == "甲"
    assert player.do("sign").task("sign").data["signer"] == "乙"
    assert player.do("sign").open == ["z"]


@pytest.mark.parametrize("data", [{"list": []}, {}, {"list": None}])
@pytest.mark.parametrize("sequential", [True, False])
def test_no_items_means_no_instances(data: dict[str, object], sequential: bool) -> None:
    assert Player(each(sequential).files(), data).open == ["z"]


def test_instances_over_something_that_is_no_list_are_a_conflict() -> None:
    with pytest.raises(Conflict, match="sign"):
        Player(each(True).files(), {"list": 3})


def test_the_collection_may_be_an_expression() -> None:
    drawing = each(False, items="gates.budget[needed = true]")
    gates = {"budget": [{"k": 1, "needed": True}, {"k": 2, "needed": False}]}
    player = Player(drawing.files(), {"gates": gates})
    assert [t.data["signer"]["k"] for t in player.run.open_tasks()] == [1]


def test_a_completion_condition_withdraws_the_rest() -> None:
    enough = (
        "<bpmn:completionCondition>numberOfCompletedInstances &gt;= 2</bpmn:completionCondition>"
    )
    player = Player(each(False, inner=enough).files(), {"list": [1, 2, 3]})
    left = player.do("sign").run.open_tasks()[1].id
    player.do("sign")
    assert player.open == ["z"]
    assert (left, "withdrawn") in [(c.id, c.reason) for c in player.changes.closed]


def test_a_completion_condition_sees_what_the_last_instance_wrote() -> None:
    enough = '<bpmn:completionCondition>verb = "reject"</bpmn:completionCondition>'
    player = Player(each(True, inner=enough).files(), {"list": [1, 2, 3]})
    assert player.do("sign", verb="approve").open == ["sign"]
    assert player.do("sign", verb="reject").open == ["z"]


def test_outputs_are_collected_in_the_order_of_the_items() -> None:
    inner = (
        "<bpmn:loopDataOutputRef>opinions</bpmn:loopDataOutputRef>"
        '<bpmn:outputDataItem id="opinion"/>'
    )
    player = Player(each(False, inner=inner).files(), {"list": [1, 2]})
    player.do("sign", 1, opinion="second").do("sign", opinion="first")
    assert player.task("z").data == {"list": [1, 2], "opinions": ["first", "second"]}


def test_a_number_of_instances_may_be_given() -> None:
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="false">'
        "<bpmn:loopCardinality>n + 1</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    assert Player(line(("userTask", "a", loop)).files(), {"n": 2}).open == ["a"] * 3


def test_one_definition_merges_loops_of_many_instances() -> None:
    definition = runtime.parse("p", each(False).files())
    for _ in range(3):
        player = Player(definition, {"list": [1, 2]}).do("sign").do("sign").do("z")
        assert player.changes.finished


def test_loops_over_called_processes_and_service_tasks() -> None:
    loop = multi("list", "item", sequential=True)
    drawing = line(("userTask", "a", ""))
    drawing.node("callActivity", "call", loop, calledElement="q")
    drawing.node("serviceTask", "ask", service("room.ask", n="item") + multi("list", "item"))
    drawing.flows = []
    drawing.path("p_s", "a", "call", "ask", "p_e")
    player = Player({**drawing.files(), **called("in")}, {"list": [7, 8]}).do("a")
    assert player.task("in").data["item"] == 7
    assert player.do("in").task("in").data["item"] == 8
    assert [c.parameters for c in player.do("in").changes.calls] == [{"n": 7}, {"n": 8}]
    assert player.answer().answer().changes.finished
    assert player.changes.data == {"list": [7, 8]}


def test_an_error_inside_an_instance_is_caught_on_the_loop() -> None:
    inner = Drawing("q").users("in")
    inner.node("startEvent", "q_s")
    inner.node("endEvent", "q_e", '<bpmn:errorEventDefinition errorRef="x_A"/>')
    inner.path("q_s", "in", "q_e")
    drawing = line(("subProcess", "sub", multi("list", "item") + inner.body()))
    drawing.users("late")
    drawing.node("boundaryEvent", "b", "<bpmn:errorEventDefinition/>", attachedToRef="sub")
    drawing.path("b", "late", "p_e")
    player = Player(drawing.files(extra=ERRORS), {"list": [1, 2]})
    assert player.open == ["in", "in"]
    assert player.do("in").open == ["late"]


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


def test_moving_one_instance_of_a_loop_moves_the_loop() -> None:
    player = Player(each(False).files(), {"list": [1, 2]}).move("sign", "z")
    assert player.open == ["z"]


@pytest.mark.parametrize("target", ["nowhere", "p_s", "sign [child]"])
def test_a_task_cannot_be_moved_where_no_token_can_be(target: str) -> None:
    player = Player(each(False).files(), {"list": [1]})
    with pytest.raises(Invalid):
        player.move("sign", target)


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
