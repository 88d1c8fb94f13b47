"""Rules about the shape of a scope: what is reached, what leads out, what can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from engine.workflow.runtime.diagram import Diagram, Element, Scope

from .finding import Finding, Severity

Problem = tuple[str, Severity, str, str, str]
"""Element, severity, code, message in Chinese and in English."""


def check(scope: Scope) -> Iterator[Problem]:
    """The problems of the structure of one scope."""
    yield from _dangling(scope)
    yield from _unreachable(scope)
    yield from _no_way_out(scope)


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


def _unreachable(scope: Scope) -> Iterator[Problem]:
    starts = [e.id for e in scope.entries()]
    starts += [e.id for e in scope.elements.values() if e.triggered]
    reached = _closure(starts, lambda node: following(scope, node))
    for element in scope.elements.values():
        if element.id not in reached:
            yield (
                element.id, "error", "unreachable",
                f"“{element.name or element.id}”从开始事件出发走不到。",
                f"“{element.name or element.id}” cannot be reached from a start event.",
            )  # fmt: skip


def _no_way_out(scope: Scope) -> Iterator[Problem]:
    ends = [e.id for e in scope.elements.values() if not scope.outgoing.get(e.id)]
    leading = _closure(ends, lambda node: preceding(scope, node))
    for element in scope.elements.values():
        if element.id not in leading:
            yield (
                element.id, "error", "no-way-out",
                f"从“{element.name or element.id}”出发走不到任何结束。",
                f"No end can be reached from “{element.name or element.id}”.",
            )  # fmt: skip


def following(scope: Scope, node: str) -> Iterator[str]:
    """Where a token at a node may be next, by its flows and its boundary events."""
    yield from (flow.target for flow in scope.outgoing.get(node, ()))
    yield from (boundary.id for boundary in scope.boundaries(node))


def preceding(scope: Scope, node: str) -> Iterator[str]:
    """The inverse of `following`."""
    yield from (flow.source for flow in scope.incoming.get(node, ()))
    host = scope.elements[node].attached_to
    if host in scope.elements:
        yield str(host)


def _closure(start: Iterable[str], step: Callable[[str], Iterator[str]]) -> set[str]:
    seen = set(start)
    todo = list(seen)
    while todo:
        for node in step(todo.pop()):
            if node not in seen:
                seen.add(node)
                todo.append(node)
    return seen
