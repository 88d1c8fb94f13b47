"""Numeric functions (DMN 1.5 §10.3.4.5)."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal

from engine.feel.functions.registry import builtin
from engine.feel.machine import Machine
from engine.feel.number import (
    CONTEXT,
    LARGEST_SCALE,
    SMALLEST_SCALE,
    as_integer,
    rounded,
)
from engine.feel.temporal import Days, Months
from engine.feel.values import Value

_COST = 40
"""Fuel of a transcendental function."""


def _round(
    machine: Machine, number: Decimal, scale: Decimal | None, rounding: str
) -> Decimal | None:
    places = as_integer(Decimal(0) if scale is None else scale.to_integral_value("ROUND_DOWN"))
    if places is None or not SMALLEST_SCALE <= places <= LARGEST_SCALE:
        machine.note("scale_outside")
        return None
    if number.adjusted() > LARGEST_SCALE or abs(places) > 100:
        machine.burn(_COST)
    return rounded(number, places, rounding)


def _rounding(name: str, rounding: str, *, scale_optional: bool = False) -> None:
    mark = " =" if scale_optional else ""

    @builtin(f"{name}(n: number, scale: number{mark})")
    def _apply(machine: Machine, n: Decimal, scale: Decimal | None) -> Value:
        return _round(machine, n, scale, rounding)


_rounding("decimal", decimal.ROUND_HALF_EVEN)
_rounding("floor", decimal.ROUND_FLOOR, scale_optional=True)
_rounding("ceiling", decimal.ROUND_CEILING, scale_optional=True)
_rounding("round up", decimal.ROUND_UP)
_rounding("round down", decimal.ROUND_DOWN)
_rounding("round half up", decimal.ROUND_HALF_UP)
_rounding("round half down", decimal.ROUND_HALF_DOWN)


@builtin("abs(n: number|days and time duration|years and months duration)")
def absolute(_: Machine, n: Decimal | Days | Months) -> Value:
    """The size without the sign, of durations too."""
    match n:
        case Days(nanos):
            return Days(abs(nanos))
        case Months(months):
            return Months(abs(months))
    return n.copy_abs()


@builtin("modulo(dividend: number, divisor: number)")
def modulo(machine: Machine, dividend: Decimal, divisor: Decimal) -> Value:
    """The rest with the divisor's sign: dividend - divisor * floor(dividend / divisor)."""
    try:
        rest = CONTEXT.remainder(dividend, divisor)
    except decimal.DecimalException:
        return machine.note("no_result_of", name=f"modulo({dividend}, {divisor})")
    if rest and (rest < 0) != (divisor < 0):
        rest = CONTEXT.add(rest, divisor)
    return rest


def _transcendental(name: str, compute: Callable[[Decimal], Decimal]) -> None:
    @builtin(f"{name}(number: number)")
    def _apply(machine: Machine, number: Decimal) -> Value:
        machine.burn(_COST)
        try:
            return compute(number)
        except decimal.DecimalException:
            return machine.note("no_result_of", name=f"{name}({number})")


def _ln(number: Decimal) -> Decimal:
    if number <= 0:
        raise decimal.InvalidOperation
    return CONTEXT.ln(number)


_transcendental("sqrt", CONTEXT.sqrt)
_transcendental("exp", CONTEXT.exp)
_transcendental("log", _ln)


def _parity(name: str, rest: int) -> None:
    @builtin(f"{name}(number: number)")
    def _apply(machine: Machine, number: Decimal) -> Value:
        whole = as_integer(number)
        return machine.note("not_whole", number=number) if whole is None else whole % 2 == rest


_parity("even", 0)
_parity("odd", 1)
