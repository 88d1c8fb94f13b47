"""Literals, names, and what cannot be computed at all."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter

from engine.feel.nodes.base import Node, Scope
from engine.feel.values import Closure, Frame, Value


@dataclass(eq=False)
class Literal(Node):
    """A value written out."""

    value: Value

    def close(self, scope: Scope) -> Closure:
        value = self.value
        return lambda _: value


@dataclass(eq=False)
class Failure(Node):
    """Syntax that is legal and has no value here, such as a wrong `@` literal."""

    reason: str

    def close(self, scope: Scope) -> Closure:
        reason = self.reason
        return lambda frame: frame[0].note(reason)


@dataclass(eq=False)
class Name(Node):
    """A variable: of a scope, of the context, or inside a filter an entry of the element."""

    name: str

    def close(self, scope: Scope) -> Closure:
        slot = scope.slots[self.name]
        first = slot if self.name == "item" else slot + 1
        items = tuple(reversed([item for item in scope.items if item >= first]))
        return _entry_or(self.name, items, slot) if items else itemgetter(slot)


def _entry_or(name: str, items: tuple[int, ...], slot: int) -> Closure:
    def lookup(frame: Frame) -> Value:
        for item in items:
            element = frame[item]
            if type(element) is dict and name in element:
                return element[name]
        return frame[slot]

    return lookup
