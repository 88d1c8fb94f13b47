"""Drawing nodes, lanes and pools."""

from __future__ import annotations

from reports.diagram.icons import FILLED_TASKS, GATEWAYS, MARKERS, TASKS, TRIGGERS
from reports.diagram.marks import Style
from reports.diagram.reading import Box, Shape
from reports.svg import safe, wrap

INK = "#111111"
SIZE = 12.0
_SMALL = 11.0
_BAND = 30.0


def draw(shape: Shape, style: Style) -> str:
    """The shape without its outside label, as one group that names its element and its state."""
    return (
        f'<g data-element="{safe(shape.id)}" data-state="{style.state}">{_body(shape, style)}</g>'
    )


def draw_label(shape: Shape) -> str:
    """The label of an event, a gateway or a data object, which stands outside of it."""
    if not shape.name or not _labelled_outside(shape.kind):
        return ""
    middle, bottom = shape.box.middle[0], shape.box.y + shape.box.height
    return outside(shape.name, shape.label, middle, bottom + 4)


def outside(text: str, label: Box | None, x: float, y: float) -> str:
    """A label at its own box if it has one, else centred at `x` below `y`."""
    if label is None:
        return lines(wrap(text, 96, _SMALL, 5), x, y + _SMALL / 2 + 2, _SMALL, top=True)
    width = max(label.width + 4, 40.0)
    return lines(wrap(text, width, _SMALL, 6), label.middle[0], label.y + 7, _SMALL, top=True)


def lines(texts: list[str], x: float, y: float, size: float, *, top: bool = False) -> str:
    """Lines of text centred at `x`: the block's middle at `y`, or its first line with `top`."""
    first = y if top else y - (len(texts) - 1) * size * 0.62
    return "".join(
        f'<text x="{x:.1f}" y="{first + i * size * 1.24 + size * 0.36:.1f}" font-size="{size:g}" '
        f'text-anchor="middle" fill="{INK}">{safe(line)}</text>'
        for i, line in enumerate(texts)
    )


def _labelled_outside(kind: str) -> bool:
    return kind.endswith(("Event", "Gateway")) or kind.startswith("data")


def _body(shape: Shape, style: Style) -> str:
    if shape.kind in ("participant", "lane"):
        return _pool(shape)
    if shape.kind.endswith("Event"):
        return _event(shape, style)
    if shape.kind.endswith("Gateway"):
        return _gateway(shape, style)
    if shape.kind == "textAnnotation":
        return _annotation(shape)
    if shape.kind == "group":
        return _rect(shape.box, 'fill="none" stroke="#555" stroke-dasharray="8 3 2 3"', 10)
    if shape.kind.startswith("data"):
        return _data(shape, style)
    return _activity(shape, style)


def _pool(shape: Shape) -> str:
    box, line = shape.box, 'fill="none" stroke="#333333" stroke-width="1.2"'
    drawn = _rect(box, line, 0)
    if shape.kind == "participant" and shape.horizontal:
        drawn += f'<path d="M{box.x + _BAND:g} {box.y:g}v{box.height:g}" {line}/>'
    if not shape.horizontal:
        return drawn + lines(wrap(shape.name, box.width, SIZE, 2), box.middle[0], box.y + 15, SIZE)
    texts = wrap(shape.name, max(box.height - 8, SIZE), SIZE, 2)
    place = f"translate({box.x + _BAND / 2:g} {box.middle[1]:g}) rotate(-90)"
    return drawn + f'<g transform="{place}">{lines(texts, 0, 0, SIZE)}</g>'


def _event(shape: Shape, style: Style) -> str:
    (x, y), radius = shape.box.middle, shape.box.width / 2
    ring = max(style.width, 3.6) if shape.kind == "endEvent" else style.width
    dash = ' stroke-dasharray="5 3"' if shape.dashed and not style.dash else ""
    drawn = f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" {style.attributes(width=ring)}{dash}/>'
    if shape.kind.startswith(("intermediate", "boundary")):
        inner = style.attributes(fill="none", width=1.2)
        drawn += f'<circle cx="{x:g}" cy="{y:g}" r="{max(radius - 3.2, 1):g}" {inner}{dash}/>'
    if shape.trigger in TRIGGERS:
        fill = style.stroke if shape.throwing else "none"
        drawn += _icon(TRIGGERS[shape.trigger], x, y, style.stroke, fill, radius / 18)
    return drawn


