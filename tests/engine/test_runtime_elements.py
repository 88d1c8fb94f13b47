"""Every element and every event of BPMN either runs or is refused by name; there is no third."""

from __future__ import annotations

import pytest

from engine.errors import Invalid
from engine.workflow import runtime
from tests.engine.runtime_drawing import (
    Drawing,
    condition,
    declare,
    message,
    multi,
    service,
    timer,
)
from tests.engine.runtime_player import Player

DEFINITIONS = {
    "none": "",
    "message": message("x"),
    "timer": timer("timeDuration", "P1D"),
    "signal": '<bpmn:signalEventDefinition signalRef="sig"/>',
    "conditional": condition("ok = true"),
    "error": '<bpmn:errorEventDefinition errorRef="err"/>',
    "escalation": '<bpmn:escalationEventDefinition escalationRef="esc"/>',
    "cancel": "<bpmn:cancelEventDefinition/>",
    "terminate": "<bpmn:terminateEventDefinition/>",
    "compensate": "<bpmn:compensateEventDefinition/>",
    "link": '<bpmn:linkEventDefinition name="l"/>',
}
DEFINITIONS["multiple"] = DEFINITIONS["message"] + DEFINITIONS["signal"]
ROOT = (
    declare("x")
    + '<bpmn:signal id="sig" name="sig"/><bpmn:error id="err" errorCode="E"/>'
    + '<bpmn:escalation id="esc" escalationCode="E"/>'
)
WAITED = {"message", "timer", "signal", "conditional", "multiple"}
RUNS = {
    "start": {"none", "message"},
    "catch": WAITED,
    "throw": {"none", "message", "signal", "escalation", "multiple"},
    "boundary": WAITED | {"error", "escalation", "cancel"},
    "boundary beside": WAITED | {"escalation"},
    "end": {"none", "message", "signal", "escalation", "error", "cancel", "terminate", "multiple"},
    "event sub-process": WAITED,
    "event sub-process beside": WAITED,
}


def start(definition: str, _: str) -> Drawing:
    drawing = Drawing().users("a")
    drawing.node("startEvent", "event", definition)
    drawing.node("endEvent", "e")
    return drawing.path("event", "a", "e")


def between(kind: str, definition: str) -> Drawing:
    """The event, and beside it a task whose completion makes the condition true."""
    drawing = Drawing().users("write", "after")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "g")
    drawing.node(kind, "event", definition)
    drawing.node("endEvent", "e")
    drawing.node("endEvent", "e2")
    return drawing.path("s", "g", "event", "after", "e").path("g", "write", "e2")


def ending(definition: str, kind: str) -> Drawing:
    inner = Drawing("q")
    inner.node("startEvent", "q_s")
    inner.node("endEvent", "event", definition)
    inner.path("q_s", "event")
    drawing = Drawing().users("after")
    drawing.node("startEvent", "s")
    drawing.node("transaction", "host", inner.body())
    drawing.node("endEvent", "e")
    drawing.path("s", "host", "after", "e")
    if kind == "cancel":
        drawing.node("boundaryEvent", "b", DEFINITIONS["cancel"], attachedToRef="host")
        drawing.path("b", "e")
    return drawing


def on_border(definition: str, kind: str, *, stops: bool) -> Drawing:
    thrown = definition if kind in {"error", "escalation", "cancel"} else ""
    inner = Drawing("q").users("write", *([] if thrown else ["more"]))
    inner.node("startEvent", "q_s")
    inner.node("endEvent", "q_e", thrown)
    inner.path("q_s", "write", *([] if thrown else ["more"]), "q_e")
    drawing = Drawing().users("after")
    drawing.node("startEvent", "s")
    drawing.node("transaction", "host", inner.body())
    drawing.node("endEvent", "e")
    drawing.node(
        "boundaryEvent", "event", definition, attachedToRef="host",
        cancelActivity=str(stops).lower(),
    )  # fmt: skip
    return drawing.path("s", "host", "e").path("event", "after", "e")


def event_sub(definition: str, _: str, *, stops: bool) -> Drawing:
    inner = Drawing("q").users("after")
    inner.node("startEvent", "event", definition, isInterrupting=str(stops).lower())
    inner.node("endEvent", "q_e")
    inner.path("event", "after", "q_e")
    drawing = Drawing().users("write", "more")
    drawing.node("startEvent", "s")
    drawing.node("endEvent", "e")
    drawing.node("subProcess", "sub", inner.body(), triggeredByEvent="true")
    return drawing.path("s", "write", "more", "e")


POSITIONS = {
    "start": start,
    "catch": lambda text, _: between("intermediateCatchEvent", text),
    "throw": lambda text, _: between("intermediateThrowEvent", text),
    "boundary": lambda text, kind: on_border(text, kind, stops=True),
    "boundary beside": lambda text, kind: on_border(text, kind, stops=False),
    "end": ending,
    "event sub-process": lambda text, kind: event_sub(text, kind, stops=True),
    "event sub-process beside": lambda text, kind: event_sub(text, kind, stops=False),
}


