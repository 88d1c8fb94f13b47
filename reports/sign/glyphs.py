"""Outlines of the document's Chinese font, so that a seal is drawn without embedding a font."""

from __future__ import annotations

import subprocess
from functools import lru_cache
from typing import Any

from fontTools.pens.basePen import BasePen  # type: ignore[import-untyped]  # has no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # has no types

_FACE = "Noto Serif CJK SC:bold"
_EM = 1000


@lru_cache(maxsize=512)
def outline(character: str) -> str:
    """The glyph as PDF path operators in a square of 1000 units around the origin; "" if none."""
    characters, glyphs, scale = _font()
    name = characters.get(ord(character))
    if name is None:
        return ""
    pen = _PathPen(glyphs, scale, glyphs[name].width * scale / 2)
    glyphs[name].draw(pen)
    return " ".join(pen.operators)


@lru_cache(maxsize=1)
def _font() -> tuple[dict[int, str], Any, float]:
    found = subprocess.run(  # noqa: S603 - constant arguments
        ["fc-match", "-f", "%{file}|%{index}", _FACE],  # noqa: S607 - part of fontconfig
        capture_output=True,
        text=True,
        check=True,
    )
    file, index = found.stdout.rsplit("|", 1)
    # The high half of fontconfig's index names an instance of a variable font.
    font = TTFont(file, fontNumber=int(index) & 0xFFFF, lazy=True)
    return font.getBestCmap(), font.getGlyphSet(), _EM / font["head"].unitsPerEm


class _PathPen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Collects PDF operators; the glyph is centred on its advance and on the ideographic square."""

    def __init__(self, glyphs: Any, scale: float, middle: float) -> None:
        super().__init__(glyphs)
        self.operators: list[str] = []
        self._scale, self._middle = scale, middle

    def _at(self, *points: tuple[float, float]) -> str:
        # The ideographic square of a CJK font runs from -120 to 880.
        return " ".join(
            f"{x * self._scale - self._middle:.0f} {y * self._scale - 380:.0f}" for x, y in points
        )

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - fontTools' name
        self.operators.append(f"{self._at(point)} m")

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - fontTools' name
        self.operators.append(f"{self._at(point)} l")

    def _curveToOne(  # noqa: N802 - fontTools' name
        self, first: tuple[float, float], second: tuple[float, float], end: tuple[float, float]
    ) -> None:
        self.operators.append(f"{self._at(first, second, end)} c")

    def _closePath(self) -> None:  # noqa: N802 - fontTools' name
        self.operators.append("h")
