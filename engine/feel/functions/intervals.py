"""How points and ranges lie to each other (DMN 1.5 §10.3.4.11), and ranges from text."""

from __future__ import annotations

from collections.abc import Callable

from engine.feel.functions.registry import builtin
from engine.feel.machine import Machine
from engine.feel.ordering import OPERATORS, compare
from engine.feel.values import Range, Value

Relation = Callable[["Ends", "Ends"], bool]


_PARAMETERS = (
    ("range1", "range2"),
    ("point1", "point2"),
)
_RANGE_FIRST = ("includes", "finished by", "started by")
"""Relations of a range to a point; the others are of a point to a range."""
_EITHER_FIRST = ("before", "after")
"""Relations that may be of either to either: by name, the order written decides."""


class _Incomparable(Exception):
    """Two ends have no order."""


class Ends:
    """A range, or a point as the closed range of itself, with ends that can be compared."""

    def __init__(self, machine: Machine, value: Value) -> None:
        span = value if isinstance(value, Range) else Range(value, value)
        self.machine = machine
        self.start, self.end = span.start, span.end
        self.opens, self.closes = span.start_included, span.end_included

    def holds(self, a: Value, operator: str, b: Value) -> bool:
        """A comparison that must have an outcome."""
        if operator == "=":
            return not self.holds(a, "<", b) and not self.holds(a, ">", b)
        outcome = compare(self.machine, a, b, OPERATORS[operator])
        if outcome is None:
            raise _Incomparable
        return outcome


def _before(a: Ends, b: Ends) -> bool:
    touching = a.holds(a.end, "=", b.start)
    return a.holds(a.end, "<", b.start) or (touching and not (a.closes and b.opens))


def _meets(a: Ends, b: Ends) -> bool:
    return a.closes and b.opens and a.holds(a.end, "=", b.start)


def _starts_no_later(a: Ends, b: Ends) -> bool:
    same = a.holds(a.start, "=", b.start)
    return a.holds(a.start, "<", b.start) or (same and (a.opens or not b.opens))


def _ends_no_earlier(a: Ends, b: Ends) -> bool:
    same = a.holds(a.end, "=", b.end)
    return a.holds(a.end, ">", b.end) or (same and (a.closes or not b.closes))


def _overlaps(a: Ends, b: Ends) -> bool:
    return not _before(a, b) and not _before(b, a)


def _overlaps_before(a: Ends, b: Ends) -> bool:
    starts_earlier = not _starts_no_later(b, a)
    return starts_earlier and _overlaps(a, b) and _ends_no_earlier(b, a)


def _finishes(a: Ends, b: Ends) -> bool:
    same = a.closes == b.closes and a.holds(a.end, "=", b.end)
    return same and _starts_no_later(b, a)


def _includes(a: Ends, b: Ends) -> bool:
    return _starts_no_later(a, b) and _ends_no_earlier(a, b)


def _starts(a: Ends, b: Ends) -> bool:
    same = a.opens == b.opens and a.holds(a.start, "=", b.start)
    return same and _ends_no_earlier(b, a)


def _coincides(a: Ends, b: Ends) -> bool:
    same = (a.opens, a.closes) == (b.opens, b.closes)
    return same and a.holds(a.start, "=", b.start) and a.holds(a.end, "=", b.end)


def _relation(name: str, relation: Relation) -> None:
    def apply(machine: Machine, a: Value, b: Value) -> Value:
        try:
            return relation(Ends(machine, a), Ends(machine, b))
        except _Incomparable:
            return None

    mixed = [("range", "point")] if name in _RANGE_FIRST else [("point", "range")]
    if name in _EITHER_FIRST:
        mixed = [("point", "range"), ("range", "point")]
    for first, second in (*_PARAMETERS, *mixed):
        builtin(f"{name}({first}: any, {second}: any)")(apply)


def _pair(name: str, converse: str, relation: Relation) -> None:
    _relation(name, relation)
    _relation(converse, lambda a, b: relation(b, a))


_relation("overlaps", _overlaps)
_relation("coincides", _coincides)
_pair("before", "after", _before)
_pair("meets", "met by", _meets)
_pair("overlaps before", "overlaps after", _overlaps_before)
_pair("finishes", "finished by", _finishes)
_pair("includes", "during", _includes)
_pair("starts", "started by", _starts)
