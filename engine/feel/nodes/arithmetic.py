"""`+ - * /`, powers and negation over numbers, strings and temporals (DMN 1.5 §10.3.2.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, DecimalException

from engine.feel.machine import Machine
from engine.feel.nodes.base import Node, Scope
from engine.feel.number import CONTEXT, as_integer
from engine.feel.temporal import Days, Months, arithmetic
from engine.feel.values import Closure, Frame, Value, kind_of

_POWER_FUEL = 200
_WHOLE_POWER_FUEL = 20


@dataclass(eq=False)
class Arithmetic(Node):
    """One of `+ - * /`."""

    operator: str
    left: Node
    right: Node

    def closure(self, scope: Scope) -> Closure:
        left, right = self.left.close(scope), self.right.close(scope)
        symbol, numeric = self.operator, _NUMERIC[self.operator]

        def compute(frame: Frame) -> Value:
            a = left(frame)
            b = right(frame)
            if type(a) is Decimal and type(b) is Decimal:
                try:
                    return numeric(a, b)
                except DecimalException:
                    return frame[0].note(_fault(symbol, b), a=a, symbol=symbol, b=b)
            return mixed(frame[0], symbol, a, b)

        return compute


_NUMERIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": CONTEXT.divide,
}


def _fault(symbol: str, divisor: Decimal) -> str:
    return "no_result" if divisor or symbol != "/" else "division_by_zero"


def mixed(machine: Machine, symbol: str, a: Value, b: Value) -> Value:
    """The operation on operands that are not both numbers."""
    if symbol == "+" and type(a) is str and type(b) is str:
        return machine.text(a + b)
    result = _temporal(symbol, a, b)
    if result is None:
        machine.note("no_result", a=kind_of(a), symbol=symbol, b=kind_of(b))
    return result


def _temporal(symbol: str, a: Value, b: Value) -> Value:
    if symbol == "+":
        return arithmetic.add(a, b)
    if symbol == "-":
        return arithmetic.subtract(a, b)
    if symbol == "*" and type(a) is Decimal:
        a, b = b, a
    if not isinstance(a, Days | Months):
        return None
    if type(b) is Decimal and symbol in "*/" and (b or symbol == "*"):
        return arithmetic.scale(a, b, divide=symbol == "/")
    return arithmetic.ratio(a, b) if symbol == "/" and isinstance(b, Days | Months) else None


@dataclass(eq=False)
class Power(Node):
    """`a ** b`, which costs the more the less whole the exponent is."""

    base: Node
    exponent: Node

    def closure(self, scope: Scope) -> Closure:
        base, exponent = self.base.close(scope), self.exponent.close(scope)

        def raised(frame: Frame) -> Value:
            a, b = base(frame), exponent(frame)
            if type(a) is not Decimal or type(b) is not Decimal:
                return frame[0].note("no_result", a=kind_of(a), symbol="**", b=kind_of(b))
            frame[0].burn(_WHOLE_POWER_FUEL if as_integer(b) is not None else _POWER_FUEL)
            try:
                return CONTEXT.power(a, b)
            except DecimalException:
                return frame[0].note("no_result", a=a, symbol="**", b=b)

        return raised


@dataclass(eq=False)
class Negation(Node):
    """`-x` of a number or duration."""

    operand: Node

    def closure(self, scope: Scope) -> Closure:
        operand = self.operand.close(scope)

        def negate(frame: Frame) -> Value:
            value = operand(frame)
            match value:
                case Decimal():
                    return CONTEXT.minus(value)
                case Days(nanos):
                    return Days(-nanos)
                case Months(months):
                    return Months(-months)
            return frame[0].note("no_negative", kind=kind_of(value))

        return negate
