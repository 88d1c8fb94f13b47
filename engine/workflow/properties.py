"""A node's properties as the host reads them: inherited from call activities, FEEL evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.workflow.runtime import Definition, OpenTask

INHERITED = ("form", "matter", "due", "stage")
VERBS: dict[str, str] = {
    "submit": "提交",
    "approve": "同意",
    "return": "退回",
    "reject": "驳回",
}
FORWARD = frozenset({"submit", "approve"})


@dataclass(frozen=True)
class NodeFacts:
    """What the diagram says of a user task and of the call activities above it."""

    title: str
    role: str
    assignee: int | None
    form: str
    matter: str
    duty: str
    due: str
    verbs: tuple[str, ...]
    requires: tuple[str, ...]
    effects: tuple[str, ...]
    prefill: str
    outputs: tuple[str, ...]


def node_facts(definition: Definition, opened: OpenTask) -> NodeFacts:
    """The facts of an open task's node; `=…` values are FEEL over the task's data."""
    own = dict(opened.node.properties)
    for key in reversed(opened.path):
        for name, value in definition.nodes[key].properties.items():
            if name in INHERITED:
                own.setdefault(name, value)
    return _facts(own, opened)


def _facts(own: Mapping[str, str], opened: OpenTask) -> NodeFacts:
    def text(name: str, default: str = "") -> str:
        value = own.get(name, default)
        if not value.startswith("="):
            return value
        return _written(feel.evaluate(value[1:], opened.data))

    assignee = text("assignee")
    return NodeFacts(
        title=text("title") or opened.node.name or opened.node.id,
        role=text("role") or (opened.node.lane or ""),
        assignee=int(assignee) if assignee else None,
        form=text("form"),
        matter=text("matter") or opened.node.process,
        duty=text("duty", "handle"),
        due=text("due"),
        verbs=_words(text("verbs", "submit")),
        requires=_words(text("requires")),
        effects=_words(text("effect")),
        prefill=text("prefill"),
        outputs=_words(text("outputs")),
    )


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
