"""Tokens through sequences and gateways, and the data they carry."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from engine.errors import Conflict, Invalid, NotFound
from engine.workflow import runtime
from tests.engine.runtime_drawing import Drawing, declare, message
from tests.engine.runtime_player import AT, Player


def fork(kind: str = "parallelGateway") -> Drawing:
    drawing = Drawing().users("a", "b", "c", "d")
    drawing.node("startEvent", "s")
    drawing.node(kind, "split")
    drawing.node(kind, "join")
    drawing.node("endEvent", "e")
    return drawing.path("s", "a", "split").path("join", "d", "e")


def parallel() -> Drawing:
    return fork().path("split", "b", "join").path("split", "c", "join")


def choice(kind: str = "exclusiveGateway", default: bool = True) -> Drawing:
    drawing = fork(kind)
    drawing.flow("split", "b", "金额 > 100")
    drawing.flow("split", "c", None if default else "金额 < 0", default)
    return drawing.path("b", "join").path("c", "join")


def test_tasks_open_one_after_another_and_the_process_ends() -> None:
    player = Player(parallel().files(), {"x": 1})
    assert player.open == ["a"]
    assert player.do("a").open == ["b", "c"]
    assert player.do("b").open == ["c"]
    assert player.do("c").open == ["d"]
    assert player.do("d").changes.finished
    assert player.history == ["s", "a", "split", "b", "c", "join", "d", "e"]


def test_history_names_the_flows_that_were_taken() -> None:
    player = Player(choice().files()).do("a", 金额=500)
    split = next(p for p in player.changes.passed if p.node == "split")
    assert split.flows == ("p_f4",)
    assert (split.process, split.path, split.at) == ("p", (), AT)


def test_the_first_true_condition_wins_and_else_the_default() -> None:
    assert Player(choice().files()).do("a", 金额=500).open == ["b"]
    assert Player(choice().files()).do("a", 金额=5).open == ["c"]


def test_a_missing_name_is_null_and_the_default_flow_is_taken() -> None:
    assert Player(choice().files()).do("a").open == ["c"]


def test_a_gateway_without_a_true_condition_and_without_default_is_a_conflict_that_names_it() -> (
    None
):
    player = Player(choice(default=False).files())
    with pytest.raises(Conflict, match="split") as caught:
        player.do("a")
    assert caught.value.element == "split"


def test_an_inclusive_gateway_opens_every_true_branch_and_waits_for_all_of_them() -> None:
    drawing = fork("inclusiveGateway")
    drawing.flow("split", "b", "n > 1")
    drawing.flow("split", "c", "n > 2")
    drawing.flow("split", "join", None, True)
    drawing.path("b", "join").path("c", "join")
    player = Player(drawing.files()).do("a", n=3)
    assert player.open == ["b", "c"]
    assert player.do("b").open == ["c"]
    assert player.do("c").open == ["d"]
    assert Player(drawing.files()).do("a", n=0).open == ["d"]


def test_of_two_branches_the_later_writing_wins_and_an_untouched_name_undoes_nothing() -> None:
    player = Player(parallel().files(), {"amount": 1}).do("a")
    player.do("b", amount=2, by="b").do("c", by="c").do("d")
    assert player.changes.data == {"amount": 2, "by": "c"}


def test_a_branch_does_not_see_what_the_other_wrote() -> None:
    player = Player(parallel().files(), {"doc": {"pages": [1]}}).do("a")
    player.do("b", doc={"pages": [1, 2]})
    assert player.task("c").data == {"doc": {"pages": [1]}}


def test_what_the_host_does_to_a_task_s_data_does_not_reach_the_process() -> None:
    given: dict[str, Any] = {"doc": {"pages": [1]}}
    player = Player(parallel().files(), given)
    player.task("a").data["doc"]["pages"].append(99)
    given["doc"]["pages"].append(98)
    assert player.do("a").task("b").data == {"doc": {"pages": [1]}}


def test_task_ids_stay_the_same_over_saving_and_are_not_used_again() -> None:
    player = Player(parallel().files()).do("a")
    ids = {task.id for task in player.run.open_tasks()}
    assert {
        t.id for t in runtime.restore(player.definition, player.changes.state).open_tasks()
    } == ids
    assert player.do("b").do("c").task("d").id not in ids


def test_a_task_is_completed_once() -> None:
    player = Player(parallel().files()).do("a")
    id_ = player.task("b").id
    player.do("b")
    with pytest.raises(Conflict):
        player.run.complete(id_, {}, at=AT)


def test_a_finished_instance_takes_nothing_more() -> None:
    player = Player(parallel().files()).do("a").do("b").do("c").do("d")
    with pytest.raises(Conflict):
        player.run.fire_due(at=AT)


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(Invalid):
        runtime.start(runtime.parse("p", parallel().files()), {}, at=datetime(2026, 1, 1))  # noqa: DTZ001 - the fault under test


def test_a_process_that_nobody_drew_is_not_found() -> None:
    with pytest.raises(NotFound):
        runtime.parse("q", parallel().files())


def test_a_loop_without_rest_is_stopped() -> None:
    drawing = Drawing()
    drawing.node("startEvent", "s")
    drawing.node("exclusiveGateway", "g")
    drawing.node("exclusiveGateway", "h")
    drawing.node("endEvent", "e")
    drawing.path("s", "g", "h")
    drawing.flow("h", "e", "false")
    drawing.flow("h", "g", None, True)
    with pytest.raises(Conflict, match="循环"):
        Player(drawing.files())


def test_the_same_acts_give_the_same_bytes() -> None:
    def play() -> bytes:
        return Player(parallel().files(), {"b": 1, "a": 2}).do("a", z=1).do("c").changes.state

    assert play() == play()


def test_one_definition_serves_many_instances_in_many_threads() -> None:
    definition = runtime.parse("p", parallel().files())

    def play(n: int) -> dict[str, Any]:
        player = Player(definition, {"n": n}).do("a").do("c", c=n).do("b", b=n).do("d")
        return player.changes.data

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(play, range(40))) == [{"n": n, "b": n, "c": n} for n in range(40)]


def test_a_process_is_started_by_its_message_or_by_nobody() -> None:
    drawing = Drawing().users("a", "b")
    drawing.node("startEvent", "s")
    drawing.node("startEvent", "m", message("problem.found"))
    drawing.node("endEvent", "e")
    drawing.path("s", "a", "e").path("m", "b", "e")
    definition = runtime.parse("p", drawing.files(extra=declare("problem.found")))
    assert definition.messages == ("problem.found",)
    assert Player(definition).open == ["a"]
    assert Player(definition, message="problem.found").open == ["b"]
    with pytest.raises(NotFound):
        Player(definition, message="unknown")


def test_nodes_are_listed_with_lane_properties_and_documentation() -> None:
    drawing = Drawing()
    drawing.node("startEvent", "s")
    inner = (
        "<bpmn:documentation>读三遍</bpmn:documentation><bpmn:extensionElements>"
        '<spiffworkflow:properties><spiffworkflow:property name="form" value="opinion"/>'
        "</spiffworkflow:properties></bpmn:extensionElements>"
    )
    drawing.node("userTask", "a", inner, name="审核")
    drawing.node("endEvent", "e")
    drawing.path("s", "a", "e")
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="budget_reviewer" name="预算审核">'
        "<bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    definition = runtime.parse("p", drawing.files(process_inner=lanes))
    node = definition.nodes["p/a"]
    assert node is definition.node("p", "a")
    assert (node.name, node.kind, node.lane, node.lane_name) == (
        "审核", "userTask", "budget_reviewer", "预算审核",
    )  # fmt: skip
    assert (node.properties, node.documentation) == ({"form": "opinion"}, "读三遍")
    assert Player(definition).task("a").node == node
