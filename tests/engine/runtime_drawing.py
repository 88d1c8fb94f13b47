"""A tiny way to draw diagrams in tests: nodes and flows in, BPMN XML out."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'id="definitions" targetNamespace="http://bihuan.example/tests">\n'
)


class Drawing:
    """One scope being drawn; `node` and `flow` add to it."""

    def __init__(self, key: str = "p") -> None:
        self.key = key
        self.nodes: list[tuple[str, str, str, dict[str, str]]] = []
        self.flows: list[tuple[str, str, str, str | None]] = []
        self.defaults: dict[str, str] = {}
        self.messages: list[str] = []

    def node(self, kind: str, id_: str, inner: str = "", **attributes: str) -> str:
        self.nodes.append((kind, id_, inner, attributes))
        return id_

    def flow(self, source: str, target: str, when: str | None = None, default: bool = False) -> str:
        id_ = f"{self.key}_f{len(self.flows)}"
        self.flows.append((id_, source, target, when))
        if default:
            self.defaults[source] = id_
        return id_

    def path(self, *nodes: str) -> Drawing:
        """Connect nodes one after another."""
        for source, target in pairwise(nodes):
            self.flow(source, target)
        return self

    def users(self, *ids: str) -> Drawing:
        for id_ in ids:
            self.node("userTask", id_, name=id_)
        return self

    def body(self) -> str:
        lines = []
        for kind, id_, inner, attributes in self.nodes:
            if id_ in self.defaults:
                attributes = {**attributes, "default": self.defaults[id_]}
            text = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
            lines.append(f'<bpmn:{kind} id="{id_}"{text}>{inner}</bpmn:{kind}>')
        for id_, source, target, when in self.flows:
            condition = (
                f"<bpmn:conditionExpression>{escape(when)}</bpmn:conditionExpression>"
                if when
                else ""
            )
            lines.append(
                f'<bpmn:sequenceFlow id="{id_}" sourceRef="{source}" targetRef="{target}">'
                f"{condition}</bpmn:sequenceFlow>"
            )
        return "\n".join(lines)

    def xml(self, *, extra: str = "", process_inner: str = "") -> bytes:
        return (
            f'{HEAD}{extra}<bpmn:process id="{self.key}" name="{self.key}" isExecutable="true">\n'
            f"{process_inner}{self.body()}\n</bpmn:process>\n</bpmn:definitions>\n"
        ).encode()

    def files(self, **keywords: str) -> dict[str, bytes]:
        return {f"{self.key}.bpmn": self.xml(**keywords)}


def message(name: str) -> str:
    """A message definition; the top-level `<message>` is `message_declaration(name)`."""
    return f'<bpmn:messageEventDefinition messageRef="m_{name}"/>'


def declare(*names: str) -> str:
    return "".join(f'<bpmn:message id="m_{n}" name="{n}"/>' for n in names)


def timer(kind: str, text: str) -> str:
    return (
        f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
    )


def service(operation: str, result: str = "", **parameters: str) -> str:
    items = "".join(
        f'<spiffworkflow:parameter id="{n}" type="any" value={quoteattr(v)}/>'
        for n, v in parameters.items()
    )
    variable = f' resultVariable="{result}"' if result else ""
    return (
        "<bpmn:extensionElements>"
        f'<spiffworkflow:serviceTaskOperator id="{operation}"{variable}>'
        f"<spiffworkflow:parameters>{items}</spiffworkflow:parameters>"
        "</spiffworkflow:serviceTaskOperator></bpmn:extensionElements>"
    )


def multi(items: str, item: str, *, sequential: bool = False, inner: str = "") -> str:
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopDataInputRef>{items}</bpmn:loopDataInputRef>"
        f'<bpmn:inputDataItem id="{item}" name="{item}"/>{inner}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def condition(text: str) -> str:
    return (
        "<bpmn:conditionalEventDefinition>"
        f"<bpmn:condition>{escape(text)}</bpmn:condition></bpmn:conditionalEventDefinition>"
    )


def correlated_by(prop: str, text: str, name: str = "") -> str:
    """A message definition that waits for a value which the process knows."""
    ref = f' messageRef="m_{name}"' if name else ""
    return (
        f"<bpmn:messageEventDefinition{ref}><bpmn:extensionElements>"
        "<spiffworkflow:processVariableCorrelation>"
        f"<spiffworkflow:propertyId>{prop}</spiffworkflow:propertyId>"
        f"<spiffworkflow:expression>{escape(text)}</spiffworkflow:expression>"
        "</spiffworkflow:processVariableCorrelation>"
        "</bpmn:extensionElements></bpmn:messageEventDefinition>"
    )


def correlation(keys: dict[str, list[str]], **found: dict[str, str]) -> str:
    """Correlation keys (name to properties) and where each message carries each property."""
    inner = "".join(
        f'<bpmn:correlationKey id="k_{key}" name="{key}">'
        + "".join(f"<bpmn:correlationPropertyRef>{p}</bpmn:correlationPropertyRef>" for p in props)
        + "</bpmn:correlationKey>"
        for key, props in keys.items()
    )
    properties = "".join(
        f'<bpmn:correlationProperty id="{prop}" name="{prop}">'
        + "".join(
            f'<bpmn:correlationPropertyRetrievalExpression messageRef="m_{message}">'
            f"<bpmn:messagePath>{escape(text)}</bpmn:messagePath>"
            "</bpmn:correlationPropertyRetrievalExpression>"
            for message, text in messages.items()
        )
        + "</bpmn:correlationProperty>"
        for prop, messages in found.items()
    )
    return f'<bpmn:collaboration id="c">{inner}</bpmn:collaboration>{properties}'
