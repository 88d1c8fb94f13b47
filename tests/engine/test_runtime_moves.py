"""Sending back, jumping, calling back, ending: no sequence of them leaves a token behind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import Conflict, Invalid
from engine.workflow import runtime
from engine.workflow.runtime.state import save
from tests.engine.runtime_drawing import Drawing, declare, message, multi, service, timer
from tests.engine.runtime_player import AT, Player


def routed(drawing: Drawing, router: str, node: str, onwards: str, **back: str) -> None:
    """`node`, then a router that goes back where `outcome` says, else onwards."""
    drawing.node("exclusiveGateway", router)
    drawing.flow(node, router)
    for target in back.values():
        drawing.flow(router, target, f'outcome = "{target}"')
    drawing.flow(router, onwards, default=True)


def framed(*users: str, key: str = "p") -> Drawing:
    drawing = Drawing(key).users(*users)
    drawing.node("startEvent", f"{key}_s")
    drawing.node("endEvent", f"{key}_e")
    return drawing


def block() -> Drawing:
    """a, then b1 b2 b3 beside c, then d; b2, b3 and d may return."""
    drawing = framed("a", "b1", "b2", "b3", "c", "d")
    drawing.node("parallelGateway", "split")
    drawing.node("parallelGateway", "join")
    drawing.path("p_s", "a", "split", "b1", "b2").path("split", "c", "join")
    routed(drawing, "r2", "b2", "b3", x="a", y="b1")
    routed(drawing, "r3", "b3", "join", x="a", y="b1", z="b2")
    drawing.flow("join", "d")
    routed(drawing, "rd", "d", "p_e", x="a")
    return drawing


def to_the_end(player: Player, **outputs: object) -> Player:
    while player.open:
        player.do(player.open[0], **{"outcome": "on", **outputs})
    assert player.changes.finished
    return player


def test_a_task_is_returned_to_each_visited_node_and_then_reaches_the_end() -> None:
    drawing = framed("a", "b", "c", "d").path("p_s", "a", "b", "c", "d")
    routed(drawing, "r", "d", "p_e", a="a", b="b", c="c")
    for target in ("a", "b", "c"):
        player = Player(drawing.files()).do("a").do("b").do("c")
        assert player.ways_back("d") == ["a", "b", "c"]
        assert player.back("d", target, outcome=target).open == [target]
        to_the_end(player)


def test_the_first_task_has_no_way_back() -> None:
    assert Player(block().files()).ways_back("a") == []


def test_a_return_inside_a_branch_leaves_the_other_branch_alone() -> None:
    player = Player(block().files()).do("a").do("b1").do("b2", outcome="on")
    assert player.ways_back("b3") == ["a", "b1", "b2"]
    other = player.task("c").id
    player.back("b3", "b1", outcome="b1")
    assert player.open == ["b1", "c"]
    assert player.task("c").id == other
    to_the_end(player)


@pytest.mark.parametrize("joined", [False, True])
def test_a_return_before_the_split_withdraws_the_sibling_branches(joined: bool) -> None:
    player = Player(block().files()).do("a").do("b1")
    if joined:
        player.do("c", said="yes")
    sibling = [] if joined else [player.task("c").id]
    player.back("b2", "a", outcome="a")
    assert player.open == ["a"]
    assert [c.id for c in player.changes.closed if c.reason == "withdrawn"] == sibling
    assert ("said" in player.task("a").data) is joined
    to_the_end(player)
    assert player.history.count("join") == 1


def test_a_return_into_a_closed_branch_is_not_offered_and_is_refused() -> None:
    player = Player(block().files()).do("a").do("b1").do("b2", outcome="on")
    player.do("b3", outcome="on").do("c")
    assert player.ways_back("d") == ["a"]
    with pytest.raises(Conflict, match="b1"):
        player.run.complete(player.task("d").id, {}, at=AT, back_to="b1")
    with pytest.raises(Conflict, match="并行"):
        player.run.move(player.task("d").id, "b1", at=AT)
    assert player.back("d", "p/a", outcome="a").open == ["a"]
    to_the_end(player)


def test_a_branch_never_sees_the_nodes_of_another() -> None:
    player = Player(block().files()).do("a").do("b1")
    assert player.ways_back("c") == ["a"]
    with pytest.raises(Conflict, match="b1"):
        player.move("c", "b1")


def test_a_return_that_the_diagram_does_not_lead_changes_nothing() -> None:
    player = Player(block().files()).do("a").do("b1")
    before = player.changes.state
    with pytest.raises(Conflict, match="没有从这里退回"):
        player.run.complete(player.task("b2").id, {"outcome": "b1"}, at=AT, back_to="a")
    with pytest.raises(Conflict, match="没有从这里退回"):
        player.run.complete(player.task("c").id, {}, at=AT, back_to="a")
    assert save(player.run._instance) == before
    assert player.back("b2", "b1", outcome="b1").open == ["b1", "c"]


def test_a_return_may_be_tried_on_a_copy() -> None:
    player = Player(block().files()).do("a").do("b1")
    trial = player.run.copy()
    changes = trial.complete(player.task("b2").id, {"outcome": "a"}, at=AT, back_to="a")
    assert [task.node.id for task in changes.opened] == ["a"]
    assert player.open == ["b2", "c"]


def nested() -> Drawing:
    """a; beside c: b, then x beside y; all three meet in one join; d."""
    drawing = framed("a", "b", "c", "x", "y", "d")
    for gateway in ("outer", "inner", "join"):
        drawing.node("parallelGateway", gateway)
    drawing.path("p_s", "a", "outer", "b", "inner", "x", "join").path("outer", "c", "join")
    drawing.path("inner", "y")
    routed(drawing, "ry", "y", "join", a="a", b="b")
    return drawing.path("join", "d", "p_e")


def test_what_waits_at_a_join_goes_with_the_branch_it_came_from() -> None:
    player = Player(nested().files()).do("a").do("b").do("x").do("c")
    assert player.ways_back("y") == ["a", "b"]
    assert player.back("y", "b", outcome="b").open == ["b"]
    assert player.do("b").open == ["x", "y"]
    assert player.do("y", outcome="on").open == ["x"]
    assert player.do("x").open == ["d"]


def test_a_return_before_nested_splits_empties_the_join() -> None:
    player = Player(nested().files()).do("a").do("b").do("x").do("c")
    assert player.back("y", "a", outcome="a").open == ["a"]
    assert player.do("a").open == ["b", "c"]
    to_the_end(player)


def test_lineages_do_not_grow_with_rounds() -> None:
    player = Player(block().files()).do("a").do("b1")
    first = len(player.changes.state)
    for _ in range(50):
        player.back("b2", "a", outcome="a").do("a").do("b1")
    assert len(player.changes.state) < first + 100
    to_the_end(player)


def signed(*, sequential: bool = False) -> Drawing:
    drawing = framed("a", "z").path("p_s", "a")
    loop = multi("list", "who", sequential=sequential)
    drawing.node("userTask", "sign", loop, name="sign")
    drawing.flow("a", "sign")
    routed(drawing, "r", "sign", "z", a="a")
    return drawing.path("z", "p_e")


@pytest.mark.parametrize("sequential", [False, True])
def test_a_return_from_a_countersignature_withdraws_the_other_signers(sequential: bool) -> None:
    player = Player(signed(sequential=sequential).files(), {"list": [1, 2, 3]}).do("a").do("sign")
    assert player.ways_back("sign") == ["a"]
    assert player.back("sign", "a", outcome="a").open == ["a"]
    assert "who" not in player.task("a").data
    player.do("a")
    assert len(player.open) == (1 if sequential else 3)
    for _ in range(3):
        player.do("sign", outcome="on")
    assert player.open == ["z"]


def test_a_return_to_a_countersignature_opens_a_new_round_for_all() -> None:
    player = Player(signed().files(), {"list": [1, 2]}).do("a").do("sign").do("sign")
    assert player.ways_back("z") == ["a", "sign"]
    assert player.move("z", "sign").open == ["sign", "sign"]


def test_a_return_out_of_one_instance_of_a_sub_process_ends_the_others() -> None:
    inner = framed("in1", "in2", key="q").path("q_s", "in1", "in2", "q_e").body()
    drawing = framed("a", "z").path("p_s", "a")
    drawing.node("subProcess", "sub", multi("list", "who") + inner)
    drawing.flow("a", "sub")
    routed(drawing, "r", "sub", "z", a="a")
    drawing.flow("z", "p_e")
    player = Player(drawing.files(), {"list": [1, 2]}).do("a").do("in1")
    assert player.ways_back("in2") == ["a", "in1"]
    assert player.move("in2", "in1").open == ["in1", "in1"]
    player.do("in1")
    assert player.back("in2", "a", outcome="a").open == ["a"]
    to_the_end(player)


def calling() -> dict[str, bytes]:
    """a calls q (u beside v, then w), and its router takes q's outcome."""
    drawing = framed("a", "z").path("p_s", "a")
    drawing.node("callActivity", "call", calledElement="q", name="call")
    drawing.flow("a", "call")
    routed(drawing, "r", "call", "z", a="a")
    drawing.flow("z", "p_e")
    called = framed("u", "v", "w", key="q")
    called.node("parallelGateway", "qs")
    called.node("parallelGateway", "qj")
    called.path("q_s", "qs", "u").path("qs", "v", "qj", "w", "q_e")
    routed(called, "ru", "u", "qj", back="q_e2")
    called.node("endEvent", "q_e2")
    return {**drawing.files(), **called.files()}


