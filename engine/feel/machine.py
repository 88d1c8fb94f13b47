"""The one mutable cell that all closures of an evaluation share: fuel, depth and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine.feel import limits
from engine.feel.complaints import Complaint, Place
from engine.feel.errors import FuelExhausted

_NONE: Mapping[str, list[str | int]] = MappingProxyType({})


class Machine:
    """Counts the work of one evaluation and remembers why nulls arose."""

    __slots__ = ("calls", "fuel", "hits", "missing", "notes")

    def __init__(self, fuel: int) -> None:
        self.fuel = fuel
        self.calls = 0
        self.notes: tuple[Complaint, ...] = ()
        self.missing: frozenset[str] = frozenset()
        """Names that the context does not hold; only explaining fills them in."""
        self.hits: Mapping[str, list[str | int]] = _NONE
        """The rules that matched, by decision table."""

    def burn(self, units: int) -> None:
        """Pay for work; raises `FuelExhausted` when nothing is left."""
        self.fuel -= units
        if self.fuel < 0:
            raise FuelExhausted("fuel")

    def note(self, code: str, **details: object) -> Any:
        """Remember why the value at hand is null; gives that null."""
        return self.complain(Complaint.of(code, **details))

    def complain(self, complaint: Complaint) -> Any:
        """The same with the complaint at hand."""
        if len(self.notes) < limits.NOTES:
            self.notes = (*self.notes, complaint)
        return None

    def locate(self, first: int, place: Place) -> None:
        """The complaints from the `first` on arose here, unless they know better; once each."""
        placed = (note.at(place) for note in self.notes[first:])
        self.notes = tuple(dict.fromkeys((*self.notes[:first], *placed)))

    def record(self, table: str, rules: list[str | int]) -> None:
        """Remember which rules of a decision table matched last."""
        self.hits = {**self.hits, table: rules}

    def enter(self) -> None:
        """Go one call deeper; raises `FuelExhausted` beyond the limit."""
        self.calls += 1
        if self.calls > limits.CALLS:
            raise FuelExhausted("calls_nested")

    def text(self, built: str) -> str | None:
        """Pay for a string just built; too long a one is null."""
        self.burn(len(built) >> 6)
        if len(built) <= limits.STRING:
            return built
        self.note("string_too_long")
        return None
