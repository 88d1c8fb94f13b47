"""Lists, contexts and ranges written out, and reaching into them by path and filter."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.feel.machine import Machine
from engine.feel.nodes.base import Node, Scope
from engine.feel.number import as_integer
from engine.feel.ordering import compare
from engine.feel.properties import entry_of
from engine.feel.values import Closure, Frame, Range, Value, kind_of


@dataclass(eq=False)
class ListOf(Node):
    """`[a, b]`."""

    items: list[Node]

    def closure(self, scope: Scope) -> Closure:
        items = [item.close(scope) for item in self.items]
        return lambda frame: [item(frame) for item in items]


@dataclass(eq=False)
class ContextOf(Node):
    """`{a: 1, b: a + 1}`: an entry sees those before it; with `result`, that is the value."""

    entries: list[tuple[str, Node]]
    result: Node | None = None

    def closure(self, scope: Scope) -> Closure:
        entries: list[tuple[str, Closure]] = []
        for key, node in self.entries:
            entries.append((key, node.close(scope)))
            scope = scope.inner(key)
        result = self.result.close(scope) if self.result else None

        def build(frame: Frame) -> Value:
            for _, entry in entries:
                frame = [*frame, entry(frame)]  # a new list each time: functions remember theirs
            if result is not None:
                return result(frame)
            values = frame[len(frame) - len(entries) :]
            return {key: value for (key, _), value in zip(entries, values, strict=True)}

        return build


@dataclass(eq=False)
class RangeOf(Node):
    """`[a..b)`, or an open-ended one from a comparison."""

    start: Node
    end: Node
    start_included: bool
    end_included: bool
    unbounded: bool = False

    def closure(self, scope: Scope) -> Closure:
        start, end, unbounded = self.start.close(scope), self.end.close(scope), self.unbounded
        includes = (self.start_included, self.end_included)

        def build(frame: Frame) -> Value:
            low, high = start(frame), end(frame)
            if unbounded:
                return Range(low, high, *includes)
            if compare(frame[0], low, high, lambda *_: True) is None:
                return None
            return Range(low, high, *includes)

        return build


@dataclass(eq=False)
class Path(Node):
    """`a.b`; of a list, the entries of its elements."""

    source: Node
    key: str

    def closure(self, scope: Scope) -> Closure:
        source, key = self.source.close(scope), self.key

        def follow(frame: Frame) -> Value:
            value = source(frame)
            if type(value) is dict and key in value:
                return value[key]
            return entry_of(frame[0], value, key)

        return follow


@dataclass(eq=False)
class Filter(Node):
    """`list[2]` or `list[price > 10]` (DMN 1.5 §10.3.2.5)."""

    source: Node
    predicate: Node

    def closure(self, scope: Scope) -> Closure:
        source, predicate = self.source.close(scope), self.predicate.close(scope.filtering())
        cost = self.predicate.weight

        def select(frame: Frame) -> Value:
            value = source(frame)
            if value is None:
                return frame[0].note("filter_null")
            items = value if type(value) is list else [value]
            first = predicate([*frame, items[0] if items else None])
            if type(first) is Decimal:
                return _at(frame[0], items, first)
            return _matching(frame, items, predicate, cost)

        return select


def _at(machine: Machine, items: list[Value], position: Decimal) -> Value:
    index = as_integer(position)
    if index and -len(items) <= index <= len(items):
        return items[index - 1 if index > 0 else index]
    return machine.note("no_item", position=position)


def _matching(frame: Frame, items: list[Value], predicate: Closure, cost: int) -> Value:
    machine: Machine = frame[0]
    chosen = []
    for item in items:
        machine.burn(cost)
        outcome = predicate([*frame, item])
        if outcome is True:
            chosen.append(item)
        elif outcome is not False and outcome is not None:
            return machine.note("filter_condition", kind=kind_of(outcome))
    return chosen
