"""Functions that make one value of a list (DMN 1.5 §10.3.4.4)."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal

from engine.feel.functions.registry import builtin
from engine.feel.machine import Machine
from engine.feel.number import CONTEXT
from engine.feel.ordering import OPERATORS, Comparison, compare
from engine.feel.values import Value

Numbers = list[Decimal]


def _numeric(name: str) -> Callable[[Callable[[Numbers], Value]], Callable[[Numbers], Value]]:
    """Declare a function of a list of numbers that needs at least one unless it says otherwise."""

    def register(compute: Callable[[Numbers], Value]) -> Callable[[Numbers], Value]:
        @builtin(f"{name}(list: list)", variadic=True)
        def _apply(machine: Machine, items: list[Value]) -> Value:
            machine.burn(len(items))
            if not all(type(item) is Decimal for item in items):
                return machine.note("not_all_numbers", name=name)
            try:
                return compute(items)
            except decimal.DecimalException:
                return machine.note("no_result_of", name=name)

        return compute

    return register


@_numeric("sum")
def total(numbers: Numbers) -> Value:
    """The sum; of nothing, null."""
    result = Decimal(0)
    for number in numbers:
        result = CONTEXT.add(result, number)
    return result if numbers else None


@_numeric("mean")
def mean(numbers: Numbers) -> Value:
    """The arithmetic mean."""
    return CONTEXT.divide(total(numbers), Decimal(len(numbers))) if numbers else None


@_numeric("product")
def product(numbers: Numbers) -> Value:
    """The product; of nothing, null."""
    result = Decimal(1)
    for number in numbers:
        result = CONTEXT.multiply(result, number)
    return result if numbers else None


@_numeric("median")
def median(numbers: Numbers) -> Value:
    """The middle one, or the mean of the two in the middle."""
    if not numbers:
        return None
    ordered = sorted(numbers)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else mean(ordered[half - 1 : half + 1])


@_numeric("stddev")
def stddev(numbers: Numbers) -> Value:
    """The standard deviation of a sample; needs two numbers."""
    if len(numbers) < 2:
        return None
    centre = mean(numbers)
    squares = [CONTEXT.power(CONTEXT.subtract(number, centre), Decimal(2)) for number in numbers]
    return CONTEXT.sqrt(CONTEXT.divide(total(squares), Decimal(len(numbers) - 1)))


@_numeric("mode")
def mode(numbers: Numbers) -> Value:
    """The most frequent numbers in ascending order."""
    counts: dict[Decimal, int] = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, times in counts.items() if times == most)


def _extreme(name: str, better: Comparison) -> None:
    @builtin(f"{name}(list: list)", variadic=True)
    def _apply(machine: Machine, items: list[Value]) -> Value:
        best = items[0] if items else None
        for item in items:
            machine.burn(1)
            replaces = compare(machine, item, best, better)
            if replaces is None:
                return None
            best = item if replaces else best
        return best


_extreme("min", OPERATORS["<"])
_extreme("max", OPERATORS[">"])


def _junction(name: str, decisive: bool) -> None:
    @builtin(f"{name}(list: list)", variadic=True)
    def _apply(machine: Machine, items: list[Value]) -> Value:
        machine.burn(len(items))
        if any(item is decisive for item in items):
            return decisive
        if all(isinstance(item, bool) for item in items):
            return not decisive
        return machine.note("not_all_booleans", name=name)


_junction("all", decisive=False)
_junction("any", decisive=True)
