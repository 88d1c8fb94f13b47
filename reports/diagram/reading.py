"""Reading the diagram interchange (BPMN 2.0.2 §12): shapes and edges with what they stand for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from engine.errors import Invalid

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_DC = "{http://www.omg.org/spec/DD/20100524/DC}"
_DI = "{http://www.omg.org/spec/DD/20100524/DI}"

_LIMIT = 200_000.0
_SUBPROCESSES = {"subProcess", "transaction", "adHocSubProcess"}
_THROWING = {"endEvent", "intermediateThrowEvent"}


@dataclass(frozen=True)
class Box:
    """A rectangle in the diagram's units, y downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Shape:
    """A drawn node, lane or pool. `kind` is the BPMN element's local name."""

    id: str
    kind: str
    name: str
    box: Box
    label: Box | None
    trigger: str = ""
    throwing: bool = False
    dashed: bool = False
    expanded: bool = False
    horizontal: bool = True
    markers: tuple[str, ...] = ()

    @property
    def container(self) -> bool:
        """Whether other things are drawn on it."""
        return self.expanded or self.kind in ("participant", "lane")


@dataclass(frozen=True)
class Edge:
    """A drawn flow or association."""

    id: str
    kind: str
    name: str
    points: tuple[tuple[float, float], ...]
    label: Box | None
    default: bool = False
    conditional: bool = False
    arrow: bool = True


@dataclass(frozen=True)
class Plane:
    """The first diagram of a file; further ones are the insides of collapsed sub-processes."""

    name: str
    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]


def read(xml: bytes | str) -> Plane:
    """The first diagram of a BPMN file.

    Raises `Invalid` if it is not XML, has a DOCTYPE, or carries no drawable interchange.
    """
    root = _parse(xml.encode() if isinstance(xml, str) else xml)
    elements = {item.get("id", ""): item for item in root.iter(f"{_BPMN}*") if item.get("id")}
    plane = root.find(f"{_BPMNDI}BPMNDiagram/{_BPMNDI}BPMNPlane")
    if plane is None:
        raise Invalid("流程文件中没有图形信息（BPMNDI），无法绘制。")
    shapes = tuple(_shapes(plane, elements))
    if not shapes:
        raise Invalid("流程文件的图形信息为空，无法绘制。")
    return Plane(_title(root), shapes, tuple(_edges(plane, elements)))


def _parse(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Invalid("流程文件不是合格的 XML：{error}", error=error) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Invalid("流程文件不得含有 DOCTYPE。")
    return root


def _title(root: etree._Element) -> str:
    names = (item.get("name") for item in root.iter(f"{_BPMN}process"))
    return "、".join(name for name in names if name) or "流程图"


def _shapes(plane: etree._Element, elements: Mapping[str, etree._Element]) -> Iterator[Shape]:
    for drawn in plane.iter(f"{_BPMNDI}BPMNShape"):
        element = elements.get(drawn.get("bpmnElement", ""))
        box = _box(drawn.find(f"{_DC}Bounds"))
        if element is not None and box is not None:
            yield _shape(drawn, element, box)


def _shape(drawn: etree._Element, element: etree._Element, box: Box) -> Shape:
    kind = etree.QName(element).localname
    interrupting = element.get("cancelActivity", element.get("isInterrupting", "true"))
    text = element.findtext(f"{_BPMN}text") if kind == "textAnnotation" else element.get("name")
    return Shape(
        id=element.get("id", ""),
        kind=kind,
        name=text or "",
        box=box,
        label=_label(drawn),
        trigger=_trigger(element),
        throwing=kind in _THROWING,
        dashed=interrupting == "false",
        expanded=_is_expanded(kind, drawn),
        horizontal=drawn.get("isHorizontal") != "false",
        markers=tuple(_markers(kind, drawn, element)),
    )


def _is_expanded(kind: str, drawn: etree._Element) -> bool:
    if kind == "callActivity":
        return drawn.get("isExpanded") == "true"
    return kind in _SUBPROCESSES and drawn.get("isExpanded") != "false"


def _trigger(element: etree._Element) -> str:
    triggers = [
        etree.QName(child).localname.removesuffix("EventDefinition")
        for child in element
        if isinstance(child.tag, str) and child.tag.endswith("EventDefinition")
    ]
    return triggers[0] if len(triggers) == 1 else "multiple" if triggers else ""


def _markers(kind: str, drawn: etree._Element, element: etree._Element) -> Iterator[str]:
    folded = kind in _SUBPROCESSES or kind == "callActivity"
    if element.find(f"{_BPMN}standardLoopCharacteristics") is not None:
        yield "loop"
    many = element.find(f"{_BPMN}multiInstanceLoopCharacteristics")
    if many is not None:
        yield "sequential" if many.get("isSequential") == "true" else "parallel"
    if element.get("isForCompensation") == "true":
        yield "compensation"
    if folded and not _is_expanded(kind, drawn):
        yield "collapsed"
    if kind == "adHocSubProcess":
        yield "adhoc"


def _edges(plane: etree._Element, elements: Mapping[str, etree._Element]) -> Iterator[Edge]:
    defaults = {item.get("default") for item in elements.values() if item.get("default")}
    for drawn in plane.iter(f"{_BPMNDI}BPMNEdge"):
        element = elements.get(drawn.get("bpmnElement", ""))
        points = tuple(_point(point) for point in drawn.findall(f"{_DI}waypoint"))
        if element is not None and len(points) > 1:
            yield _edge(drawn, element, points, element.get("id") in defaults, elements)


def _edge(
    drawn: etree._Element,
    element: etree._Element,
    points: tuple[tuple[float, float], ...],
    default: bool,
    elements: Mapping[str, etree._Element],
) -> Edge:
    kind = etree.QName(element).localname
    source = elements.get(element.get("sourceRef", ""))
    from_gateway = source is not None and str(source.tag).endswith("Gateway")
    conditional = element.find(f"{_BPMN}conditionExpression") is not None and not from_gateway
    return Edge(
        id=element.get("id", ""),
        kind=kind,
        name=element.get("name") or "",
        points=points,
        label=_label(drawn),
        default=default,
        conditional=conditional,
        arrow=kind != "association" or element.get("associationDirection", "None") != "None",
    )


def _label(drawn: etree._Element) -> Box | None:
    return _box(drawn.find(f"{_BPMNDI}BPMNLabel/{_DC}Bounds"))


def _box(bounds: etree._Element | None) -> Box | None:
    if bounds is None:
        return None
    x, y, width, height = (_number(bounds, name) for name in ("x", "y", "width", "height"))
    return Box(x, y, max(width, 0.0), max(height, 0.0))


def _point(point: etree._Element) -> tuple[float, float]:
    return _number(point, "x"), _number(point, "y")


def _number(item: etree._Element, name: str) -> float:
    try:
        value = float(item.get(name, ""))
    except ValueError:
        value = math.nan
    if not -_LIMIT <= value <= _LIMIT:
        raise Invalid("流程图的坐标 {name} 不是合理的数。", name=name)
    return value
