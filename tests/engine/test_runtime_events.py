"""Timers, messages, signals, errors and event sub-processes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import Conflict
from engine.workflow import runtime
from tests.engine.runtime_drawing import Drawing, declare, message, timer
from tests.engine.runtime_player import AT, Player

SIGNAL = '<bpmn:signal id="s_stop" name="stop"/>'
STOP = '<bpmn:signalEventDefinition signalRef="s_stop"/>'


def line(*ids: str) -> Drawing:
    """start → user tasks → end."""
    drawing = Drawing().users(*ids)
    drawing.node("startEvent", "s")
    drawing.node("endEvent", "e")
    return drawing.path("s", *ids, "e")


def with_boundary(definition: str, *, stops: bool, host: str = "a") -> Drawing:
    drawing = line("a", "b").users("late")
    drawing.node(
        "boundaryEvent", "on_a", definition, attachedToRef=host, cancelActivity=str(stops).lower()
    )
    drawing.node("endEvent", "e2")
    return drawing.path("on_a", "late", "e2")


def test_an_interrupting_timer_withdraws_the_task() -> None:
    player = Player(with_boundary(timer("timeDuration", "P5D"), stops=True).files())
    a = player.task("a").id
    assert player.changes.next_due == AT + timedelta(days=5)
    assert player.wait(days=4).open == ["a"]
    assert player.wait(days=1).open == ["late"]
    assert [(c.id, c.reason) for c in player.changes.closed] == [(a, "withdrawn")]
    assert player.changes.next_due is None


def test_a_timer_does_not_fire_once_its_task_is_done() -> None:
    player = Player(with_boundary(timer("timeDuration", "P5D"), stops=True).files()).do("a")
    assert player.changes.next_due is None
    assert player.wait(days=9).open == ["b"]


def test_a_non_interrupting_timer_fires_once_beside_the_task() -> None:
    player = Player(with_boundary(timer("timeDuration", "PT5M"), stops=False).files())
    assert player.wait(minutes=6).open == ["a", "late"]
    assert player.wait(minutes=60).open == ["a", "late"]
    assert player.do("a").do("b").do("late").changes.finished


def test_a_counted_cycle_fires_each_of_its_times() -> None:
    player = Player(with_boundary(timer("timeCycle", "R3/PT1H"), stops=False).files())
    assert player.wait(hours=1).open == ["a", "late"]
    assert player.wait(hours=9).open == ["a", "late", "late", "late"]
    assert player.changes.next_due is None


def test_an_endless_cycle_fires_once_for_all_that_was_missed() -> None:
    player = Player(with_boundary(timer("timeCycle", "R/PT1H"), stops=False).files())
    assert player.wait(hours=10, minutes=5).open == ["a", "late"]
    assert player.changes.next_due == AT + timedelta(hours=11)


def test_a_timer_may_be_an_expression_over_the_data() -> None:
    drawing = with_boundary(timer("timeDuration", '="P" + string(days) + "D"'), stops=True)
    player = Player(drawing.files(), {"days": 3})
    assert player.changes.next_due == AT + timedelta(days=3)


def test_a_message_boundary_that_does_not_interrupt_may_come_again() -> None:
    drawing = with_boundary(message("note"), stops=False)
    player = Player(drawing.files(extra=declare("note")))
    assert player.say("note", n=1).open == ["a", "late"]
    assert player.say("note", n=2).open == ["a", "late", "late"]
    assert [t.data["n"] for t in player.run.open_tasks() if t.node.id == "late"] == [1, 2]
    player.do("a")
    with pytest.raises(Conflict, match="note"):
        player.say("note")


def test_an_intermediate_message_waits_and_brings_its_payload() -> None:
    drawing = line("a")
    drawing.node("intermediateCatchEvent", "wait", message("paid"))
    drawing.users("z")
    drawing.flows = []
    drawing.path("s", "a", "wait", "z", "e")
    player = Player(drawing.files(extra=declare("paid"))).do("a")
    assert [w.name for w in player.run.waiting_messages()] == ["paid"]
    assert player.say("paid", amount=7).task("z").data == {"amount": 7}


def test_the_first_event_behind_an_event_gateway_withdraws_the_others() -> None:
    drawing = line("x", "y").users("t")
    drawing.flows = []
    drawing.node("eventBasedGateway", "g")
    drawing.node("intermediateCatchEvent", "msg", message("go"))
    drawing.node("intermediateCatchEvent", "soon", timer("timeDuration", "PT1H"))
    drawing.node("intermediateCatchEvent", "later", timer("timeDuration", "PT2H"))
    drawing.path("s", "g", "msg", "x", "e").path("g", "soon", "y", "e").path("g", "later", "t", "e")
    files = drawing.files(extra=declare("go"))
    player = Player(files)
    assert player.changes.next_due == AT + timedelta(hours=1)
    assert player.say("go").open == ["x"]
    assert player.changes.next_due is None
    assert player.history == ["s", "g", "msg"]
    assert Player(files).wait(hours=3).open == ["y"]


def test_a_thrown_message_goes_to_the_host_with_its_inputs() -> None:
    drawing = line("a")
    drawing.flows = []
    properties = (
        "<bpmn:extensionElements><spiffworkflow:properties>"
        '<spiffworkflow:property name="input.year" value="year + 1"/>'
        "</spiffworkflow:properties></bpmn:extensionElements>"
    )
    drawing.node("intermediateThrowEvent", "tell", properties + message("problem.found"))
    drawing.path("s", "tell", "a", "e")
    player = Player(drawing.files(extra=declare("problem.found")), {"year": 2026})
    (thrown,) = player.changes.thrown
    assert (thrown.name, thrown.payload, thrown.node.id) == (
        "problem.found",
        {"year": 2027},
        "tell",
    )


def test_a_signal_reaches_every_scope_of_the_instance() -> None:
    inner = line("in_sub")
    inner.key, inner.nodes = (
        "q",
        [(k, "q_" + i if k != "userTask" else i, x, a) for k, i, x, a in inner.nodes],
    )
    inner.flows = []
    inner.path("q_s", "in_sub", "q_e")
    drawing = Drawing().users("a", "late")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "split")
    drawing.node("subProcess", "sub", inner.body())
    drawing.node("boundaryEvent", "on_sub", STOP, attachedToRef="sub")
    drawing.node("endEvent", "e", STOP)
    drawing.node("endEvent", "e2")
    drawing.path("s", "split", "a", "e").path("split", "sub", "e2").path("on_sub", "late", "e2")
    player = Player(drawing.files(extra=SIGNAL))
    assert player.open == ["a", "in_sub"]
    assert player.do("a").open == ["late"]


def event_sub(definition: str, *, stops: bool) -> str:
    inner = Drawing("q").users("handle")
    inner.node("startEvent", "q_s", definition, isInterrupting=str(stops).lower())
    inner.node("endEvent", "q_e")
    return inner.path("q_s", "handle", "q_e").body()


def with_event_sub(definition: str, *, stops: bool) -> Drawing:
    drawing = Drawing().users("a", "b")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "split")
    drawing.node("endEvent", "e")
    drawing.node(
        "subProcess", "on_event", event_sub(definition, stops=stops), triggeredByEvent="true"
    )
    return drawing.path("s", "split", "a", "e").path("split", "b", "e")


@pytest.mark.parametrize("definition", [message("stop"), timer("timeDuration", "P1D")])
def test_an_interrupting_event_sub_process_withdraws_the_rest_of_its_scope(definition: str) -> None:
    player = Player(with_event_sub(definition, stops=True).files(extra=declare("stop")))
    assert player.open == ["a", "b"]
    player = player.say("stop") if "message" in definition else player.wait(days=2)
    assert player.open == ["handle"]
    assert {c.reason for c in player.changes.closed} == {"withdrawn"}
    assert player.do("handle").changes.finished


def test_an_event_sub_process_beside_the_rest_may_run_more_than_once() -> None:
    player = Player(with_event_sub(message("note"), stops=False).files(extra=declare("note")))
    assert player.say("note").say("note").open == ["a", "b", "handle", "handle"]
    player.do("handle", h=1).do("handle").do("a", x=1).do("b")
    assert player.changes.finished
    assert player.changes.data == {"h": 1, "x": 1}


def test_an_event_sub_process_that_never_happened_does_not_keep_its_process_alive() -> None:
    player = Player(with_event_sub(message("note"), stops=True).files(extra=declare("note")))
    assert player.do("a").do("b").changes.finished


def test_a_message_to_one_instance_does_not_start_anything_in_the_next() -> None:
    files = with_event_sub(message("note"), stops=False).files(extra=declare("note"))
    definition = runtime.parse("p", files)
    assert Player(definition).say("note").open == ["a", "b", "handle"]
    assert Player(definition).open == ["a", "b"]


def test_an_event_sub_process_lives_in_its_own_scope() -> None:
    inner = with_event_sub(message("stop"), stops=True)
    inner.key = "inner"
    body = inner.body().replace('"s"', '"is"').replace('"e"', '"ie"')
    drawing = Drawing().users("outer", "after")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "g")
    drawing.node("subProcess", "sub", body)
    drawing.node("endEvent", "e")
    drawing.path("s", "g", "outer", "e").path("g", "sub", "after", "e")
    player = Player(drawing.files(extra=declare("stop")))
    assert player.say("stop").open == ["handle", "outer"]
    assert player.do("handle").open == ["after", "outer"]


def throwing(kind: str, code: str) -> str:
    inner = Drawing("q").users("in_sub", "other")
    inner.node("startEvent", "q_s")
    inner.node("parallelGateway", "q_g")
    inner.node("endEvent", "q_fail", f'<bpmn:{kind}EventDefinition {kind}Ref="x_{code}"/>')
    inner.node("endEvent", "q_e")
    return inner.path("q_s", "q_g", "in_sub", "q_fail").path("q_g", "other", "q_e").body()


def catching(kind: str, thrown: str, caught: str | None, *, stops: bool = True) -> Drawing:
    drawing = Drawing().users("next", "late")
    drawing.node("startEvent", "s")
    drawing.node("subProcess", "sub", throwing(kind, thrown))
    drawing.node("endEvent", "e")
    ref = f' {kind}Ref="x_{caught}"' if caught else ""
    drawing.node(
        "boundaryEvent", "on_sub", f"<bpmn:{kind}EventDefinition{ref}/>", attachedToRef="sub",
        cancelActivity=str(stops).lower(),
    )  # fmt: skip
    return drawing.path("s", "sub", "next", "e").path("on_sub", "late", "e")


def codes(kind: str) -> str:
    return "".join(f'<bpmn:{kind} id="x_{c}" name="{c}" {kind}Code="{c}"/>' for c in "AB")


@pytest.mark.parametrize("caught", ["A", None])
def test_an_error_leaves_its_scope_and_is_caught_on_the_border(caught: str | None) -> None:
    player = Player(catching("error", "A", caught).files(extra=codes("error")))
    assert player.do("in_sub", why="no").open == ["late"]
    assert player.task("late").data == {"why": "no"}


def test_an_error_that_nothing_catches_ends_the_instance() -> None:
    player = Player(catching("error", "A", "B").files(extra=codes("error"))).do("in_sub")
    assert player.changes.finished
    assert player.changes.error == "A"


def test_an_escalation_may_leave_its_scope_running() -> None:
    drawing = catching("escalation", "A", "A", stops=False)
    player = Player(drawing.files(extra=codes("escalation")))
    assert player.do("in_sub").open == ["late", "other"]
    assert player.do("other").open == ["late", "next"]


def test_an_escalation_that_nothing_catches_changes_nothing() -> None:
    player = Player(catching("escalation", "A", "B").files(extra=codes("escalation")))
    assert player.do("in_sub").do("other").open == ["next"]


def test_a_receive_task_waits_for_its_message_and_without_one_for_a_person() -> None:
    drawing = line("z")
    drawing.flows = []
    drawing.node("receiveTask", "get", messageRef="m_paid")
    drawing.node("receiveTask", "by_hand", name="by_hand")
    drawing.node("sendTask", "tell", messageRef="m_paid")
    drawing.path("s", "get", "by_hand", "tell", "z", "e")
    player = Player(drawing.files(extra=declare("paid")))
    assert player.open == []
    assert player.say("paid", amount=3).open == ["by_hand"]
    assert player.do("by_hand").open == ["z"]
    assert [thrown.name for thrown in player.changes.thrown] == ["paid"]


def test_a_payload_may_be_kept_under_one_name() -> None:
    definition = message("paid").replace(
        "/>", "><bpmn:extensionElements><spiffworkflow:messageVariable>receipt"
        "</spiffworkflow:messageVariable></bpmn:extensionElements></bpmn:messageEventDefinition>"
    )  # fmt: skip
    drawing = line("z")
    drawing.flows = []
    drawing.node("intermediateCatchEvent", "wait", definition)
    drawing.path("s", "wait", "z", "e")
    player = Player(drawing.files(extra=declare("paid"))).say("paid", amount=3)
    assert player.task("z").data == {"receipt": {"amount": 3}}


def test_a_thrown_payload_is_an_expression() -> None:
    definition = message("told").replace(
        "/>", "><bpmn:extensionElements><spiffworkflow:messagePayload>{year: year, n: 1 + 1}"
        "</spiffworkflow:messagePayload></bpmn:extensionElements></bpmn:messageEventDefinition>"
    )  # fmt: skip
    drawing = line("z")
    drawing.flows = []
    drawing.node("intermediateThrowEvent", "tell", definition)
    drawing.path("s", "tell", "z", "e")
    player = Player(drawing.files(extra=declare("told")), {"year": 2026})
    assert player.changes.thrown[0].payload == {"year": 2026, "n": 2}


def test_an_end_event_that_withdraws_itself_is_in_the_history() -> None:
    player = Player(catching("error", "A", "A").files(extra=codes("error"))).do("in_sub")
    assert player.history[-3:] == ["in_sub", "q_fail", "on_sub"]
    player = Player(catching("escalation", "A", "A").files(extra=codes("escalation")))
    assert player.do("in_sub").history[-3:] == ["in_sub", "q_fail", "on_sub"]
