"""Messages reach only the instances, and in them only the tokens, that they are meant for."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Conflict, Invalid
from engine.workflow import runtime
from tests.engine.runtime_drawing import (
    Drawing,
    correlated_by,
    correlation,
    declare,
    message,
    multi,
    timer,
)
from tests.engine.runtime_player import Player

ORDER = correlation({"order": ["number"]}, number={"placed": "order.id", "paid": "order_id"})
NAMES = declare("placed", "paid")


def conversation() -> Drawing:
    """placed → paid, twice."""
    drawing = Drawing().users("z")
    drawing.node("startEvent", "s", message("placed"))
    drawing.node("intermediateCatchEvent", "first", message("paid"))
    drawing.node("intermediateCatchEvent", "second", message("paid"))
    drawing.node("endEvent", "e")
    return drawing.path("s", "first", "second", "z", "e")


def placed(id_: object) -> Player:
    files = conversation().files(extra=NAMES + ORDER)
    return Player(files, {"order": {"id": id_}}, message="placed")


def test_the_message_that_starts_an_instance_gives_the_key_its_value() -> None:
    player = placed(7)
    assert player.run.takes("paid", {"order_id": 7})
    assert not player.run.takes("paid", {"order_id": 8})
    with pytest.raises(Conflict):
        player.say("paid", order_id=8)
    assert player.say("paid", order_id=7).say("paid", order_id=7).open == ["z"]


@pytest.mark.parametrize("payload", [{}, {"order_id": None}, {"order_id": "7"}, {"other": 7}])
def test_a_message_without_the_key_does_not_reach_it(payload: dict[str, Any]) -> None:
    assert not placed(7).run.takes("paid", payload)


def test_asking_changes_nothing() -> None:
    player = placed(7)
    state = player.changes.state
    player.run.takes("paid", {"order_id": 7})
    assert player.run.copy().open_tasks() == ()
    assert runtime.restore(player.definition, state).waits() == ("message:paid",)


def test_a_message_of_another_name_is_not_taken() -> None:
    assert not placed(7).run.takes("placed", {"order": {"id": 7}})


def test_the_first_message_that_carries_the_key_gives_it_its_value() -> None:
    player = placed(None)
    assert player.run.takes("paid", {"order_id": 8})
    player.say("paid", order_id=8)
    assert not player.run.takes("paid", {"order_id": 9})
    assert player.say("paid", order_id=8).open == ["z"]


def test_a_message_that_the_process_sends_gives_the_key_its_value_too() -> None:
    drawing = Drawing().users("z")
    drawing.node("startEvent", "s")
    payload = (
        "<bpmn:extensionElements><spiffworkflow:messagePayload>{order: {id: n}}"
        "</spiffworkflow:messagePayload></bpmn:extensionElements>"
    )
    drawing.node("intermediateThrowEvent", "ask", message("placed").replace(
        "/>", f">{payload}</bpmn:messageEventDefinition>"
    ))  # fmt: skip
    drawing.node("intermediateCatchEvent", "wait", message("paid"))
    drawing.node("endEvent", "e")
    files = drawing.path("s", "ask", "wait", "z", "e").files(extra=NAMES + ORDER)
    player = Player(files, {"n": 3})
    assert not player.run.takes("paid", {"order_id": 4})
    assert player.say("paid", order_id=3).open == ["z"]


def test_a_key_of_two_properties_needs_both() -> None:
    both = correlation(
        {"order": ["number", "year"]},
        number={"placed": "n", "paid": "n"}, year={"placed": "y", "paid": "y"},
    )  # fmt: skip
    files = conversation().files(extra=NAMES + both)
    player = Player(files, {"n": 1, "y": 2026}, message="placed")
    assert not player.run.takes("paid", {"n": 1, "y": 2025})
    assert not player.run.takes("paid", {"n": 1})
    assert player.run.takes("paid", {"n": 1, "y": 2026})


def test_what_the_process_knows_says_which_message_is_meant() -> None:
    drawing = Drawing().users("z")
    drawing.node("startEvent", "s")
    drawing.node("intermediateCatchEvent", "wait", correlated_by("number", "invoice", "paid"))
    drawing.node("endEvent", "e")
    files = drawing.path("s", "wait", "z", "e").files(extra=NAMES + ORDER)
    player = Player(files, {"invoice": "F-1"})
    assert not player.run.takes("paid", {"order_id": "F-2"})
    assert player.say("paid", order_id="F-1").open == ["z"]
    with pytest.raises(Conflict, match="number") as caught:
        Player(files, {})
    assert caught.value.element == "wait"


def test_each_instance_of_a_loop_may_wait_for_its_own_message() -> None:
    drawing = Drawing().users("z")
    drawing.node("startEvent", "s")
    drawing.node(
        "receiveTask", "wait", correlated_by("number", "item", "paid") + multi("items", "item")
    )
    drawing.node("endEvent", "e")
    files = drawing.path("s", "wait", "z", "e").files(extra=NAMES + ORDER)
    player = Player(files, {"items": [1, 2]})
    player.say("paid", order_id=2)
    assert not player.run.takes("paid", {"order_id": 2})
    assert player.say("paid", order_id=1).open == ["z"]


def test_each_called_process_has_conversations_of_its_own() -> None:
    inner = Drawing("q").users("z")
    inner.node("startEvent", "s")
    inner.node("intermediateCatchEvent", "first", correlated_by("number", "n", "placed"))
    inner.node("intermediateCatchEvent", "second", message("paid"))
    inner.node("endEvent", "e")
    inner.path("s", "first", "second", "z", "e")
    drawing = Drawing()
    drawing.node("startEvent", "s")
    drawing.node("callActivity", "call", multi("[1, 2]", "n"), calledElement="q")
    drawing.node("endEvent", "e")
    files = {
        **drawing.path("s", "call", "e").files(),
        "q.bpmn": inner.xml(extra=NAMES + ORDER),
    }
    player = Player(files).say("placed", order={"id": 2}).say("placed", order={"id": 1})
    assert not player.run.takes("paid", {"order_id": 3})
    assert player.say("paid", order_id=1).open == ["z"]
    assert player.task("z").data["n"] == 1
    assert player.say("paid", order_id=2).open == ["z", "z"]


def test_a_key_that_a_message_carries_only_in_part_is_refused() -> None:
    half = correlation({"order": ["number", "year"]}, number={"placed": "n"}, year={"paid": "y"})
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", conversation().files(extra=NAMES + half))
    assert caught.value.element in {"number", "year"}


def test_a_retrieval_expression_that_is_no_feel_is_refused() -> None:
    bad = correlation({"order": ["number"]}, number={"placed": "1 +"})
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", conversation().files(extra=NAMES + bad))
    assert caught.value.element == "number"


def test_a_start_message_may_be_kept_under_one_name() -> None:
    kept = message("placed").replace(
        "/>", "><bpmn:extensionElements><spiffworkflow:messageVariable>given"
        "</spiffworkflow:messageVariable></bpmn:extensionElements></bpmn:messageEventDefinition>"
    )  # fmt: skip
    drawing = Drawing().users("z")
    drawing.node("startEvent", "s", kept)
    drawing.node("endEvent", "e")
    files = drawing.path("s", "z", "e").files(extra=NAMES)
    assert Player(files, {"n": 1}, message="placed").task("z").data == {"given": {"n": 1}}


# ---- signals, and several events at once

SIGNALS = '<bpmn:signal id="s_stop" name="stop"/><bpmn:signal id="s_go" name="go"/>'


def signal(name: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="s_{name}"/>'


def test_a_signal_from_outside_reaches_all_that_wait() -> None:
    drawing = Drawing().users("z")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "g")
    drawing.node("intermediateCatchEvent", "one", signal("go"))
    drawing.node("intermediateCatchEvent", "two", signal("go"))
    drawing.node("parallelGateway", "j")
    drawing.node("endEvent", "e")
    drawing.path("s", "g", "one", "j", "z", "e").path("g", "two", "j")
    player = Player(drawing.files(extra=SIGNALS))
    assert player.changes.waits == ("signal:go",)
    with pytest.raises(Conflict):
        player.signal("stop")
    assert player.signal("go", why="now").task("z").data == {"why": "now"}


def test_a_thrown_signal_is_told_to_the_host() -> None:
    drawing = Drawing().users("a")
    drawing.node("startEvent", "s")
    drawing.node("endEvent", "e", signal("stop"))
    player = Player(drawing.path("s", "a", "e").files(extra=SIGNALS)).do("a")
    assert [(s.name, s.payload, s.node.id) for s in player.changes.thrown_signals] == [
        ("stop", {}, "e")
    ]


def several(*definitions: str, stops: bool = True) -> Drawing:
    drawing = Drawing().users("host", "late")
    drawing.node("startEvent", "s")
    drawing.node(
        "boundaryEvent", "b", "".join(definitions), attachedToRef="host",
        cancelActivity=str(stops).lower(),
    )  # fmt: skip
    drawing.node("endEvent", "e")
    return drawing.path("s", "host", "e").path("b", "late", "e")


def test_of_several_events_the_first_that_happens_counts() -> None:
    definitions = (message("paid"), signal("stop"), timer("timeDuration", "P1D"))
    files = several(*definitions).files(extra=NAMES + SIGNALS)
    assert Player(files).changes.waits == ("message:paid", "signal:stop")
    assert Player(files).say("paid", n=1).task("late").data == {"n": 1}
    assert Player(files).signal("stop").open == ["late"]
    player = Player(files).wait(days=1)
    assert (player.open, player.changes.waits, player.changes.next_due) == (["late"], (), None)


def test_several_events_beside_an_activity_go_on_one_by_one() -> None:
    drawing = several(message("paid"), timer("timeDuration", "P1D"), stops=False)
    player = Player(drawing.files(extra=NAMES))
    assert player.say("paid").open == ["host", "late"]
    assert player.wait(days=1).open == ["host", "late", "late"]
    assert player.changes.next_due is None
    assert player.say("paid").open == ["host", "late", "late", "late"]


def test_a_throwing_event_may_throw_several_things() -> None:
    drawing = Drawing().users("a")
    drawing.node("startEvent", "s")
    end = "<bpmn:terminateEventDefinition/>" + message("paid") + signal("stop")
    drawing.node("parallelGateway", "g")
    drawing.node("endEvent", "e", end)
    drawing.users("b")
    drawing.path("s", "g", "a", "e").path("g", "b", "e")
    player = Player(drawing.files(extra=NAMES + SIGNALS)).do("a")
    assert [t.name for t in player.changes.thrown] == ["paid"]
    assert [t.name for t in player.changes.thrown_signals] == ["stop"]
    assert player.changes.finished
