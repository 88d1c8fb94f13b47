"""What may not lead to a node, away from it, or stand on its boundary."""

from __future__ import annotations

from engine.workflow.runtime.diagram import SCOPES, Element, Scope
from engine.workflow.runtime.events_allowed import Said


def _flows(element: Element, scope: Scope) -> Said | None:
    outgoing = scope.outgoing.get(element.id, [])
    incoming = scope.incoming.get(element.id, [])
    if element.kind == "endEvent" and outgoing:
        return "结束事件不能有流出的连线。", "No flow leaves an end event."
    if element.kind in {"startEvent", "boundaryEvent"} and incoming:
        return "开始事件和边界事件不能有流入的连线。", "No flow enters a start or boundary event."
    if element.triggered and (incoming or outgoing):
        return "事件子流程不能有连线。", "No flow enters or leaves an event sub-process."
    if "Gateway" not in element.kind and element.kind != "startEvent":
        if len(outgoing) > 1:
            return (
                "有多条流出的连线，请用网关分支。",
                "More than one flow leaves: use a gateway to branch.",
            )
        if any(flow.condition for flow in outgoing):
            return (
                "只有网关的连线可以有条件。",
                "Only a flow that leaves a gateway may have a condition.",
            )
    return None


def _gateway(element: Element, scope: Scope) -> Said | None:
    outgoing = scope.outgoing.get(element.id, [])
    if "Gateway" in element.kind and not outgoing:
        return "网关没有流出的连线。", "No flow leaves the gateway."
    if element.kind in {"exclusiveGateway", "inclusiveGateway"} and len(outgoing) > 1:
        bare = [f.id for f in outgoing if not f.condition and not f.default]
        if bare:
            return (
                f"连线“{bare[0]}”既没有条件也不是默认连线。",
                f"Flow “{bare[0]}” has no condition and is not the default.",
            )
    if element.kind == "eventBasedGateway":
        targets = [scope.elements[f.target] for f in outgoing]
        if any(t.kind not in {"intermediateCatchEvent", "receiveTask"} for t in targets):
            return (
                "事件网关之后只能是中间捕获事件或接收任务。",
                "An event-based gateway leads to intermediate catch events or receive tasks only.",
            )
        if element.xml.get("instantiate") == "true":
            return "事件网关不能启动流程。", "An event-based gateway cannot start a process."
    return None


def _boundary(element: Element, scope: Scope) -> Said | None:
    if element.kind != "boundaryEvent":
        return None
    owner = scope.elements.get(element.attached_to or "")
    if owner is None or not (
        owner.kind.endswith("ask") or owner.kind in SCOPES or owner.kind == "callActivity"
    ):
        return "边界事件没有附着在活动上。", "The boundary event is not attached to an activity."
    passing = {"sendTask", "businessRuleTask"}
    if owner.kind in passing and not owner.looped:
        return (
            "边界事件附着的活动不会等待，事件永远不会发生。",
            "The activity does not wait: its boundary event would never happen.",
        )
    always = {"errorEventDefinition", "cancelEventDefinition"}.intersection(element.definitions)
    if always and element.xml.get("cancelActivity") == "false":
        return (
            "错误和取消边界事件总是中断的。",
            "An error or cancel boundary event always interrupts.",
        )
    return None


CHECKS = (_flows, _gateway, _boundary)
