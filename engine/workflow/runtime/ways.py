"""Where a token may be sent so that no other token is left an orphan.

A token may go to a node of its own scope or of a scope around it, in which the token that owns the
inner scopes stands for it:

- back to a node that was visited in its own branch or before the split (the lineage with which that
  node was entered begins its own): everything that has come of the token that was there is
  withdrawn, be it in branches, inner scopes, loops or waiting at a join;
- to any node drawn in the same region (`regions`), visited or not: only it moves.

A running event sub-process is beside its scope: nobody leaves it for that scope.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.errors import Conflict, Invalid

from .events import Boundary
from .gateways import Joining
from .lineage import Lineage, begins, lineages, strands
from .model import Place
from .scopes import Scope
from .sight import path
from .tokens import Token


@dataclass(frozen=True)
class Way:
    """A node that a token may go to.

    `standing` is the token itself or the one that owns the scopes and loops around it, in the
    node's scope; everything whose lineage begins with `lineage` gives way. `back`: the node was
    visited before, with that lineage.
    """

    scope: Scope
    node: str
    standing: Token
    lineage: Lineage
    back: bool = False

    @property
    def place(self) -> Place:
        """For the host."""
        return place_of(self.scope, self.node)


def place_of(scope: Scope, node: str) -> Place:
    """A node in a running scope."""
    step = scope.spec.task_specs[node]
    owner = scope.owner
    above: tuple[str, ...] = ()
    if owner is not None:
        above = path(owner)
        if owner.task_spec.node.kind == "callActivity":
            above = (*above, f"{owner.task_spec.node.process}/{owner.task_spec.bpmn_id}")
    return Place(step.node.process, node, above, owner.id if owner is not None else "")


def giving_way(way: Way) -> list[Token]:
    """What has come of the token that had the way's lineage: it must not stay behind."""
    return [
        token for token in strands(way.scope)
        if "loop" not in token.info
        and any(begins(lineage, way.lineage) for lineage in lineages(token))
    ]  # fmt: skip


# ---- which ways there are


def ways_back(token: Token) -> Iterator[Way]:
    """To the human nodes visited before, those of the outer scopes first, oldest first.

    A node that is open itself, or that has an open path beside it, is none to go back to.
    """
    for standing in reversed(list(standings(token))):
        for node in standing.workflow.visited:
            lineage = _lineage_back(standing, node)
            if lineage is None:
                continue
            way = Way(standing.workflow, node, standing, lineage, back=True)
            if all(token.task_spec.name != node for token in giving_way(way)):
                yield way


def ways(token: Token) -> Iterator[Way]:
    """All ways there are, the token's own scope first."""
    for standing in standings(token):
        for node, step in standing.workflow.spec.task_specs.items():
            if is_target(step):
                way = way_to(standing, node)
                if way is not None:
                    yield way


def standings(token: Token) -> Iterator[Token]:
    """The tokens that stand for a token in its own scope and in those around, inmost first."""
    at: Token | None = token
    while at is not None:
        at = at.workflow.tasks.get(at.info.get("loop", ""), at)
        yield at
        at = at.workflow.owner


def way_to(standing: Token, node: str) -> Way | None:
    """The way to a node of the scope of a token, if there is one."""
    step, here = standing.workflow.spec.task_specs[node], standing.task_spec.region
    lineage = _lineage_back(standing, node)
    if lineage is not None:
        return Way(standing.workflow, node, standing, lineage, back=True)
    if here is None or step.region != here or standing.task_spec.aside:
        return None
    return Way(standing.workflow, node, standing, standing.lineage)


def _lineage_back(standing: Token, node: str) -> Lineage | None:
    lineage = standing.workflow.visited.get(node)
    if standing.task_spec.aside or lineage is None or not begins(standing.lineage, lineage):
        return None
    region = standing.workflow.spec.task_specs[node].region
    here = standing.task_spec.region
    inside = region is None or here is None or here[: len(region)] == region
    return lineage if inside else None


def is_target(step: Any) -> bool:
    """Whether a token can be put at a node at all."""
    if getattr(step, "bpmn_id", None) != step.name or step.aside or isinstance(step, Boundary):
        return False
    joins = isinstance(step, Joining) and len(step.arrivals) > 1
    return not joins and step.node.kind != "startEvent"


def find_back(token: Token, to: str | Place) -> Way:
    """One of the `ways_back`; raises `Conflict` when it is none."""
    for way in reversed(list(ways_back(token))):
        process = way.place.process
        if to in (way.place, way.node, f"{process}/{way.node}"):
            return way
    node = to.rpartition("/")[2] if isinstance(to, str) else to.node
    raise Conflict(
        "不能退回到“{node}”：没有经过它，或它在另一个并行分支里。", node=node, element=node
    )


def find(token: Token, to: str | Place) -> Way:
    """The way to a place; a string names a node, or `process/node`, in the nearest scope.

    Raises `Invalid` when there is no such node, `Conflict` when the way would leave an orphan.
    """
    process, _, node = to.rpartition("/") if isinstance(to, str) else ("", "", to.node)
    for standing in standings(token):
        step = standing.workflow.spec.task_specs.get(node)
        if step is None or not is_target(step) or process not in ("", step.node.process):
            continue
        if isinstance(to, Place) and place_of(standing.workflow, node) != to:
            continue
        way = way_to(standing, node)
        if way is None:
            title = step.node.name or node
            raise Conflict(
                "不能移到“{title}”：它和这项任务不在同一个并行分支里，移动后会有分支无人接续。",
                title=title,
                element=node,
            )
        return way
    raise Invalid("不能把任务移到节点“{node}”。", node=node, element=node)