def happen(files: dict[str, bytes], position: str, kind: str) -> Player:
    """The instance after the event has happened."""
    player = Player(files, message="x" if (position, kind) == ("start", "message") else None)
    if position in {"start", "throw", "end"}:
        return player
    assert "event" not in player.history
    match kind:
        case "message":
            return player.say("x")
        case "signal" | "multiple":
            return player.signal("sig")
        case "timer":
            return player.wait(days=2)
    return player.do("write", ok=True)


@pytest.mark.parametrize("kind", DEFINITIONS)
@pytest.mark.parametrize("position", POSITIONS)
def test_an_event_runs_or_is_refused(position: str, kind: str) -> None:
    files = POSITIONS[position](DEFINITIONS[kind], kind).files(extra=ROOT)
    if kind in RUNS[position]:
        player = happen(files, position, kind)
        assert "event" in player.history
        assert (player.changes.error == "E") is (kind == "error" and position == "end")
        return
    with pytest.raises(Invalid) as refused:
        runtime.parse("p", files)
    assert refused.value.element in {"event", "sub", "q_e"}


SUB = '<bpmn:startEvent id="q"/>'
DECISION = (
    "<bpmn:extensionElements><spiffworkflow:calledDecisionId>level"
    "</spiffworkflow:calledDecisionId></bpmn:extensionElements>"
)
DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
  namespace="x"><decision id="level" name="level"><variable name="level"/>
  <literalExpression><text>1</text></literalExpression></decision></definitions>"""
ELEMENTS = {
    "task": "", "userTask": "", "manualTask": "", "serviceTask": service("a.b"),
    "businessRuleTask": DECISION, "sendTask": message("x"), "receiveTask": message("x"),
    "callActivity": "", "subProcess": SUB, "transaction": SUB,
    "adHocSubProcess": '<bpmn:userTask id="t"/>', "exclusiveGateway": "", "inclusiveGateway": "",
    "parallelGateway": "",
}  # fmt: skip
REFUSED = {
    "scriptTask", "complexGateway", "choreographyTask", "subChoreography", "callChoreography",
    "implicitThrowEvent", "globalUserTask", "correlationSubscription", "resourceRole",
}  # fmt: skip


def through(kind: str, inner: str = "") -> dict[str, bytes]:
    drawing = Drawing().users("after")
    drawing.node("startEvent", "s")
    called = {"calledElement": "other"} if kind == "callActivity" else {}
    drawing.node(kind, "it", inner, **called)
    drawing.node("endEvent", "e")
    drawing.path("s", "it", "after", "e")
    other = Drawing("other").users("in")
    other.node("startEvent", "o_s")
    other.node("endEvent", "o_e")
    other.path("o_s", "in", "o_e")
    return {**drawing.files(extra=ROOT), **other.files(), "level.dmn": DMN.encode()}


@pytest.mark.parametrize("kind", ELEMENTS)
def test_an_element_runs(kind: str) -> None:
    player = Player(through(kind, ELEMENTS[kind]))
    while player.open != ["after"]:
        if player.run.open_calls():
            player.answer()
        elif player.run.waiting_messages():
            player.say("x")
        else:
            player.do(player.open[0])
    assert player.do("after").changes.finished
    assert "it" in player.history


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_an_element_is_refused(kind: str) -> None:
    drawing = Drawing()
    drawing.node("startEvent", "s")
    drawing.node(kind, "it")
    drawing.node("endEvent", "e")
    drawing.path("s", "e")
    with pytest.raises(Invalid) as refused:
        runtime.parse("p", drawing.files())
    assert refused.value.element == "it"


@pytest.mark.parametrize(
    "loop",
    [
        multi("[1, 2]", "n"),
        multi("[1, 2]", "n", sequential=True),
        '<bpmn:standardLoopCharacteristics loopMaximum="2"/>',
    ],
    ids=["parallel", "sequential", "standard"],
)
@pytest.mark.parametrize("kind", sorted(k for k in ELEMENTS if "Gateway" not in k))
def test_an_activity_is_repeated(kind: str, loop: str) -> None:
    inner = ELEMENTS[kind]
    player = Player(through(kind, loop + inner))
    while player.open != ["after"]:
        if player.run.open_calls():
            player.answer()
        elif player.run.waiting_messages():
            player.say("x")
        else:
            player.do(player.open[0])
    assert player.history.count("it") == 3  # two rounds, and the activity as a whole
    assert player.do("after").changes.finished


def test_pools_and_message_flows_are_drawing_only() -> None:
    drawing = Drawing().users("a")
    drawing.node("startEvent", "s")
    drawing.node("endEvent", "e", message("x"))
    pools = (
        '<bpmn:collaboration id="c"><bpmn:participant id="one" processRef="p"/>'
        '<bpmn:participant id="two"/>'
        '<bpmn:messageFlow id="mf" sourceRef="e" targetRef="two"/></bpmn:collaboration>'
    )
    player = Player(drawing.path("s", "a", "e").files(extra=ROOT + pools)).do("a")
    assert [thrown.name for thrown in player.changes.thrown] == ["x"]
