"""Conditional events fire when their condition is or becomes true over the data of their scope."""

from __future__ import annotations

import pytest

from engine.errors import Conflict
from tests.engine.runtime_drawing import Drawing, condition, declare, message, multi
from tests.engine.runtime_player import Player


def two_branches(inner: str = condition("ok = true")) -> Drawing:
    """A condition is waited for on one branch; tasks on the other may write."""
    drawing = Drawing().users("after", "one", "two")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "g")
    drawing.node("intermediateCatchEvent", "wait", inner)
    drawing.node("endEvent", "e")
    drawing.node("endEvent", "e2")
    return drawing.path("s", "g", "wait", "after", "e").path("g", "one", "two", "e2")


def watched(*, stops: bool, text: str = "total > 10") -> Drawing:
    """A task under a condition, and beside it tasks that count."""
    drawing = Drawing().users("host", "late", "count")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "g")
    drawing.node("exclusiveGateway", "again")
    drawing.node(
        "boundaryEvent", "b", condition(text), attachedToRef="host",
        cancelActivity=str(stops).lower(),
    )  # fmt: skip
    drawing.node("endEvent", "e")
    drawing.node("endEvent", "e2")
    drawing.path("s", "g", "host", "e").path("b", "late", "e").path("g", "again", "count", "again")
    return drawing


def test_a_condition_on_one_branch_sees_what_another_branch_writes() -> None:
    player = Player(two_branches().files())
    assert player.open == ["one"]
    assert player.do("one", ok=False).open == ["two"]
    assert player.do("two", ok=True).open == ["after"]


def test_a_condition_that_is_true_already_fires_at_once() -> None:
    assert Player(two_branches().files(), {"ok": True}).open == ["after", "one"]


def test_an_interrupting_condition_withdraws_the_activity() -> None:
    player = Player(watched(stops=True).files(), {"total": 1})
    assert player.do("count", total=5).open == ["count", "host"]
    assert player.do("count", total=11).open == ["count", "late"]


def test_a_condition_beside_fires_again_only_after_it_has_been_false() -> None:
    player = Player(watched(stops=False).files(), {"total": 11})
    assert player.open == ["count", "host", "late"]
    assert player.do("count", total=12).open == ["count", "host", "late"]
    assert player.do("count", total=3).open == ["count", "host", "late"]
    assert player.do("count", total=20).open == ["count", "host", "late", "late"]


def test_a_condition_starts_an_event_sub_process() -> None:
    inner = Drawing("q").users("handle")
    inner.node("startEvent", "q_s", condition("total > 10"), isInterrupting="false")
    inner.node("endEvent", "q_e")
    inner.path("q_s", "handle", "q_e")
    drawing = Drawing().users("a", "b", "c", "d")
    drawing.node("startEvent", "s")
    drawing.node("subProcess", "sub", inner.body(), triggeredByEvent="true")
    drawing.node("endEvent", "e")
    player = Player(drawing.path("s", "a", "b", "c", "d", "e").files())
    assert player.do("a", total=11).open == ["b", "handle"]
    assert player.do("b", total=1).open == ["c", "handle"]
    assert player.do("c", total=12).open == ["d", "handle", "handle"]


def test_a_condition_in_a_sub_process_sees_the_data_around_it() -> None:
    inner = Drawing("q").users("after")
    inner.node("startEvent", "q_s")
    inner.node("intermediateCatchEvent", "wait", condition("ok = true"))
    inner.node("endEvent", "q_e")
    inner.path("q_s", "wait", "after", "q_e")
    drawing = Drawing().users("one")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "g")
    drawing.node("subProcess", "sub", inner.body())
    drawing.node("endEvent", "e")
    drawing.node("endEvent", "e2")
    drawing.path("s", "g", "sub", "e").path("g", "one", "e2")
    assert Player(drawing.files()).do("one", ok=True).open == ["after"]


def test_each_instance_of_a_loop_has_its_own_item_in_its_condition() -> None:
    inner = Drawing("q").users("after")
    inner.node("startEvent", "q_s")
    inner.node("intermediateCatchEvent", "wait", condition("limit >= item"))
    inner.node("endEvent", "q_e")
    inner.path("q_s", "wait", "after", "q_e")
    drawing = Drawing().users("one", "two")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "g")
    drawing.node("subProcess", "sub", multi("[1, 5, 9]", "item") + inner.body())
    drawing.node("endEvent", "e")
    drawing.node("endEvent", "e2")
    drawing.path("s", "g", "sub", "e").path("g", "one", "two", "e2")
    player = Player(drawing.files(), {"limit": 0})
    assert player.do("one", limit=6).open == ["after", "after", "two"]
    assert [task.data["item"] for task in player.run.open_tasks() if task.node.id == "after"] == [
        1, 5,
    ]  # fmt: skip


def test_a_condition_is_one_of_the_events_behind_an_event_gateway() -> None:
    drawing = Drawing().users("x", "y", "one")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "g")
    drawing.node("eventBasedGateway", "first")
    drawing.node("intermediateCatchEvent", "said", message("go"))
    drawing.node("intermediateCatchEvent", "true", condition("ok = true"))
    drawing.node("endEvent", "e")
    drawing.path("s", "g", "first", "said", "x", "e").path("first", "true", "y", "e")
    drawing.path("g", "one", "e")
    files = drawing.files(extra=declare("go"))
    player = Player(files)
    assert player.changes.waits == ("message:go",)
    assert player.do("one", ok=True).open == ["y"]
    assert player.changes.waits == ()
    assert Player(files).say("go").do("one", ok=True).open == ["x"]


def test_a_condition_that_makes_itself_true_for_ever_is_a_conflict() -> None:
    drawing = Drawing().users("one")
    drawing.node("startEvent", "s")
    drawing.node("exclusiveGateway", "again")
    drawing.node("intermediateCatchEvent", "wait", condition("ok = true"))
    drawing.path("s", "one", "again", "wait", "again")
    player = Player(drawing.files())
    with pytest.raises(Conflict):
        player.do("one", ok=True)


def test_what_cannot_be_compared_is_not_true() -> None:
    player = Player(two_branches(condition('total > "x"')).files(), {"total": 5})
    assert player.open == ["one"]
