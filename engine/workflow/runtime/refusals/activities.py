"""What a single node may not say: its kind, its parts, its operation, what it calls."""

from __future__ import annotations

from engine.workflow.runtime.diagram import BPMN, LOOPS, NS, SCOPES, SPIFF, Element, Scope, tag
from engine.workflow.runtime.events_allowed import Said

RESERVED = {"Start", "End", "Root"}
ENGINE_NAMES = ("EndJoin", "[child]")
TRIGGER = {f"{kind}EventDefinition" for kind in ("message", "timer", "signal", "conditional")}
PARTS = {
    "documentation", "extensionElements", "incoming", "outgoing", "auditing", "monitoring", *LOOPS,
    "ioSpecification", "property", "dataInput", "dataOutput", "inputSet", "outputSet",
    "dataInputAssociation", "dataOutputAssociation", "eventDefinitionRef", "script",
}  # fmt: skip
"""What may lie in a node that is no scope."""

KINDS = {
    "complexGateway": ("不支持复杂网关。", "Complex gateways are not supported."),
    "scriptTask": (
        "不支持脚本任务（流程图中不写代码，请用服务任务或决策表）。",
        "Script tasks are not supported: use a service task or a decision table.",
    ),
}


def _unknown(element: Element, _: Scope) -> Said | None:
    if element.xml.tag != f"{{{BPMN}}}{element.kind}":
        return "不是 BPMN 2.0 的元素。", "This is no element of BPMN 2.0."
    return None


def _identifier(element: Element, _: Scope) -> Said | None:
    if element.id in RESERVED or element.id.endswith(ENGINE_NAMES):
        return "这个 id 是引擎保留的。", "This id is reserved by the engine."
    return None


def _parts(element: Element, _: Scope) -> Said | None:
    if element.kind in SCOPES:
        return None
    for child in element.xml:
        kind = tag(child)
        known = kind in PARTS or kind.endswith("EventDefinition")
        if not known and child.tag == f"{{{BPMN}}}{kind}":
            return f"不支持 {kind}。", f"{kind} is not supported."
    return None


def _kind(element: Element, _: Scope) -> Said | None:
    return KINDS.get(element.kind)


def _compensation(element: Element, _: Scope) -> Said | None:
    if element.xml.get("isForCompensation") == "true":
        return "不支持补偿。", "Compensation is not supported."
    return None


def _scripts(element: Element, _: Scope) -> Said | None:
    for child in element.xml.iterfind("bpmn:extensionElements/*", NS):
        if tag(child) in {"preScript", "postScript", "executionListener", "taskListener"} or (
            tag(child) == "script"
        ):
            return (
                f"不支持 {tag(child)}：流程图中不写代码。",
                f"{tag(child)} is not supported: diagrams hold no code.",
            )
    return None


def _event_sub_process(element: Element, _: Scope) -> Said | None:
    if not element.triggered:
        return None
    starts = element.xml.findall("bpmn:startEvent", NS)
    if any(not any(tag(x) in TRIGGER for x in start) for start in starts):
        return (
            "事件子流程要由消息、定时、信号或条件触发。",
            "An event sub-process is started by a message, timer, signal or condition.",
        )
    if element.looped:
        return "事件子流程不能多次实例。", "An event sub-process cannot be multi-instance."
    if element.kind != "subProcess":
        return "只有子流程能由事件触发。", "Only a sub-process can be triggered by an event."
    return None


def _service(element: Element, _: Scope) -> Said | None:
    if element.kind != "serviceTask":
        return None
    operator = element.xml.find("bpmn:extensionElements/spiff:serviceTaskOperator", NS)
    if operator is None or not operator.get("id"):
        return (
            "服务任务没有写明操作（serviceTaskOperator）。",
            "The service task names no operation (serviceTaskOperator).",
        )
    for parameter in operator.iterfind(f".//{{{SPIFF}}}parameter"):
        if not parameter.get("id") or parameter.get("value") is None:
            return (
                "服务任务的参数要有名字和值。",
                "Each parameter of a service task has a name and a value.",
            )
    return None


def _called(element: Element, _: Scope) -> Said | None:
    if element.kind == "callActivity" and not element.xml.get("calledElement"):
        return "调用活动没有写明被调用的流程。", "The call activity names no process."
    if element.kind == "businessRuleTask":
        called = element.xml.findtext("bpmn:extensionElements/spiff:calledDecisionId", "", NS)
        if not (called or "").strip():
            return (
                "业务规则任务没有写明决策（calledDecisionId）。",
                "The business rule task names no decision (calledDecisionId).",
            )
    return None


def _quantities(element: Element, _: Scope) -> Said | None:
    for name in ("startQuantity", "completionQuantity"):
        if element.xml.get(name, "1") != "1":
            return f"不支持 {name}。", f"{name} is not supported."
    if element.kind == "receiveTask" and element.xml.get("instantiate") == "true":
        return (
            "接收任务不能启动流程，请用消息开始事件。",
            "A receive task cannot start a process: use a message start event.",
        )
    return None


CHECKS = (
    _unknown,
    _identifier,
    _parts,
    _kind,
    _compensation,
    _scripts,
    _event_sub_process,
    _service,
    _called,
    _quantities,
)
