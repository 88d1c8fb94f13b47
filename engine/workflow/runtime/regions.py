"""Regions: inside which branches of which parallel splits a node is drawn.

What lineage is to a token, a region is to a node: the splits that one must have passed, and not yet
joined, to be there. Between two nodes of one region a token may jump without leaving another token
behind or doing the work of a branch twice. Where the drawing does not tell (branches that are
merged without a join, joins of unrelated splits), the region is None, and nobody jumps there.

First every node gets what is common to all that leads to it, so that a line back from inside a
branch does not matter. Then only those nodes keep their region that are reached from the start by
nodes of just that region, by a split, or by a join of all that was split.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .gateways import Inclusive, Joining, Parallel
from .lineage import common

Region = tuple[tuple[str, frozenset[str]], ...]
MOST_CHANGES = 40
"""Of the region of one node; then what leads to it is too tangled to tell."""


def mark(steps: Mapping[str, Any]) -> None:
    """Give every step of a scope its region."""
    drawing = _Drawing(steps)
    drawing.spread()
    for name in drawing.clear():
        steps[name].region = drawing.regions[name]


class _Drawing:
    """The nodes of a scope: `arrived` says from where, and with which region, each is reached."""

    def __init__(self, steps: Mapping[str, Any]) -> None:
        self.steps = {n: s for n, s in steps.items() if getattr(s, "bpmn_id", None) == n}
        self.starts = {n for n, s in self.steps.items() if s.node.kind == "startEvent"}
        self.arrived: dict[str, dict[str, tuple[str, Region]]] = {n: {} for n in self.steps}
        self.regions: dict[str, Region] = {}
        self.branches = {
            n: {flow.id for flow in s.flows} for n, s in self.steps.items() if _splits(s)
        }

    def spread(self) -> None:
        """From the start along all lines, until nothing changes; incomplete joins go last."""
        changes = dict.fromkeys(self.steps, 0)
        todo, joins = deque(sorted(self.starts)), deque[str]()
        while todo or joins:
            name, fresh = (todo.popleft(), True) if todo else (joins.popleft(), False)
            if fresh and self._expected(name) - self.arrived[name].keys():
                joins.append(name)
                continue
            region = self._region(name)
            if region != self.regions.get(name) and changes[name] < MOST_CHANGES:
                changes[name] += 1
                self.regions[name] = region
                for way, target, beyond in self._onwards(name):
                    self.arrived[target][way] = (name, beyond)
                    todo.append(target)

    def clear(self) -> set[str]:
        """The nodes whose region can be told."""
        clear: set[str] = set()
        todo = deque(sorted(self.starts))
        while todo:
            name = todo.popleft()
            if name not in clear and self._is_clear(name, clear):
                clear.add(name)
                todo.extend(target for _, target, _ in self._onwards(name))
        return clear

    def _region(self, name: str) -> Region:
        regions = [region for _, region in self.arrived[name].values()]
        if not regions:
            return ()
        return _joined(regions, self.branches) if self._joins(name) else _common(regions)

    def _is_clear(self, name: str, clear: set[str]) -> bool:
        arrived = self.arrived[name]
        if name in self.starts:
            return True
        if self._joins(name):
            whole = _joined([r for _, r in arrived.values()], self.branches, strict=True)
            return whole is not None and all(arrived[f][0] in clear for f in self._expected(name))
        region = self.regions[name]
        return any(source in clear and given == region for source, given in arrived.values())

    def _joins(self, name: str) -> bool:
        step = self.steps[name]
        return isinstance(step, Joining) and len(step.arrivals) > 1

    def _expected(self, name: str) -> set[str]:
        """The flows on which a join is reached without having passed it."""
        step = self.steps[name]
        if not isinstance(step, Joining):
            return set()
        return {flow.id for flow in step.arrivals if step.sources[flow.id] & self.starts}

    def _onwards(self, name: str) -> Iterator[tuple[str, str, Region]]:
        """(way, node, region there) for what is reached next."""
        step, region = self.steps[name], self.regions[name]
        for flow in step.flows:
            beyond = (*region, (name, frozenset({flow.id}))) if _splits(step) else region
            yield flow.id, flow.target, beyond
        for boundary in step.boundaries:
            beyond = region if boundary.interrupting else (*region, (boundary.name, frozenset()))
            yield boundary.name, boundary.name, beyond


def _splits(step: Any) -> bool:
    return isinstance(step, (Parallel, Inclusive)) and len(step.flows) > 1


def _common(regions: Iterable[Region]) -> Region:
    return common(tuple(regions))


def _joined(
    arrived: Iterable[Region], branches: Mapping[str, set[str]], *, strict: bool = False
) -> Any:
    """Behind a join: innermost splits first, the branches that meet are one branch again.

    When they do not fit together, what is common to them, or None if one must be `strict`.
    """
    regions = set(arrived)
    while len(regions) > 1:
        deepest = max(regions, key=len)
        around, fork = deepest[:-1], deepest[-1][0]
        met = {r for r in regions if r and r[:-1] == around and r[-1][0] == fork}
        names = frozenset[str]().union(*(r[-1][1] for r in met))
        whole = set(names) == branches.get(fork)
        if not whole and met != regions:
            return None if strict else _common(regions)
        regions = (regions - met) | {around if whole else (*around, (fork, names))}
    return next(iter(regions))
