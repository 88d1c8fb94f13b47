"""Regions: inside which branches of which parallel splits a node is drawn.

What lineage is to a token, a region is to a node: the splits that one must have passed, and not yet
joined, to be there. Between two nodes of one region a token may jump without leaving another token
behind or doing the work of a branch twice. Where the drawing does not tell (branches that are
merged without a join, joins of unrelated splits), the region is None, and nobody jumps there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from .gateways import Inclusive, Joining, Parallel

Region = tuple[tuple[str, frozenset[str]], ...]
MOST_VISITS = 40
"""Of one node, until its region is taken for one that cannot be told."""


def mark(steps: Mapping[str, Any]) -> None:
    """Give every step of a scope its region."""
    drawn = [step for name, step in steps.items() if getattr(step, "bpmn_id", None) == name]
    arrived: dict[str, dict[str, Region | None]] = {step.name: {} for step in drawn}
    visits = dict.fromkeys(arrived, 0)
    todo = deque(step for step in drawn if step.node.kind == "startEvent")
    joins: deque[Any] = deque()  # those that still miss an arrival go last
    for start in todo:
        arrived[start.name][""] = ()
    while todo or joins:
        step = todo.popleft() if todo else joins.popleft()
        if todo and len(arrived[step.name]) < len(step.arrivals):
            joins.append(step)
            continue
        visits[step.name] += 1
        region = None if visits[step.name] > MOST_VISITS else _inside(step, arrived[step.name])
        if visits[step.name] > 1 and region == step.region:
            continue
        step.region = region
        for way, target, beyond in _onwards(step, region):
            arrived[target][way] = beyond
            todo.append(steps[target])


def _inside(step: Any, arrived: Mapping[str, Region | None]) -> Region | None:
    regions = [region for region in arrived.values() if region is not None]
    if len(regions) < len(arrived):
        return None
    if isinstance(step, Joining) and len(step.arrivals) > 1:
        return _joined(set(regions), _branches_of(step))
    shortest = min(regions, key=len)
    return shortest if all(r[: len(shortest)] == shortest for r in regions) else None


def _branches_of(step: Any) -> dict[str, set[str]]:
    """The branches of every split in the scope of a step."""
    steps = step._wf_spec.task_specs.values()
    return {
        s.name: {flow.id for flow in s.flows}
        for s in steps if isinstance(s, (Parallel, Inclusive)) and len(s.flows) > 1
    }  # fmt: skip


def _joined(regions: set[Region], branches: Mapping[str, set[str]]) -> Region | None:
    """Behind a join: innermost splits first, the branches that meet are one branch again."""
    while len(regions) > 1:
        deepest = max(regions, key=len)
        around, fork = deepest[:-1], deepest[-1][0]
        met = {r for r in regions if r and r[:-1] == around and r[-1][0] == fork}
        names = frozenset[str]().union(*(r[-1][1] for r in met))
        whole = set(names) == branches.get(fork)
        if not whole and met != regions:
            return None
        regions = (regions - met) | {around if whole else (*around, (fork, names))}
    return next(iter(regions))


def _onwards(step: Any, region: Region | None) -> Iterator[tuple[str, str, Region | None]]:
    """(way, node, region there) for what a token reaches next."""
    splits = isinstance(step, (Parallel, Inclusive)) and len(step.flows) > 1
    for flow in step.flows:
        yield flow.id, flow.target, _into(region, step.name, flow.id) if splits else region
    for boundary in step.boundaries:
        aside = not boundary.interrupting
        beyond = _into(region, boundary.name, "") if aside else region
        yield boundary.name, boundary.name, beyond


def _into(region: Region | None, fork: str, branch: str) -> Region | None:
    return None if region is None else (*region, (fork, frozenset({branch})))
