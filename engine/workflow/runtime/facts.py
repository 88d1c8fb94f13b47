"""The data a token carries: immutable, shared between tokens, and merged by who wrote last.

Each value remembers the number of the step that wrote it. Where branches meet, the later writing of
a name wins; a branch that did not touch a name cannot undo what another branch wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

Cell = tuple[int, Any]


class Facts:
    """Named values with the step that wrote each; no method changes an existing object."""

    __slots__ = ("_plain", "cells")

    def __init__(self, cells: dict[str, Cell] | None = None) -> None:
        self.cells: Mapping[str, Cell] = MappingProxyType(cells or {})
        self._plain: Mapping[str, Any] | None = None

    @property
    def plain(self) -> Mapping[str, Any]:
        """Names and values only, for expressions and for people."""
        if self._plain is None:
            self._plain = MappingProxyType({name: cell[1] for name, cell in self.cells.items()})
        return self._plain

    def written(self, values: Mapping[str, Any], step: int) -> Facts:
        """These facts after `values` were written at `step`."""
        if not values:
            return self
        return Facts({**self.cells, **{name: (step, value) for name, value in values.items()}})

    def without(self, names: Iterable[str]) -> Facts:
        """These facts without some names."""
        gone = {name for name in names if name in self.cells}
        if not gone:
            return self
        return Facts({name: cell for name, cell in self.cells.items() if name not in gone})

    def only(self, names: Iterable[str]) -> Facts:
        """Some of these facts."""
        kept = set(names)
        return Facts({name: cell for name, cell in self.cells.items() if name in kept})

    def returned(self, inner: Facts, local: Iterable[str]) -> Facts:
        """What an inner process leaves to its owner: all but the names that were its own."""
        names = set(local)
        mine = {name: cell for name, cell in self.cells.items() if name in names}
        return Facts({**inner.without(names).cells, **mine}) if names else inner

    def merged(self, other: Facts) -> Facts:
        """Both sets; of two writings of one name the later."""
        if other is self or other.cells is self.cells or not other.cells:
            return self
        if not self.cells:
            return other
        cells = dict(self.cells)
        for name, cell in other.cells.items():
            mine = cells.get(name)
            if mine is None or mine[0] < cell[0]:
                cells[name] = cell
        return Facts(cells)


NOTHING = Facts()
