"""Literals, names, and what cannot be computed at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter

from engine.feel.nodes.base import Node, Scope
from engine.feel.values import Closure, Frame, Value


@dataclass(eq=False)
class Literal(Node):
    """A value written out."""

    value: Value

    def closure(self, scope: Scope) -> Closure:
        value = self.value
        return lambda _: value


@dataclass(eq=False)
class Failure(Node):
    """Syntax that is legal and has no value here, such as a wrong `@` literal."""

    reason: str
    details: dict[str, str] = field(default_factory=dict)

    def closure(self, scope: Scope) -> Closure:
        code, details = self.reason, self.details
        return lambda frame: frame[0].note(code, **details)


@dataclass(eq=False)
class Name(Node):
    """A variable: of a scope, of the context, or inside a filter an entry of the element."""

    name: str
    free: bool = False

    def closure(self, scope: Scope) -> Closure:
        slot = scope.slots[self.name]
        if slot < scope.explained:
            return _known_or_told(self.name, self.lookup(scope, slot))
        return self.lookup(scope, slot)

    def lookup(self, scope: Scope, slot: int) -> Closure:
        """The value, without a complaint when there is none."""
        first = slot if self.name == "item" else slot + 1
        items = tuple(reversed([item for item in scope.items if item >= first]))
        return _entry_or(self.name, items, slot) if items else itemgetter(slot)


def _known_or_told(name: str, lookup: Closure) -> Closure:
    """The lookup, and a complaint when it finds nothing because the context lacks the name."""

    def told(frame: Frame) -> Value:
        value = lookup(frame)
        if value is None and name in frame[0].missing:
            frame[0].note("unknown_name", name=name)
        return value

    return told


def _entry_or(name: str, items: tuple[int, ...], slot: int) -> Closure:
    def lookup(frame: Frame) -> Value:
        for item in items:
            element = frame[item]
            if type(element) is dict and name in element:
                return element[name]
        return frame[slot]

    return lookup
