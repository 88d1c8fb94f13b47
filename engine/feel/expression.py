"""A compiled expression: parsed once, evaluated often."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any

from engine.feel import limits
from engine.feel.boundary import admit
from engine.feel.complaints import Complaint
from engine.feel.errors import FuelExhausted
from engine.feel.functions.library import BUILTINS
from engine.feel.machine import Machine
from engine.feel.names import Lexicon, Names
from engine.feel.nodes.base import Node, Scope
from engine.feel.parser import parse_expression, parse_unary_tests
from engine.feel.values import Closure, Frame, Value

STANDARD = Lexicon(BUILTINS)
_IS_FINITE = Decimal.is_finite


def _fetcher(names: tuple[str, ...]) -> Callable[[Mapping[str, object]], Sequence[Any]]:
    """All values at once, the fast way when they are numbers already."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda context: [context[name] for name in names]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A value, and for a null the reason; `notes` are all reasons met on the way."""

    value: Value
    reason: Complaint | None
    notes: tuple[Complaint, ...] = ()

    @property
    def error(self) -> str | None:
        """The reason in Chinese."""
        return None if self.reason is None else str(self.reason)


class Expression:
    """Closures over a frame that holds the free names in order."""

    __slots__ = ("_code", "_explaining", "_fetch", "_free", "names", "node", "text")

    def __init__(self, node: Node, free: Iterable[str], text: str = "") -> None:
        self.names = tuple(free)
        """The names that it takes from the context."""
        self.text = text
        self.node = node
        self._free = tuple((name, BUILTINS.get(name)) for name in self.names)
        self._fetch = _fetcher(self.names)
        self._code = node.close(Scope.of(self.names))
        self._explaining: Closure | None = None

    def evaluate(self, context: Mapping[str, object], fuel: int = limits.FUEL) -> Value:
        """The value in that context, null where FEEL says so; raises `FuelExhausted` alone."""
        try:
            values = self._fetch(context)
            ready = all(map(_IS_FINITE, values))
        except (KeyError, TypeError):  # a name is missing, or not all values are numbers
            ready = False
        if not ready:
            return self.run(Machine(fuel), context)
        return self.start([Machine(fuel), *values])

    def explain(self, context: Mapping[str, object], fuel: int = limits.FUEL) -> Evaluated:
        """The value with the reason why it is null; the places of all complaints are told."""
        machine = Machine(fuel)
        try:
            value = self.run(machine, context)
        except FuelExhausted:
            self._explained(fuel, context)
            raise
        if value is not None and not machine.notes:
            return Evaluated(value, None)
        try:
            notes = self._explained(fuel, context) or machine.notes
        except FuelExhausted:  # its closures are twice as deep
            notes = machine.notes
        return Evaluated(value, notes[0] if notes and value is None else None, notes)

    def _explained(self, fuel: int, context: Mapping[str, object]) -> tuple[Complaint, ...]:
        machine = Machine(fuel)
        machine.missing = self.missing_in(context)
        self.start(self._frame(machine, context), explaining=True)
        return machine.notes

    def missing_in(self, context: Mapping[str, object]) -> frozenset[str]:
        """The names that neither the context nor the standard knows."""
        return frozenset(
            name for name, standard in self._free if not standard and name not in context
        )

    def run(self, machine: Machine, context: Mapping[str, object]) -> Value:
        """Evaluate on a machine that may be shared with other expressions."""
        return self.start(self._frame(machine, context))

    def _frame(self, machine: Machine, context: Mapping[str, object]) -> Frame:
        frame: Frame = [machine]
        for name, standard in self._free:
            value = context.get(name, standard)
            if type(value) is not Decimal or not value.is_finite():
                value = admit(machine, value)
            frame.append(value)
        return frame

    def start(self, frame: Frame, *, explaining: bool = False) -> Value:
        """Evaluate on a machine and values that are FEEL's already.

        Explaining is slower, and says of each complaint where it arose.
        """
        try:
            return self._telling()(frame) if explaining else self._code(frame)
        except RecursionError:
            raise FuelExhausted("work_nested") from None

    def _telling(self) -> Closure:
        if self._explaining is None:
            self._explaining = self.node.close(Scope.of(self.names, explaining=True))
        return self._explaining


def names_for(known: Iterable[str], entries: Iterable[str] = ()) -> Names:
    """The outermost names of a text, with the standard functions."""
    return Names(known, builtins=STANDARD, hints=Lexicon(entries))


def compile_(text: str, names: Iterable[str] = (), entries: Iterable[str] = ()) -> Expression:
    """Parse an expression; raises `SyntaxError_` with the column.

    `names` are those of the context, `entries` those inside its values; only names that hold blanks
    or signs need to be told.
    """
    known = names_for(names, entries)
    node = parse_expression(text, known)
    return Expression(node, known.free, text)


def compile_unary(text: str, names: Iterable[str] = ()) -> Expression:
    """Parse the tests of a cell; the value tested is given as `?`."""
    known = names_for(["?", *names])
    node = parse_unary_tests(text, known)
    return Expression(node, {**known.free, "?": None}, text)


@lru_cache(maxsize=1024)
def _cached(text: str, names: tuple[str, ...], entries: tuple[str, ...]) -> Expression:
    return compile_(text, names, entries)


@lru_cache(maxsize=1024)
def _cached_unary(text: str, names: tuple[str, ...]) -> Expression:
    return compile_unary(text, names)


def evaluate(text: str, context: Mapping[str, object], fuel: int = limits.FUEL) -> Value:
    """Compile (remembered) and evaluate in one go; the context's keys are the known names."""
    return compiled(text, context).evaluate(context, fuel)


def compiled(text: str, context: Mapping[str, object]) -> Expression:
    """The remembered expression for contexts with these keys, inner ones included."""
    return _cached(text, tuple(context), tuple(dict.fromkeys(_inner_keys(context.values(), 4))))


def _inner_keys(values: Iterable[object], depth: int) -> Iterator[str]:
    for value in values:
        if isinstance(value, Mapping) and depth:
            yield from (str(key) for key in value)
            yield from _inner_keys(value.values(), depth - 1)
        elif isinstance(value, list | tuple) and depth:
            yield from _inner_keys(value[:1], depth - 1)


def unary_test(text: str, value: object, context: Mapping[str, object]) -> bool | None:
    """Whether the value passes the tests, as in a cell of a decision table."""
    outcome = _cached_unary(text, tuple(context)).evaluate({**context, "?": value})
    return outcome if isinstance(outcome, bool) else None
