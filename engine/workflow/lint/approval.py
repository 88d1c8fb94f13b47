"""Rules about how a step is decided: who is asked, how they decide, what the machine may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.errors import Invalid
from engine.workflow import approvers
from engine.workflow.deadlines.chain import SUPERIOR
from engine.workflow.rounds import read_approval
from engine.workflow.runtime.diagram import Element, Scope
from engine.workflow.verbs import DECISIONS

from .structure import Problem

CHOICES: dict[str, tuple[str, ...]] = {
    "duty": ("handle", "review", "final"),
    "empty": ("office", "skip", "block"),
    "duplicate": ("none", "starter", "previous", "any"),
    "again": ("all", "disagreed"),
    "withdraw": ("unread", "read", "never"),
    "decide": ("early", "all"),
    "veto": ("true", "false"),
    "money": ("true", "false"),
}


def check(scope: Scope) -> Iterator[Problem]:
    """What the user tasks of a scope say about their approval."""
    for element in scope.elements.values():
        if element.kind == "userTask":
            yield from _choices(element)
            yield from _verbs(element)
            yield from _sources(element)
            yield from _rule(element)
            yield from _machine(element)


def _literal(properties: Mapping[str, str], name: str) -> str:
    """A property's text; nothing where it is an expression, which is known only later."""
    text = properties.get(name, "")
    return "" if text.startswith("=") else text


def _choices(element: Element) -> Iterator[Problem]:
    for name, allowed in CHOICES.items():
        given = _literal(element.properties, name)
        if given and given not in allowed:
            yield (
                element.id, "error", "bad-choice",
                f"“{name}”应为 {'、'.join(allowed)} 之一，不是“{given}”。",
                f"“{name}” is one of {', '.join(allowed)}, not “{given}”.",
            )  # fmt: skip


def _verbs(element: Element) -> Iterator[Problem]:
    for verb in _literal(element.properties, "verbs").split(","):
        if verb.strip() and verb.strip() not in DECISIONS:
            yield (
                element.id, "error", "bad-verb",
                f"没有“{verb.strip()}”这种办理方式。",
                f"There is no verb “{verb.strip()}”.",
            )  # fmt: skip


def _sources(element: Element) -> Iterator[Problem]:
    steps = _literal(element.properties, "escalate_to").split(",")
    above = ",".join(one for one in steps if one.strip() != SUPERIOR)
    for text in (*(element.properties.get(name, "") for name in ("approvers", "copies")), above):
        try:
            approvers.check(text)
        except Invalid as error:
            yield element.id, "error", "bad-approvers", f"{error.message}。", f"{error.english}."


def _rule(element: Element) -> Iterator[Problem]:
    mode, passing, veto, decide = (
        _literal(element.properties, name) for name in ("approval", "pass", "veto", "decide")
    )
    try:
        approval = read_approval(mode, passing, veto, decide)
    except Invalid as error:
        yield element.id, "error", "bad-approval", f"{error.message}。", f"{error.english}."
        return
    if approval is None and (passing or veto or decide) and "approval" not in element.properties:
        yield (
            element.id, "warning", "no-approval",
            "写了通过条件，却没有写明审批方式（approval），不起作用。",
            "A rule of passing without a way of deciding (approval) has no effect.",
        )  # fmt: skip


def _machine(element: Element) -> Iterator[Problem]:
    """The machine never answers for people where money or a 终审 is decided (rules.md F.15)."""
    kept = element.properties.get("money") == "true" or element.properties.get("duty") == "final"
    if not kept:
        return
    if _literal(element.properties, "duplicate") not in ("", "none"):
        yield (
            element.id, "error", "machine-decides",
            "资金、目标和终审步骤不能因办理人重复而自动跳过。",
            "Money, goals and final decisions are never skipped for a duplicate approver.",
        )  # fmt: skip
    if _literal(element.properties, "empty") == "skip":
        yield (
            element.id, "error", "machine-decides",
            "资金、目标和终审步骤不能因没有办理人而跳过。",
            "Money, goals and final decisions are never skipped for want of an approver.",
        )  # fmt: skip
