"""Is a scope sound? Asked of its workflow net, independently of the runtime.

Sound is what can always come to its end, leaves no token behind, has no flow with two tokens, and
no node that nothing ever reaches (van der Aalst's soundness, for tokens that end events consume).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.workflow.runtime.diagram import Scope

from .finding import Path, Severity
from .net import Net
from .search import BOUND, Move, Search
from .structure import closure, following, reached

UNPLAYED = {"linkEventDefinition", "compensateEventDefinition"}
Fault = tuple[str, Severity, str, str, str, Path]
"""Element, severity, rule, message in Chinese and in English, and the way there."""


def is_played(scope: Scope) -> bool:
    """Whether the net says what a scope does: no jumps, no gateways with rules of their own."""
    return not any(
        element.kind == "complexGateway"
        or element.xml.get("isForCompensation") == "true"
        or UNPLAYED.intersection(element.definitions)
        for element in scope.elements.values()
    )


def check(scope: Scope) -> Iterator[Fault]:
    """Whether a scope can get stuck, do something twice, never do something, or never end."""
    net = Net(scope).reduce()
    search = Search(net).run()
    bounded = search.bounded
    if bounded:
        yield _bounded(scope)
        search = Search(net, hasty=True).run()
    stuck = list(_deadlocks(scope, search))
    endless = None if bounded else search.endless()
    if endless is not None:
        stuck.append(_endless(scope, search, endless))
    yield from stuck
    yield from _crowded(scope, search)
    if not bounded:
        yield from _dead(scope, search, "warning" if stuck else "error")


def _named(scope: Scope, id_: str) -> str:
    return scope.elements[id_].name or id_


def _deadlocks(scope: Scope, search: Search) -> Iterator[Fault]:
    seen: set[str] = set()
    for marking in search.deadlocks():
        for id_ in search.stuck(marking):
            if id_ not in seen:
                seen.add(id_)
                yield (
                    id_, "error", "deadlock",
                    f"“{_named(scope, id_)}”可能永远等不齐流入的分支，流程会卡住。",
                    f"“{_named(scope, id_)}” may wait for ever for one of its branches.",
                    _until(search.path(marking), id_),
                )  # fmt: skip


def _crowded(scope: Scope, search: Search) -> Iterator[Fault]:
    seen: set[str] = set()
    none: tuple[Move, ...] = ()
    found = [(marking, step, none) for marking, step in search.crowded()]
    found += [
        (marking, step, tuple(search.onward(step.to or 0, arc)))
        for marking, step, arc in search.repeated()
    ]
    for marking, step, then in found:
        last = then[-1].node if then else step.move.node
        if last not in seen:
            seen.add(last)
            path = search.path(marking, step.move, *then)
            yield (
                last, "error", "lack_of_synchronisation",
                f"“{_named(scope, last)}”没有等齐并行的分支，后面的步骤可能重复执行。",
                f"“{_named(scope, last)}” does not wait for all branches: steps may be done twice.",
                path,
            )  # fmt: skip


def _dead(scope: Scope, search: Search, severity: Severity) -> Iterator[Fault]:
    """What never happens; only a warning where that comes of what gets stuck before it."""
    enabled, known = search.enabled() | _triggered(scope), reached(scope)
    for element in scope.elements.values():
        if element.kind in {"exclusiveGateway", "eventBasedGateway"} and element.id in enabled:
            back = [f.target for f in scope.outgoing.get(element.id, ()) if f.returns]
            enabled |= closure(back, lambda node: following(scope, node))
    if any(
        True for _ in search.crowded()
    ):  # what comes after two tokens on a flow was not looked at
        enabled = closure(enabled, lambda node: following(scope, node))
    for id_ in scope.elements:
        if id_ not in enabled and id_ in known:
            yield (
                id_, severity, "dead_task",
                f"“{_named(scope, id_)}”永远不会被执行。",
                f"“{_named(scope, id_)}” can never happen.",
                (),
            )  # fmt: skip


def _triggered(scope: Scope) -> set[str]:
    """Event sub-processes, which no flow leads to."""
    return {element.id for element in scope.elements.values() if element.triggered}


def _endless(scope: Scope, search: Search, marking: int) -> Fault:
    id_ = search.stuck(marking)[0]
    return (
        id_, "error", "no_proper_completion",
        f"流程走到“{_named(scope, id_)}”以后，永远到不了结束。",
        f"From “{_named(scope, id_)}” on, the process can never end.",
        _until(search.path(marking), id_),
    )  # fmt: skip


def _bounded(scope: Scope) -> Fault:
    return (
        scope.id, "warning", "state_space_bound",
        f"并行的可能超过 {BOUND} 种，只查了是否会卡住，没有查完其他问题。",
        f"More than {BOUND} combinations: only whether it gets stuck was decided, not the rest.",
        (),
    )  # fmt: skip


def _until(path: Sequence[str], id_: str) -> Path:
    """The path, with the element where it ends."""
    return tuple(path) if path and path[-1] == id_ else (*path, id_)
