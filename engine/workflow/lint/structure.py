"""Rules about the shape of a scope: what is reached, what leads out, what can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from engine.workflow.runtime.diagram import Diagram, Element, Scope

from .finding import Finding, Severity

Problem = tuple[str, Severity, str, str, str]
"""Element, severity, rule, message in Chinese and in English."""
_T = TypeVar("_T")


def check(scope: Scope) -> Iterator[Problem]:
    """The problems of the structure of one scope."""
    yield from _dangling(scope)
    yield from _unreachable(scope)


def without_shape(diagram: Diagram) -> Iterator[Finding]:
    """Elements that nobody can see, because the diagram gives them no place."""
    if not diagram.shapes:
        yield Finding(
            *(diagram.file, "", "warning", "no-shape"),
            "文件中没有图形信息，无法显示。",
            "The file holds no shapes and cannot be shown.",
        )
        return
    for element in diagram.elements():
        if element.id not in diagram.shapes:
            yield Finding(
                *(diagram.file, element.id, "warning", "no-shape"),
                f"“{element.name or element.id}”没有图形，在图上看不见。",
                f"“{element.name or element.id}” has no shape and is not seen on the diagram.",
            )


def _dangling(scope: Scope) -> Iterator[Problem]:
    for element in scope.elements.values():
        if not scope.outgoing.get(element.id) and not (scope.ad_hoc or _ends(element)):
            yield (
                element.id, "warning", "dangling",
                f"“{element.name or element.id}”没有流出的连线，流程会在此悄悄结束。",
                f"No flow leaves “{element.name or element.id}”: the process ends there unseen.",
            )  # fmt: skip


def _ends(element: Element) -> bool:
    return element.kind == "endEvent" or element.triggered


def reached(scope: Scope) -> set[str]:
    """All that lies on some way from a start event, whatever the gateways wait for."""
    starts = [start for way in beginnings(scope) for start in way]
    starts += [e.id for e in scope.elements.values() if e.triggered]
    return closure(starts, lambda node: following(scope, node))


def beginnings(scope: Scope) -> list[list[str]]:
    """The ways to begin: at any one start event; without any, at all that nothing leads to."""
    starts = [e.id for e in scope.entries()]
    if starts and not scope.ad_hoc:
        return [[start] for start in starts]
    free = (
        e.id for e in scope.elements.values()
        if not (scope.incoming.get(e.id) or e.attached_to or e.triggered)
    )  # fmt: skip
    return [together] if (together := starts or list(free)) else []


def _unreachable(scope: Scope) -> Iterator[Problem]:
    known = reached(scope)
    for element in scope.elements.values():
        if element.id not in known:
            yield (
                element.id, "error", "dead_task",
                f"“{element.name or element.id}”从开始事件出发走不到。",
                f"“{element.name or element.id}” cannot be reached from a start event.",
            )  # fmt: skip


def following(scope: Scope, node: str) -> Iterator[str]:
    """Where a token at a node may be next, by its flows and its boundary events."""
    yield from (flow.target for flow in scope.outgoing.get(node, ()))
    yield from (boundary.id for boundary in scope.boundaries(node))


def closure(start: Iterable[_T], step: Callable[[_T], Iterable[_T]]) -> set[_T]:
    """All that can be reached in steps."""
    seen = set(start)
    todo = list(seen)
    while todo:
        for node in step(todo.pop()):
            if node not in seen:
                seen.add(node)
                todo.append(node)
    return seen
