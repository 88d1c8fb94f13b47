"""A BPMN file as a plain graph: scopes, elements and sequence flows, read safely from XML.

The parser, the catalogue of nodes and the lint all read this one graph.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree

from engine.errors import Invalid

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
NS = {"bpmn": BPMN, "spiff": SPIFF, "di": "http://www.omg.org/spec/BPMN/20100524/DI"}
SCOPES = {"process", "subProcess", "adHocSubProcess", "transaction"}
LIMIT_BYTES = 10_000_000
RETURN = re.compile(r'(?!.*\bor\b).*\boutcome\s*=\s*"return".*', re.DOTALL)
"""A condition that only a return fulfils."""
LOOPS = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")

FLOW_NODES = {
    "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
    "task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask",
    "receiveTask", "subProcess", "adHocSubProcess", "transaction", "callActivity",
    "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway",
    "complexGateway",
}  # fmt: skip


@dataclass(frozen=True)
class Flow:
    """A sequence flow; `condition` is FEEL, `default` marks the default of its source."""

    id: str
    source: str
    target: str
    condition: str | None = None
    default: bool = False

    @property
    def returns(self) -> bool:
        """Whether only a return takes it."""
        return bool(self.condition and RETURN.fullmatch(self.condition))


@dataclass(eq=False)
class Element:
    """A flow node of the diagram; `scope` is the id of the process or sub-process around it."""

    id: str
    kind: str
    name: str
    scope: str
    process: str
    xml: Any
    lane: str | None = None
    lane_name: str | None = None
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def documentation(self) -> str:
        """The text of its documentation, or nothing."""
        return (self.xml.findtext("bpmn:documentation", "", NS) or "").strip()

    @property
    def attached_to(self) -> str | None:
        """The activity whose border a boundary event sits on."""
        value: str | None = self.xml.get("attachedToRef")
        return value

    @property
    def triggered(self) -> bool:
        """Whether it is an event sub-process."""
        return bool(self.xml.get("triggeredByEvent") == "true")

    @property
    def definitions(self) -> list[str]:
        """The tags of its event definitions: `timerEventDefinition` …"""
        return [tag(x) for x in self.xml if tag(x).endswith("EventDefinition")]

    @property
    def looped(self) -> bool:
        """Whether it is done more than once: a multi-instance activity or a standard loop."""
        return any(self.xml.find(f"bpmn:{name}", NS) is not None for name in LOOPS)


@dataclass(eq=False)
class Scope:
    """A process or sub-process with what lies directly in it."""

    id: str
    process: str
    name: str
    xml: Any
    parent: str | None
    elements: dict[str, Element] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    outgoing: dict[str, list[Flow]] = field(default_factory=lambda: defaultdict(list))
    incoming: dict[str, list[Flow]] = field(default_factory=lambda: defaultdict(list))

    @property
    def ad_hoc(self) -> bool:
        """Whether it is an ad-hoc sub-process, which has no start events."""
        return tag(self.xml) == "adHocSubProcess"

    def entries(self) -> list[Element]:
        """Where tokens may begin: start events; in an ad-hoc sub-process what nothing leads to."""
        if not self.ad_hoc:
            return [e for e in self.elements.values() if e.kind == "startEvent"]
        return [
            e for e in self.elements.values()
            if not (self.incoming.get(e.id) or e.attached_to or e.triggered)
        ]  # fmt: skip

    def boundaries(self, activity: str) -> list[Element]:
        """The boundary events on an activity."""
        return self._attached.get(activity, [])

    @cached_property
    def _attached(self) -> dict[str, list[Element]]:
        """All boundary events by activity; asked for only once the scope is read."""
        found: dict[str, list[Element]] = {}
        for element in self.elements.values():
            if element.attached_to:
                found.setdefault(element.attached_to, []).append(element)
        return found


@dataclass(eq=False)
class Diagram:
    """One file."""

    file: str
    xml: Any
    scopes: dict[str, Scope]
    messages: dict[str, str]
    shapes: set[str]

    @property
    def processes(self) -> list[Scope]:
        """The processes in the file."""
        return [scope for scope in self.scopes.values() if scope.parent is None]

    def elements(self) -> Iterator[Element]:
        """Every flow node of every scope."""
        for scope in self.scopes.values():
            yield from scope.elements.values()


def tag(node: Any) -> str:
    """An element's name without its namespace; empty for comments."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def export(data: bytes, file: str) -> bytes:
    """A diagram as we write it after reading it: with everything that is not ours, and the layout.

    Raises `Invalid` for what is not read.
    """
    root = read_xml(data, file, whole=True)
    text: bytes = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")
    return text