def test_a_return_across_a_call_activity_ends_the_called_process_with_its_outcome() -> None:
    player = Player(calling()).do("a")
    place = player.run.ways_back(player.task("u").id)[0]
    assert (place.process, place.node, place.path, place.scope) == ("p", "a", (), "")
    with pytest.raises(Conflict, match="没有从这里退回"):
        player.run.complete(player.task("u").id, {"outcome": "a"}, at=AT, back_to=place)
    called = calling()
    called["q.bpmn"] = called["q.bpmn"].replace(b"outcome = &quot;q_e2&quot;", b"outcome != null")
    called["q.bpmn"] = called["q.bpmn"].replace(b'outcome = "q_e2"', b"outcome = &quot;a&quot;")
    player = Player(called).do("a")
    assert player.back("u", "a", outcome="a").open == ["a"]
    assert sorted(c.reason for c in player.changes.closed) == ["completed", "withdrawn"]
    player.do("a").do("u", outcome="on").do("v").do("w", outcome="on")
    assert to_the_end(player).changes.finished


def test_a_task_is_moved_out_of_a_called_process_with_what_was_learned_in_it() -> None:
    player = Player(calling()).do("a").do("v", heard=1)
    assert player.may_move("u") >= {"a", "z"}
    assert player.move("u", "z").task("z").data == {"heard": 1}
    assert len(player.run._instance.scopes()) == 1


