"""Rules about expressions: conditions, defaults, timers, properties that are FEEL."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import BihuanError, Invalid
from engine.workflow.runtime.diagram import NS, SPIFF, Diagram, Element, Scope
from engine.workflow.runtime.expressions import Formula
from engine.workflow.runtime.triggers import interrupts, read_triggers

from .known import FORMULAS, PREFIXES
from .structure import Problem

EVENTS = ("startEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent",
          "endEvent", "receiveTask", "sendTask")  # fmt: skip

CYCLE = "bpmn:timerEventDefinition/bpmn:timeCycle"
EXPRESSIONS = (
    "bpmn:multiInstanceLoopCharacteristics/bpmn:loopDataInputRef",
    "bpmn:multiInstanceLoopCharacteristics/bpmn:loopCardinality",
    "bpmn:multiInstanceLoopCharacteristics/bpmn:completionCondition",
    "bpmn:standardLoopCharacteristics/bpmn:loopCondition",
    "bpmn:completionCondition",
)


def check(scope: Scope, diagram: Diagram) -> Iterator[Problem]:
    """Every expression of a scope compiles; choices say what happens otherwise."""
    for flow in scope.flows:
        if flow.condition:
            yield from _compiles(flow.id, flow.condition, "condition")
    for element in scope.elements.values():
        yield from _no_default(element, scope)
        yield from _event(element, diagram)
        for text in _formulas(element):
            yield from _compiles(element.id, text, "expression")


def _compiles(element: str, text: str, code: str) -> Iterator[Problem]:
    try:
        formula = Formula(text, element)
    except BihuanError as error:
        yield element, "error", code, error.message, error.english
        return
    for complaint in formula.complaints():
        yield element, "error", code, *(formula.about(complaint))


def _formulas(element: Element) -> Iterator[str]:
    for name, text in element.properties.items():
        if text.startswith("=") or name.startswith(PREFIXES) or name in FORMULAS:
            yield text
    for node in element.xml.iterfind(f"bpmn:extensionElements//{{{SPIFF}}}parameter", NS):
        if node.get("value"):
            yield node.get("value")
    for path in EXPRESSIONS:
        text = element.xml.findtext(path, "", NS)
        if text and text.strip():
            yield text


def _event(element: Element, diagram: Diagram) -> Iterator[Problem]:
    if element.kind not in EVENTS:
        return
    try:
        read_triggers(element, diagram)
    except Invalid as error:
        code = "timer" if "timerEventDefinition" in element.definitions else "event"
        yield element.id, "error", code, error.message, error.english
    if _happens_once(element) and element.xml.find(CYCLE, NS) is not None:
        yield (
            element.id, "error", "timer",
            "这个事件只会发生一次，请写时长或时刻，不写循环。",
            "This event happens once: give a duration or a date, not a cycle.",
        )  # fmt: skip


def _happens_once(element: Element) -> bool:
    return element.kind == "intermediateCatchEvent" or (
        element.kind in {"boundaryEvent", "startEvent"} and interrupts(element)
    )


def _no_default(element: Element, scope: Scope) -> Iterator[Problem]:
    if element.kind not in {"exclusiveGateway", "inclusiveGateway"}:
        return
    flows = scope.outgoing.get(element.id, [])
    conditions = [flow.condition for flow in flows if flow.condition]
    if len(flows) < 2 or any(flow.default for flow in flows) or _exhaustive(conditions):
        return
    yield (
        element.id, "warning", "no-default",
        f"网关“{element.name or element.id}”没有默认连线，条件都不成立时流程会停住。",
        f"Gateway “{element.name or element.id}” has no default: it stops if no condition holds.",
    )  # fmt: skip


def _exhaustive(conditions: list[str]) -> bool:
    """Certain only in plain cases: `true`, or a condition beside its own negation."""
    texts = {text.removeprefix("=").strip() for text in conditions}
    return "true" in texts or any(_negation(text) & texts for text in texts)


def _negation(text: str) -> set[str]:
    found = {f"not({text})", f"not ({text})"}
    for this, other in (("!=", "="), (">=", "<"), ("<=", ">")):
        left, sign, right = text.partition(this)
        if sign:
            found.add(f"{left.strip()} {other} {right.strip()}")
    return found
