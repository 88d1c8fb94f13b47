"""List functions that keep or rearrange elements (DMN 1.5 §10.3.4.4)."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key

from engine.feel.equality import contains, equal, same_key
from engine.feel.functions.registry import builtin
from engine.feel.machine import Machine
from engine.feel.ordering import OPERATORS, compare
from engine.feel.values import Function, Value


@builtin("list contains(list: list, element: any?)")
def list_contains(machine: Machine, items: list[Value], element: Value) -> Value:
    """Whether an element equals the given one."""
    return contains(machine, items, element)


@builtin("count(list: list)", variadic=True)
def count(_: Machine, items: list[Value]) -> Value:
    """How many elements."""
    return Decimal(len(items))


@builtin("sublist(list: list, start position: number, length: number =)")
def sublist(machine: Machine, items: list[Value], start: Decimal, length: Decimal | None) -> Value:
    """The elements from a position on, which counts from the end when negative."""
    first = _index(machine, items, start)
    if first is None:
        return None
    machine.burn(len(items) >> 3)
    if length is None:
        return items[first:]
    if length < 0 or first + length > len(items):
        return machine.note("sublist_outside")
    return items[first : first + int(length)]


def _index(machine: Machine, items: list[Value], position: Decimal) -> int | None:
    if not 1 <= abs(position) < len(items) + 1:
        machine.note("no_item", position=position)
        return None
    return int(position) - 1 if position > 0 else len(items) + int(position)


@builtin("append(list: list, item: any? *)")
def append(machine: Machine, items: list[Value], more: list[Value]) -> Value:
    """The list with further elements behind."""
    machine.burn(len(items) >> 3)
    return [*items, *more]


@builtin("concatenate(list: any? *)")
def concatenate(machine: Machine, lists: list[Value]) -> Value:
    """All lists behind each other."""
    joined: list[Value] = []
    for items in lists:
        if items is None:
            return machine.note("concatenate_null")
        joined += items if isinstance(items, list) else [items]
        machine.burn(1 + (len(joined) >> 3))
    return joined


@builtin("union(list: any? *)")
def union(machine: Machine, lists: list[Value]) -> Value:
    """All lists behind each other, equal elements once."""
    joined = concatenate(machine, lists)
    return None if joined is None else distinct_values(machine, joined)


@builtin("distinct values(list: list)")
def distinct_values(machine: Machine, items: list[Value]) -> Value:
    """Each of several equal elements once, in the order first met."""
    scalars: set[object] = set()
    composites: list[Value] = []
    chosen: list[Value] = []
    for item in items:
        machine.burn(1)
        key = same_key(item)
        if key in scalars or (key is None and contains(machine, composites, item)):
            continue
        chosen.append(item)
        if key is None:
            composites.append(item)
        else:
            scalars.add(key)
    return chosen


@builtin("insert before(list: list, position: number, newItem: any?)")
def insert_before(machine: Machine, items: list[Value], position: Decimal, item: Value) -> Value:
    """The list with an element put before a position."""
    index = _index(machine, items, position)
    machine.burn(len(items) >> 3)
    return None if index is None else [*items[:index], item, *items[index:]]


@builtin("remove(list: list, position: number)")
def remove(machine: Machine, items: list[Value], position: Decimal) -> Value:
    """The list without the element at a position."""
    index = _index(machine, items, position)
    machine.burn(len(items) >> 3)
    return None if index is None else [*items[:index], *items[index + 1 :]]


@builtin("list replace(list: list, position: number, newItem: any?)")
def list_replace(machine: Machine, items: list[Value], position: Decimal, item: Value) -> Value:
    """The list with another element at a position."""
    index = _index(machine, items, position)
    machine.burn(len(items) >> 3)
    return None if index is None else [*items[:index], item, *items[index + 1 :]]


@builtin("list replace(list: list, match: function, newItem: any?)")
def list_replace_matching(
    machine: Machine, items: list[Value], match: Function, item: Value
) -> Value:
    """The list with another element wherever `match(item, newItem)` is true."""
    replaced = []
    for old in items:
        machine.burn(1)
        outcome = match.call(machine, [old, item])
        if not isinstance(outcome, bool):
            return machine.note("match_result")
        replaced.append(item if outcome else old)
    return replaced


@builtin("reverse(list: list)")
def reverse(machine: Machine, items: list[Value]) -> Value:
    """The elements in the opposite order."""
    machine.burn(len(items) >> 3)
    return items[::-1]


@builtin("index of(list: list, match: any?)")
def index_of(machine: Machine, items: list[Value], match: Value) -> Value:
    """The positions of the elements equal to the given one."""
    found: list[Value] = []
    for position, item in enumerate(items, start=1):
        machine.burn(1)
        if equal(machine, item, match) is True:
            found.append(Decimal(position))
    return found


@builtin("flatten(list: list)")
def flatten(machine: Machine, items: list[Value]) -> Value:
    """The elements of nested lists in one list."""
    flat: list[Value] = []
    stack = [items[::-1]]
    while stack:
        machine.burn(1)
        if not stack[-1]:
            stack.pop()
            continue
        item = stack[-1].pop()
        if isinstance(item, list):
            machine.burn(len(item) >> 3)
            stack.append(item[::-1])
        else:
            flat.append(item)
    return flat


@builtin("sort(list: list, precedes: function =)")
def sort(machine: Machine, items: list[Value], precedes: Function | None) -> Value:
    """The elements in the order of `precedes(a, b)`, or of `<`."""
    wrong = False

    def order(a: Value, b: Value) -> int:
        nonlocal wrong
        machine.burn(1)
        outcome = _precedes(machine, a, b, precedes)
        wrong = wrong or outcome is None
        return -1 if outcome else 1 if _precedes(machine, b, a, precedes) else 0

    ordered = sorted(items, key=cmp_to_key(order))
    return machine.note("not_sortable") if wrong else ordered


def _precedes(machine: Machine, a: Value, b: Value, precedes: Function | None) -> bool | None:
    if precedes is None:
        return compare(machine, a, b, OPERATORS["<"])
    outcome = precedes.call(machine, [a, b])
    return outcome if isinstance(outcome, bool) else None
