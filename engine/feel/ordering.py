"""Which of two values comes first (DMN 1.5 §10.3.2.13, Table 54), and whether a range holds one."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.machine import Machine
from engine.feel.temporal import Date, DateTime, Days, Months, Time
from engine.feel.values import Range, Value, kind_of

Comparison = Callable[[Any, Any], Any]
OPERATORS: dict[str, Comparison] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _sort_key(value: Value) -> tuple[int, bool] | None:
    """An integer that orders values of one kind, and whether it says nothing about UTC."""
    match value:
        case Date():
            return value.days, True
        case DateTime():
            return value.instant, value.time.is_local
        case Time():
            return DateTime(Date(1970, 1, 1), value).instant, value.is_local
        case Days(nanos):
            return nanos, True
        case Months(months):
            return months, True
    return None


def compare(machine: Machine, a: Value, b: Value, comparison: Comparison) -> bool | None:
    """The comparison's outcome; null for kinds without an order or of different kind."""
    kind = type(a)
    if kind is type(b):
        if kind is Decimal or kind is str:
            return bool(comparison(a, b))
        x, y = _sort_key(a), _sort_key(b)
        if x is not None and y is not None and x[1] == y[1]:
            return bool(comparison(x[0], y[0]))
    machine.note("not_comparable", a=kind_of(a), b=kind_of(b))
    return None


def inside(machine: Machine, value: Value, span: Range) -> bool | None:
    """Whether the range holds the value; null when they cannot be compared."""
    low = high = True if span.start is not None or span.end is not None else None
    if span.start is not None:
        above: Comparison = operator.ge if span.start_included else operator.gt
        low = compare(machine, value, span.start, above)
    if span.end is not None:
        below: Comparison = operator.le if span.end_included else operator.lt
        high = compare(machine, value, span.end, below)
    if low is None or high is None:
        return None
    return low and high
