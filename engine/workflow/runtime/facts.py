"""The data a token carries: immutable, shared between tokens, and merged by who wrote last.

Each value remembers the number of the step that wrote it. Where branches meet, the later writing of
a name wins; a branch that did not touch a name cannot undo what another branch wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from . import values

_UNREAD: Final = object()


class Cell:
    """A value and the number of the step that wrote it; it is never changed.

    It is decoded when it is first looked at and encoded when it is first saved, each only once:
    what nobody touches is carried from state to state as it is.
    """

    __slots__ = ("_saved", "_value", "step")

    def __init__(self, step: int, value: Any = _UNREAD, saved: Any = _UNREAD) -> None:
        self.step = step
        self._value = value
        self._saved = saved

    @property
    def value(self) -> Any:
        """The value."""
        if self._value is _UNREAD:
            self._value = values.decode(self._saved)
        return self._value

    @property
    def saved(self) -> Any:
        """The value as plain JSON."""
        if self._saved is _UNREAD:
            self._saved = values.pack(self._value)
        return self._saved


class Plain(Mapping[str, Any]):
    """Cells by name as mere values."""

    __slots__ = ("_cells",)

    def __init__(self, cells: Mapping[str, Cell]) -> None:
        self._cells = cells

    def __getitem__(self, name: str) -> Any:
        """The value of a name."""
        return self._cells[name].value

    def __contains__(self, name: object) -> bool:
        """Whether there is a value of that name."""
        return name in self._cells

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._cells)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._cells)


class Layers(Mapping[str, Any]):
    """Several sets of named values seen as one; of one name, the first set's."""

    __slots__ = ("_layers",)

    def __init__(self, *layers: Mapping[str, Any]) -> None:
        self._layers = layers

    def __getitem__(self, name: str) -> Any:
        """The first value of a name."""
        for layer in self._layers:
            if name in layer:
                return layer[name]
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        """Whether any set has the name."""
        return any(name in layer for layer in self._layers)

    def __iter__(self) -> Iterator[str]:
        """The names, each once."""
        return iter(dict.fromkeys(name for layer in self._layers for name in layer))

    def __len__(self) -> int:
        """How many names there are."""
        return len(dict.fromkeys(self))


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
            self._plain = Plain(self.cells)
        return self._plain

    def written(self, written: Mapping[str, Any], step: int) -> Facts:
        """These facts after values were written at `step`."""
        if not written:
            return self
        return Facts({**self.cells, **{name: Cell(step, v) for name, v in written.items()}})

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
            if mine is None or mine.step < cell.step:
                cells[name] = cell
        return Facts(cells)


NOTHING = Facts()
