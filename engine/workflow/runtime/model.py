"""What the runtime says to its host: nodes, open tasks, service calls, history, changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple


@dataclass(frozen=True)
class Node:
    """One element of a diagram that a token can be at.

    `process` is the id of the process that holds it, `kind` its BPMN tag (`userTask`), `lane` and
    `lane_name` the innermost lane, `properties` the named extension properties.
    """

    process: str
    id: str
    name: str
    kind: str
    lane: str | None = None
    lane_name: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    documentation: str = ""


@dataclass(frozen=True)
class OpenTask:
    """Human work that is open. `id` is unique within its instance and survives saving.

    `data` are copies of the token's data, made when they are asked for; `path` the call
    activities above it (keys of `Definition.nodes`, outermost first);
    `index` is the number of the instance (from 1) inside a multi-instance activity.
    """

    id: str
    node: Node
    data: Mapping[str, Any]
    path: tuple[str, ...] = ()
    index: int | None = None


class ClosedTask(NamedTuple):
    """A task that is no longer open."""

    id: str
    reason: Literal["completed", "withdrawn"]


@dataclass(frozen=True)
class ServiceCall:
    """A service task that was reached and waits for `Run.answer` or `Run.refuse`."""

    id: str
    node: Node
    operation: str
    parameters: dict[str, Any]
    path: tuple[str, ...] = ()


@dataclass(frozen=True)
class ThrownMessage:
    """A message that the process sends to the outside."""

    name: str
    payload: dict[str, Any]
    node: Node


@dataclass(frozen=True)
class ThrownSignal:
    """A signal that the process broadcasts; this instance has heard it already."""

    name: str
    payload: dict[str, Any]
    node: Node


class Passed(NamedTuple):
    """History: a token left a node at a moment by these sequence flows."""

    node: str
    process: str
    path: tuple[str, ...]
    at: datetime
    flows: tuple[str, ...]


@dataclass(frozen=True)
class WaitingMessage:
    """A message that something in the instance waits for."""

    name: str
    node: Node
    path: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A node of a running instance that a task may be sent to or called back to.

    `path` are the call activities above it, as in `OpenTask`; `scope` tells apart the runs of one
    sub-process (empty: the instance itself).
    """

    process: str
    node: str
    path: tuple[str, ...] = ()
    scope: str = ""


@dataclass(frozen=True)
class Changes:
    """What one act did to an instance; the host writes all of it in one transaction.

    `state` is the whole state afterwards. `error` is the code of an error that nothing caught and
    that therefore ended the instance. `thrown_signals` are for all other instances. `waits` is
    what the instance now waits for from outside: `message:name` and `signal:name`, sorted.
    """

    state: bytes
    opened: tuple[OpenTask, ...] = ()
    closed: tuple[ClosedTask, ...] = ()
    calls: tuple[ServiceCall, ...] = ()
    withdrawn_calls: tuple[str, ...] = ()
    thrown: tuple[ThrownMessage, ...] = ()
    thrown_signals: tuple[ThrownSignal, ...] = ()
    waits: tuple[str, ...] = ()
    next_due: datetime | None = None
    passed: tuple[Passed, ...] = ()
    finished: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
