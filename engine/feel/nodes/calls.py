"""Calling functions, by position or by name, and defining them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.feel.functions.registry import BUILTINS
from engine.feel.machine import Machine
from engine.feel.nodes.base import Node, Scope
from engine.feel.nodes.simple import Name
from engine.feel.types import ANY, Type, coerced
from engine.feel.values import Closure, Frame, Function, Value, kind_of


@dataclass(eq=False)
class Builtin(Node):
    """A standard function, by its name."""

    name: str

    def closure(self, scope: Scope) -> Closure:
        function = BUILTINS[self.name]
        return lambda _: function


@dataclass(eq=False)
class Call(Node):
    """`f(a, b)` or `f(x: a, y: b)`."""

    callee: Node
    arguments: list[Node]
    names: list[str] | None = None

    def closure(self, scope: Scope) -> Closure:
        callee = self._function(scope)
        arguments = [argument.close(scope) for argument in self.arguments]
        unknown = self.callee.name if isinstance(self.callee, Name) else ""
        fallback = BUILTINS.get(self.callee.name) if isinstance(self.callee, Name) else None
        invoke = _by_position(arguments) if self.names is None else _by_name(self.names, arguments)

        def call(frame: Frame) -> Value:
            function = callee(frame)
            if type(function) is not Function:
                if fallback is None:
                    return _uncallable(frame[0], unknown, function)
                function = fallback
            return invoke(function, frame)

        return call

    def _function(self, scope: Scope) -> Closure:
        if isinstance(self.callee, Name):  # one complaint is enough when it is not known
            return self.callee.lookup(scope, scope.slots[self.callee.name])
        return self.callee.close(scope)


def _uncallable(machine: Machine, unknown: str, value: Value) -> Value:
    if unknown and value is None:
        return machine.note("unknown_function", name=unknown)
    return machine.note("not_a_function", kind=kind_of(value))


def _by_position(arguments: list[Closure]) -> Callable[[Function, Frame], Value]:
    def invoke(function: Function, frame: Frame) -> Value:
        return function.call(frame[0], [argument(frame) for argument in arguments])

    return invoke


def _by_name(names: list[str], arguments: list[Closure]) -> Callable[[Function, Frame], Value]:
    def invoke(function: Function, frame: Frame) -> Value:
        values = [argument(frame) for argument in arguments]
        return call_named(frame[0], function, dict(zip(names, values, strict=True)))

    return invoke


def call_named(machine: Machine, function: Function, arguments: dict[str, Value]) -> Value:
    """Call with arguments by name; unknown, missing and superfluous ones give null."""
    if function.call_named is not None:
        return function.call_named(machine, arguments)
    if set(arguments) != set(function.parameters):
        wanted = ", ".join(function.parameters)
        return machine.note("argument_names", name=function.name, wanted=wanted)
    return function.call(machine, [arguments[name] for name in function.parameters])


@dataclass(eq=False)
class FunctionOf(Node):
    """`function(a: number) a + 1`; its values remember the frame in which they arose."""

    parameters: list[tuple[str, Type]]
    body: Node
    result: Type = ANY
    name: str = field(default="")

    def closure(self, scope: Scope) -> Closure:
        names = tuple(name for name, _ in self.parameters)
        body, cost = self.body.close(scope.inner(*names)), self.body.weight
        types, result = [kind for _, kind in self.parameters], self.result
        label = self.name or "function"

        def define(frame: Frame) -> Value:
            def call(machine: Machine, arguments: Sequence[Value]) -> Value:
                machine.burn(cost)
                bound = _bound(machine, label, types, arguments)
                if bound is None:
                    return None
                machine.enter()
                value = body([machine, *frame[1:], *bound])
                machine.calls -= 1
                return coerced(machine, value, result)

            return Function(label, names, call)

        return define


def _bound(
    machine: Machine, name: str, types: list[Type], arguments: Sequence[Value]
) -> list[Value] | None:
    if len(arguments) != len(types):
        machine.note("argument_count", name=name, wanted=len(types), given=len(arguments))
        return None
    bound = []
    for value, kind in zip(arguments, types, strict=True):
        admitted = coerced(machine, value, kind)
        if admitted is None and value is not None:
            return None
        bound.append(admitted)
    return bound
