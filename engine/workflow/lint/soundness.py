"""Can a scope get stuck? A token game over its graph, independent of the runtime, within a budget.

Tokens lie on sequence flows. A node that can move is played with all its outcomes before any other
node is looked at: tokens elsewhere cannot take its tokens away, so no deadlock is missed. Joins
that look ahead move only when nothing else can.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from engine.workflow.runtime.diagram import Element, Flow, Scope
from engine.workflow.runtime.gateways import sources_of

from .structure import Problem

BUDGET = 20_000
WIDE = 6

Marking = tuple[tuple[str, int], ...]


class Game:
    """The token game of one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.flows = {flow.id: flow for flow in scope.flows}
        self.seen: set[Marking] = set()
        self.stuck: dict[str, None] = {}
        self.crowded: dict[str, None] = {}
        self.excused: dict[str, None] = {}
        self.exhausted = False
        self.terminating = {e.id for e in scope.elements.values() if _terminates(e)}
        self.ranks = {e.id: self._rank(e) for e in scope.elements.values()}
        self.sources = {
            e.id: sources_of(scope.incoming.get(e.id, ()), e.id, scope)
            for e in scope.elements.values()
            if e.kind in {"inclusiveGateway", "parallelGateway"}
        }

    def play(self) -> None:
        """Every way through the scope, from every start event."""
        todo = list(self._beginnings())
        while todo:
            marking = todo.pop()
            if marking in self.seen:
                continue
            if len(self.seen) >= BUDGET:
                self.exhausted = True
                return
            self.seen.add(marking)
            todo.extend(self._next(Counter(dict(marking))))

    def _beginnings(self) -> Iterator[Marking]:
        outcomes = [list(self._outcomes(element)) for element in self.scope.entries()]
        if self.scope.ad_hoc:  # all at once
            outcomes = [[[flow for first, *_ in outcomes for flow in first]]]
        for flows in (flows for found in outcomes for flows in found):
            yield self._put(Counter(), flows)

    def _next(self, tokens: Counter[str]) -> Iterator[Marking]:
        elements = [self.scope.elements[place] for place in dict.fromkeys(self._targets(tokens))]
        for element in sorted(elements, key=lambda element: self.ranks[element.id]):
            used = self._used(element, tokens)
            if used:
                left = tokens.copy()
                left.subtract(used)
                if element.id in self.terminating:
                    yield ()
                    return
                for produced in self._outcomes(element):
                    yield self._put(left, produced)
                return
        excused = [element for element in elements if self._comes_back(element, tokens)]
        for element in excused[:1]:
            for produced in self._outcomes(element):
                yield self._put(Counter(), produced)
        for element in elements:
            (self.excused if excused else self.stuck).setdefault(element.id)

    def _comes_back(self, element: Element, tokens: Counter[str]) -> bool:
        """Whether a parallel join lacks only what comes from behind it; the engine lets it pass."""
        if element.kind != "parallelGateway" or len(set(self._targets(tokens))) > 1:
            return False
        sources = self.sources[element.id]
        starts = {e.id for e in self.scope.elements.values() if e.kind == "startEvent"}
        returning = {flow for flow, nodes in sources.items() if not starts & nodes}
        again = any(tokens[flow] for flow in returning)
        return bool(returning) and all(
            tokens[flow] or again or flow in returning for flow in sources
        )

    def _targets(self, tokens: Counter[str]) -> Iterator[str]:
        return (self.flows[flow].target for flow, n in tokens.items() if n)

    def _rank(self, element: Element) -> tuple[int, str]:
        """Tokens are held where they may meet, so that two on one flow are seen."""
        if element.kind == "endEvent":
            return 4 if element.id in self.terminating else 3 * self._may_meet(element), element.id
        if element.kind == "inclusiveGateway":
            return 2, element.id
        return int(len(self.scope.incoming.get(element.id, ())) > 1), element.id

    def _may_meet(self, end: Element) -> bool:
        """Whether two tokens may come to this end: not where only one way leads, from a start or
        a boundary event, whose tokens would else wait here in every combination."""
        incoming = self.scope.incoming.get(end.id, [])
        if len(incoming) != 1:
            return True
        first = self.scope.elements[self._meeting(incoming[0])]
        return first.kind not in {"startEvent", "boundaryEvent"}

    def _used(self, element: Element, tokens: Counter[str]) -> list[str]:
        """The flows whose tokens the element would use now; none if it cannot move."""
        incoming = [flow.id for flow in self.scope.incoming.get(element.id, ())]
        full = [flow for flow in incoming if tokens[flow]]
        if element.kind == "parallelGateway":
            return full if len(full) == len(incoming) else []
        if element.kind != "inclusiveGateway":
            return full[:1]
        return full if self._may_pass(element.id, full, incoming, tokens) else []

    def _may_pass(
        self, join: str, full: list[str], incoming: list[str], tokens: Counter[str]
    ) -> bool:
        sources = self.sources[join]
        places = set(self._targets(tokens)) - {join}
        empty = [flow for flow in incoming if flow not in full]
        return not any(
            any(place in sources[flow] for flow in empty)
            and not any(place in sources[flow] for flow in full)
            for place in places
        )

    def _meeting(self, flow: Flow) -> str:
        """The node before a flow where its tokens came together."""
        seen: set[str] = set()
        while flow.source not in seen:
            seen.add(flow.source)
            before = self.scope.incoming.get(flow.source, [])
            if len(before) != 1:
                break
            flow = before[0]
        return flow.source

    def _outcomes(self, element: Element) -> Iterator[list[Flow]]:
        """The sets of flows on which a token may leave."""
        outgoing = self.scope.outgoing.get(element.id, [])
        if element.kind in {"exclusiveGateway", "eventBasedGateway"}:
            yield from ([flow] for flow in outgoing if not flow.returns)
        elif element.kind == "inclusiveGateway":
            yield from _subsets(outgoing)
        else:
            yield from self._activity(element, outgoing)

    def _activity(self, element: Element, outgoing: list[Flow]) -> Iterator[list[Flow]]:
        yield outgoing
        for boundary in self.scope.boundaries(element.id):
            flows = self.scope.outgoing.get(boundary.id, [])
            interrupts = boundary.xml.get("cancelActivity", "true") != "false"
            yield flows if interrupts else [*outgoing, *flows]

    def _put(self, tokens: Counter[str], flows: list[Flow]) -> Marking:
        after = tokens.copy()
        for flow in flows:
            after[flow.id] += 1
            if after[flow.id] > 1:
                self.crowded.setdefault(self._meeting(flow))
                after[flow.id] = 1  # one is enough to see whether anything gets stuck
        return tuple(sorted((flow, n) for flow, n in after.items() if n))


