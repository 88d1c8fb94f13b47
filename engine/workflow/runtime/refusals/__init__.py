"""What a diagram may not contain, because the engine would ignore it or could not keep its promise.

Everything here is refused when a diagram is parsed, so that nothing is accepted without effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.errors import Invalid
from engine.workflow.runtime.diagram import BPMN, LOOPS, Element, Scope, tag
from engine.workflow.runtime.events_allowed import Said, event_problem

from . import activities, flows, repeating
from .activities import RESERVED

DRAWN = {
    "documentation", "extensionElements", "sequenceFlow", "laneSet", "association", "group",
    "textAnnotation", "category", "dataObject", "dataObjectReference", "dataStoreReference",
    "property", "ioSpecification", "incoming", "outgoing", "auditing", "monitoring", *LOOPS,
    "completionCondition", "dataInputAssociation", "dataOutputAssociation",
}  # fmt: skip
"""What may lie in a scope beside flow nodes: it has its meaning elsewhere, or is drawing only."""

Problem = tuple[str, str, str]
"""Element id, and the sentence in Chinese and in English."""


def refuse(scope: Scope) -> None:
    """Raise `Invalid` for the first thing in a scope that is not supported; names the element."""
    for element, why, english in problems(scope):
        raise Invalid(f"“{element}”：{why}", element=element, english=f"“{element}”: {english}")


def problems(scope: Scope) -> Iterator[Problem]:
    """Everything in a scope that is not supported, sub-processes excluded."""
    yield from _scope_problems(scope)
    for element in scope.elements.values():
        for check in _CHECKS:
            why = check(element, scope)
            if why:
                yield element.id, *why


def _scope_problems(scope: Scope) -> Iterator[Problem]:
    if scope.id in RESERVED:
        yield scope.id, "这个 id 是引擎保留的。", "This id is reserved by the engine."
    for child in scope.xml:
        kind = tag(child)
        known = kind in DRAWN or child.get("id") in scope.elements
        if not known and child.tag == f"{{{BPMN}}}{kind}":
            yield child.get("id") or scope.id, f"不支持 {kind}。", f"{kind} is not supported."
    starts = scope.entries()
    if not starts:
        ad_hoc = ("没有可以开始的活动。", "There is no activity to begin with.")
        plain = ("没有开始事件。", "There is no start event.")
        yield scope.id, *(ad_hoc if scope.ad_hoc else plain)
    if scope.ad_hoc:
        yield from _ad_hoc_problems(scope)
        return
    if scope.parent is not None and len(starts) > 1:
        yield scope.id, "子流程只能有一个开始事件。", "A sub-process has one start event only."
    if len([e for e in starts if not e.definitions]) > 1:
        yield (
            scope.id,
            "有多个无触发的开始事件。",
            "There is more than one start event without a trigger.",
        )


def _ad_hoc_problems(scope: Scope) -> Iterator[Problem]:
    if scope.xml.get("ordering") == "Sequential":
        yield (
            scope.id,
            "即席子流程只能并行（ordering）。",
            "An ad-hoc sub-process runs in parallel only (ordering).",
        )
    for element in scope.elements.values():
        if element.kind in {"startEvent", "endEvent"}:
            yield (
                element.id,
                "即席子流程中没有开始事件和结束事件。",
                "An ad-hoc sub-process has no start and end events.",
            )


_Check = Callable[[Element, Scope], Said | None]
_CHECKS: tuple[_Check, ...] = (
    *activities.CHECKS, event_problem, *repeating.CHECKS, *flows.CHECKS,
)  # fmt: skip
