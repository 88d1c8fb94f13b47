"""What is not supported is refused when a diagram is parsed, and the element is named."""

from __future__ import annotations

import re

import pytest

from engine.errors import Invalid
from engine.workflow import runtime
from tests.engine.runtime_drawing import (
    HEAD,
    Drawing,
    condition,
    correlated_by,
    multi,
    service,
    timer,
)


def holding(kind: str, inner: str = "", **attributes: str) -> dict[str, bytes]:
    """start → the node in question, called `bad` → end."""
    drawing = Drawing()
    drawing.node("startEvent", "s")
    drawing.node(kind, "bad", inner, **attributes)
    drawing.node("endEvent", "e")
    return drawing.path("s", "bad", "e").files()


def script(name: str) -> str:
    return extension(f"<spiffworkflow:{name}>x</spiffworkflow:{name}>")


def extension(inner: str) -> str:
    return f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>"


CHINESE = re.compile("[\u4e00-\u9fff]")
SUB = '<bpmn:startEvent id="q"/>'
REFUSED = {
    "script task": holding("scriptTask", "<bpmn:script>1</bpmn:script>"),
    "complex gateway": holding("complexGateway"),
    "ad-hoc in sequence": holding(
        "adHocSubProcess", '<bpmn:userTask id="t"/>', ordering="Sequential"
    ),
    "ad-hoc of nothing": holding("adHocSubProcess"),
    "data store": holding(
        "userTask", "<bpmn:dataInputAssociation id='d'><bpmn:sourceRef>store</bpmn:sourceRef>"
        "</bpmn:dataInputAssociation>"
    ),
    "inputs of a sub-process": holding("subProcess", SUB + "<bpmn:ioSpecification/>"),
    "loop without a measure that is a number": holding(
        "userTask", '<bpmn:standardLoopCharacteristics loopMaximum="n"/>'
    ),
    "two kinds of loop": holding(
        "userTask", multi("x", "y") + '<bpmn:standardLoopCharacteristics loopMaximum="2"/>'
    ),
    "only one instance counts": holding(
        "userTask", multi("x", "y").replace("isSequential", 'behavior="One" isSequential')
    ),
    "more than one token": holding("userTask", startQuantity="2"),
    "task that starts a process": holding("receiveTask", instantiate="true"),
    "performer": holding("userTask", "<bpmn:potentialOwner id='o'/>"),
    "all of several events": holding(
        "intermediateCatchEvent", timer("timeDuration", "P1D") + condition("true"),
        parallelMultiple="true",
    ),
    "two conditions": holding("intermediateCatchEvent", condition("a") + condition("b")),
    "two ways to end": holding(
        "endEvent", "<bpmn:errorEventDefinition/><bpmn:terminateEventDefinition/>"
    ),
    "condition that is no FEEL": holding("intermediateCatchEvent", condition("1 +")),
    "definition by reference": holding(
        "intermediateCatchEvent",
        timer("timeDuration", "P1D") + "<bpmn:eventDefinitionRef>x</bpmn:eventDefinitionRef>",
    ),
    "correlation with a property that is not there": holding(
        "intermediateCatchEvent", correlated_by("no", "1"), name="said"
    ),
    "link": holding("intermediateThrowEvent", "<bpmn:linkEventDefinition/>"),
    "compensation throw": holding("intermediateThrowEvent", "<bpmn:compensateEventDefinition/>"),
    "compensation handler": holding("userTask", isForCompensation="true"),
    "condition that is not written": holding(
        "intermediateCatchEvent", "<bpmn:conditionalEventDefinition/>"
    ),
    "no event definition": holding("intermediateCatchEvent"),
    "two event definitions": holding(
        "intermediateCatchEvent", timer("timeDuration", "P1D") + timer("timeDuration", "P2D")
    ),
    "standard loop without end": holding("userTask", "<bpmn:standardLoopCharacteristics/>"),
    "loop over nothing": holding("userTask", "<bpmn:multiInstanceLoopCharacteristics/>"),
    "pre-script": holding("userTask", script("preScript")),
    "post-script": holding("userTask", script("postScript")),
    "data association": holding(
        "userTask", "<bpmn:dataInputAssociation id='d'><bpmn:sourceRef>x</bpmn:sourceRef>"
        "</bpmn:dataInputAssociation>"
    ),
    "service task without operator": holding("serviceTask"),
    "service parameter that is no FEEL": holding("serviceTask", service("a.b", x="1 +")),
    "decision that is not there": holding(
        "businessRuleTask",
        extension("<spiffworkflow:calledDecisionId>no</spiffworkflow:calledDecisionId>"),
    ),
    "rule without decision": holding("businessRuleTask"),
    "call of nothing": holding("callActivity"),
    "python duration": holding("intermediateCatchEvent", timer("timeDuration", "'P1D'")),
    "cron cycle": holding("intermediateCatchEvent", timer("timeCycle", "0 0 * * *")),
    "message without name": holding("intermediateCatchEvent", "<bpmn:messageEventDefinition/>"),
    "unknown message": holding(
        "intermediateCatchEvent", '<bpmn:messageEventDefinition messageRef="no"/>'
    ),
    "sub-process without start": holding("subProcess"),
    "event gateway before a task": holding("eventBasedGateway"),
    "event sub-process with flows": holding("subProcess", SUB, triggeredByEvent="true"),
    "unknown task": holding("robotTask"),
}  # fmt: skip


