"""Taking a running instance to another version of its process: names first, then what listens.

Tokens keep their places; a node may have another name in the new version. Events that listen at a
node are as the new version draws them: those that it does not know are dropped, those that it adds
begin now; those that both know keep their moment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.util.task import TaskState

from . import state as states
from .definition import Definition
from .model import Node
from .scopes import Instance
from .timers import Calendar
from .tokens import Token

CHILD = " [child]"
Document = dict[str, Any]


@dataclass(frozen=True)
class Stand:
    """Where a live token stands: work for people, a call, or an event that is waited for."""

    token: str
    node: Node
    kind: str


@dataclass(frozen=True)
class Adapted:
    """What adapting did to events by name: they listen no more, or they listen now."""

    dropped: tuple[str, ...]
    begun: tuple[str, ...]


def stands(instance: Instance) -> tuple[Stand, ...]:
    """Where the live tokens of an instance stand, oldest first; owners of inner scopes left out."""
    found = []
    for token in sorted(instance.everyone(), key=lambda one: int(one.id)):
        kind = _kind(instance, token)
        if kind:
            found.append(Stand(token.id, token.task_spec.node, kind))
    return tuple(found)


def _kind(instance: Instance, token: Token) -> str:
    if token._state == TaskState.READY and token.task_spec.manual:
        return "task"
    if token._state == TaskState.STARTED and hasattr(token.task_spec, "operation"):
        return "call"
    waits = token._state == TaskState.WAITING and "listens" not in token.info
    return "event" if waits and token.id not in instance.subprocesses else ""


def load(
    definition: Definition,
    data: bytes,
    mapping: Mapping[str, str],
    calendar: Calendar | None = None,
) -> tuple[Instance, tuple[str, ...]]:
    """The instance under the new version, and the names of the events that were dropped.

    `mapping` gives new names of nodes, as `process/node` to `process/node`. Raises `Conflict`,
    naming the element, when the new version has no place for a token.
    """
    document = states._read(data)
    for scope in document["scopes"]:
        _rename_scope(scope, mapping)
    _rename_undo(document, mapping)
    dropped = tuple(_drop(definition, document))
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return states.load(definition, text.encode(), calendar), dropped


def _process(spec: str) -> str:
    return spec.partition("/")[0]


def _renamed(process: str, name: str, mapping: Mapping[str, str]) -> str:
    node = name.removesuffix(CHILD)
    new = mapping.get(f"{process}/{node}")
    return name if new is None else new.rpartition("/")[2] + name[len(node) :]


def _rename_scope(scope: Document, mapping: Mapping[str, str]) -> None:
    process, _, inner = scope["spec"].partition("/")
    for token in scope["tokens"]:
        token[1] = _renamed(process, token[1], mapping)
    if "visited" in scope:
        visited = (_visit(one) for one in scope["visited"])
        scope["visited"] = [[_renamed(process, node, mapping), *came] for node, *came in visited]
    if inner:
        scope["spec"] = f"{process}/{_renamed(process, inner, mapping)}"


def _visit(entry: Any) -> list[Any]:
    """A visited node and its lineage; one that has none is kept as its name only."""
    return [entry] if isinstance(entry, str) else entry


def _rename_undo(document: Document, mapping: Mapping[str, str]) -> None:
    first = document["scopes"][0]
    holders = {one.get("owner", ""): one for one in document["scopes"]} | {"": first}
    for entry in document.get("undo", ()):
        _origin, owner, node = entry
        if owner in holders:
            entry[2] = _renamed(_process(holders[owner]["spec"]), node, mapping)


def _drop(definition: Definition, document: Document) -> Iterator[str]:
    """Take away what only listens and is not drawn any more, and visits of nodes that are gone."""
    for scope in document["scopes"]:
        spec = definition.specs.get(scope["spec"])
        known = spec.task_specs if spec is not None else {}
        gone = {one[0]: one[1] for one in scope["tokens"] if _is_lost(one, scope, known)}
        scope["tokens"] = [one for one in scope["tokens"] if one[0] not in gone]
        for one in scope["tokens"]:
            if "guarded" in one[3]:
                one[3]["guarded"] = [each for each in one[3]["guarded"] if each not in gone]
        if "visited" in scope:
            scope["visited"] = [one for one in scope["visited"] if one[0] in known]
        yield from gone.values()
    if "undo" in document:
        names = {name for spec in definition.specs.values() for name in spec.task_specs}
        document["undo"] = [one for one in document["undo"] if one[2] in names]


def _is_lost(token: list[Any], scope: Document, known: Mapping[str, Any]) -> bool:
    _id, name, _state, info, *_ = token
    if "guards" in info:
        guarded = next(one for one in scope["tokens"] if one[0] == info["guards"])
        step = known.get(guarded[1])
        return step is None or name not in {one.name for one in step.boundaries}
    return "listens" in info and name not in known


def drawn(definition: Definition, mapping: Mapping[str, str]) -> frozenset[tuple[str, str, str]]:
    """What listens where in a version, by the names of the next: process, activity, event."""
    return frozenset(
        (
            _process(key),
            _renamed(_process(key), at, mapping),
            _renamed(_process(key), name, mapping),
        )
        for key, spec in definition.specs.items()
        for at, name in _listening(spec)
    )


def _listening(spec: Any) -> Iterator[tuple[str, str]]:
    yield from (("", one.name) for one in spec.listeners)
    for step in spec.task_specs.values():
        yield from ((step.name, one.name) for one in getattr(step, "boundaries", ()))


def begin_listening(instance: Instance, before: frozenset[tuple[str, str, str]]) -> Iterator[str]:
    """Begin what this version lets listen and the one `before` did not; the names of the nodes.

    What both draw and does not listen any more has happened already.
    """
    for scope in list(instance.scopes()):
        process = _process(scope.spec.name)
        for spec in scope.spec.listeners:
            if (process, "", spec.name) not in before:
                scope.listen(spec, scope.current_facts())
                yield spec.name
        for token in [one for one in scope.tasks.values() if "listens" not in one.info]:
            for boundary in token.task_spec.boundaries:
                if (process, token.task_spec.name, boundary.name) not in before:
                    boundary.watch(token)
                    yield boundary.name