def test_places_in_a_called_process_say_through_which_call() -> None:
    player = Player(calling()).do("a").do("v").do("u", outcome="on")
    inside = player.run.may_move(player.task("w").id)
    assert ("p/call",) in {place.path for place in inside if place.process == "q"}
    assert player.run.ways_back(player.task("w").id)[0].node == "a"


def test_a_jump_forward_is_offered_only_where_no_branch_is_left_behind() -> None:
    player = Player(block().files())
    assert player.may_move("a") == {"split", "d", "rd", "p_e"}
    assert player.do("a").may_move("b1") == {"a", "b2", "b3", "r2", "r3"}
    assert player.move("b1", "b3").open == ["b3", "c"]
    player.do("b3", outcome="on").do("c")
    to_the_end(player)


def test_a_jump_to_the_end_event_ends_the_process() -> None:
    assert Player(block().files()).move("a", "p_e").changes.finished


def test_a_jump_where_branches_merge_without_a_join_is_refused() -> None:
    drawing = framed("a", "b", "c", "d", "x")
    drawing.node("parallelGateway", "split")
    drawing.node("exclusiveGateway", "merge")
    drawing.path("p_s", "a", "split", "b", "merge", "d", "x", "p_e").path("split", "c", "merge")
    player = Player(drawing.files()).do("a").do("b").do("c")
    assert player.open == ["d", "d"]
    with pytest.raises(Conflict):
        player.move("d", "x")
    assert [player.ways_back("d", n) for n in (0, 1)] == [["a", "b"], ["a", "c"]]
    assert player.move("d", "a").open == ["a"]


def watched(*, stops: bool = False, host: str = "userTask") -> Drawing:
    drawing = framed("a", "c", "late").path("p_s", "a")
    drawing.node(host, "b", name="b")
    drawing.path("a", "b", "c", "p_e")
    drawing.node("boundaryEvent", "t", timer("timeCycle", "R3/P1D"), attachedToRef="b",
                 cancelActivity=str(stops).lower())  # fmt: skip
    drawing.node("endEvent", "over")
    return drawing.path("t", "late", "over")


def test_a_return_takes_the_paths_that_began_beside_with_it() -> None:
    player = Player(watched().files()).do("a").wait(days=1).wait(days=1)
    assert player.open == ["b", "late", "late"]
    assert player.ways_back("late") == ["a"]
    player.do("b")
    assert player.ways_back("c") == ["a", "b"]
    assert player.move("c", "a").open == ["a"]
    assert player.changes.next_due is None


def test_a_path_beside_may_itself_be_returned_and_then_stands_for_all() -> None:
    player = Player(watched().files()).do("a").wait(days=1).do("b")
    assert player.open == ["c", "late"]
    assert player.move("late", "a").open == ["a"]
    to_the_end(player)


