"""Putting the drawn parts together: layers, frame, badges, and the words for a screen reader."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from reports.diagram.edges import draw_edge, draw_edge_label
from reports.diagram.marks import Marks
from reports.diagram.reading import Plane, Shape, read
from reports.diagram.shapes import draw, draw_label
from reports.svg import FONT, measure, safe

_MARGIN = 24.0
_BADGE = 10.0
_CHECK = "M-4 0-1 3 4-4"


def render(
    xml: bytes | str,
    passed: Collection[str] = (),
    taken: Collection[str] = (),
    current: Collection[str] = (),
    returned: Collection[str] = (),
) -> str:
    """The first diagram of a BPMN file as a standing-alone SVG text.

    `passed`, `current` and `returned` name nodes, `taken` names sequence flows. The state of each
    is shown by line, badge and colour, so that it can be read in grey. Every group carries
    `data-element` and `data-state` for pages that make it interactive. Raises `Invalid` for what
    is not drawable BPMN.
    """
    plane = read(xml)
    marks = Marks.of(passed, taken, current, returned)
    left, top, right, bottom = _frame(plane)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="bpmn" width="{right - left:g}" '
        f'height="{bottom - top:g}" viewBox="{left:g} {top:g} {right - left:g} {bottom - top:g}" '
        f'font-family="{FONT}"><title>{safe(plane.name)}</title>'
        f"<desc>{safe(_description(plane, marks))}</desc>{_layers(plane, marks)}</svg>"
    )


def _layers(plane: Plane, marks: Marks) -> str:
    grounds = [shape for shape in plane.shapes if shape.container]
    nodes = [shape for shape in plane.shapes if not shape.container]
    return "".join(
        [
            *(draw(shape, marks.node(shape.id)) for shape in grounds),
            *(draw_edge(edge, marks.flow(edge.id)) for edge in plane.edges),
            *(draw(shape, marks.node(shape.id)) for shape in nodes),
            *(draw_label(shape) for shape in nodes),
            *(draw_edge_label(edge) for edge in plane.edges),
            *(_badge(shape, marks) for shape in plane.shapes),
        ]
    )


def _badge(shape: Shape, marks: Marks) -> str:
    style = marks.node(shape.id)
    if not style.badge or shape.kind in ("participant", "lane"):
        return ""
    low = shape.kind.endswith("Gateway")  # whose name stands above, to the right
    x = shape.box.x + shape.box.width - 4
    y = shape.box.y + (shape.box.height - 4 if low else 2)
    if style.badge == "✓":
        return (
            f'<g transform="translate({x:g} {y:g})"><circle r="7" fill="{style.stroke}"/>'
            f'<path d="{_CHECK}" fill="none" stroke="#ffffff" stroke-width="2"/></g>'
        )
    width = measure(style.badge, _BADGE) + 10
    return (
        f'<g transform="translate({x:g} {y:g})"><rect x="{-width / 2:g}" y="-8" rx="8" '
        f'width="{width:g}" height="16" fill="{style.stroke}"/><text y="3.6" '
        f'font-size="{_BADGE:g}" text-anchor="middle" fill="#ffffff">{safe(style.badge)}</text></g>'
    )


def _description(plane: Plane, marks: Marks) -> str:
    def names(ids: Iterable[str]) -> str:
        chosen = set(ids)
        return "、".join(shape.name or shape.id for shape in plane.shapes if shape.id in chosen)

    said = [
        f"{word}：{names(ids)}。"
        for word, ids in (
            ("已经过", marks.passed),
            ("正在办理", marks.current),
            ("曾退回", marks.returned),
        )
        if ids
    ]
    return "".join(said) or "流程图，未标出办理情况。"


def _frame(plane: Plane) -> tuple[float, float, float, float]:
    boxes = [shape.box for shape in plane.shapes]
    boxes += [shape.label for shape in plane.shapes if shape.label]
    boxes += [edge.label for edge in plane.edges if edge.label]
    points = [point for edge in plane.edges for point in edge.points]
    xs = [box.x for box in boxes] + [box.x + box.width for box in boxes] + [x for x, _ in points]
    ys = [box.y for box in boxes] + [box.y + box.height for box in boxes] + [y for _, y in points]
    unplaced = any(s.label is None and s.name and not s.container for s in plane.shapes)
    below = 46.0 if unplaced else 0.0
    return min(xs) - _MARGIN, min(ys) - _MARGIN, max(xs) + _MARGIN, max(ys) + _MARGIN + below
