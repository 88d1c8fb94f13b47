"""Reading an event's trigger from the diagram."""

from __future__ import annotations

from typing import Any

from engine.errors import Invalid

from . import timers
from .diagram import NS, SPIFF, Diagram, Element, tag
from .events import Trigger
from .expressions import Formula

_TIMERS = ("timeDate", "timeDuration", "timeCycle")


def read_trigger(element: Element, diagram: Diagram) -> Trigger:
    """The trigger of an event, a send task or a receive task; `none` when it has none."""
    for child in element.xml:
        kind = tag(child)
        if kind == "timerEventDefinition":
            return _timer(element, child)
        if kind.endswith("EventDefinition"):
            return _named(element, child, kind.removesuffix("EventDefinition"), diagram)
    if element.kind in {"sendTask", "receiveTask"} and element.xml.get("messageRef"):
        return _named(element, element.xml, "message", diagram)
    return Trigger()


def start_trigger(element: Element, diagram: Diagram) -> Trigger:
    """The trigger of an event sub-process: its start event's."""
    start = element.xml.find("bpmn:startEvent", NS)
    scope = diagram.scopes[element.id]
    return read_trigger(scope.elements[start.get("id")], diagram)


def interrupts(element: Element) -> bool:
    """Whether a boundary event, or the start event of an event sub-process, interrupts."""
    if element.kind == "boundaryEvent":
        return bool(element.xml.get("cancelActivity", "true") != "false")
    start = element.xml.find("bpmn:startEvent", NS)
    return bool(start.get("isInterrupting", "true") != "false")


def _named(element: Element, node: Any, kind: str, diagram: Diagram) -> Trigger:
    if kind == "terminate":
        return Trigger("terminate")
    target = _target(element, node, kind, diagram)
    name = _name(element, target, kind)
    return Trigger(kind, name, _payload(element, node, target), _variable(node, target))


def _target(element: Element, node: Any, kind: str, diagram: Diagram) -> Any:
    """The message, signal, error or escalation that the definition refers to."""
    ref = node.get(f"{kind}Ref")
    if not ref:
        return None
    local = ref.rpartition(":")[2]
    found = [x for x in diagram.xml.findall(f"bpmn:{kind}", NS) if x.get("id") == local]
    if not found:
        raise Invalid(f"“{element.id}”引用的“{ref}”不存在。", element=element.id)
    return found[0]


def _name(element: Element, target: Any, kind: str) -> str | None:
    if kind == "message":
        name = element.name if target is None else target.get("name") or target.get("id")
        if not name:
            raise Invalid(f"“{element.id}”没有写明消息。", element=element.id)
        return str(name)
    if kind == "signal":
        name = element.name if target is None else target.get("name") or target.get("id")
        return str(name)
    code: str | None = None if target is None else target.get(f"{kind}Code")
    if code is None and element.kind in {"endEvent", "intermediateThrowEvent"}:
        raise Invalid(f"“{element.id}”没有写明代码（{kind}Code）。", element=element.id)
    return code


def _extension(node: Any, *names: str) -> str | None:
    for name in names:
        found = None if node is None else node.find(f".//{{{SPIFF}}}{name}")
        if found is not None and (found.text or "").strip():
            return str(found.text).strip()
    return None


def _payload(element: Element, node: Any, target: Any) -> Formula | None:
    names = ("messagePayload", "payloadExpression")
    text = _extension(node, *names) or _extension(target, *names)
    return Formula(text, element.id) if text else None


def _variable(node: Any, target: Any) -> str | None:
    names = ("messageVariable", "variableName")
    return _extension(node, *names) or _extension(target, *names)


def _timer(element: Element, node: Any) -> Trigger:
    for kind in _TIMERS:
        text = (node.findtext(f"bpmn:{kind}", "", NS) or "").strip()
        if not text:
            continue
        if text.startswith("="):
            return Trigger("timer", formula=Formula(text, element.id), timer_kind=kind)
        try:
            timers.check(kind, text)
        except Invalid as error:
            raise Invalid(f"“{element.id}”：{error.message}", element=element.id) from error
        return Trigger("timer", timer_kind=kind, timer_text=text)
    raise Invalid(f"“{element.id}”没有写明时间。", element=element.id)
