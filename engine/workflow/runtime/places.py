"""Where a step is being built, and how scopes and nodes are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .diagram import Diagram, Element, Scope
from .expressions import Decision
from .model import Node


@dataclass(frozen=True)
class Sources:
    """What building a process may look up: all scopes' diagrams and all decisions."""

    diagrams: Mapping[str, Diagram]
    decisions: Mapping[str, Decision]


@dataclass(frozen=True)
class Place:
    """Where a step is being built."""

    element: Element
    scope: Scope
    diagram: Diagram
    sources: Sources


def key_of(process: str, scope: str) -> str:
    """The name of a scope's specification among all."""
    return process if process == scope else f"{process}/{scope}"


def node_of(element: Element) -> Node:
    """The public description of an element."""
    return Node(
        element.process, element.id, element.name, element.kind, element.lane,
        element.lane_name, dict(element.properties), element.documentation,
    )  # fmt: skip


def plain_start(scope: Scope) -> str | None:
    """The start event that begins a scope when nothing has triggered it."""
    starts = scope.entries()
    plain = [e.id for e in starts if not e.definitions]
    if not plain and scope.parent is not None:  # an event sub-process begins at its trigger
        return starts[0].id
    return plain[0] if plain else None


def plain_starts(scope: Scope) -> tuple[str, ...]:
    """The nodes at which a sub-process begins: its start event; all entries if it is ad hoc."""
    if scope.ad_hoc:
        return tuple(element.id for element in scope.entries())
    start = plain_start(scope)
    return (start,) if start is not None else ()
