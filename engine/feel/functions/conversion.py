"""Conversion between kinds, and `not` (DMN 1.5 §10.3.4.1, §10.3.4.2)."""

from __future__ import annotations

import re
from decimal import Decimal, DecimalException

from engine.feel.functions.registry import builtin
from engine.feel.machine import Machine
from engine.feel.number import CONTEXT
from engine.feel.render import to_text
from engine.feel.values import Value

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@builtin("number(from: string)")
def number(machine: Machine, text: str) -> Value:
    """The number that the text writes with a decimal point."""
    return _parsed(machine, text)


@builtin("number(from: string, grouping separator: string?, decimal separator: string?)")
def grouped_number(machine: Machine, text: str, grouping: str | None, point: str | None) -> Value:
    """The number that the text writes with these separators."""
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", "."):
        return machine.note("separators")
    if grouping is not None and grouping == point:
        return machine.note("separators_same")
    if grouping is not None:
        text = text.replace(grouping, "")
    return _parsed(machine, text.replace(point, ".") if point else text)


def _parsed(machine: Machine, text: str) -> Decimal | None:
    text = text.strip()
    try:
        if len(text) <= 1000 and _NUMBER.fullmatch(text):
            return CONTEXT.create_decimal(text)
    except DecimalException:
        pass
    machine.note("not_a_number")
    return None


@builtin("string(from: any?)")
def string(machine: Machine, value: Value) -> Value:
    """The value as text; null stays null."""
    return None if value is None else machine.text(to_text(machine, value))


@builtin("not(negand: any?)")
def negation(machine: Machine, negand: Value) -> Value:
    """The opposite of a boolean; null for everything else."""
    if isinstance(negand, bool):
        return not negand
    return machine.note("not_negatable")
