# mypy: allow-subclassing-any
# (the library has no types)
"""From the graph of a diagram to the library's specifications, with our steps in front of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    EventBasedGateway,
    ExclusiveGateway,
    InclusiveGateway,
    IntermediateCatchEvent,
    IntermediateThrowEvent,
    ParallelGateway,
    StartEvent,
)
from SpiffWorkflow.bpmn.specs.event_definitions import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.spiff.specs import defaults as spiff

from engine.errors import Invalid

from . import activities, events, gateways, steps
from .diagram import NS, SPIFF, Diagram, Element, Scope
from .expressions import Decision, Formula
from .model import Node
from .triggers import interrupts, read_trigger, start_trigger

INPUT = "input."
NONE = {"event_definition": NoneEventDefinition()}


@dataclass(frozen=True)
class Sources:
    """What building a process may look up: all scopes' diagrams and all decisions."""

    diagrams: Mapping[str, Diagram]
    decisions: Mapping[str, Decision]


@dataclass(frozen=True)
class Place:
    """Where a step is being built."""

    element: Element
    scope: Scope
    diagram: Diagram
    sources: Sources


def key_of(process: str, scope: str) -> str:
    """The name of a scope's specification among all."""
    return process if process == scope else f"{process}/{scope}"


def build(scope: Scope, diagram: Diagram, sources: Sources) -> Any:
    """The library's process specification of one scope."""
    spec = BpmnProcessSpec(name=key_of(scope.process, scope.id), description=scope.name)
    for element in scope.elements.values():
        _add(spec, Place(element, scope, diagram, sources))
    for element in scope.elements.values():
        step = spec.task_specs[element.id]
        step.boundaries = tuple(spec.task_specs[b.id] for b in scope.boundaries(element.id))
    spec.listeners = [spec.task_specs[e.id] for e in scope.elements.values() if e.triggered]
    return spec


def node_of(element: Element) -> Node:
    """The public description of an element."""
    return Node(
        element.process, element.id, element.name, element.kind, element.lane,
        element.lane_name, dict(element.properties), element.documentation,
    )  # fmt: skip


def _add(spec: Any, place: Place) -> None:
    element = place.element
    if element.looped:
        child = _make(spec, place, f"{element.id} [child]", repeated=True)
        child.flows = child.arrivals = ()
        loop = _make_loop(spec, place)
        loop.child = child
    else:
        _make(spec, place, element.id, repeated=False)


def _make(spec: Any, place: Place, name: str, *, repeated: bool) -> Any:
    maker = _MAKERS.get(place.element.kind)
    if maker is None:
        raise Invalid(
            f"“{place.element.id}”：不支持 {place.element.kind}。", element=place.element.id
        )
    classes, arguments, attributes = maker(place)
    front = (activities.Instanced, *classes) if repeated else classes
    cls = type(classes[-1].__name__, front, {})
    step = cls(spec, name, bpmn_name=place.element.name or None, **arguments)
    return _furnish(step, place, attributes)


def _furnish(step: Any, place: Place, attributes: Mapping[str, Any]) -> Any:
    element, scope = place.element, place.scope
    step.bpmn_id = element.id
    step.node = node_of(element)
    step.flows = tuple(scope.outgoing.get(element.id, ()))
    step.arrivals = tuple(scope.incoming.get(element.id, ()))
    step.inputs = _inputs(element)
    for key, value in attributes.items():
        setattr(step, key, value)
    return step


def _inputs(element: Element) -> dict[str, Formula]:
    """The node's properties `input.<name>`, as formulas."""
    return {
        name.removeprefix(INPUT): Formula(text, element.id)
        for name, text in element.properties.items()
        if name.startswith(INPUT)
    }


# ---- one maker for each kind: (our step and the library's class, arguments, attributes)

_Made = tuple[tuple[type, ...], dict[str, Any], dict[str, Any]]


def _person(library: type) -> Callable[[Place], _Made]:
    return lambda _: ((steps.Person, library), {}, {})


def _receive(place: Place) -> _Made:
    trigger = read_trigger(place.element, place.diagram)
    if trigger.kind == "none":
        return (steps.Person, spiff.ReceiveTask), NONE, {"manual": True}
    return (events.Catch, spiff.ReceiveTask), NONE, {"trigger": trigger}


def _catch(place: Place) -> _Made:
    trigger = read_trigger(place.element, place.diagram)
    return (events.Catch, IntermediateCatchEvent), NONE, {"trigger": trigger}


def _boundary(place: Place) -> _Made:
    trigger = read_trigger(place.element, place.diagram)
    stops = interrupts(place.element)
    attributes = {"trigger": trigger, "interrupting": stops}
    return (events.Boundary, BoundaryEvent), {**NONE, "cancel_activity": stops}, attributes


def _throw(library: type) -> Callable[[Place], _Made]:
    def make(place: Place) -> _Made:
        trigger = read_trigger(place.element, place.diagram)
        return (events.Throw, library), NONE, {"trigger": trigger}

    return make


def _start(_: Place) -> _Made:
    return (steps.Plain, StartEvent), NONE, {"manual": False}


def _choosing(ours: type, library: type) -> Callable[[Place], _Made]:
    def make(place: Place) -> _Made:
        element, scope = place.element, place.scope
        flows = scope.outgoing.get(element.id, [])
        attributes: dict[str, Any] = {
            "conditions": {f.id: Formula(f.condition, f.id) for f in flows if f.condition}
        }
        if ours is gateways.Inclusive:
            arrivals = scope.incoming.get(element.id, [])
            attributes["sources"] = gateways.sources_of(arrivals, element.id, scope)
        return (ours, library), {}, attributes

    return make