def _terminates(element: Element) -> bool:
    return "terminateEventDefinition" in element.definitions


def _subsets(flows: list[Flow]) -> Iterator[list[Flow]]:
    if len(flows) > WIDE:
        yield from ([flow] for flow in flows)
        yield flows
        return
    for size in range(1, len(flows) + 1):
        yield from (list(chosen) for chosen in combinations(flows, size))


def check(scope: Scope) -> Iterator[Problem]:
    """Joins that may wait for ever, and places where two tokens may follow the same flow."""
    game = Game(scope)
    game.play()
    for id_ in game.stuck:
        element = scope.elements[id_]
        yield (
            id_, "error", "deadlock",
            f"“{element.name or id_}”可能永远等不齐流入的分支，流程会卡住。",
            f"“{element.name or id_}” may wait for ever for one of its branches: a deadlock.",
        )  # fmt: skip
    for id_ in game.excused:
        element = scope.elements[id_]
        yield (
            id_, "warning", "loop-into-join",
            f"有连线从后面回到并行汇合“{element.name or id_}”，别的引擎会在此卡住。",
            f"A flow leads back into the join “{element.name or id_}”: other engines get stuck.",
        )  # fmt: skip
    for id_ in game.crowded:
        element = scope.elements[id_]
        if element.kind == "boundaryEvent":
            continue  # it may happen again: several tokens on its path are meant
        yield (
            id_, "warning", "not-synchronised",
            f"“{element.name or id_}”没有等齐并行的分支，后面的步骤可能重复执行。",
            f"“{element.name or id_}” does not wait for all branches: the rest may happen twice.",
        )  # fmt: skip
    if game.exhausted:
        yield (
            scope.id, "warning", "not-decided",
            "流程太复杂，未能查完是否会卡住。",
            "The process is too complex: whether it can get stuck was not fully decided.",
        )  # fmt: skip
