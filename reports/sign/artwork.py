"""The look of a seal: ring, star, the organisation's name on an arc, as PDF path operators."""

from __future__ import annotations

import math

from reports.sign.glyphs import outline

SIZE = 120.0
_RED = "0.76 0.05 0.08"
_RADIUS = 57.0
_NAME_RADIUS = 44.5
_KAPPA = 0.5523  # a quarter circle as a Bézier curve
_DEMONSTRATION = "演示专用"
_PLAIN = "电子签章"


def draw_seal(organisation: str, *, demonstration: bool) -> bytes:
    """Content in a square of `SIZE` points. A demonstration's seal says so in its middle line."""
    parts = [
        f"q {_RED} RG {_RED} rg 1 0 0 1 {SIZE / 2:g} {SIZE / 2:g} cm 2.6 w",
        _circle(_RADIUS) + " S",
        _star(13.5, 4.0) + " f",
        *_arc(organisation),
        *_line(_DEMONSTRATION if demonstration else _PLAIN, -31.0, 10.5),
    ]
    if demonstration:
        parts.append("0.8 w -25 -37.5 50 13 re S")
    return " ".join([*parts, "Q"]).encode("ascii")


def _arc(text: str) -> list[str]:
    step = min(27.0, 250.0 / max(len(text), 1))
    size = min(16.5, math.radians(step) * _NAME_RADIUS * 0.98)
    start = step * (len(text) - 1) / 2
    return [_glyph(c, size, start - step * i, _NAME_RADIUS) for i, c in enumerate(text)]


def _glyph(character: str, size: float, degrees: float, radius: float) -> str:
    turn = math.radians(degrees)
    scale, cos, sin = size / 1000, math.cos(turn), math.sin(turn)
    x, y = -math.sin(turn) * radius, math.cos(turn) * radius
    matrix = (scale * cos, scale * sin, -scale * sin, scale * cos, x, y)
    return f"q {' '.join(f'{value:.5f}' for value in matrix)} cm {outline(character)} f Q"


def _line(text: str, y: float, size: float) -> list[str]:
    left = -size * 1.1 * (len(text) - 1) / 2
    scale = size / 1000
    return [
        f"q {scale:.5f} 0 0 {scale:.5f} {left + size * 1.1 * i:.2f} {y:g} cm {outline(c)} f Q"
        for i, c in enumerate(text)
    ]


def _star(radius: float, up: float) -> str:
    points = []
    for i in range(10):
        reach = radius if i % 2 == 0 else radius * 0.382
        angle = math.pi / 2 + i * math.pi / 5
        points.append(f"{reach * math.cos(angle):.2f} {reach * math.sin(angle) + up:.2f}")
    return f"{points[0]} m " + " ".join(f"{point} l" for point in points[1:]) + " h"


def _circle(r: float) -> str:
    k = r * _KAPPA
    return (
        f"{r:g} 0 m {r:g} {k:.2f} {k:.2f} {r:g} 0 {r:g} c {-k:.2f} {r:g} {-r:g} {k:.2f} {-r:g} 0 c "
        f"{-r:g} {-k:.2f} {-k:.2f} {-r:g} 0 {-r:g} c {k:.2f} {-r:g} {r:g} {-k:.2f} {r:g} 0 c h"
    )
