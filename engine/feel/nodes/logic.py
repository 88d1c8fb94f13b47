"""`and`, `or`, `if` and comparisons in three-valued logic (DMN 1.5 §10.3.2.11, §10.3.2.13)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.feel.equality import equal
from engine.feel.nodes.base import Node, Scope
from engine.feel.ordering import OPERATORS, compare
from engine.feel.values import Closure, Frame, Value, kind_of


@dataclass(eq=False)
class And(Node):
    """False as soon as one side is false; null unless both are true."""

    left: Node
    right: Node

    def closure(self, scope: Scope) -> Closure:
        left, right = self.left.close(scope), self.right.close(scope)

        def both(frame: Frame) -> Value:
            a = left(frame)
            if a is False:
                return False
            b = right(frame)
            if b is False:
                return False
            return True if a is True and b is True else None

        return both


@dataclass(eq=False)
class Or(Node):
    """True as soon as one side is true; null unless both are false."""

    left: Node
    right: Node

    def closure(self, scope: Scope) -> Closure:
        left, right = self.left.close(scope), self.right.close(scope)

        def either(frame: Frame) -> Value:
            a = left(frame)
            if a is True:
                return True
            b = right(frame)
            if b is True:
                return True
            return False if a is False and b is False else None

        return either


@dataclass(eq=False)
class Equality(Node):
    """`=` and `!=`."""

    left: Node
    right: Node
    negated: bool = False

    def closure(self, scope: Scope) -> Closure:
        left, right, negated = self.left.close(scope), self.right.close(scope), self.negated

        def same(frame: Frame) -> Value:
            a = left(frame)
            b = right(frame)
            if type(a) is Decimal and type(b) is Decimal:
                return (a == b) is not negated
            outcome = equal(frame[0], a, b)
            return None if outcome is None else outcome is not negated

        return same


@dataclass(eq=False)
class Ordering(Node):
    """`<`, `<=`, `>` and `>=`."""

    operator: str
    left: Node
    right: Node

    def closure(self, scope: Scope) -> Closure:
        left, right = self.left.close(scope), self.right.close(scope)
        comparison = OPERATORS[self.operator]

        def ordered(frame: Frame) -> Value:
            a = left(frame)
            b = right(frame)
            if type(a) is Decimal and type(b) is Decimal:
                return comparison(a, b)
            return compare(frame[0], a, b, comparison)

        return ordered


@dataclass(eq=False)
class Between(Node):
    """`x between low and high`, ends included."""

    value: Node
    low: Node
    high: Node

    def closure(self, scope: Scope) -> Closure:
        value, low, high = (node.close(scope) for node in (self.value, self.low, self.high))
        at_least, at_most = OPERATORS[">="], OPERATORS["<="]

        def between(frame: Frame) -> Value:
            machine, x = frame[0], value(frame)
            above = compare(machine, x, low(frame), at_least)
            below = compare(machine, x, high(frame), at_most)
            return None if above is None or below is None else above and below

        return between


@dataclass(eq=False)
class If(Node):
    """`if … then … else …`; a condition that is neither boolean nor null gives null."""

    condition: Node
    then: Node
    otherwise: Node

    def closure(self, scope: Scope) -> Closure:
        condition, then = self.condition.close(scope), self.then.close(scope)
        otherwise = self.otherwise.close(scope)

        def choose(frame: Frame) -> Value:
            chosen = condition(frame)
            if chosen is True:
                return then(frame)
            if chosen is False or chosen is None:
                return otherwise(frame)
            return frame[0].note("if_condition", kind=kind_of(chosen))

        return choose
