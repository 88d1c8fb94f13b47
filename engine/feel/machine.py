"""The one mutable cell that all closures of an evaluation share: fuel, depth and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine.feel import limits
from engine.feel.errors import FuelExhausted

_NONE: Mapping[str, list[str | int]] = MappingProxyType({})


class Machine:
    """Counts the work of one evaluation and remembers why nulls arose."""

    __slots__ = ("calls", "fuel", "hits", "notes")

    def __init__(self, fuel: int) -> None:
        self.fuel = fuel
        self.calls = 0
        self.notes: tuple[str, ...] = ()
        self.hits: Mapping[str, list[str | int]] = _NONE
        """The rules that matched, by decision table."""

    def burn(self, units: int) -> None:
        """Pay for work; raises `FuelExhausted` when nothing is left."""
        self.fuel -= units
        if self.fuel < 0:
            raise FuelExhausted("表达式计算量过大，已停止")

    def note(self, reason: str) -> Any:
        """Remember why the value at hand is null; gives that null."""
        if len(self.notes) < limits.NOTES:
            self.notes = (*self.notes, reason)
        return None

    def record(self, table: str, rules: list[str | int]) -> None:
        """Remember which rules of a decision table matched last."""
        self.hits = {**self.hits, table: rules}

    def enter(self) -> None:
        """Go one call deeper; raises `FuelExhausted` beyond the limit."""
        self.calls += 1
        if self.calls > limits.CALLS:
            raise FuelExhausted("函数调用嵌套过深，已停止")

    def text(self, built: str) -> str | None:
        """Pay for a string just built; too long a one is null."""
        self.burn(len(built) >> 6)
        if len(built) <= limits.STRING:
            return built
        self.note("字符串过长")
        return None
