"""Data objects, and what an activity or a called process takes and gives, read from the diagram.

A data object is a variable of its process or sub-process, known by its id. It does not travel with
tokens: a data input association copies it to a token that enters a node, a data output association
moves what the token has under that name into it when the token leaves, and expressions see it all
the time; so branches and inner sub-processes share it at once. Data that a process is begun with
under the name of one of its data objects are its first value. A data object ends with its scope.

An `ioSpecification` narrows: an activity or a called process sees only its data inputs, and only
its data outputs come back. Data stores are drawing only; associations with them are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.errors import Invalid

from .diagram import NS, Diagram, Element, Scope

Pairs = tuple[tuple[str, str], ...]


def declared(scope: Scope) -> frozenset[str]:
    """The ids of the data objects of a scope."""
    return frozenset(node.get("id") for node in scope.xml.findall("bpmn:dataObject", NS))


def reads(element: Element, scope: Scope, diagram: Diagram) -> Pairs:
    """(data object, variable) for what a node copies to the tokens that enter it."""
    found = []
    for source, target in _associations(element, "dataInputAssociation"):
        name = _object(element, source, scope, diagram)
        found.append((name, _variable(element, target) or name))
    return tuple(found)


def writes(element: Element, scope: Scope, diagram: Diagram) -> Pairs:
    """(variable, data object) for what the tokens that leave a node put into data objects."""
    found = []
    for source, target in _associations(element, "dataOutputAssociation"):
        name = _object(element, target, scope, diagram)
        found.append((_variable(element, source) or name, name))
    return tuple(found)


def inputs(xml: Any) -> tuple[str, ...] | None:
    """The names of the data inputs of an activity or process; None when it specifies nothing."""
    return _names(xml, "inputSet", "dataInputRefs")


def outputs(xml: Any) -> tuple[str, ...] | None:
    """The names of the data outputs of an activity or process; None when it specifies nothing."""
    return _names(xml, "outputSet", "dataOutputRefs")


def _names(xml: Any, group: str, refs: str) -> tuple[str, ...] | None:
    found = [
        _name(xml, (ref.text or "").strip())
        for ref in xml.iterfind(f"bpmn:ioSpecification/bpmn:{group}/bpmn:{refs}", NS)
    ]
    return tuple(found) or None


def _name(xml: Any, id_: str) -> str:
    for kind in ("dataInput", "dataOutput"):
        for node in xml.iterfind(f".//bpmn:{kind}", NS):
            if node.get("id") == id_:
                return str(node.get("name") or id_)
    return id_


def _associations(element: Element, kind: str) -> Iterator[tuple[str, str]]:
    for node in element.xml.findall(f"bpmn:{kind}", NS):
        sources = [(s.text or "").strip() for s in node.findall("bpmn:sourceRef", NS)]
        if len(sources) > 1 or any(
            node.find(f"bpmn:{name}", NS) is not None for name in ("assignment", "transformation")
        ):
            raise Invalid(
                f"“{element.id}”的数据关联只能有一个来源，不能变换。",
                english=(
                    f"A data association of “{element.id}” has one source and no transformation."
                ),
                element=element.id,
            )
        yield "".join(sources), (node.findtext("bpmn:targetRef", "", NS) or "").strip()


def _variable(element: Element, id_: str) -> str | None:
    """The name of the node's own data input or output, when the association names one."""
    for kind in ("dataInput", "dataOutput"):
        for node in element.xml.iterfind(f".//bpmn:{kind}", NS):
            if node.get("id") == id_:
                return str(node.get("name") or id_)
    return None


def _object(element: Element, ref: str, scope: Scope, diagram: Diagram) -> str:
    """The data object that a reference leads to, in this scope or one around it."""
    around: Scope | None = scope
    while around is not None:
        for node in around.xml.findall("bpmn:dataObjectReference", NS):
            if node.get("id") == ref:
                return _declared_around(element, node.get("dataObjectRef"), around, diagram)
        around = diagram.scopes.get(around.parent) if around.parent else None
    raise Invalid(
        f"“{element.id}”的数据关联“{ref}”不是可见的数据对象（数据存储不支持）。",
        english=(
            f"“{ref}”, associated with “{element.id}”, is no data object in sight "
            "(data stores are not supported)."
        ),
        element=element.id,
    )


def _declared_around(element: Element, name: str | None, scope: Scope, diagram: Diagram) -> str:
    around: Scope | None = scope
    while around is not None:
        if name in declared(around):
            return str(name)
        around = diagram.scopes.get(around.parent) if around.parent else None
    raise Invalid(
        f"“{element.id}”关联的数据对象“{name}”不存在。",
        english=f"The data object “{name}” associated with “{element.id}” does not exist.",
        element=element.id,
    )
