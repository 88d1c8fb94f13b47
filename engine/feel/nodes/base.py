"""What all nodes share: weight for the fuel, height for the limit, and closing over a scope."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.feel import limits
from engine.feel.complaints import Place
from engine.feel.errors import FuelExhausted, SyntaxError_
from engine.feel.machine import Machine
from engine.feel.values import Closure, Frame, Value


class Scope:
    """Which variable lies where in the frame; the frame of a scope is exactly `size` long."""

    __slots__ = ("explained", "items", "size", "slots")

    def __init__(
        self, slots: dict[str, int], size: int, items: tuple[int, ...] = (), explained: int = 0
    ) -> None:
        self.slots = slots
        self.size = size
        self.items = items
        self.explained = explained
        """Where the free names end if closures say at which place a null arose; else 0."""

    @staticmethod
    def of(free: Iterable[str], *, explaining: bool = False) -> Scope:
        """The outermost scope: the machine, then the free names in order."""
        slots = {name: index for index, name in enumerate(free, start=1)}
        size = len(slots) + 1
        return Scope(slots, size, explained=size if explaining else 0)

    def inner(self, *names: str) -> Scope:
        """A scope whose frames are this one's with values for `names` behind them."""
        slots = dict(self.slots)
        slots.update((name, self.size + index) for index, name in enumerate(names))
        return Scope(slots, self.size + len(names), self.items, self.explained)

    def filtering(self) -> Scope:
        """A scope with the element of a filter as `item`, whose own entries are names too."""
        scope = self.inner("item")
        scope.items = (*self.items, self.size)
        return scope


class Node:
    """A piece of syntax. `weight` counts its nodes; evaluating it costs about that much."""

    weight: int = 1
    height: int = 1
    place: Place | None = None
    """Where it stands in its text; a form of DMN has none."""

    def __post_init__(self) -> None:
        children = list(children_of(self))
        self.weight = 1 + sum(child.weight for child in children)
        self.height = 1 + max((child.height for child in children), default=0)
        if self.height > limits.DEPTH:
            raise SyntaxError_("too_nested")

    def close(self, scope: Scope) -> Closure:
        """The closure that computes this node's value from a frame of the scope."""
        closure = self.closure(scope)
        if not scope.explained or self.place is None:
            return closure
        return _locating(closure, self.place)

    def closure(self, scope: Scope) -> Closure:
        """What `close` gives, but for the places of complaints."""
        raise TypeError(type(self).__name__)

    def parts(self) -> Iterable[Node]:
        """Everything below this node that is computed."""
        return children_of(self)


def _locating(closure: Closure, place: Place) -> Closure:
    def located(frame: Frame) -> Value:
        machine: Machine = frame[0]
        before = len(machine.notes)
        try:
            value = closure(frame)
        except FuelExhausted as error:
            error.locate(place)
            raise
        if len(machine.notes) > before:
            machine.locate(before, place)
        return value

    return located


def children_of(node: Node) -> Iterable[Node]:
    """The nodes directly below this one."""
    return _nodes_in(vars(node).values())


def _nodes_in(values: Iterable[Any]) -> Iterable[Node]:
    for value in values:
        if isinstance(value, Node):
            yield value
        elif isinstance(value, list | tuple):
            yield from _nodes_in(value)
