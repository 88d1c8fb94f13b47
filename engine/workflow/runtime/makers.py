"""One maker for each kind of node: our step, the library's class, and what they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
from .diagram import NS, SPIFF
from .expressions import Formula
from .places import Place, key_of, plain_start, plain_starts
from .triggers import interrupts, read_triggers, start_triggers

NONE = {"event_definition": NoneEventDefinition()}

Made = tuple[tuple[type, ...], dict[str, Any], dict[str, Any]]


def _person(library: type) -> Callable[[Place], Made]:
    return lambda _: ((steps.Person, library), {}, {})


def _receive(place: Place) -> Made:
    triggers = read_triggers(place.element, place.diagram)
    if not triggers:
        return (steps.Person, spiff.ReceiveTask), NONE, {"manual": True}
    return (events.Catch, spiff.ReceiveTask), NONE, {"triggers": triggers}


def _catch(place: Place) -> Made:
    triggers = read_triggers(place.element, place.diagram)
    return (events.Catch, IntermediateCatchEvent), NONE, {"triggers": triggers}


def _boundary(place: Place) -> Made:
    triggers = read_triggers(place.element, place.diagram)
    stops = interrupts(place.element)
    attributes = {"triggers": triggers, "interrupting": stops}
    return (events.Boundary, BoundaryEvent), {**NONE, "cancel_activity": stops}, attributes


def _throw(library: type) -> Callable[[Place], Made]:
    def make(place: Place) -> Made:
        triggers = read_triggers(place.element, place.diagram)
        return (events.Throw, library), NONE, {"triggers": triggers}

    return make


def _start(place: Place) -> Made:
    attributes = {"manual": False, "triggers": read_triggers(place.element, place.diagram)}
    return (steps.Plain, StartEvent), NONE, attributes


def _choosing(ours: type, library: type) -> Callable[[Place], Made]:
    def make(place: Place) -> Made:
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


def _parallel(place: Place) -> Made:
    element, scope = place.element, place.scope
    sources = gateways.sources_of(scope.incoming.get(element.id, ()), element.id, scope)
    starts = {e.id for e in scope.elements.values() if e.kind == "startEvent"}
    returning = frozenset(flow for flow, nodes in sources.items() if not starts & nodes)
    attributes = {"sources": sources, "returning": returning}
    return (gateways.Parallel, ParallelGateway), {}, attributes


def _event_based(_: Place) -> Made:
    arguments = {"event_definition": MultipleEventDefinition()}
    return (gateways.EventBased, EventBasedGateway), arguments, {}


def _service(place: Place) -> Made:
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


def _rule(place: Place) -> Made:
    element = place.element
    called = element.xml.findtext("bpmn:extensionElements/spiff:calledDecisionId", "", NS).strip()
    decision = place.sources.decisions.get(called)
    if decision is None:
        raise Invalid(
            f"“{element.id}”的决策“{called}”不存在。",
            english=f"“{element.id}”: there is no decision “{called}”.",
            element=element.id,
        )
    return (activities.Rule, spiff.BusinessRuleTask), {"dmnEngine": None}, {"decision": decision}


def _sub_process(place: Place) -> Made:
    element, scope = place.element, place.diagram.scopes[place.element.id]
    inner = key_of(scope.process, scope.id)
    attributes: dict[str, Any] = {"inner": inner, "starts": plain_starts(scope)}
    arguments = {"subworkflow_spec": inner}
    if not element.triggered:
        return (activities.Inside, spiff.SubWorkflowTask), arguments, attributes
    attributes["triggers"] = start_triggers(element, place.diagram)
    attributes["interrupting"] = interrupts(element)
    return (activities.Triggered, spiff.EventSubprocess), arguments, attributes


def _call(place: Place) -> Made:
    element = place.element
    called = element.xml.get("calledElement").rpartition(":")[2]
    diagram = place.sources.diagrams.get(called)
    if diagram is None:
        raise Invalid(
            f"“{element.id}”调用的流程“{called}”不存在。",
            english=f"“{element.id}”: there is no process “{called}” to call.",
            element=element.id,
        )
    start = plain_start(diagram.scopes[called])
    if start is None:
        raise Invalid(
            f"“{element.id}”调用的流程“{called}”没有无触发的开始事件。",
            english=f"“{element.id}”: process “{called}” has no start event without a trigger.",
            element=element.id,
        )
    attributes = {"inner": called, "starts": (start,)}
    return (activities.Inside, spiff.CallActivity), {"subworkflow_spec": called}, attributes


MAKERS: dict[str, Callable[[Place], Made]] = {
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
    "transaction": _sub_process,
    "adHocSubProcess": _sub_process,
    "callActivity": _call,
}
