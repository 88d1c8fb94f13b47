"""Regions: inside which branches of which parallel splits a node is drawn.

What lineage is to a token, a region is to a node: the splits that one must have passed, and not yet
joined, to be there. Between two nodes of one region a token may jump without leaving another token
behind or doing the work of a branch twice. Where the drawing does not tell (branches that are
merged without a join, joins of unrelated splits), the region is None, and nobody jumps there.

A line that comes back to a node from behind it says nothing about where the node is drawn. What is
common to all other lines that lead there is its region, if one of them has just that, or if the
node joins all that was split.
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
        self.expected = self._forwards()

    def spread(self) -> None:
        """From the start along all lines; a node goes on when all that must come has come."""
        changes = dict.fromkeys(self.steps, 0)
        todo, late = deque(sorted(self.starts)), list[str]()
        while todo or late:
            fresh = bool(todo)
            name = todo.popleft() if fresh else late.pop(self._soonest(late))
            if fresh and self.expected[name] - self.arrived[name].keys():
                late.append(name)
                continue
            region = self._region(name)
            if region != self.regions.get(name) and changes[name] < MOST_CHANGES:
                changes[name] += 1
                self.regions[name] = region
                for way, target, beyond in self._onwards(name):
                    self.arrived[target][way] = (name, beyond)
                    todo.append(target)

    def _soonest(self, late: list[str]) -> int:
        """Of nodes that wait for each other one that can be told in part: no join."""
        return next((n for n, name in enumerate(late) if not self._joins(name)), 0)

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
        came = self._came(name)
        if not came:
            return ()
        return _joined(came, self.branches) if self._joins(name) else common(tuple(came))

    def _came(self, name: str) -> list[Region]:
        """The regions from which a node is reached, but not from behind it."""
        return [r for way, (_, r) in self.arrived[name].items() if way in self.expected[name]]

    def _is_clear(self, name: str, clear: set[str]) -> bool:
        if name in self.starts:
            return True
        came = {self.arrived[name][way] for way in self.expected[name]}
        if self._joins(name):
            whole = _joined(self._came(name), self.branches, strict=True)
            return whole is not None and all(source in clear for source, _ in came)
        return any(source in clear and r == self.regions[name] for source, r in came)

    def _joins(self, name: str) -> bool:
        step = self.steps[name]
        return isinstance(step, Joining) and len(step.arrivals) > 1

    def _forwards(self) -> dict[str, set[str]]:
        """For each node the ways on which it is reached without having passed it."""
        ways: dict[str, dict[str, str]] = {n: {} for n in self.steps}
        for name, step in self.steps.items():
            for way, target in _ways_on(step):
                ways[target][way] = name
        return {name: self._first(name, came) for name, came in ways.items()}

    def _first(self, name: str, came: Mapping[str, str]) -> set[str]:
        if len(came) < 2:
            return set(came)
        seen, todo = set(self.starts) - {name}, list(self.starts - {name})
        while todo:
            for _, target in _ways_on(self.steps[todo.pop()]):
                if target not in seen and target != name:
                    seen.add(target)
                    todo.append(target)
        return {way for way, source in came.items() if source in seen}

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


def _ways_on(step: Any) -> list[tuple[str, str]]:
    return [(flow.id, flow.target) for flow in step.flows] + [
        (boundary.name, boundary.name) for boundary in step.boundaries
    ]


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
            return None if strict else common(tuple(regions))
        regions = (regions - met) | {around if whole else (*around, (fork, names))}
    return next(iter(regions))
