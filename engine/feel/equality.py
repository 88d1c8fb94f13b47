"""When two values are equal (DMN 1.5 §10.3.2.13, Table 53); every element compared burns fuel."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel.machine import Machine
from engine.feel.temporal import Date, DateTime, Days, Months, Time
from engine.feel.values import Function, Range, Value, kind_of


def equal(machine: Machine, a: Value, b: Value) -> bool | None:
    """True, false, or null when the kinds cannot be compared."""
    kind = type(a)
    if (kind is Decimal and type(b) is Decimal) or (kind is str and type(b) is str):
        return bool(a == b)
    if a is None or b is None:
        return a is b
    if kind is not type(b) or kind is Function:
        machine.note("not_equatable", a=kind_of(a), b=kind_of(b))
        return None
    if kind is list:
        return _equal_lists(machine, a, b)
    if kind is dict:
        return _equal_contexts(machine, a, b)
    if kind is Range:
        return _equal_ranges(machine, a, b)
    return _equal_moments(a, b) if kind in (DateTime, Time) else bool(a == b)


def _equal_moments(a: DateTime | Time, b: DateTime | Time) -> bool:
    if isinstance(a, DateTime) and isinstance(b, DateTime):
        return a.time.is_local == b.time.is_local and a.instant == b.instant
    assert isinstance(a, Time) and isinstance(b, Time)
    if a.is_local != b.is_local:
        return False
    epoch = Date(1970, 1, 1)
    return DateTime(epoch, a).instant == DateTime(epoch, b).instant


def _equal_lists(machine: Machine, a: list[Value], b: list[Value]) -> bool | None:
    if len(a) != len(b):
        return False
    for x, y in zip(a, b, strict=True):
        machine.burn(1)
        same = equal(machine, x, y)
        if same is not True:
            return same
    return True


def _equal_contexts(machine: Machine, a: dict[str, Value], b: dict[str, Value]) -> bool | None:
    if a.keys() != b.keys():
        return False
    return _equal_lists(machine, list(a.values()), [b[key] for key in a])


def _equal_ranges(machine: Machine, a: Range, b: Range) -> bool | None:
    ends = (a.start_included, a.end_included) == (b.start_included, b.end_included)
    return ends and _equal_lists(machine, [a.start, a.end], [b.start, b.end])


def same_key(value: Value) -> tuple[Any, ...] | None:
    """Something hashable that is equal exactly when the scalars are equal; null for composites."""
    if isinstance(value, bool | Decimal | str | Date | Days | Months) or value is None:
        return type(value), value
    return None


def contains(machine: Machine, items: list[Value], wanted: Value) -> bool:
    """Whether the list has an element equal to `wanted`."""
    for item in items:
        machine.burn(2)
        if equal(machine, item, wanted) is True:
            return True
    return False
