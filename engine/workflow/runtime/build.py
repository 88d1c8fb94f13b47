"""From the graph of a diagram to the library's specifications, with our steps in front of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.spiff.specs import defaults as spiff

from engine.errors import Invalid

from . import activities, dataflow, loops
from .diagram import NS, SCOPES, Diagram, Element, Scope
from .expressions import Formula
from .makers import MAKERS
from .places import Place, Sources, key_of, node_of
from .regions import mark

INPUT = "input."


def build(scope: Scope, diagram: Diagram, sources: Sources) -> Any:
    """The library's process specification of one scope."""
    spec = BpmnProcessSpec(name=key_of(scope.process, scope.id), description=scope.name)
    for element in scope.elements.values():
        _add(spec, Place(element, scope, diagram, sources))
    for element in scope.elements.values():
        step = spec.task_specs[element.id]
        step.boundaries = tuple(spec.task_specs[b.id] for b in scope.boundaries(element.id))
    mark(spec.task_specs)
    spec.objects = dataflow.declared(scope)
    spec.takes, spec.gives = dataflow.inputs(scope.xml), dataflow.outputs(scope.xml)
    spec.enough = _enough(scope)
    spec.listeners = [spec.task_specs[e.id] for e in scope.elements.values() if e.triggered]
    return spec


def _enough(scope: Scope) -> Formula | None:
    """When an ad-hoc sub-process ends though some of its activities are not done."""
    if not scope.ad_hoc or scope.xml.get("cancelRemainingInstances") == "false":
        return None
    text = (scope.xml.findtext("bpmn:completionCondition", "", NS) or "").strip()
    return Formula(text, scope.id) if text else None


def _add(spec: Any, place: Place) -> None:
    element = place.element
    if element.looped:
        child = _make(spec, place, f"{element.id} [child]", repeated=True)
        child.flows = child.arrivals = child.reads = child.writes = ()
        single = element.xml.find("bpmn:multiInstanceLoopCharacteristics", NS) is None
        loop = _make_again(spec, place) if single else _make_loop(spec, place)
        loop.child = child
    else:
        _make(spec, place, element.id, repeated=False)


def _make(spec: Any, place: Place, name: str, *, repeated: bool) -> Any:
    maker = MAKERS.get(place.element.kind)
    if maker is None:
        raise Invalid(
            f"“{place.element.id}”：不支持 {place.element.kind}。",
            english=f"“{place.element.id}”: {place.element.kind} is not supported.",
            element=place.element.id,
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
    step.reads = dataflow.reads(element, scope, place.diagram)
    step.writes = dataflow.writes(element, scope, place.diagram)
    if element.kind not in SCOPES:
        step.takes, step.gives = dataflow.inputs(element.xml), dataflow.outputs(element.xml)
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


def _make_again(spec: Any, place: Place) -> Any:
    element = place.element
    xml = element.xml.find("bpmn:standardLoopCharacteristics", NS)
    most, before = xml.get("loopMaximum"), xml.get("testBefore") == "true"
    condition = _formula(xml, "loopCondition", element)
    cls = type("StandardLoopTask", (loops.Again, spiff.StandardLoopTask), {})
    again = cls(
        spec, element.id, f"{element.id} [child]", None, condition and condition.text, before,
        bpmn_name=element.name or None,
    )  # fmt: skip
    return _furnish(again, place, {
        "condition": condition, "test_before": before, "most": None if most is None else int(most),
    })  # fmt: skip


def _formula(xml: Any, name: str, element: Element) -> Formula | None:
    text = (xml.findtext(f"bpmn:{name}", "", NS) or "").strip()
    return Formula(text, element.id) if text else None


def _variable(xml: Any, name: str) -> str | None:
    item = xml.find(f"bpmn:{name}", NS)
    return None if item is None else item.get("name") or item.get("id")
