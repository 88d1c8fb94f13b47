"""Drawing flows and associations."""

from __future__ import annotations

import math
from itertools import pairwise

from reports.diagram.marks import Style
from reports.diagram.reading import Edge
from reports.diagram.shapes import outside
from reports.svg import safe

Point = tuple[float, float]


def draw_edge(edge: Edge, style: Style) -> str:
    """The line with its head and, on a sequence flow, the signs of default and condition."""
    way = "M" + "L".join(f"{x:g} {y:g}" for x, y in edge.points)
    dash = _dash(edge.kind)
    drawn = (
        f'<path d="{way}" fill="none" stroke="{style.stroke}" stroke-width="{style.width:g}" '
        f'stroke-linejoin="round"{dash}/>'
    )
    drawn += _head(edge, style)
    if edge.kind == "messageFlow":
        x, y = edge.points[0]
        drawn += f'<circle cx="{x:g}" cy="{y:g}" r="4" fill="#ffffff" stroke="{style.stroke}"/>'
    if edge.default:
        drawn += _at_start(edge, "M8 5 13-5", style, "none")
    if edge.conditional:
        drawn += _at_start(edge, "M0 0 7-4.5 14 0 7 4.5z", style, "#ffffff")
    return f'<g data-element="{safe(edge.id)}" data-state="{style.state}">{drawn}</g>'


def draw_edge_label(edge: Edge) -> str:
    """The flow's name, beside its middle if the diagram does not place it."""
    if not edge.name:
        return ""
    x, y = _middle(edge.points)
    return outside(edge.name, edge.label, x, y - 16)


def _dash(kind: str) -> str:
    if kind == "messageFlow":
        return ' stroke-dasharray="8 5"'
    return "" if kind == "sequenceFlow" else ' stroke-dasharray="2 4"'


def _head(edge: Edge, style: Style) -> str:
    if not edge.arrow:
        return ""
    (x1, y1), (x2, y2) = edge.points[-2:]
    turn = f"translate({x2:g} {y2:g}) rotate({math.degrees(math.atan2(y2 - y1, x2 - x1)):.1f})"
    if edge.kind == "sequenceFlow":
        paint = f'd="M0 0-10-4.5V4.5z" fill="{style.stroke}"'
    elif edge.kind == "messageFlow":
        paint = f'd="M0 0-10-4.5V4.5z" fill="#ffffff" stroke="{style.stroke}"'
    else:
        paint = f'd="M-8-4.5 0 0-8 4.5" fill="none" stroke="{style.stroke}"'
    return f'<path transform="{turn}" {paint}/>'


def _at_start(edge: Edge, path: str, style: Style, fill: str) -> str:
    (x1, y1), (x2, y2) = edge.points[:2]
    turn = f"translate({x1:g} {y1:g}) rotate({math.degrees(math.atan2(y2 - y1, x2 - x1)):.1f})"
    return f'<path transform="{turn}" d="{path}" fill="{fill}" stroke="{style.stroke}"/>'


def _middle(points: tuple[Point, ...]) -> Point:
    lengths = [math.dist(a, b) for a, b in pairwise(points)]
    rest = sum(lengths) / 2
    for (a, b), length in zip(pairwise(points), lengths, strict=True):
        if rest <= length and length > 0:
            share = rest / length
            return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
        rest -= length
    return points[0]