@pytest.mark.parametrize("files", REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_and_the_element_is_named(files: dict[str, bytes]) -> None:
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", files)
    assert caught.value.element == "bad"
    assert caught.value.english.isascii() or "“bad”" in caught.value.english
    assert not CHINESE.search(caught.value.english), "the English sentence is English"


@pytest.mark.parametrize("id_", ["Start", "End"])
def test_the_library_s_own_names_are_refused(id_: str) -> None:
    drawing = Drawing()
    drawing.node("startEvent", id_)
    drawing.node("endEvent", "e")
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", drawing.path(id_, "e").files())
    assert caught.value.element == id_


def test_a_branch_on_a_task_is_refused() -> None:
    drawing = Drawing().users("a", "b")
    drawing.node("startEvent", "s")
    drawing.node("endEvent", "e")
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", drawing.path("s", "a", "e").path("a", "b", "e").files())
    assert caught.value.element == "a"


def test_a_choice_without_condition_is_refused() -> None:
    drawing = Drawing()
    drawing.node("startEvent", "s")
    drawing.node("exclusiveGateway", "g")
    drawing.node("endEvent", "e")
    drawing.node("endEvent", "e2")
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", drawing.path("s", "g", "e").path("g", "e2").files())
    assert caught.value.element == "g"


def test_a_condition_that_is_python_is_refused() -> None:
    drawing = Drawing()
    drawing.node("startEvent", "s")
    drawing.node("exclusiveGateway", "g")
    drawing.node("endEvent", "e")
    flow = drawing.flow("g", "e", "().__class__.__base__ == 3")
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", drawing.path("s", "g").files())
    assert caught.value.element == flow


@pytest.mark.parametrize("definition", ["", "<bpmn:errorEventDefinition/>"])
def test_an_event_sub_process_needs_a_trigger_that_can_happen(definition: str) -> None:
    inner = Drawing("q").users("handle")
    inner.node("startEvent", "q_s", definition)
    inner.node("endEvent", "q_e")
    body = inner.path("q_s", "handle", "q_e").body()
    drawing = Drawing().users("a")
    drawing.node("startEvent", "s")
    drawing.node("endEvent", "e")
    drawing.node("subProcess", "sub", body, triggeredByEvent="true")
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", drawing.path("s", "a", "e").files())
    assert caught.value.element == "sub"


def test_a_timer_does_not_start_a_process() -> None:
    drawing = Drawing()
    drawing.node("startEvent", "s", timer("timeCycle", "R/P1D"))
    drawing.node("endEvent", "e")
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", drawing.path("s", "e").files())
    assert caught.value.element == "s"


ENTITY = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "data",
    [
        b"no xml",
        b"<html/>",
        f"<?xml version='1.0'?>{ENTITY}{HEAD.splitlines()[1]}&x;</bpmn:definitions>".encode(),
        (HEAD + '<bpmn:process id="p"><bpmn:task/></bpmn:process></bpmn:definitions>').encode(),
    ],
    ids=["text", "html", "doctype", "no id"],
)
def test_what_is_no_diagram_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        runtime.parse("p", {"p.bpmn": data})


def test_a_long_diagram_parses_and_runs() -> None:
    drawing = Drawing()
    drawing.node("startEvent", "s")
    names = [f"t{n}" for n in range(1500)]
    drawing.users(*names)
    drawing.node("endEvent", "e")
    definition = runtime.parse("p", drawing.path("s", *names, "e").files())
    assert len(definition.nodes) == 1502
