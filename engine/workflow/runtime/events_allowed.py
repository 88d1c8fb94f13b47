"""Which event definitions may stand where, and which of them together."""

from __future__ import annotations

from collections import Counter

from .diagram import NS, Element, Scope, tag

Said = tuple[str, str]
"""A sentence in Chinese and in English."""
WAITED = {"message", "timer", "signal", "conditional"}
THROWN = {"message", "signal", "escalation"}
BOUNDARY = WAITED | {"error", "escalation", "cancel"}
END = THROWN | {"error", "terminate", "cancel"}
ONCE = ("timer", "conditional")
"""A token remembers one due moment and one condition."""
ENDING = ("error", "terminate", "cancel")
UNCAUGHT = (
    "取消结束事件只能在事务之内，事务的边界上要有取消事件。",
    "A cancel end event stands in a transaction with a cancel event on its boundary.",
)
CANCEL = "bpmn:endEvent/bpmn:cancelEventDefinition"


def event_problem(element: Element, scope: Scope) -> Said | None:
    """What is wrong with the definitions of an event; None if it is none or nothing is wrong."""
    kinds = [name.removesuffix("EventDefinition") for name in element.definitions]
    allowed = _allowed(element, scope)
    if allowed is None:
        return None
    if element.xml.find("bpmn:eventDefinitionRef", NS) is not None:
        return "事件定义要写在事件之内。", "An event definition stands inside its event."
    for kind in kinds:
        if kind not in allowed:
            return f"此处不支持 {kind} 事件。", f"A {kind} event is not supported here."
    if element.kind in {"boundaryEvent", "intermediateCatchEvent"} and not kinds:
        return "没有事件定义。", "There is no event definition."
    return _together(element, kinds) or _cancels(element, kinds, scope)


def _allowed(element: Element, scope: Scope) -> set[str] | None:
    if element.kind == "startEvent":
        if scope.parent is None:
            return {"message"}
        return WAITED if scope.xml.get("triggeredByEvent") == "true" else set()
    kinds = {"boundaryEvent": BOUNDARY, "intermediateCatchEvent": WAITED,
             "intermediateThrowEvent": THROWN, "endEvent": END}  # fmt: skip
    return kinds.get(element.kind)


def _together(element: Element, kinds: list[str]) -> Said | None:
    if element.xml.get("parallelMultiple") == "true":
        return (
            "不支持并行多重事件（parallelMultiple）。",
            "Parallel multiple events (parallelMultiple) are not supported.",
        )
    for kind, count in Counter(kinds).items():
        if count > 1 and kind in ONCE:
            return f"一个事件只能有一个 {kind} 定义。", f"An event has one {kind} definition only."
    if sum(kind in ENDING for kind in kinds) > 1:
        return (
            "一个结束事件只能有一个错误、终止或取消定义。",
            "An end event has one error, terminate or cancel definition only.",
        )
    return None


def _cancels(element: Element, kinds: list[str], scope: Scope) -> Said | None:
    """A cancel end event and a cancel boundary event belong together, in and on a transaction."""
    if "cancel" not in kinds:
        return None
    if element.kind == "endEvent":
        caught = tag(scope.xml) == "transaction" and _is_caught(scope)
        return None if caught else UNCAUGHT
    owner = scope.elements.get(element.attached_to or "")
    if owner is None or owner.kind != "transaction" or owner.xml.find(CANCEL, NS) is None:
        return (
            "取消边界事件只能在事务上，事务之内要有取消结束事件。",
            "A cancel boundary event stands on a transaction that holds a cancel end event.",
        )
    return None


def _is_caught(transaction: Scope) -> bool:
    return any(
        node.get("attachedToRef") == transaction.id
        and node.find("bpmn:cancelEventDefinition", NS) is not None
        for node in transaction.xml.getparent().findall("bpmn:boundaryEvent", NS)
    )
