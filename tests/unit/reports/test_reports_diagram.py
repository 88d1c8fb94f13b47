"""BPMN diagrams drawn as SVG."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from engine.errors import Invalid
from reports.diagram import render

ROOT = Path(__file__).resolve().parents[3]
SVG = "{http://www.w3.org/2000/svg}"
_NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:dd="http://www.omg.org/spec/DD/20100524/DI"'
)


def _diagram(name: str = "审核", x: str = "100", label: str = "同意") -> bytes:
    return f"""<definitions {_NAMESPACES}>
      <process id="p" name="审批">
        <startEvent id="begin"/><userTask id="review" name="{name}"/>
        <sequenceFlow id="go" name="{label}" sourceRef="begin" targetRef="review"/>
        <sequenceFlow id="back" sourceRef="review" targetRef="begin"/>
      </process>
      <di:BPMNDiagram><di:BPMNPlane bpmnElement="p">
        {_shape("begin", x, 100, 36, 36)}{_shape("review", "200", 80, 100, 80)}
        {_edge("go", (136, 118), (200, 118))}{_edge("back", (200, 150), (120, 136))}
      </di:BPMNPlane></di:BPMNDiagram></definitions>""".encode()


def _shape(element: str, x: str, y: int, width: int, height: int) -> str:
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return f'<di:BPMNShape bpmnElement="{element}">{bounds}</di:BPMNShape>'


def _edge(element: str, *points: tuple[int, int]) -> str:
    way = "".join(f'<dd:waypoint x="{x}" y="{y}"/>' for x, y in points)
    return f'<di:BPMNEdge bpmnElement="{element}">{way}</di:BPMNEdge>'


def _drawn(xml: bytes, **marks: list[str]) -> etree._Element:
    return etree.fromstring(render(xml, **marks).encode())


def _states(svg: etree._Element) -> dict[str, str]:
    groups = svg.iter(f"{SVG}g")
    return {
        g.get("data-element", ""): g.get("data-state", "") for g in groups if g.get("data-state")
    }


def _texts(svg: etree._Element) -> list[str]:
    return [item.text or "" for item in svg.iter(f"{SVG}text")]


def test_every_node_and_flow_is_drawn_with_its_name() -> None:
    svg = _drawn(_diagram())
    assert set(_states(svg)) == {"begin", "review", "go", "back"}
    assert {"审核", "同意"} <= set(_texts(svg))


def test_the_way_of_an_instance_is_marked() -> None:
    states = _states(_drawn(_diagram(), passed=["begin"], taken=["go"], current=["review"]))
    assert states == {"begin": "passed", "go": "taken", "review": "current", "back": "ahead"}


def test_without_marks_nothing_is_ahead() -> None:
    assert set(_states(_drawn(_diagram())).values()) == {"plain"}


def test_marks_are_told_without_colour() -> None:
    svg = _drawn(_diagram(), passed=["begin"], current=["review"])
    assert "办理中" in _texts(svg)
    assert "退回" in _texts(_drawn(_diagram(), returned=["review"]))
    dashes = {item.get("stroke-dasharray") for item in svg.iter(f"{SVG}rect")}
    assert "7 3" in dashes


def test_a_reader_hears_title_and_state() -> None:
    svg = _drawn(_diagram(), passed=["begin"], current=["review"])
    assert svg.findtext(f"{SVG}title") == "审批"
    assert "正在办理：审核。" in (svg.findtext(f"{SVG}desc") or "")


@pytest.mark.parametrize(
    "hostile",
    [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&quot;/&gt;&lt;image href=&quot;http://evil/&quot;/&gt;",
        "]]&gt;&amp;amp;",
        "{{ 7*7 }}",
    ],
)
def test_hostile_names_stay_text(hostile: str) -> None:
    svg = _drawn(_diagram(name=hostile, label=hostile))
    names = {etree.QName(item).localname for item in svg.iter()}
    assert not names & {"script", "image", "a", "foreignObject"}
    assert not any(key.startswith("on") for item in svg.iter() for key in item.attrib)


def test_long_chinese_names_are_wrapped_inside_the_task() -> None:
    name = "主管部门会同财政部门对项目绩效自评结果进行联合复核并提出意见"
    lines = [text for text in _texts(_drawn(_diagram(name=name))) if text in name or "…" in text]
    assert len(lines) > 1
    assert max(map(len, lines)) <= 8
    assert not any(line.startswith(("，", "。")) for line in lines)


def test_a_doctype_is_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + _diagram()
    with pytest.raises(Invalid, match="DOCTYPE"):
        render(bomb)


@pytest.mark.parametrize("x", ["nan", "inf", "1e300", "", "left"])
def test_coordinates_that_are_no_sensible_numbers_are_refused(x: str) -> None:
    with pytest.raises(Invalid):
        render(_diagram(x=x))


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<",
        b"<definitions/>",
        _diagram()
        .replace(b"<di:BPMNShape", b"<di:Nothing")
        .replace(b"</di:BPMNShape", b"</di:Nothing"),
    ],
)
def test_what_cannot_be_drawn_is_refused(xml: bytes) -> None:
    with pytest.raises(Invalid):
        render(xml)


@pytest.mark.parametrize("file", sorted((ROOT / "bpmn").glob("**/*.bpmn")), ids=lambda f: f.stem)
def test_our_own_processes_can_be_drawn(file: Path) -> None:
    states = _states(_drawn(file.read_bytes()))
    assert states


def test_the_interchange_samples_of_the_working_group_can_be_drawn(reference: Path) -> None:
    files = sorted((reference / "bpmn_samples" / "miwg").glob("*.bpmn"))
    assert files
    for file in files:
        xml = etree.parse(file)
        shapes = xml.findall(".//{http://www.omg.org/spec/BPMN/20100524/DI}BPMNShape")
        assert len(_states(_drawn(file.read_bytes()))) >= len(shapes), file.name
