"""A node's properties as the host reads them: inherited from call activities, FEEL evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.workflow.rounds import Approval, read_approval
from engine.workflow.runtime import Definition, OpenTask

INHERITED = ("form", "matter", "due", "stage")


@dataclass(frozen=True)
class NodeFacts:
    """What the diagram says of a user task and of the call activities above it.

    `approvers` and `copies` name persons (engine.workflow.approvers) and are resolved when the task
    opens; `empty` says what happens when nobody is found: office (the officers are told), skip or
    block. `duplicate` is none, starter, previous or any (rules.md F.15). After a return, `again`
    asks all signers or only those who had `disagreed`.
    """

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
    approvers: str
    approval: Approval | None
    empty: str
    duplicate: str
    again: str
    withdraw: str
    copies: str
    remind: tuple[str, ...]
    escalate: tuple[str, ...]
    escalate_adds: bool
    timeout: str
    timeout_after: str
    money: bool

    @property
    def automatic(self) -> bool:
        """Whether the machine may answer for a person: never for money, never for a 终审."""
        return not self.money and self.duty != "final"


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
        approvers=own.get("approvers", ""),
        approval=read_approval(text("approval"), text("pass"), text("veto"), text("decide")),
        empty=text("empty", "office"),
        duplicate=text("duplicate", "none"),
        again=text("again", "all"),
        withdraw=text("withdraw", "unread"),
        copies=own.get("copies", ""),
        remind=_words(text("remind", "1 WD")),
        escalate=_words(text("escalate", "1 WD")),
        escalate_adds=text("escalate_adds") == "true",
        timeout=text("timeout", "remind"),
        timeout_after=text("timeout_after"),
        money=text("money") == "true",
    )


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
