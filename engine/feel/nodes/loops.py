"""`for`, `some` and `every`: every element burns the weight of the body."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from engine.feel.machine import Machine
from engine.feel.nodes.base import Node, Scope, children_of
from engine.feel.nodes.simple import Name
from engine.feel.number import as_integer
from engine.feel.temporal import Date
from engine.feel.values import Closure, Frame, Range, Value, kind_of

_DATE_FUEL = 8


@dataclass(eq=False)
class Iteration(Node):
    """`x in xs` or `i in 1..n`."""

    name: str
    source: Node
    end: Node | None = None


def mentions(node: Node, name: str) -> bool:
    """Whether the variable is used anywhere below the node."""
    if isinstance(node, Name) and node.name == name:
        return True
    return any(mentions(child, name) for child in children_of(node))


def _elements(machine: Machine, value: Value) -> Iterable[Value] | None:
    if isinstance(value, Range):
        first, last = _inner_ends(value)
        return _counted(machine, first, last)
    if value is None:
        machine.note("iterate_null")
        return None
    return value if type(value) is list else [value]


def _inner_ends(span: Range) -> tuple[Value, Value]:
    ends: list[Value] = [span.start, span.end]
    for index, included in enumerate((span.start_included, span.end_included)):
        inward = 1 - 2 * index
        if not included and isinstance(ends[index], Decimal):
            ends[index] = ends[index] + inward
        elif not included and isinstance(ends[index], Date):
            ends[index] = Date.at(ends[index].days + inward)
    return ends[0], ends[1]


def _counted(machine: Machine, first: Value, last: Value) -> Iterable[Value] | None:
    """Whole numbers or days from `first` to `last`, downwards when `last` is the smaller."""
    if isinstance(first, Date) and isinstance(last, Date):
        step = 1 if last.days >= first.days else -1
        return _dates(machine, range(first.days, last.days + step, step))
    if isinstance(first, Decimal) and isinstance(last, Decimal):
        low, high = as_integer(first), as_integer(last)
        if low is not None and high is not None:
            step = 1 if high >= low else -1
            return (Decimal(number) for number in range(low, high + step, step))
    machine.note("iterate_range", a=kind_of(first), b=kind_of(last))
    return None


def _dates(machine: Machine, days: range) -> Iterable[Date]:
    for day in days:
        machine.burn(_DATE_FUEL)
        yield Date.at(day)


class _Walker:
    """Runs a body over the product of its iterations."""

    def __init__(self, iterations: list[Iteration], scope: Scope, extra: tuple[str, ...]) -> None:
        self.sources: list[tuple[Closure, Closure | None]] = []
        for iteration in iterations:
            end = iteration.end.close(scope) if iteration.end else None
            self.sources.append((iteration.source.close(scope), end))
            scope = scope.inner(iteration.name)
        self.scope = scope.inner(*extra)

    def frames(self, frame: Frame, cost: int, level: int = 0) -> Iterable[Frame | None]:
        """A frame for each combination; None once when something cannot be walked."""
        if level == len(self.sources):
            frame[0].burn(cost)
            yield frame
            return
        elements = self._elements_at(frame, level)
        if elements is None:
            yield None
            return
        for element in elements:
            frame[0].burn(2)
            for inner in self.frames([*frame, element], cost, level + 1):
                yield inner
                if inner is None:
                    return

    def _elements_at(self, frame: Frame, level: int) -> Iterable[Value] | None:
        source, end = self.sources[level]
        if end is None:
            return _elements(frame[0], source(frame))
        return _counted(frame[0], source(frame), end(frame))


@dataclass(eq=False)
class For(Node):
    """`for x in xs return …`; the body sees the results so far as `partial`."""

    iterations: list[Iteration]
    body: Node

    def closure(self, scope: Scope) -> Closure:
        walker = _Walker(self.iterations, scope, ("partial",))
        body, cost = self.body.close(walker.scope), self.body.weight
        recalls = mentions(self.body, "partial")

        def collect(frame: Frame) -> Value:
            results: list[Value] = []
            for inner in walker.frames(frame, cost):
                if inner is None:
                    return None
                if recalls:
                    frame[0].burn(len(results) >> 5)
                results.append(body([*inner, results[:] if recalls else None]))
            return results

        return collect


@dataclass(eq=False)
class Quantified(Node):
    """`some … satisfies …` (with `all_` false) and `every … satisfies …`."""

    iterations: list[Iteration]
    condition: Node
    all_: bool

    def closure(self, scope: Scope) -> Closure:
        walker = _Walker(self.iterations, scope, ())
        condition, cost = self.condition.close(walker.scope), self.condition.weight
        decisive = not self.all_

        def judge(frame: Frame) -> Value:
            unknown = False
            for inner in walker.frames(frame, cost):
                outcome = None if inner is None else condition(inner)
                if outcome is decisive:
                    return decisive
                if outcome is None:
                    unknown = True
                elif not isinstance(outcome, bool):
                    return frame[0].note("condition", kind=kind_of(outcome))
            return None if unknown else not decisive

        return judge
