"""The itemDefinitions of a model as types (DMN 1.5 §7.3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from engine.feel.dmn.xml import Element, child, children, name_of, text_of
from engine.feel.errors import SyntaxError_
from engine.feel.expression import Expression, names_for
from engine.feel.machine import Machine
from engine.feel.parser import parse_unary_tests
from engine.feel.parser.typeref import type_of_text
from engine.feel.types import (
    ANY,
    SIMPLE,
    Alias,
    Constraint,
    ContextType,
    FunctionType,
    ListType,
    Type,
)
from engine.feel.values import Value

Types = dict[str, Type]


def types_of(definitions: Element, imported: Types) -> Types:
    """All named types that the model's texts may use."""
    types: Types = {**SIMPLE, **imported}
    own = {name_of(item): item for item in children(definitions, "itemDefinition")}
    made: Types = {}
    for name in own:
        types[name] = Alias(name, find=partial(made.__getitem__, name))
    for name, item in own.items():
        made[name] = _type_of(name, item, types)
    return {**types, **made}


def reference(ref: str | None, types: Types) -> Type:
    """The type that a `typeRef` names; unknown ones admit everything."""
    if not ref:
        return ANY
    for name in (ref, ref.rpartition(":")[2]):
        if name in types:
            return types[name]
    try:
        return type_of_text(ref, types)
    except SyntaxError_:
        return ANY


def _type_of(name: str, item: Element, types: Types) -> Type:
    base = _single(name, item, types)
    allowed, whole = (text_of(child(item, tag)) for tag in ("allowedValues", "typeConstraint"))
    if item.get("isCollection") == "true":
        base = ListType("list", element=_named(base.name, base, allowed, types))
        allowed = ""
    return _named(name, base, whole or allowed, types)


def _named(name: str, base: Type, tests: str, types: Types) -> Type:
    return Alias(name, find=lambda: base, constraint=constraint_of(tests, types) if tests else None)


def _single(name: str, item: Element, types: Types) -> Type:
    function = child(item, "functionItem")
    if function is not None:
        parameters = [
            reference(parameter.get("typeRef"), types)
            for parameter in children(function, "parameters")
        ]
        result = reference(function.get("outputTypeRef"), types)
        return FunctionType(name, parameters=parameters, result=result)
    components = {
        name_of(component): _type_of(name_of(component), component, types)
        for component in children(item, "itemComponent")
    }
    if components:
        return ContextType(name, entries=components)
    return reference(text_of(child(item, "typeRef")), types)


def constraint_of(text: str, types: Types) -> Constraint:
    """The unary tests as a condition on values; raises `SyntaxError_`."""
    names = names_for(["?"])
    node = parse_unary_tests(text, names, types)
    tests = Expression(node, {**names.free, "?": None}, text)

    def holds(machine: Machine, value: Value) -> bool:
        values = [value if name == "?" else None for name in tests.names]
        return tests.start([machine, *values]) is True

    return holds


def component_names(definitions: Element) -> Iterator[str]:
    """The names of all entries of contexts that the model describes."""
    for element in definitions.iter("{*}itemComponent", "{*}variable", "{*}output"):
        name = name_of(element)
        if name:
            yield name