def _gateway(shape: Shape, style: Style) -> str:
    box, (x, y) = shape.box, shape.box.middle
    half, tall = box.width / 2, box.height / 2
    way = f"M{x:g} {box.y:g}l{half:g} {tall:g} {-half:g} {tall:g} {-half:g} {-tall:g}z"
    path, width = GATEWAYS.get(shape.kind, ("", 1.5))
    sign = _icon(path, x, y, style.stroke, "none", box.width / 50, width) if path else ""
    return f'<path d="{way}" {style.attributes()}/>{sign}'


def _activity(shape: Shape, style: Style) -> str:
    box, (x, y) = shape.box, shape.box.middle
    width = max(style.width, 4.0) if shape.kind == "callActivity" else style.width
    drawn = _rect(box, style.attributes(width=width), 8)
    if shape.kind == "transaction":
        inner = Box(box.x + 4, box.y + 4, max(box.width - 8, 0), max(box.height - 8, 0))
        drawn += _rect(inner, style.attributes(fill="none"), 6)
    if shape.kind in TASKS:
        fill = style.stroke if shape.kind in FILLED_TASKS else "none"
        drawn += _icon(TASKS[shape.kind], box.x + 13, box.y + 12, style.stroke, fill, 0.85)
    for i, marker in enumerate(shape.markers):
        offset = (i - (len(shape.markers) - 1) / 2) * 20
        drawn += _icon(MARKERS[marker], x + offset, box.y + box.height - 11, style.stroke, "none")
    if shape.expanded:
        return drawn + lines(wrap(shape.name, box.width - 30, SIZE, 1), x, box.y + 14, SIZE)
    foot = 14 if shape.markers else 0
    rows = max(int((box.height - 16 - foot) / (SIZE * 1.24)), 1)
    texts = wrap(shape.name, max(box.width - 12, SIZE), SIZE, rows)
    return drawn + lines(texts, x, y - foot / 2, SIZE)


def _annotation(shape: Shape) -> str:
    box = shape.box
    way = f"M{box.x + 10:g} {box.y:g}h-10v{box.height:g}h10"
    rows = max(int(box.height / (_SMALL * 1.24)), 1)
    return f'<path d="{way}" fill="none" stroke="#555555" stroke-width="1.2"/>' + lines(
        wrap(shape.name, max(box.width - 8, SIZE), _SMALL, rows), *box.middle, _SMALL
    )


def _data(shape: Shape, style: Style) -> str:
    way = _drum(shape.box) if shape.kind.startswith("dataStore") else _sheet(shape.box)
    return f'<path d="{way}" {style.attributes(width=1.2)}/>'


def _drum(box: Box) -> str:
    width, bend = box.width, box.height * 0.14
    half = width / 2
    return (
        f"M{box.x:g} {box.y + bend:g}a{half:g} {bend:g} 0 0 1 {width:g} 0"
        f"v{box.height - 2 * bend:g}a{half:g} {bend:g} 0 0 1{-width:g} 0z"
        f"m0 0a{half:g} {bend:g} 0 0 0 {width:g} 0"
    )


def _sheet(box: Box) -> str:
    ear = min(10.0, box.width / 3)
    edge, side = box.width - ear, box.height - ear
    return (
        f"M{box.x:g} {box.y:g}h{edge:g}l{ear:g} {ear:g}v{side:g}h{-box.width:g}z"
        f"m{edge:g} 0v{ear:g}h{ear:g}"
    )


def _rect(box: Box, attributes: str, radius: float) -> str:
    return (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" '
        f'rx="{radius:g}" {attributes}/>'
    )


def _icon(
    path: str, x: float, y: float, stroke: str, fill: str, scale: float = 1.0, width: float = 1.2
) -> str:
    return (
        f'<path transform="translate({x:g} {y:g}) scale({scale:.3g})" d="{path}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="{width:g}"/>'
    )
