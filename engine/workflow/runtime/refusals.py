"""What a diagram may not contain, because the engine would ignore it or could not keep its promise.

Everything here is refused when a diagram is parsed, so that nothing is accepted without effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engine.errors import Invalid

from .diagram import BPMN, LOOPS, NS, SCOPES, SPIFF, Element, Scope, tag
from .events_allowed import event_problem

RESERVED = {"Start", "End", "Root"}
ENGINE_NAMES = ("EndJoin", "[child]")
TRIGGER = {f"{kind}EventDefinition" for kind in ("message", "timer", "signal", "conditional")}
DRAWN = {
    "documentation", "extensionElements", "sequenceFlow", "laneSet", "association", "group",
    "textAnnotation", "category", "dataObject", "dataObjectReference", "dataStoreReference",
    "property", "ioSpecification", "incoming", "outgoing", "auditing", "monitoring", *LOOPS,
    "completionCondition", "dataInputAssociation", "dataOutputAssociation",
}  # fmt: skip
"""What may lie in a scope beside flow nodes: it has its meaning elsewhere, or is drawing only."""

PARTS = {
    "documentation", "extensionElements", "incoming", "outgoing", "auditing", "monitoring", *LOOPS,
    "ioSpecification", "property", "dataInput", "dataOutput", "inputSet", "outputSet",
    "dataInputAssociation", "dataOutputAssociation", "eventDefinitionRef", "script",
}  # fmt: skip
"""What may lie in a node that is no scope."""

KINDS = {
    "complexGateway": "复杂网关",
    "scriptTask": "脚本任务（流程图中不写代码，请用服务任务或决策表）",
}
Problem = tuple[str, str]


def refuse(scope: Scope) -> None:
    """Raise `Invalid` for the first thing in a scope that is not supported; names the element."""
    for element, why in problems(scope):
        raise Invalid(f"“{element}”：{why}", element=element)


def problems(scope: Scope) -> Iterator[Problem]:
    """(element id, sentence) for everything in a scope, sub-processes excluded."""
    yield from _scope_problems(scope)
    for element in scope.elements.values():
        for check in _CHECKS:
            why = check(element, scope)
            if why:
                yield element.id, why


def _scope_problems(scope: Scope) -> Iterator[Problem]:
    if scope.id in RESERVED:
        yield scope.id, "这个 id 是引擎保留的。"
    for child in scope.xml:
        kind = tag(child)
        known = kind in DRAWN or child.get("id") in scope.elements
        if not known and child.tag == f"{{{BPMN}}}{kind}":
            yield child.get("id") or scope.id, f"不支持 {kind}。"
    starts = scope.entries()
    if not starts:
        yield scope.id, "没有可以开始的活动。" if scope.ad_hoc else "没有开始事件。"
    if scope.ad_hoc:
        yield from _ad_hoc_problems(scope)
        return
    if scope.parent is not None and len(starts) > 1:
        yield scope.id, "子流程只能有一个开始事件。"
    if len([e for e in starts if not e.definitions]) > 1:
        yield scope.id, "有多个无触发的开始事件。"


def _ad_hoc_problems(scope: Scope) -> Iterator[Problem]:
    if scope.xml.get("ordering") == "Sequential":
        yield scope.id, "即席子流程只能并行（ordering）。"
    for element in scope.elements.values():
        if element.kind in {"startEvent", "endEvent"}:
            yield element.id, "即席子流程中没有开始事件和结束事件。"


def _kind(element: Element, _: Scope) -> str | None:
    if element.kind in KINDS:
        return f"不支持{KINDS[element.kind]}。"
    return None


def _identifier(element: Element, _: Scope) -> str | None:
    if element.id in RESERVED or element.id.endswith(ENGINE_NAMES):
        return "这个 id 是引擎保留的。"
    return None


def _compensation(element: Element, _: Scope) -> str | None:
    if element.xml.get("isForCompensation") == "true":
        return "不支持补偿。"
    return None


def _event_sub_process(element: Element, _: Scope) -> str | None:
    if not element.triggered:
        return None
    starts = element.xml.findall("bpmn:startEvent", NS)
    if any(not any(tag(x) in TRIGGER for x in start) for start in starts):
        return "事件子流程要由消息、定时、信号或条件触发。"
    if element.looped:
        return "事件子流程不能多次实例。"
    if element.kind != "subProcess":
        return "只有子流程能由事件触发。"
    return None


def _scripts(element: Element, _: Scope) -> str | None:
    for child in element.xml.iterfind("bpmn:extensionElements/*", NS):
        if tag(child) in {"preScript", "postScript", "executionListener", "taskListener"} or (
            tag(child) == "script"
        ):
            return f"不支持 {tag(child)}：流程图中不写代码。"
    return None


def _loops(element: Element, _: Scope) -> str | None:
    again = element.xml.find("bpmn:standardLoopCharacteristics", NS)
    loop = element.xml.find("bpmn:multiInstanceLoopCharacteristics", NS)
    if again is not None:
        return _standard_loop(element, again)
    if loop is None:
        return None
    if loop.get("behavior", "All") != "All":
        return "多实例的 behavior 只能是 All。"
    given = [
        loop.findtext(f"bpmn:{name}", "", NS) for name in ("loopDataInputRef", "loopCardinality")
    ]
    if sum(bool(text and text.strip()) for text in given) != 1:
        return "多实例要写明集合（loopDataInputRef）或次数（loopCardinality）之一。"
    return None


def _standard_loop(element: Element, again: Any) -> str | None:
    if element.xml.find("bpmn:multiInstanceLoopCharacteristics", NS) is not None:
        return "标准循环和多实例只能有一个。"
    most = again.get("loopMaximum")
    if most is not None and not most.isdecimal():
        return "循环的最多次数（loopMaximum）要是整数。"
    if most is None and not (again.findtext("bpmn:loopCondition", "", NS) or "").strip():
        return "标准循环要写明条件（loopCondition）或最多次数（loopMaximum）。"
    return None


def _data(element: Element, _: Scope) -> str | None:
    if element.xml.find("bpmn:ioSpecification", NS) is None:
        return None
    if element.kind in SCOPES:
        return "子流程不能写 ioSpecification：它看得见外层的数据。"
    return "循环的活动不能写 ioSpecification。" if element.looped else None


def _quantities(element: Element, _: Scope) -> str | None:
    for name in ("startQuantity", "completionQuantity"):
        if element.xml.get(name, "1") != "1":
            return f"不支持 {name}。"
    if element.kind == "receiveTask" and element.xml.get("instantiate") == "true":
        return "接收任务不能启动流程，请用消息开始事件。"
    return None


def _flows(element: Element, scope: Scope) -> str | None:
    outgoing = scope.outgoing.get(element.id, [])
    incoming = scope.incoming.get(element.id, [])
    if element.kind == "endEvent" and outgoing:
        return "结束事件不能有流出的连线。"
    if element.kind in {"startEvent", "boundaryEvent"} and incoming:
        return "开始事件和边界事件不能有流入的连线。"
    if element.triggered and (incoming or outgoing):
        return "事件子流程不能有连线。"
    if "Gateway" not in element.kind and element.kind != "startEvent":
        if len(outgoing) > 1:
            return "有多条流出的连线，请用网关分支。"
        if any(flow.condition for flow in outgoing):
            return "只有网关的连线可以有条件。"
    return None


def _gateway(element: Element, scope: Scope) -> str | None:
    outgoing = scope.outgoing.get(element.id, [])
    if "Gateway" in element.kind and not outgoing:
        return "网关没有流出的连线。"
    if element.kind in {"exclusiveGateway", "inclusiveGateway"} and len(outgoing) > 1:
        bare = [f.id for f in outgoing if not f.condition and not f.default]
        if bare:
            return f"连线“{bare[0]}”既没有条件也不是默认连线。"
    if element.kind == "eventBasedGateway":
        targets = [scope.elements[f.target] for f in outgoing]
        if any(t.kind not in {"intermediateCatchEvent", "receiveTask"} for t in targets):
            return "事件网关之后只能是中间捕获事件或接收任务。"
        if element.xml.get("instantiate") == "true":
            return "事件网关不能启动流程。"
    return None


def _boundary(element: Element, scope: Scope) -> str | None:
    if element.kind != "boundaryEvent":
        return None
    owner = scope.elements.get(element.attached_to or "")
    if owner is None or not (
        owner.kind.endswith("ask") or owner.kind in SCOPES or owner.kind == "callActivity"
    ):
        return "边界事件没有附着在活动上。"
    passing = {"sendTask", "businessRuleTask"}
    if owner.kind in passing and not owner.looped:
        return "边界事件附着的活动不会等待，事件永远不会发生。"
    always = {"errorEventDefinition", "cancelEventDefinition"}.intersection(element.definitions)
    if always and element.xml.get("cancelActivity") == "false":
        return "错误和取消边界事件总是中断的。"
    return None


def _service(element: Element, _: Scope) -> str | None:
    if element.kind != "serviceTask":
        return None
    operator = element.xml.find("bpmn:extensionElements/spiff:serviceTaskOperator", NS)
    if operator is None or not operator.get("id"):
        return "服务任务没有写明操作（serviceTaskOperator）。"
    for parameter in operator.iterfind(f".//{{{SPIFF}}}parameter"):
        if not parameter.get("id") or parameter.get("value") is None:
            return "服务任务的参数要有名字和值。"
    return None


def _called(element: Element, _: Scope) -> str | None:
    if element.kind == "callActivity" and not element.xml.get("calledElement"):
        return "调用活动没有写明被调用的流程。"
    if element.kind == "businessRuleTask":
        called = element.xml.findtext("bpmn:extensionElements/spiff:calledDecisionId", "", NS)
        if not (called or "").strip():
            return "业务规则任务没有写明决策（calledDecisionId）。"
    return None


def _unknown(element: Element, _: Scope) -> str | None:
    if element.xml.tag != f"{{{BPMN}}}{element.kind}":
        return "不是 BPMN 2.0 的元素。"
    return None


def _parts(element: Element, _: Scope) -> str | None:
    if element.kind in SCOPES:
        return None
    for child in element.xml:
        kind = tag(child)
        known = kind in PARTS or kind.endswith("EventDefinition")
        if not known and child.tag == f"{{{BPMN}}}{kind}":
            return f"不支持 {kind}。"
    return None


_Check = Callable[[Element, Scope], str | None]
_CHECKS: tuple[_Check, ...] = (
    _unknown, _identifier, _parts, _kind, _compensation, event_problem, _event_sub_process,
    _scripts, _loops, _data, _quantities, _flows, _gateway, _boundary, _service, _called,
)  # fmt: skip
