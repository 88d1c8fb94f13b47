"""Small charts as SVG: bars of money and of score groups, a ring for the total. Readable in grey.

Widths are in CSS pixels. Labels are escaped; a chart carries its figures in its description too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import cos, pi, sin

from reports.figures import money, points
from reports.svg import FONT, safe

_INK, _SOFT = "#1f2933", "#5a6675"
_DARK, _MIDDLE, _LIGHT = "#16437e", "#7ea3cf", "#dfe7f1"


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its value, and what it is measured against, if anything."""

    label: str
    value: Decimal
    against: Decimal | None = None


def money_bars(bars: Sequence[Bar], *, unit: str = "元", width: int = 560) -> str:
    """Horizontal bars of amounts in 元, printed in `unit`, on one scale from zero."""
    top = max((bar.value for bar in bars), default=Decimal(0)) or Decimal(1)
    room = width - 90 - 150
    parts = []
    for i, bar in enumerate(bars):
        y, length = 8 + i * 34, max(float(bar.value / top) * room, 0.0)
        fill = (_MIDDLE, _LIGHT, _DARK)[i % 3]
        parts += [
            _text(82, y + 16, bar.label, anchor="end"),
            _rect(y, length, 22, fill),
            _text(96 + length, y + 16, money(bar.value, unit), fill=_SOFT),
        ]
    parts.append(f'<path d="M90 2V{8 + len(bars) * 34 - 6}" stroke="{_SOFT}"/>')
    said = "；".join(f"{bar.label} {money(bar.value, unit)} {unit}" for bar in bars)
    return _svg(width, 8 + len(bars) * 34, f"预算与执行（{unit}）", said, parts)


def score_bars(bars: Sequence[Bar], *, width: int = 560) -> str:
    """Each group's score within its weight: the outline is the weight, the fill is the score."""
    top = max((bar.against or bar.value for bar in bars), default=Decimal(0)) or Decimal(1)
    room = width - 90 - 110
    parts = []
    for i, bar in enumerate(bars):
        y, weight = 6 + i * 32, bar.against or bar.value
        whole = float(weight / top) * room
        part = float(min(max(bar.value, Decimal(0)), weight) / top) * room
        parts += [
            _text(82, y + 15, bar.label, anchor="end"),
            _rect(y, whole, 20, _LIGHT),
            _rect(y, part, 20, _DARK),
            _text(98 + whole, y + 15, f"{points(bar.value)} / {points(weight)}", fill=_SOFT),
        ]
    said = "；".join(f"{b.label} {points(b.value)} 分，满分 {points(b.against)} 分" for b in bars)
    return _svg(width, 6 + len(bars) * 32, "各类指标得分", said, parts)


def score_ring(score: Decimal | None, grade: str, *, size: int = 150) -> str:
    """The total out of a hundred as a ring, with score and grade in its middle."""
    middle, radius = size / 2, size / 2 - 12
    share = min(max(float(score or 0) / 100, 0.0), 1.0)
    parts = [
        _circle(middle, radius, _LIGHT),
        _ring_arc(middle, radius, share),
        _text(middle, middle + 2, points(score), anchor="middle", size=30, bold=True),
        _text(middle, middle + 26, f"等级　{grade}" if grade else "", anchor="middle", size=14),
    ]
    said = f"自评得分 {points(score)} 分，等级 {grade or '—'}"
    return _svg(size, size, "自评总分", said, parts)


def _ring_arc(middle: float, radius: float, share: float) -> str:
    if share >= 0.9999:
        return _circle(middle, radius, _DARK)
    if share <= 0:
        return ""
    x, y = middle + radius * sin(2 * pi * share), middle - radius * cos(2 * pi * share)
    large = 1 if share > 0.5 else 0
    start = f"M{middle:g} {middle - radius:g}"
    way = f"{start}A{radius:g} {radius:g} 0 {large} 1 {x:.2f} {y:.2f}"
    return f'<path d="{way}" fill="none" stroke="{_DARK}" stroke-width="14"/>'


def _circle(middle: float, radius: float, stroke: str) -> str:
    return (
        f'<circle cx="{middle:g}" cy="{middle:g}" r="{radius:g}" fill="none" '
        f'stroke="{stroke}" stroke-width="14"/>'
    )


def _rect(y: int, width: float, height: int, fill: str) -> str:
    return (
        f'<rect x="90" y="{y}" width="{width:.1f}" height="{height}" fill="{fill}" '
        f'stroke="{_DARK}" stroke-width="0.8"/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    size: int = 13,
    fill: str = _INK,
    bold: bool = False,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'fill="{fill}"{weight}>{safe(text)}</text>'
    )


def _svg(width: int, height: int, title: str, description: str, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="{FONT}"><title>{safe(title)}</title>'
        f"<desc>{safe(description)}</desc>{''.join(parts)}</svg>"
    )
