"""Rules about human work and machine work: names, roles, forms, operations, properties."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.workflow.runtime.diagram import NS, Element, Scope

from .known import OPERATIONS, Known, is_property
from .structure import Problem


def check(scope: Scope, known: Known) -> Iterator[Problem]:
    """What the nodes of a scope say about people, forms and operations."""
    for element in scope.elements.values():
        if element.kind == "userTask":
            yield from _named(element)
            yield from _role(element, known)
            yield from _form(element, known)
            yield from _times(element)
        yield from _operations(element, known)
        yield from _properties(element)


def _named(element: Element) -> Iterator[Problem]:
    if not element.name:
        yield (
            element.id, "error", "no-name",
            "用户任务没有名称，办理人看不出要做什么。",
            "The user task has no name: nobody sees what is to be done.",
        )  # fmt: skip


def _role(element: Element, known: Known) -> Iterator[Problem]:
    role = element.properties.get("role") or element.lane
    if not role:
        if not element.properties.get("assignee"):
            yield (
                element.id, "warning", "no-role",
                f"“{element.name or element.id}”不在泳道中，也没有写明角色。",
                f"“{element.name or element.id}” lies in no lane and names no role.",
            )  # fmt: skip
    elif known.roles is not None and not role.startswith("=") and role not in known.roles:
        yield (
            element.id, "error", "unknown-role",
            f"没有名为“{role}”的角色。",
            f"There is no role “{role}”.",
        )  # fmt: skip


def _form(element: Element, known: Known) -> Iterator[Problem]:
    form = element.properties.get("form", "")
    if form and known.forms is not None and not form.startswith("=") and form not in known.forms:
        yield (
            element.id, "error", "unknown-form",
            f"没有名为“{form}”的表单。",
            f"There is no form “{form}”.",
        )  # fmt: skip


AUTOMATIC = {"approve": ("approve", "submit"), "return": ("return",), "end": ("reject",)}
"""By which verbs the machine answers a timeout; the other ways only tell people."""
TIMEOUTS = frozenset({"remind", "supervisor", "substitute", *AUTOMATIC})


def _times(element: Element) -> Iterator[Problem]:
    """Terms that can be read, and a timeout that may be: never for money, nor for a 终审 (F.16)."""
    given, name = element.properties, element.name or element.id
    yield from _term(element, name)
    for field in ("due", "timeout_after", "remind", "escalate"):
        for term in given.get(field, "").split(","):
            if term.strip() and not given[field].startswith("=") and not _is_term(term.strip()):
                yield (
                    element.id, "error", "bad-term",
                    f"“{name}”的期限“{term.strip()}”应写作 5 WD 或 30 D。",
                    f"The term “{term.strip()}” of “{name}” is to be written as 5 WD or 30 D.",
                )  # fmt: skip
    timeout = given.get("timeout", "remind")
    if timeout not in TIMEOUTS:
        yield (
            element.id, "error", "timeout",
            f"“{name}”的超时处理“{timeout}”看不懂。",
            f"The timeout “{timeout}” of “{name}” is not known.",
        )  # fmt: skip
    if timeout not in AUTOMATIC:
        return
    if given.get("money") == "true" or given.get("duty") == "final":
        yield (
            element.id, "error", "timeout-money",
            f"“{name}”涉及资金、目标或终审，超时不能自动办理。",
            f"“{name}” is about money, goals or a final decision: no timeout answers it.",
        )  # fmt: skip
    verbs = {verb.strip() for verb in given.get("verbs", "submit").split(",")}
    if not verbs & set(AUTOMATIC[timeout]):
        yield (
            element.id, "error", "timeout",
            f"“{name}”没有超时所要的办理方式。",
            f"“{name}” has none of the verbs that its timeout needs.",
        )  # fmt: skip


def _term(element: Element, name: str) -> Iterator[Problem]:
    """Work that waits for people has a term, or the diagram says why it has none (D.5)."""
    if not element.properties.get("due") and not element.properties.get("no_due"):
        yield (
            element.id, "warning", "no-term",
            f"“{name}”没有办理期限（due），也没有写明不限期的理由（no_due）。",
            f"“{name}” has no term (due), and no reason for having none (no_due).",
        )  # fmt: skip


def _is_term(text: str) -> bool:
    return re.fullmatch(r"\d{1,4} (WD|D)", text) is not None


def _operations(element: Element, known: Known) -> Iterator[Problem]:
    if known.operations is None:
        return
    for name in named_operations(element):
        if name not in known.operations:
            yield (
                element.id, "error", "unknown-operation",
                f"没有名为“{name}”的操作。",
                f"There is no operation “{name}”.",
            )  # fmt: skip


def named_operations(element: Element) -> Iterator[str]:
    """The operations that an element names: its service, guards, effects and prefill."""
    operator = element.xml.find("bpmn:extensionElements/spiff:serviceTaskOperator", NS)
    if operator is not None and operator.get("id"):
        yield operator.get("id")
    for name in OPERATIONS:
        listed = element.properties.get(name, "").split(",")
        yield from (part.strip() for part in listed if part.strip())


def _properties(element: Element) -> Iterator[Problem]:
    for name in element.properties:
        if not is_property(name):
            yield (
                element.id, "warning", "unknown-property",
                f"属性“{name}”没有作用。",
                f"The property “{name}” has no effect.",
            )  # fmt: skip
