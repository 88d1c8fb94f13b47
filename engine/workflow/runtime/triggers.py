"""Reading what an event is about from the diagram: its triggers, and how messages correlate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.errors import Invalid

from . import timers
from .correlation import NAMELESS, Key
from .diagram import NS, SPIFF, Diagram, Element, tag
from .events import Trigger
from .expressions import Formula

_TIMERS = ("timeDate", "timeDuration", "timeCycle")


LAST = ("error", "cancel", "terminate")
"""What ends the path of its own event is thrown last."""


def read_triggers(element: Element, diagram: Diagram) -> tuple[Trigger, ...]:
    """The triggers of an event, a send task or a receive task; none when it has none."""
    found = [
        _defined(element, child, diagram) for child in element.xml
        if tag(child).endswith("EventDefinition")
    ]  # fmt: skip
    if element.kind in {"sendTask", "receiveTask"} and element.xml.get("messageRef"):
        found.append(_named(element, element.xml, "message", diagram))
    return tuple(sorted(found, key=lambda trigger: trigger.kind in LAST))


def start_triggers(element: Element, diagram: Diagram) -> tuple[Trigger, ...]:
    """The triggers of an event sub-process: its start event's."""
    start = element.xml.find("bpmn:startEvent", NS)
    scope = diagram.scopes[element.id]
    return read_triggers(scope.elements[start.get("id")], diagram)


def _defined(element: Element, node: Any, diagram: Diagram) -> Trigger:
    kind = tag(node).removesuffix("EventDefinition")
    if kind == "timer":
        return _timer(element, node)
    if kind == "conditional":
        return _conditional(element, node)
    return _named(element, node, kind, diagram)


def _conditional(element: Element, node: Any) -> Trigger:
    text = (node.findtext("bpmn:condition", "", NS) or "").strip()
    if not text:
        raise Invalid(
            f"“{element.id}”没有写明条件。",
            english=f"“{element.id}” names no condition.",
            element=element.id,
        )
    return Trigger("conditional", formula=Formula(text, element.id))


def interrupts(element: Element) -> bool:
    """Whether a boundary event, an event sub-process or its start event interrupts."""
    if element.kind == "boundaryEvent":
        return bool(element.xml.get("cancelActivity", "true") != "false")
    start = element.xml if element.kind == "startEvent" else element.xml.find("bpmn:startEvent", NS)
    return bool(start.get("isInterrupting", "true") != "false")


def _named(element: Element, node: Any, kind: str, diagram: Diagram) -> Trigger:
    if kind in {"terminate", "cancel"}:
        return Trigger(kind)
    target = _target(element, node, kind, diagram)
    name = _name(element, target, kind)
    keys = _keys(target, diagram) if kind == "message" and target is not None else ()
    return Trigger(
        kind, name, _payload(element, node, target), _variable(node, target),
        keys=keys, expected=_expected(element, node, keys),
    )  # fmt: skip


def _keys(message: Any, diagram: Diagram) -> tuple[Key, ...]:
    """The correlation keys that a message carries; properties of no key are a key together."""
    found = dict(_retrievals(message.get("id"), diagram))
    keys = [
        Key(key.get("name") or key.get("id") or NAMELESS, _chosen(key, found))
        for key in diagram.xml.iterfind(".//bpmn:correlationKey", NS)
    ]
    named = {name for key in keys for name in key.properties}
    rest = {name: formula for name, formula in found.items() if name not in named}
    return tuple(key for key in (*keys, Key(NAMELESS, rest)) if key.properties)


def _retrievals(message: str, diagram: Diagram) -> Iterator[tuple[str, Formula]]:
    for prop in diagram.xml.findall("bpmn:correlationProperty", NS):
        for found in prop.findall("bpmn:correlationPropertyRetrievalExpression", NS):
            if (found.get("messageRef") or "").rpartition(":")[2] != message:
                continue
            text = "".join(found.itertext()).strip()
            if not text:
                raise Invalid(
                    f"关联属性“{prop.get('id')}”没有表达式。",
                    english=f"Correlation property “{prop.get('id')}” has no expression.",
                    element=prop.get("id"),
                )
            yield prop.get("id"), Formula(text, prop.get("id"))


def _chosen(key: Any, found: dict[str, Formula]) -> dict[str, Formula]:
    """The properties of a key that a message carries: all, or none when it does not take part."""
    refs = [(r.text or "").strip() for r in key.findall("bpmn:correlationPropertyRef", NS)]
    given = {ref.rpartition(":")[2]: found.get(ref.rpartition(":")[2]) for ref in refs}
    missing = [name for name, formula in given.items() if formula is None]
    if missing and len(missing) < len(given):
        raise Invalid(
            f"关联属性“{missing[0]}”没有写明怎样从消息中取得。",
            english=(
                f"Correlation property “{missing[0]}” does not say how it is taken "
                "from the message."
            ),
            element=missing[0] or key.get("id"),
        )
    return {name: formula for name, formula in given.items() if formula is not None}


def _expected(element: Element, node: Any, keys: tuple[Key, ...]) -> dict[str, Formula]:
    """The properties whose values the process knows (`processVariableCorrelation`)."""
    expected = {}
    for given in node.iterfind(f".//{{{SPIFF}}}processVariableCorrelation"):
        name = (given.findtext(f"{{{SPIFF}}}propertyId") or "").strip()
        text = (given.findtext(f"{{{SPIFF}}}expression") or "").strip()
        if not text or not any(name in key.properties for key in keys):
            raise Invalid(
                f"“{element.id}”关联的属性“{name}”不是这个消息的属性，或没有表达式。",
                english=(
                    f"“{element.id}”: “{name}” is no correlation property of this "
                    "message, or has no expression."
                ),
                element=element.id,
            )
        expected[name] = Formula(text, element.id)
    if expected and element.kind in {"sendTask", "intermediateThrowEvent", "endEvent"}:
        raise Invalid(
            f"“{element.id}”发出消息，不能等待关联。",
            english=f"“{element.id}” sends a message and cannot wait for a correlation.",
            element=element.id,
        )
    return expected


def _target(element: Element, node: Any, kind: str, diagram: Diagram) -> Any:
    """The message, signal, error or escalation that the definition refers to."""
    ref = node.get(f"{kind}Ref")
    if not ref:
        return None
    local = ref.rpartition(":")[2]
    found = [x for x in diagram.xml.findall(f"bpmn:{kind}", NS) if x.get("id") == local]
    if not found:
        raise Invalid(
            f"“{element.id}”引用的“{ref}”不存在。",
            english=f"“{element.id}” refers to “{ref}”, which does not exist.",
            element=element.id,
        )
    return found[0]


def _name(element: Element, target: Any, kind: str) -> str | None:
    if kind == "message":
        name = element.name if target is None else target.get("name") or target.get("id")
        if not name:
            raise Invalid(
                f"“{element.id}”没有写明消息。",
                english=f"“{element.id}” names no message.",
                element=element.id,
            )
        return str(name)
    if kind == "signal":
        name = element.name if target is None else target.get("name") or target.get("id")
        return str(name)
    code: str | None = None if target is None else target.get(f"{kind}Code")
    if code is None and element.kind in {"endEvent", "intermediateThrowEvent"}:
        raise Invalid(
            f"“{element.id}”没有写明代码（{kind}Code）。",
            english=f"“{element.id}” names no code ({kind}Code).",
            element=element.id,
        )
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
            raise error.about(element.id) from error
        return Trigger("timer", timer_kind=kind, timer_text=text)
    raise Invalid(
        f"“{element.id}”没有写明时间。",
        english=f"“{element.id}” names no time.",
        element=element.id,
    )
