"""Multi-instance activities: parallel, sequential, over tasks, sub-processes, calls, services."""

from __future__ import annotations

import pytest

from engine.errors import Conflict, Invalid
from engine.workflow import runtime
from tests.engine.runtime_drawing import Drawing, multi, service
from tests.engine.runtime_player import Player
from tests.engine.test_runtime_work import ERRORS, called, line


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


def test_moving_one_instance_of_a_loop_moves_the_loop() -> None:
    player = Player(each(False).files(), {"list": [1, 2]}).move("sign", "z")
    assert player.open == ["z"]


@pytest.mark.parametrize("target", ["nowhere", "p_s", "sign [child]"])
def test_a_task_cannot_be_moved_where_no_token_can_be(target: str) -> None:
    player = Player(each(False).files(), {"list": [1]})
    with pytest.raises(Invalid):
        player.move("sign", target)