def read_xml(data: bytes, file: str, *, whole: bool = False) -> Any:
    """The root of a document without DOCTYPE, entities or network access; raises `Invalid`.

    Comments and processing instructions are only kept if the `whole` is wanted.
    """
    if len(data) > LIMIT_BYTES:
        raise Invalid(
            f"{file} 太大，不能作为流程图读取。",
            english=f"{file} is too large to be read as a diagram.",
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=not whole, remove_pis=not whole,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Invalid(
            f"{file} 不是有效的 XML：{error.msg}",
            english=f"{file} is not well-formed XML: {error.msg}",
        ) from error
    if b"<!DOCTYPE" in data or root.getroottree().docinfo.internalDTD is not None:
        raise Invalid(
            f"{file} 含有 DOCTYPE，不能读取。", english=f"{file} holds a DOCTYPE and is not read."
        )
    return root


def read(data: bytes, file: str) -> Diagram:
    """The graph of a BPMN file; raises `Invalid` when it is none."""
    root = read_xml(data, file)
    if root.tag != f"{{{BPMN}}}definitions":
        raise Invalid(f"{file} 不是 BPMN 2.0 文件。", english=f"{file} is not a BPMN 2.0 file.")
    scopes: dict[str, Scope] = {}
    for process in root.findall("bpmn:process", NS):
        _read_scope(process, None, _id_of(process), scopes)
    _read_lanes(root, scopes)
    return Diagram(
        file, root, scopes,
        {m.get("id"): m.get("name") or m.get("id") for m in root.findall("bpmn:message", NS)},
        {s.get("bpmnElement") for s in root.iterfind(".//di:BPMNShape", NS)},
    )  # fmt: skip


def _id_of(node: Any) -> str:
    value: str | None = node.get("id")
    if not value:
        raise Invalid(
            f"第 {node.sourceline} 行的 {tag(node)} 没有 id。",
            english=f"Line {node.sourceline}: {tag(node)} has no id.",
        )
    return value


def _read_scope(node: Any, parent: str | None, process: str, scopes: dict[str, Scope]) -> None:
    scope = Scope(_id_of(node), process, node.get("name") or _id_of(node), node, parent)
    if scope.id in scopes:
        raise Invalid(
            f"id “{scope.id}”出现了两次。",
            english=f"The id “{scope.id}” is used twice.",
            element=scope.id,
        )
    scopes[scope.id] = scope
    for child in node:
        kind = tag(child)
        if kind in FLOW_NODES or kind.endswith("Task"):
            _read_element(child, kind, scope)
            if kind in SCOPES:
                _read_scope(child, scope.id, process, scopes)
    for child in node.findall("bpmn:sequenceFlow", NS):
        _read_flow(child, scope)


def _read_element(node: Any, kind: str, scope: Scope) -> None:
    element = Element(
        _id_of(node), kind, (node.get("name") or "").strip(), scope.id, scope.process, node
    )
    if element.id in scope.elements:
        raise Invalid(
            f"id “{element.id}”出现了两次。",
            english=f"The id “{element.id}” is used twice.",
            element=element.id,
        )
    element.properties = {
        p.get("name", ""): p.get("value", "")
        for p in node.iterfind("bpmn:extensionElements/spiff:properties/spiff:property", NS)
    }
    scope.elements[element.id] = element


def _read_flow(node: Any, scope: Scope) -> None:
    source, target = node.get("sourceRef", ""), node.get("targetRef", "")
    text = node.findtext("bpmn:conditionExpression", None, NS)
    owner = scope.elements.get(source)
    default = owner is not None and owner.xml.get("default") == node.get("id")
    condition = text.strip() if text and text.strip() else None
    flow = Flow(_id_of(node), source, target, None if default else condition, default)
    for end in (source, target):
        if end not in scope.elements:
            raise Invalid(
                f"连线“{flow.id}”的一端“{end}”不在同一层流程中。",
                english=(
                    f"“{end}”, an end of flow “{flow.id}”, is not at the same level of the process."
                ),
                element=flow.id,
            )
    scope.flows.append(flow)
    scope.outgoing[source].append(flow)
    scope.incoming[target].append(flow)


def _read_lanes(root: Any, scopes: dict[str, Scope]) -> None:
    """Each element gets its innermost lane; inside a sub-process, the sub-process's lane."""
    lanes: dict[str, tuple[str, str]] = {}
    for lane in root.iterfind(".//bpmn:lane", NS):  # document order: inner lanes come later
        for ref in lane.findall("bpmn:flowNodeRef", NS):
            lanes[(ref.text or "").strip()] = (lane.get("id", ""), lane.get("name") or "")
    for scope in scopes.values():  # outer scopes come first
        around = lanes.get(scope.id)
        for element in scope.elements.values():
            found = lanes.get(element.id) or around
            if found:
                element.lane, element.lane_name = found
                lanes[element.id] = found
