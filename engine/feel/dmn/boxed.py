"""Boxed expressions as syntax trees: the compiler knows no difference (DMN 1.5 §7.3, §10.2.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.feel.dmn import tables
from engine.feel.dmn.datatypes import Types, reference
from engine.feel.dmn.xml import Element, child, children, local, name_of, text_of
from engine.feel.errors import FeelError
from engine.feel.names import Names
from engine.feel.nodes.base import Node
from engine.feel.nodes.calls import Call, FunctionOf
from engine.feel.nodes.collections import ContextOf, Filter, ListOf
from engine.feel.nodes.logic import If
from engine.feel.nodes.loops import For, Iteration, Quantified
from engine.feel.nodes.simple import Failure
from engine.feel.nodes.tests import Coerce
from engine.feel.parser import parse_expression
from engine.feel.types import ANY


@dataclass(slots=True)
class Boxes:
    """Reads boxed expressions with the types of one model."""

    types: Types

    def read(self, element: Element, names: Names) -> Node:
        """The tree of any boxed expression; raises `FeelError`."""
        form = _FORMS.get(local(element))
        if form is None:
            raise FeelError("form", element=element.get("id"), form=local(element))
        node = form(self, element, names)
        kind = reference(element.get("typeRef"), self.types)
        is_table = local(element) == "decisionTable"
        return node if kind is ANY or is_table else Coerce(node, kind)

    def inner(self, element: Element, names: Names) -> Node:
        """The tree of the expression inside an element; null when there is none."""
        expression = child(element, *_FORMS)
        return Failure("no_inner") if expression is None else self.read(expression, names)

    def part(self, element: Element, tag: str, names: Names) -> Node:
        """The tree of the expression inside a child such as `in` or `then`."""
        found = child(element, tag)
        return Failure("no_part", {"tag": tag}) if found is None else self.inner(found, names)

    def text(self, element: Element | None, names: Names) -> Node:
        """The tree of a literal expression's text."""
        text = text_of(element)
        return parse_expression(text, names, self.types) if text else Failure("empty")

    def function(self, element: Element, names: Names, label: str) -> Node:
        """The function of a definition, boxed or encapsulated in a business knowledge model."""
        parameters = [
            (name_of(parameter), reference(parameter.get("typeRef"), self.types))
            for parameter in children(element, "formalParameter")
        ]
        if (element.get("kind") or "FEEL") != "FEEL":
            return Failure("external")
        body = self.inner(element, names.inner([name for name, _ in parameters]))
        return FunctionOf(parameters, body, name=label)


def _literal(boxes: Boxes, element: Element, names: Names) -> Node:
    return boxes.text(element, names)


def _context(boxes: Boxes, element: Element, names: Names) -> Node:
    entries: list[tuple[str, Node]] = []
    names = names.inner([])
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        node = boxes.inner(entry, names)
        if variable is None:
            return ContextOf(entries, node)
        kind = reference(variable.get("typeRef"), boxes.types)
        entries.append((name_of(variable), node if kind is ANY else Coerce(node, kind)))
        names.bind(name_of(variable))
    return ContextOf(entries)


def _list(boxes: Boxes, element: Element, names: Names) -> Node:
    return ListOf([boxes.read(item, names) for item in children(element, *_FORMS)])


def _relation(boxes: Boxes, element: Element, names: Names) -> Node:
    columns = [name_of(column) for column in children(element, "column")]
    rows: list[Node] = []
    for row in children(element, "row"):
        cells = [boxes.read(cell, names) for cell in children(row, *_FORMS)]
        rows.append(ContextOf(list(zip(columns, cells, strict=False))))
    return ListOf(rows)


def _invocation(boxes: Boxes, element: Element, names: Names) -> Node:
    callee = boxes.inner(element, names)
    arguments: dict[str, Node] = {}
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        if parameter is not None:
            arguments[name_of(parameter)] = boxes.inner(binding, names)
    return Call(callee, list(arguments.values()), list(arguments))


def _function(boxes: Boxes, element: Element, names: Names) -> Node:
    return boxes.function(element, names, "function")


def _conditional(boxes: Boxes, element: Element, names: Names) -> Node:
    return If(*(boxes.part(element, tag, names) for tag in ("if", "then", "else")))


def _iteration(boxes: Boxes, element: Element, names: Names) -> Iteration:
    variable = " ".join((element.get("iteratorVariable") or "item").split())
    return Iteration(variable, boxes.part(element, "in", names))


def _for(boxes: Boxes, element: Element, names: Names) -> Node:
    iteration = _iteration(boxes, element, names)
    body = boxes.part(element, "return", names.inner([iteration.name, "partial"]))
    return For([iteration], body)


def _quantified(boxes: Boxes, element: Element, names: Names) -> Node:
    iteration = _iteration(boxes, element, names)
    condition = boxes.part(element, "satisfies", names.inner([iteration.name]))
    return Quantified([iteration], condition, all_=local(element) == "every")


def _filter(boxes: Boxes, element: Element, names: Names) -> Node:
    match = boxes.part(element, "match", names.inner(["item"], in_filter=True))
    return Filter(boxes.part(element, "in", names), match)


def _table(boxes: Boxes, element: Element, names: Names) -> Node:
    return tables.read(element, names, boxes.types)


_FORMS: dict[str, Callable[[Boxes, Element, Names], Node]] = {
    "literalExpression": _literal,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": _function,
    "conditional": _conditional,
    "for": _for,
    "some": _quantified,
    "every": _quantified,
    "filter": _filter,
    "decisionTable": _table,
}