def _parallel(place: Place) -> _Made:
    element, scope = place.element, place.scope
    sources = gateways.sources_of(scope.incoming.get(element.id, ()), element.id, scope)
    starts = {e.id for e in scope.elements.values() if e.kind == "startEvent"}
    returning = frozenset(flow for flow, nodes in sources.items() if not starts & nodes)
    attributes = {"sources": sources, "returning": returning}
    return (gateways.Parallel, ParallelGateway), {}, attributes


def _event_based(_: Place) -> _Made:
    arguments = {"event_definition": MultipleEventDefinition()}
    return (gateways.EventBased, EventBasedGateway), arguments, {}


def _service(place: Place) -> _Made:
    element = place.element
    operator = element.xml.find("bpmn:extensionElements/spiff:serviceTaskOperator", NS)
    parameters = {
        p.get("id"): Formula(p.get("value"), element.id)
        for p in operator.iterfind(f".//{{{SPIFF}}}parameter")
    }
    operation, result = operator.get("id"), operator.get("resultVariable") or None
    arguments = {"operation_name": operation, "operation_params": {}, "result_variable": result}
    attributes = {"operation": operation, "parameters": parameters, "result": result}
    return (activities.Service, spiff.ServiceTask), arguments, attributes


def _rule(place: Place) -> _Made:
    element = place.element
    called = element.xml.findtext("bpmn:extensionElements/spiff:calledDecisionId", "", NS).strip()
    decision = place.sources.decisions.get(called)
    if decision is None:
        raise Invalid(f"“{element.id}”的决策“{called}”不存在。", element=element.id)
    return (activities.Rule, spiff.BusinessRuleTask), {"dmnEngine": None}, {"decision": decision}


def _sub_process(place: Place) -> _Made:
    element, scope = place.element, place.diagram.scopes[place.element.id]
    inner = key_of(scope.process, scope.id)
    attributes: dict[str, Any] = {"inner": inner, "start": plain_start(scope)}
    arguments = {"subworkflow_spec": inner}
    if not element.triggered:
        return (activities.Inside, spiff.SubWorkflowTask), arguments, attributes
    attributes["trigger"] = start_trigger(element, place.diagram)
    attributes["interrupting"] = interrupts(element)
    return (activities.Triggered, spiff.EventSubprocess), arguments, attributes


def _call(place: Place) -> _Made:
    element = place.element
    called = element.xml.get("calledElement").rpartition(":")[2]
    diagram = place.sources.diagrams.get(called)
    if diagram is None:
        raise Invalid(f"“{element.id}”调用的流程“{called}”不存在。", element=element.id)
    start = plain_start(diagram.scopes[called])
    if start is None:
        raise Invalid(
            f"“{element.id}”调用的流程“{called}”没有无触发的开始事件。", element=element.id
        )
    attributes = {"inner": called, "start": start}
    return (activities.Inside, spiff.CallActivity), {"subworkflow_spec": called}, attributes


def plain_start(scope: Scope) -> str | None:
    """The start event that begins a scope when nothing has triggered it."""
    starts = [e for e in scope.elements.values() if e.kind == "startEvent"]
    plain = [e.id for e in starts if not e.definitions]
    if not plain and scope.parent is not None:  # an event sub-process begins at its trigger
        return starts[0].id
    return plain[0] if plain else None


_MAKERS: dict[str, Callable[[Place], _Made]] = {
    "startEvent": _start,
    "endEvent": _throw(EndEvent),
    "intermediateThrowEvent": _throw(IntermediateThrowEvent),
    "intermediateCatchEvent": _catch,
    "boundaryEvent": _boundary,
    "task": _person(spiff.NoneTask),
    "userTask": _person(spiff.UserTask),
    "manualTask": _person(spiff.ManualTask),
    "receiveTask": _receive,
    "sendTask": _throw(spiff.SendTask),
    "serviceTask": _service,
    "businessRuleTask": _rule,
    "exclusiveGateway": _choosing(gateways.Exclusive, ExclusiveGateway),
    "inclusiveGateway": _choosing(gateways.Inclusive, InclusiveGateway),
    "parallelGateway": _parallel,
    "eventBasedGateway": _event_based,
    "subProcess": _sub_process,
    "callActivity": _call,
}


def _make_loop(spec: Any, place: Place) -> Any:
    element = place.element
    xml = element.xml.find("bpmn:multiInstanceLoopCharacteristics", NS)
    sequential = xml.get("isSequential") == "true"
    library = spiff.SequentialMultiInstanceTask if sequential else spiff.ParallelMultiInstanceTask
    cls = type(library.__name__, (activities.Loop, library), {})
    loop = cls(spec, element.id, f"{element.id} [child]", bpmn_name=element.name or None)
    return _furnish(loop, place, {
        "sequential": sequential,
        "collection": _formula(xml, "loopDataInputRef", element),
        "cardinality": _formula(xml, "loopCardinality", element),
        "enough": _formula(xml, "completionCondition", element),
        "item": _variable(xml, "inputDataItem"),
        "output": (xml.findtext("bpmn:loopDataOutputRef", "", NS) or "").strip() or None,
        "output_item": _variable(xml, "outputDataItem"),
    })  # fmt: skip


def _formula(xml: Any, name: str, element: Element) -> Formula | None:
    text = (xml.findtext(f"bpmn:{name}", "", NS) or "").strip()
    return Formula(text, element.id) if text else None


def _variable(xml: Any, name: str) -> str | None:
    item = xml.find(f"bpmn:{name}", NS)
    return None if item is None else item.get("name") or item.get("id")
