"""Gateways: choosing among sequence flows, and joining tokens by counting what arrived on each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict

from .diagram import Flow
from .expressions import Formula
from .lineage import flat, lineages, parted, unflat, united
from .steps import Step, wait
from .tokens import Token


class Choosing(Step):
    """What exclusive and inclusive gateways share: conditions in the order of the diagram."""

    conditions: dict[str, Formula]

    def chosen(self, token: Token) -> list[Flow]:
        """The flows whose conditions hold, else the default; `Conflict` when there is neither."""
        if len(self.flows) == 1 and not self.flows[0].condition:
            return list(self.flows)
        data = token.view
        true = [f for f in self.flows if f.condition and self.conditions[f.id].holds(data)]
        found = true or [f for f in self.flows if f.default]
        if not found:
            raise Conflict(
                "网关“{title}”没有一个条件成立，也没有默认连线。",
                title=self.node.name or self.bpmn_id,
                element=self.bpmn_id,
            )
        return found

    def _run_hook(self, token: Token) -> bool:
        token.info["chosen"] = [flow.id for flow in self.chosen(token)]
        return True

    def taken(self, token: Token) -> Iterable[Flow]:
        """The flows chosen when the gateway ran."""
        chosen = token.info["chosen"]
        return [flow for flow in self.flows if flow.id in chosen]


class Exclusive(Choosing):
    """XOR: the first flow whose condition holds; tokens pass one by one."""

    def chosen(self, token: Token) -> list[Flow]:
        """One flow."""
        return super().chosen(token)[:1]


class Joining(Step):
    """A gateway that waits for other tokens. One waiting token holds all that arrived.

    `sources` are, for each incoming flow, the nodes that reach it without passing this gateway.
    """

    sources: dict[str, frozenset[str]]

    def arrive(self, token: Token) -> bool:
        """Count the arrival; a token that is already waiting here takes in the new one."""
        scope = token.workflow
        came_by = token.came_by or next(iter(self.arrivals), None)  # moved here: as by a flow
        flow = came_by.id if came_by else ""
        waiting = scope.joins.get(self.name)
        if len(self.arrivals) > 1:
            token.touch()
        if waiting is None:
            scope.joins[self.name] = waiting = token
            token.info.update(arrived={}, lineages={})
            wait(token)
        else:
            waiting.facts = waiting.facts.merged(token.facts)
            scope.drop(token)
        arrived = waiting.info["arrived"]
        arrived[flow] = arrived.get(flow, 0) + 1
        waiting.info["lineages"].setdefault(flow, []).append(flat(token.lineage))
        if self.is_full(waiting):
            waiting._set_state(TaskState.READY)
        return False

    def is_full(self, token: Token) -> bool:
        """Whether it may pass whatever happens elsewhere: one token on every flow."""
        arrived = token.info["arrived"]
        return all(arrived.get(flow.id) for flow in self.arrivals)

    @abstractmethod
    def may_pass(self, token: Token) -> bool:
        """Whether it may pass, all other tokens having come as far as they can alone."""

    def _on_complete(self, token: Token) -> None:
        """One token of each flow is used up; what is left waits for the next round."""
        scope, facts = token.workflow, token.facts
        arrived = token.info.pop("lineages")
        scope.drop(token)
        for flow in self.arrivals:
            for lineage in arrived.get(flow.id, ())[1:]:
                scope.enter(self, facts, flow=flow, lineage=unflat(lineage))
        token.lineage = united(scope, [unflat(first) for first, *_ in arrived.values()])
        super()._on_complete(token)


class Parallel(Joining):
    """AND: one token from every incoming flow, one to every outgoing flow (BPMN 2.0 §13.4.1).

    An incoming flow that comes back from behind the join is excused while no token can bring
    anything on it; BPMN would wait for ever.
    """

    returning: frozenset[str]

    def may_pass(self, token: Token) -> bool:
        """Every empty flow belongs to another round of a loop through this join."""
        if token._state != TaskState.WAITING or not self.returning:
            return False
        arrived = token.info["arrived"]
        again = any(flow in self.returning for flow in arrived)
        places = places_of_others(token)
        return all(
            (again or flow.id in self.returning) and not places & self.sources[flow.id]
            for flow in self.arrivals
            if not arrived.get(flow.id)
        )

    def _run_hook(self, token: Token) -> bool:
        return True


class Inclusive(Choosing, Joining):
    """OR: waits while a token elsewhere could reach an empty incoming flow (BPMN 2.0 §13.4.3).

    By the letter of BPMN it would not wait for a token that could also come on a flow that has one
    already; but a branch from which a line leads back before the split is such a case, and is still
    waited for.
    """

    def may_pass(self, token: Token) -> bool:
        """No other token can reach an empty flow, except as said above."""
        if token._state != TaskState.WAITING:
            return False
        arrived = token.info["arrived"]
        full = [f.id for f in self.arrivals if arrived.get(f.id)]
        empty = [f.id for f in self.arrivals if not arrived.get(f.id)]
        return not any(
            self._reaches(other.task_spec.bpmn_id, empty)
            and (self._is_beside(other, token)
                 or not self._reaches(other.task_spec.bpmn_id, full))
            for other in token.workflow.tokens() if other is not token
        )  # fmt: skip

    def _reaches(self, place: str, flows: list[str]) -> bool:
        return any(place in self.sources[flow] for flow in flows)

    def _is_beside(self, other: Token, token: Token) -> bool:
        """Whether a token is inside a block, beside or around which a token here has come.

        It is drawn deeper than the join and is in another branch of one split with what waits.
        """
        here, there = self.region, other.task_spec.region
        if here is None or there is None or len(there) <= len(here) or there[: len(here)] != here:
            return False
        return any(parted(one, two) for one in lineages(other) for two in lineages(token))


class EventBased(Step):
    """Waits at all events behind it; the first that happens withdraws the others."""

    def _run_hook(self, token: Token) -> bool:
        return True

    def _on_complete(self, token: Token) -> None:
        """The history is written when it is known which event happened."""
        scope = token.workflow
        scope.drop(token)
        specs = scope.spec.task_specs
        rivals = [
            scope.enter(
                specs[f.target], token.facts, flow=f, behind=f.id,
                lineage=token.lineage, origin=token.origin,
            )
            for f in self.flows
        ]  # fmt: skip
        for rival in rivals:
            rival.info["rivals"] = [other.id for other in rivals if other is not rival]


def places_of_others(token: Token) -> set[str]:
    """The nodes at which the other tokens of the scope are."""
    return {t.task_spec.bpmn_id for t in token.workflow.tokens() if t is not token}


def sources_of(arrivals: Iterable[Flow], join: str, scope: Any) -> dict[str, frozenset[str]]:
    """For each incoming flow of a join, the nodes that can reach it without passing the join."""
    before: dict[str, set[str]] = {}
    for flow in scope.flows:
        before.setdefault(flow.target, set()).add(flow.source)
    for element in scope.elements.values():
        if element.attached_to:
            before.setdefault(element.id, set()).add(element.attached_to)
    return {flow.id: frozenset(_backwards(flow.source, join, before)) for flow in arrivals}


def _backwards(start: str, join: str, before: dict[str, set[str]]) -> set[str]:
    seen, todo = {start} - {join}, [start]
    while todo:
        node = todo.pop()
        if node == join:
            continue
        for previous in before.get(node, ()):
            if previous not in seen and previous != join:
                seen.add(previous)
                todo.append(previous)
    return seen
