"""`instance of`, `in`, and the unary tests of decision tables (DMN 1.5 §7.3.3, §10.3.2.15)."""

from __future__ import annotations

from dataclasses import dataclass

from engine.feel.equality import contains, equal
from engine.feel.machine import Machine
from engine.feel.nodes.base import Node, Scope
from engine.feel.nodes.loops import mentions
from engine.feel.ordering import OPERATORS, compare, inside
from engine.feel.types import Type, coerced
from engine.feel.values import Closure, Frame, Range, Value


@dataclass(eq=False)
class InstanceOf(Node):
    """`x instance of T`."""

    operand: Node
    type: Type

    def close(self, scope: Scope) -> Closure:
        operand, kind = self.operand.close(scope), self.type
        return lambda frame: kind.admits(frame[0], operand(frame))


@dataclass(eq=False)
class Coerce(Node):
    """A value that must be of a type, or becomes null."""

    operand: Node
    type: Type

    def close(self, scope: Scope) -> Closure:
        operand, kind = self.operand.close(scope), self.type
        return lambda frame: coerced(frame[0], operand(frame), kind)


@dataclass(eq=False)
class Compared(Node):
    """A test such as `> 10`, `= "a"` of the value `?`."""

    operator: str
    operand: Node

    def close(self, scope: Scope) -> Closure:
        subject, operand = scope.slots["?"], self.operand.close(scope)
        comparison, negated = OPERATORS.get(self.operator), self.operator == "!="

        def test(frame: Frame) -> Value:
            if comparison is not None:
                return compare(frame[0], frame[subject], operand(frame), comparison)
            same = equal(frame[0], frame[subject], operand(frame))
            return None if same is None else same is not negated

        return test


@dataclass(eq=False)
class Matches(Node):
    """A test by an expression: equal to it, inside its range, in its list, or true of `?`."""

    operand: Node

    def close(self, scope: Scope) -> Closure:
        subject, operand = scope.slots["?"], self.operand.close(scope)
        is_condition = mentions(self.operand, "?")

        def test(frame: Frame) -> Value:
            wanted = operand(frame)
            if is_condition and (wanted is None or isinstance(wanted, bool)):
                return wanted
            return matches(frame[0], frame[subject], wanted)

        return test


def matches(machine: Machine, value: Value, wanted: Value) -> bool | None:
    """Whether `value in wanted`."""
    if isinstance(wanted, Range):
        same = isinstance(value, Range) and equal(machine, value, wanted)
        return same or inside(machine, value, wanted)
    if isinstance(wanted, list) and not isinstance(value, list):
        for item in wanted:
            machine.burn(1)
            if isinstance(item, Range) and inside(machine, value, item):
                return True
        return contains(machine, wanted, value)
    if isinstance(wanted, list):
        return bool(equal(machine, value, wanted)) or contains(machine, wanted, value)
    return equal(machine, value, wanted)


@dataclass(eq=False)
class AnyTest(Node):
    """Tests separated by commas: one must hold; `not(…)` turns the outcome round."""

    tests: list[Node]
    negated: bool = False

    def close(self, scope: Scope) -> Closure:
        tests, negated = [test.close(scope) for test in self.tests], self.negated

        def any_holds(frame: Frame) -> Value:
            outcome: bool | None = False
            for test in tests:
                held = test(frame)
                if held is True:
                    return not negated
                if held is not False:
                    outcome = None
            return None if outcome is None else negated

        return any_holds


@dataclass(eq=False)
class In(Node):
    """`x in tests`."""

    operand: Node
    test: Node

    def close(self, scope: Scope) -> Closure:
        operand, test = self.operand.close(scope), self.test.close(scope.inner("?"))
        return lambda frame: test([*frame, operand(frame)])
