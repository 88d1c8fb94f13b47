"""The shipped diagrams are valid files, and drawn so that a person can read them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import SpiffWorkflow
from lxml import etree

from tests.engine.diagram_walk import FILES

SCHEMAS = Path(SpiffWorkflow.__file__).parent
BPMN20 = SCHEMAS / "bpmn" / "parser" / "schema" / "BPMN20.xsd"
DMN13 = SCHEMAS / "dmn" / "parser" / "schema" / "DMN13.xsd"
NS = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
DIAGRAMS = sorted(name for name in FILES if name.endswith(".bpmn"))
CONTAINERS = {"participant", "lane"}


@dataclass(frozen=True)
class Box:
    """A rectangle of the drawing; a line is a thin one."""

    owner: str
    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Box, room: float = 0) -> bool:
        """Whether the two come nearer than `room`."""
        return (
            self.x < other.x + other.width + room
            and other.x < self.x + self.width + room
            and self.y < other.y + other.height + room
            and other.y < self.y + self.height + room
        )

    def holds(self, other: Box) -> bool:
        """Whether the other lies inside."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )


@dataclass(frozen=True)
class Drawing:
    """What is drawn in a file."""

    nodes: tuple[Box, ...]
    lanes: dict[str, Box]
    members: dict[str, str]
    edges: dict[str, tuple[Box, ...]]
    ends: dict[str, tuple[str, str]]
    labels: tuple[Box, ...]


def say(element: etree._Element, name: str) -> str:
    """An attribute, or nothing."""
    return element.get(name) or ""


@cache
def drawing(name: str) -> Drawing:
    root = etree.fromstring(FILES[name])
    kinds = {say(e, "id"): etree.QName(e).localname for e in root.iter() if say(e, "id")}
    shapes = [(s, say(s, "bpmnElement")) for s in root.iterfind(".//bpmndi:BPMNShape", NS)]
    edges = {say(e, "bpmnElement"): e for e in root.iterfind(".//bpmndi:BPMNEdge", NS)}
    drawn = [*(s for s, _ in shapes), *edges.values()]
    return Drawing(
        nodes=tuple(bounds(s, of) for s, of in shapes if kinds[of] not in CONTAINERS),
        lanes={of: bounds(s, of) for s, of in shapes if kinds[of] == "lane"},
        members={
            ref.text or "": say(lane, "id")
            for lane in root.iterfind(".//bpmn:lane", NS)
            for ref in lane.iterfind("bpmn:flowNodeRef", NS)
        },
        edges={of: tuple(lines(e, of)) for of, e in edges.items()},
        ends={
            say(f, "id"): (say(f, "sourceRef"), say(f, "targetRef"))
            for f in root.iterfind(".//bpmn:sequenceFlow", NS)
        },
        labels=tuple(
            bounds(label, say(d, "bpmnElement"))
            for d in drawn
            for label in d.findall("bpmndi:BPMNLabel", NS)
        ),
    )


def bounds(shape: etree._Element, owner: str) -> Box:
    at = shape.find("dc:Bounds", NS)
    assert at is not None, owner
    x, y, width, height = (float(say(at, key)) for key in ("x", "y", "width", "height"))
    return Box(owner, x, y, width, height)


def lines(edge: etree._Element, owner: str) -> Iterator[Box]:
    points = [(float(say(p, "x")), float(say(p, "y"))) for p in edge.findall("di:waypoint", NS)]
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        assert x1 == x2 or y1 == y2, f"{owner} is not orthogonal"
        yield Box(owner, min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_file_is_valid_by_the_standards_schema(name: str) -> None:
    schema = etree.XMLSchema(etree.parse(str(DMN13 if name.endswith(".dmn") else BPMN20)))
    schema.assertValid(etree.fromstring(FILES[name]))


@pytest.mark.parametrize("name", DIAGRAMS)
def test_everything_is_drawn_and_each_node_lies_in_its_lane(name: str) -> None:
    found = drawing(name)
    assert set(found.edges) == set(found.ends)
    assert {node.owner for node in found.nodes} == set(found.members)
    for node in found.nodes:
        assert found.lanes[found.members[node.owner]].holds(node), node.owner


@pytest.mark.parametrize("name", DIAGRAMS)
def test_no_two_shapes_overlap(name: str) -> None:
    for one, other in itertools.combinations(drawing(name).nodes, 2):
        assert not one.meets(other, 20), (one.owner, other.owner)


@pytest.mark.parametrize("name", DIAGRAMS)
def test_no_line_runs_through_a_shape(name: str) -> None:
    found = drawing(name)
    for flow, parts in found.edges.items():
        for node in found.nodes:
            if node.owner not in found.ends[flow]:
                assert not any(line.meets(node, 5) for line in parts), (flow, node.owner)


@pytest.mark.parametrize("name", DIAGRAMS)
def test_labels_cover_neither_shapes_nor_lines_nor_each_other(name: str) -> None:
    found = drawing(name)
    lines_ = [line for parts in found.edges.values() for line in parts]
    for label in found.labels:
        assert not any(label.meets(node) for node in found.nodes), label.owner
        assert not any(label.meets(line) for line in lines_), label.owner
    for one, other in itertools.combinations(found.labels, 2):
        assert not one.meets(other), (one.owner, other.owner)


@pytest.mark.parametrize("name", DIAGRAMS)
def test_every_node_and_every_choice_has_a_chinese_name(name: str) -> None:
    root = etree.fromstring(FILES[name])
    choices = {g.get("id") for g in root.iterfind(".//bpmn:exclusiveGateway", NS)}
    named = [*root.iterfind(".//bpmn:lane", NS), *root.findall("bpmn:process", NS)]
    named += [e for e in root.iter() if e.get("id") in drawing(name).members]
    named += [f for f in root.iterfind(".//bpmn:sequenceFlow", NS) if f.get("sourceRef") in choices]
    for element in named:
        assert any("一" <= sign <= "鿿" for sign in say(element, "name")), element.get("id")
