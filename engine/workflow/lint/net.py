"""A scope as a workflow net: which tokens each node takes from its flows, and where it puts some.

The net is made smaller before anybody plays on it: what lies in a row becomes one arc, and so do
the branches between a split and the join that fits it. An arc remembers what it stands for. None of
this changes whether a net is sound (the reductions of Sadiq and Orlowska for process graphs).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from engine.workflow.runtime.diagram import Element, Flow, Scope

from .structure import beginnings

WIDE = 6
"""Branches of an inclusive split all of whose combinations are played."""
CHOICES = {"exclusiveGateway", "eventBasedGateway"}
Outcome = tuple[int, ...]


@dataclass
class Arc:
    """A flow, or several that became one: `via` are the nodes on one way along it, `holds` all."""

    source: str
    target: str
    via: list[str] = field(default_factory=list)
    holds: set[str] = field(default_factory=set)
    beside: bool = False
    """Whether it begins at a boundary event that may happen again: several tokens are meant."""


@dataclass
class Node:
    """What takes a token of `any` incoming arc, of `all`, or waits for those that may come (`or`).

    It puts one on each arc of one of its `outcomes`. A node that `ends` the scope takes all tokens.
    """

    id: str
    takes: str
    incoming: list[int] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    ends: bool = False
    holds: set[str] = field(default_factory=set)
    """What may happen whenever it does, besides what its arcs stand for."""

    @property
    def sink(self) -> bool:
        """Whether tokens only vanish here."""
        return self.takes == "any" and not self.ends and not any(self.outcomes)


class Net:
    """Nodes by id, arcs by number; `begins` are the arcs that have a token at first, by the ways to
    begin, with the nodes that were passed."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.arcs: dict[int, Arc] = {}
        self.nodes: dict[str, Node] = {}
        self._numbers: dict[str, int] = {}
        for element in scope.elements.values():
            if not (element.attached_to or element.triggered):
                self.nodes[element.id] = Node(element.id, _takes(element), ends=_ends(element))
        for node in self.nodes.values():
            node.outcomes = list(self._outcomes(scope.elements[node.id]))
        self.begins = beginnings(scope)

    # ---- from the diagram

    def _outcomes(self, element: Element) -> Iterator[Outcome]:
        flows = self.scope.outgoing.get(element.id, [])
        if element.kind in CHOICES:
            # A return withdraws what runs beside it: it is no way on, and leaves nothing behind.
            on = [flow for flow in flows if not flow.returns]
            yield from ((self._arc(flow),) for flow in on)
            if not on:
                yield ()
        elif element.kind == "inclusiveGateway":
            yield from _subsets([self._arc(flow) for flow in flows])
        else:
            yield from self._activity(element, tuple(self._arc(flow) for flow in flows))

    def _activity(self, element: Element, on: Outcome) -> Iterator[Outcome]:
        yield on
        for boundary in self.scope.boundaries(element.id):
            again = boundary.xml.get("cancelActivity", "true") == "false"
            flows = self.scope.outgoing.get(boundary.id, [])
            arcs = tuple(self._arc(flow, element, boundary.id, again) for flow in flows)
            if again:
                yield (*on, *arcs)
            elif arcs:
                yield arcs

    def _arc(
        self,
        flow: Flow,
        host: Element | None = None,
        boundary: str | None = None,
        beside: bool = False,
    ) -> int:
        if flow.id in self._numbers:
            return self._numbers[flow.id]
        number = self._numbers[flow.id] = len(self._numbers)
        through = [boundary] if boundary else []
        source = host.id if host else flow.source
        self.arcs[number] = Arc(source, flow.target, through, set(through), beside)
        if flow.target in self.nodes:
            self.nodes[flow.target].incoming.append(number)
        return number

    # ---- reductions

    def reduce(self) -> Net:
        """The same net, made as small as it gets."""
        todo = dict.fromkeys(self.nodes)
        while todo:
            id_ = next(iter(todo))
            del todo[id_]
            if id_ in self.nodes:
                todo.update(dict.fromkeys(self._smaller(self.nodes[id_])))
        return self

    def _smaller(self, node: Node) -> list[str]:
        """Make the net smaller at a node; at which nodes it may be possible now."""
        return self._row(node) or self._branches(node) or self._loop(node)

    def _row(self, node: Node) -> list[str]:
        """A node between one arc and another becomes part of one arc."""
        if len(node.incoming) != 1 or len(node.outcomes) != 1 or len(node.outcomes[0]) != 1:
            return []
        (before,), ((after,),) = node.incoming, node.outcomes
        if before == after or node.ends:
            return []
        first, second = self.arcs[before], self.arcs.pop(after)
        first.via += [node.id, *second.via]
        first.holds |= {node.id} | node.holds | second.holds
        first.target = second.target
        del self.nodes[node.id]
        incoming = self.nodes[second.target].incoming
        incoming[incoming.index(after)] = before
        return [first.source, first.target]

    def _branches(self, node: Node) -> list[str]:
        """Two branches that lead from a split straight to the join that fits it become one."""
        arcs = sorted({arc for outcome in node.outcomes for arc in outcome})
        for one, other in combinations(arcs, 2):
            target = self.nodes.get(self.arcs[one].target)
            if target is None or self.arcs[other].target != target.id or target.sink:
                continue
            if self.arcs[one].beside or self.arcs[other].beside:
                continue
            together = [(one in outcome, other in outcome) for outcome in node.outcomes]
            fits = {
                "any": (True, True) not in together,
                "all": (True, False) not in together and (False, True) not in together,
                "or": True,
            }
            if fits[target.takes]:
                self._unite(node, target, one, other)
                return [node.id, target.id]
        return []

    def _unite(self, node: Node, target: Node, one: int, other: int) -> None:
        gone = self.arcs.pop(other)
        self.arcs[one].holds |= gone.holds
        target.incoming.remove(other)
        outcomes = (
            tuple(sorted({one if arc == other else arc for arc in outcome}))
            for outcome in node.outcomes
        )
        node.outcomes = list(dict.fromkeys(outcomes))

    def _loop(self, node: Node) -> list[str]:
        """A way straight back before a choice, which has another way on, adds nothing."""
        if node.takes != "any" or len(node.outcomes) < 2 or len(node.incoming) != 1:
            return []
        (into,) = node.incoming
        before = self.nodes.get(self.arcs[into].source)
        if before is None or before.takes != "any" or before.outcomes != [(into,)]:
            return []
        for outcome in node.outcomes:
            if len(outcome) == 1 and self.arcs[outcome[0]].target == before.id:
                gone = self.arcs.pop(outcome[0])
                node.outcomes.remove(outcome)
                node.holds |= gone.holds
                before.incoming.remove(outcome[0])
                return [node.id, before.id]
        return []


def _takes(element: Element) -> str:
    return {"parallelGateway": "all", "inclusiveGateway": "or"}.get(element.kind, "any")


def _ends(element: Element) -> bool:
    return "terminateEventDefinition" in element.definitions


def _subsets(arcs: list[int]) -> Iterator[Outcome]:
    if len(arcs) > WIDE:
        yield from ((arc,) for arc in arcs)
        yield tuple(arcs)
        return
    for size in range(1, len(arcs) + 1):
        yield from combinations(arcs, size)
    if not arcs:
        yield ()


def upstream(net: Net, arc: int, join: str) -> set[int]:
    """The arcs from which a token can come to this one without passing the join."""
    found, todo = {arc}, [net.arcs[arc].source]
    seen: set[str] = {join}
    while todo:
        node = todo.pop()
        if node in seen:
            continue
        seen.add(node)
        for before in net.nodes[node].incoming:
            found.add(before)
            todo.append(net.arcs[before].source)
    return found


def mask(arcs: Iterable[int]) -> int:
    """A set of arcs as bits."""
    bits = 0
    for arc in arcs:
        bits |= 1 << arc
    return bits
