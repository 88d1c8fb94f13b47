"""Joins: by counted arrivals and live tokens, also inside loops."""

from __future__ import annotations

from tests.engine.runtime_drawing import Drawing
from tests.engine.runtime_player import Player


def looped() -> Drawing:
    """A parallel block inside a loop: decide → again or end."""
    drawing = Drawing().users("b", "c", "decide")
    drawing.node("startEvent", "s")
    drawing.node("exclusiveGateway", "head")
    drawing.node("parallelGateway", "split")
    drawing.node("parallelGateway", "join")
    drawing.node("exclusiveGateway", "again")
    drawing.node("endEvent", "e")
    drawing.path("s", "head", "split", "b", "join").path("split", "c", "join", "decide", "again")
    drawing.flow("again", "head", "more = true")
    drawing.flow("again", "e", None, True)
    return drawing


def test_a_join_in_a_loop_waits_in_every_round_whatever_the_order() -> None:
    player = Player(looped().files())
    for first, second in (("b", "c"), ("c", "b"), ("c", "b"), ("b", "c")):
        assert player.open == ["b", "c"]
        assert player.do(first).open == [second]
        assert player.do(second).open == ["decide"]
        player.do("decide", more=True)
    assert player.do("b").do("c").do("decide", more=False).changes.finished


def test_a_second_token_on_one_incoming_flow_waits_for_the_next_round() -> None:
    drawing = Drawing().users("b1", "b2", "c1", "c2", "d")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "split")
    drawing.node("exclusiveGateway", "left")
    drawing.node("exclusiveGateway", "right")
    drawing.node("parallelGateway", "join")
    drawing.node("endEvent", "e")
    drawing.path("s", "split", "b1", "left", "join", "d", "e").path("split", "b2", "left")
    drawing.path("split", "c1", "right", "join").path("split", "c2", "right")
    player = Player(drawing.files())
    assert player.do("b1").do("b2").open == ["c1", "c2"]
    assert player.do("c1").open == ["c2", "d"]
    assert player.do("c2").open == ["d", "d"]
    assert player.do("d").do("d").changes.finished


def test_an_inclusive_join_does_not_wait_for_a_token_that_cannot_come() -> None:
    drawing = Drawing().users("a", "b", "c", "x")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "split")
    drawing.node("inclusiveGateway", "join")
    drawing.node("endEvent", "e")
    drawing.node("endEvent", "e2")
    drawing.node("exclusiveGateway", "maybe")
    drawing.path("s", "split", "a", "join", "c", "e").path("split", "b", "maybe")
    drawing.flow("maybe", "join", "come = true")
    drawing.flow("maybe", "x", None, True)
    drawing.path("x", "e2")
    player = Player(drawing.files())
    assert player.do("a").open == ["b"]
    assert player.do("b", come=False).open == ["c", "x"]
    assert Player(drawing.files()).do("a").do("b", come=True).open == ["c"]


def test_tokens_that_never_meet_end_the_process_together() -> None:
    drawing = Drawing().users("a", "b")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "split")
    drawing.node("endEvent", "e")
    drawing.path("s", "split", "a", "e").path("split", "b")
    player = Player(drawing.files()).do("a", x=1)
    assert not player.changes.finished
    assert player.do("b", y=2).changes.data == {"x": 1, "y": 2}


def test_a_terminate_end_event_withdraws_everything() -> None:
    drawing = Drawing().users("a", "b")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "split")
    drawing.node("endEvent", "stop", "<bpmn:terminateEventDefinition/>")
    drawing.path("s", "split", "a", "stop").path("split", "b")
    player = Player(drawing.files())
    b = player.task("b").id
    player.do("a", x=1)
    assert player.changes.finished
    assert player.changes.data == {"x": 1}
    assert [(c.id, c.reason) for c in player.changes.closed][1] == (b, "withdrawn")


def test_a_flow_back_into_a_parallel_join_is_not_waited_for() -> None:
    drawing = Drawing().users("a", "b", "decide")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "split")
    drawing.node("parallelGateway", "join")
    drawing.node("exclusiveGateway", "again")
    drawing.node("endEvent", "e")
    drawing.path("s", "split", "a", "join", "decide", "again").path("split", "b", "join")
    drawing.flow("again", "join", "more = true")
    drawing.flow("again", "e", None, True)
    player = Player(drawing.files())
    assert player.do("a").open == ["b"]
    assert player.do("b").open == ["decide"]
    assert player.do("decide", more=True).open == ["decide"]
    assert player.do("decide", more=False).changes.finished
