"""How an instance's way looks on the diagram: line and badge tell it as well as colour does."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """The paint of one thing, as SVG attributes, and the words on its badge."""

    state: str
    fill: str
    stroke: str
    width: float
    dash: str = ""
    badge: str = ""

    def attributes(self, *, fill: str | None = None, width: float | None = None) -> str:
        """Presentation attributes; no style attribute, so that a strict CSP lets them through."""
        dash = f' stroke-dasharray="{self.dash}"' if self.dash else ""
        used = self.fill if fill is None else fill
        size = self.width if width is None else width
        return f'fill="{used}" stroke="{self.stroke}" stroke-width="{size:g}"{dash}'


_PLAIN = Style("plain", "#ffffff", "#222222", 1.5)
_NOT_YET = Style("ahead", "#ffffff", "#6b7480", 1.2)
_PASSED = Style("passed", "#dce8f6", "#16437e", 2.4, badge="✓")
_CURRENT = Style("current", "#fff0bf", "#7a4b00", 3.0, dash="7 3", badge="办理中")
_RETURNED = Style("returned", "#f7dcdc", "#9b1c1c", 2.4, dash="2 2", badge="退回")
_TAKEN = Style("taken", "none", "#16437e", 2.8)
_NOT_TAKEN = Style("ahead", "none", "#6b7480", 1.1)


@dataclass(frozen=True)
class Marks:
    """Element ids: nodes passed, flows taken, nodes now open, nodes where a return was made."""

    passed: frozenset[str]
    taken: frozenset[str]
    current: frozenset[str]
    returned: frozenset[str]

    @classmethod
    def of(
        cls,
        passed: Collection[str],
        taken: Collection[str],
        current: Collection[str],
        returned: Collection[str],
    ) -> Marks:
        """Marks from any collections."""
        return cls(frozenset(passed), frozenset(taken), frozenset(current), frozenset(returned))

    @property
    def any(self) -> bool:
        """Whether anything is marked at all."""
        return bool(self.passed or self.taken or self.current or self.returned)

    def node(self, element: str) -> Style:
        """The style of a node: where it stands now outweighs a return, a return its passing."""
        if element in self.current:
            return _CURRENT
        if element in self.returned:
            return _RETURNED
        if element in self.passed:
            return _PASSED
        return _NOT_YET if self.any else _PLAIN

    def flow(self, element: str) -> Style:
        """The style of a flow."""
        if element in self.taken:
            return _TAKEN
        return _NOT_TAKEN if self.any else Style("plain", "none", "#222222", 1.5)
