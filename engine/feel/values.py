"""The values of FEEL: null, booleans, numbers, strings, temporals, lists, contexts and so on.

A value is one of None, bool, Decimal, str, the classes of `temporal`, list, dict with string keys,
`Range` and `Function`, and never anything else: `boundary` admits only these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from engine.feel.machine import Machine
from engine.feel.temporal import Date, DateTime, Days, Months, Time

Value: TypeAlias = Any
"""FEEL is dynamically typed: what a value is, is asked by `kind_of`."""
Frame: TypeAlias = list[Any]
"""The machine at 0, then the variables in the order in which their scopes opened."""
Closure: TypeAlias = Callable[[Frame], Value]


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; a missing end is unbounded."""

    start: Value
    end: Value
    start_included: bool = True
    end_included: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Something callable with its parameters' names; `variadic` takes any number."""

    name: str
    parameters: tuple[str, ...]
    call: Callable[[Machine, Sequence[Value]], Value]
    variadic: bool = False
    call_named: Callable[[Machine, dict[str, Value]], Value] | None = None


_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    Days: "days and time duration",
    Months: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}


def kind_of(value: Value) -> str:
    """The name of the value's kind, as `instance of` writes it."""
    return _KINDS.get(type(value), "unknown")


def is_value(value: object) -> bool:
    """Whether this Python object is a FEEL value (its elements not looked at)."""
    return type(value) in _KINDS