def test_a_running_event_sub_process_is_left_for_no_other_place() -> None:
    inner = Drawing("q").users("in")
    inner.node("startEvent", "q_s", message("m"), isInterrupting="false")
    inner.node("endEvent", "q_e")
    inner.path("q_s", "in", "q_e")
    drawing = framed("a", "b").path("p_s", "a", "b", "p_e")
    drawing.node("subProcess", "es", inner.body(), triggeredByEvent="true")
    player = Player(drawing.files(extra=declare("m"))).do("a").say("m")
    assert player.open == ["b", "in"]
    assert player.ways_back("in") == []
    with pytest.raises(Conflict):
        player.move("in", "a")
    assert player.move("b", "a").open == ["a", "in"]


def test_a_task_is_called_back_while_the_next_is_untouched() -> None:
    player = Player(block().files()).do("a", x=1)
    assert player.recalls == ["a"]
    assert player.recall("a").open == ["a"]
    assert player.task("a").data == {"x": 1}
    assert player.recalls == []
    to_the_end(player)


def test_a_task_cannot_be_called_back_after_the_next_has_acted() -> None:
    player = Player(block().files()).do("a").do("c")
    assert player.recalls == []
    place = player.run.ways_back(player.task("b1").id)[0]
    with pytest.raises(Conflict, match="取回"):
        player.run.recall(place, at=AT)
    player.do("b1")
    assert player.recalls == ["b1"]
    assert player.recall("b1").open == ["b1"]


def test_what_has_joined_another_branch_cannot_be_called_back() -> None:
    player = Player(block().files()).do("a").do("c").do("b1").do("b2", outcome="on")
    player.do("b3", outcome="on")
    assert player.open == ["d"]
    assert player.recalls == []


def test_a_called_process_that_nobody_has_touched_is_called_back_whole() -> None:
    player = Player(calling()).do("a")
    assert player.recalls == ["a"]
    assert player.recall("a").open == ["a"]
    player.do("a").do("u", outcome="on")
    assert player.recalls == []


def test_a_countersignature_is_called_back_until_one_has_signed() -> None:
    player = Player(signed().files(), {"list": [1, 2]}).do("a")
    assert player.recall("a").open == ["a"]
    player.do("a").do("sign")
    assert player.recalls == []


def test_after_a_service_or_a_timer_nothing_is_called_back() -> None:
    drawing = framed("a", "b").path("p_s", "a")
    drawing.node("serviceTask", "svc", service("reports.issue"))
    drawing.path("a", "svc", "b", "p_e")
    player = Player(drawing.files()).do("a")
    assert player.recalls == []
    assert player.answer().recalls == []
    player = Player(watched().files()).do("a")
    assert player.recalls == ["a"]
    assert player.wait(days=1).recalls == []


def test_a_return_withdraws_a_parked_service_call() -> None:
    drawing = framed("a", "b").path("p_s", "a")
    drawing.node("serviceTask", "svc", service("reports.issue"))
    drawing.node("parallelGateway", "split")
    drawing.path("a", "split", "svc", "p_e").path("split", "b", "p_e")
    player = Player(drawing.files()).do("a").move("b", "a")
    assert player.open == ["a"]
    assert len(player.changes.withdrawn_calls) == 1
    assert player.run.open_calls() == ()


def test_a_shift_puts_off_what_is_due() -> None:
    player = Player(watched().files()).do("a").wait(days=1)
    assert player.changes.next_due == AT + timedelta(days=2)
    player.shift(hours=12)
    assert player.changes.next_due == AT + timedelta(days=2, hours=12)
    assert player.wait(days=1).open == ["b", "late"]
    player.wait(hours=12)
    assert player.open == ["b", "late", "late"]
    assert player.changes.next_due == AT + timedelta(days=3, hours=12)


def test_a_cancelled_instance_is_over_and_has_no_result() -> None:
    player = Player(calling()).do("a", x=1)
    changes = player.run.cancel(at=AT)
    assert (changes.finished, changes.data, changes.next_due) == (True, {}, None)
    assert {c.reason for c in changes.closed} == {"withdrawn"}
    assert runtime.restore(player.definition, changes.state).finished


def test_a_forced_end_keeps_what_is_known() -> None:
    player = Player(calling()).do("a", x=1).do("u", y=2, outcome="on")
    changes = player.run.force_end(at=AT)
    assert (changes.finished, changes.data) == (True, {"x": 1, "y": 2, "outcome": "on"})
    with pytest.raises(Conflict, match="结束"):
        player.run.force_end(at=AT)


def test_a_move_to_no_place_is_refused() -> None:
    player = Player(calling()).do("a").do("v").do("u", outcome="on")
    for target in ("nowhere", "p_s", "qj", "p/w"):
        with pytest.raises(Invalid):
            player.move("w", target)
