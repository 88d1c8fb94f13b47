"""A node's properties as the host reads them: inherited from call activities, FEEL evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from engine import feel
from engine.errors import Invalid
from engine.people.policy import DUTY_NAMES
from engine.sentences import Sentence
from engine.workflow.rounds import Approval, read_approval
from engine.workflow.runtime import Definition, OpenTask
from engine.workflow.verbs import DECISIONS

ROLE, FORM, MATTER = Sentence("角色"), Sentence("表单"), Sentence("事项")
"""What a name in the diagram is of, for whoever wrote one that is too long."""
TITLE = 200
"""Characters of a task's title; the rest is cut off."""
_PERSON = re.compile(r"[0-9]{1,18}")
INHERITED = ("form", "matter", "due", "stage")
Place = tuple[str, str, tuple[str, ...]]
_fixed: WeakKeyDictionary[Definition, dict[Place, NodeFacts]] = WeakKeyDictionary()
"""The facts of nodes that say the same of every task, by process, node and path."""


@dataclass(frozen=True)
class NodeFacts:
    """What the diagram says of a user task and of the call activities above it.

    `approvers` and `copies` name persons (engine.workflow.approvers) and are resolved when the task
    opens; `empty` says what happens when nobody is found: office (the officers are told), skip or
    block. `duplicate` is none, starter, previous or any (rules.md F.15). After a return, `again`
    asks all signers or only those who had `disagreed`. `escalate_to` names for each step of
    `escalate` who is told: `superior`, or an approver source; without it the chain of D.6.
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
    escalate_to: tuple[str, ...]
    escalate_adds: bool
    timeout: str
    timeout_after: str
    money: bool

    @property
    def opinion_only(self) -> bool:
        """Whether answering leaves an opinion and nothing else: no figures, no check, no choice.

        Only such a step may be passed with the opinion of last time (F.9, F.15): what checks or
        records something would speak of what has been corrected since.
        """
        return not (self.requires or self.effects or self.outputs)

    @property
    def automatic(self) -> bool:
        """Whether the machine may answer for a person: never for money, never for a 终审."""
        return not self.money and self.duty != "final"


def opinion_only(given: Mapping[str, str]) -> bool:
    """The same of a node's own properties, for a step that is not open."""
    bare = not any(given.get(name, "").strip() for name in ("requires", "effect", "outputs"))
    return bare and "approve" in given.get("verbs", "")


def node_facts(definition: Definition, opened: OpenTask) -> NodeFacts:
    """The facts of an open task's node; `=…` values are FEEL over the task's data."""
    known = _fixed.setdefault(definition, {})
    place = opened.node.process, opened.node.id, opened.path
    facts = known.get(place)
    if facts is None:
        own = _properties(definition, opened)
        facts = _facts(own, opened)
        if not any(value.startswith("=") for value in own.values()):
            known[place] = facts
    return facts


def _properties(definition: Definition, opened: OpenTask) -> dict[str, str]:
    own = dict(opened.node.properties)
    for key in reversed(opened.path):
        for name, value in definition.nodes[key].properties.items():
            if name in INHERITED:
                own.setdefault(name, value)
    return own


def _facts(own: Mapping[str, str], opened: OpenTask) -> NodeFacts:
    def text(name: str, default: str = "") -> str:
        value = own.get(name, default)
        if not value.startswith("="):
            return value
        return _written(feel.evaluate(value[1:], opened.data))

    title = text("title") or opened.node.name or opened.node.id
    return NodeFacts(
        title=title if len(title) <= TITLE else f"{title[: TITLE - 1]}…",
        role=_short(text("role") or (opened.node.lane or ""), 40, ROLE),
        assignee=_number(text("assignee")),
        form=_short(text("form"), 80, FORM),
        matter=_short(text("matter") or opened.node.process, 120, MATTER),
        duty=_duty(text("duty") or "handle"),
        due=text("due"),
        verbs=_verbs(text("verbs", "submit")),
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
        escalate_to=_words(text("escalate_to")),
        escalate_adds=text("escalate_adds") == "true",
        timeout=text("timeout", "remind"),
        timeout_after=text("timeout_after"),
        money=text("money") == "true",
    )


def _short(text: str, most: int, what: str) -> str:
    """A name that fits where it is kept; what is longer is a mistake of the diagram."""
    if len(text) > most:
        raise Invalid(
            "流程图写明的{what}过长（最多 {most} 字）：{text}…",
            what=what,
            most=most,
            text=text[:20],
        )
    return text


def _number(text: str) -> int | None:
    if text and not _PERSON.fullmatch(text):
        raise Invalid("流程图指定的办理人“{text}”不是人员编号", text=text[:20])
    return int(text) if text else None


def _duty(text: str) -> str:
    if text not in DUTY_NAMES:
        raise Invalid(
            "流程图写明的职责“{text}”应为 {known} 之一",
            text=text[:20],
            known=tuple(DUTY_NAMES),
        )
    return text


def _verbs(text: str) -> tuple[str, ...]:
    found = _words(text)
    strange = next((one for one in found if one not in DECISIONS), None)
    if strange is not None or not found:
        raise Invalid("流程图写明的办理方式“{text}”看不懂", text=(strange or "")[:20])
    return found


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
