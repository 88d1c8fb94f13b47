"""What all nodes share: weight for the fuel, height for the limit, and closing over a scope."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.feel import limits
from engine.feel.errors import SyntaxError_
from engine.feel.values import Closure


class Scope:
    """Which variable lies where in the frame; the frame of a scope is exactly `size` long."""

    __slots__ = ("items", "size", "slots")

    def __init__(self, slots: dict[str, int], size: int, items: tuple[int, ...] = ()) -> None:
        self.slots = slots
        self.size = size
        self.items = items

    @staticmethod
    def of(free: Iterable[str]) -> Scope:
        """The outermost scope: the machine, then the free names in order."""
        slots = {name: index for index, name in enumerate(free, start=1)}
        return Scope(slots, len(slots) + 1)

    def inner(self, *names: str) -> Scope:
        """A scope whose frames are this one's with values for `names` behind them."""
        slots = dict(self.slots)
        slots.update((name, self.size + index) for index, name in enumerate(names))
        return Scope(slots, self.size + len(names), self.items)

    def filtering(self) -> Scope:
        """A scope with the element of a filter as `item`, whose own entries are names too."""
        scope = self.inner("item")
        scope.items = (*self.items, self.size)
        return scope


class Node:
    """A piece of syntax. `weight` counts its nodes; evaluating it costs about that much."""

    weight: int = 1
    height: int = 1

    def __post_init__(self) -> None:
        children = list(children_of(self))
        self.weight = 1 + sum(child.weight for child in children)
        self.height = 1 + max((child.height for child in children), default=0)
        if self.height > limits.DEPTH:
            raise SyntaxError_("表达式嵌套过深")

    def close(self, scope: Scope) -> Closure:
        """The closure that computes this node's value from a frame of the scope."""
        raise TypeError(type(self).__name__)


def children_of(node: Node) -> Iterable[Node]:
    """The nodes directly below this one."""
    return _nodes_in(vars(node).values())


def _nodes_in(values: Iterable[Any]) -> Iterable[Node]:
    for value in values:
        if isinstance(value, Node):
            yield value
        elif isinstance(value, list | tuple):
            yield from _nodes_in(value)
