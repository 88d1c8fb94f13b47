"""The runtime: a definition and a state in, changes out. The one package that speaks SpiffWorkflow.

It is pure: no clock, no table, no outside. `start` and the methods of `Run` take the moment as an
argument and return `Changes`, which the host writes in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from . import adapting as _adapting
from . import state as _state
from .adapting import Adapted, Stand
from .definition import Definition, parse
from .model import (
    Changes,
    ClosedTask,
    Node,
    OpenTask,
    Passed,
    Place,
    ServiceCall,
    ThrownMessage,
    ThrownSignal,
    WaitingMessage,
)
from .run import Run
from .scopes import Instance
from .timers import Calendar

__all__ = [
    "Adapted",
    "Changes",
    "ClosedTask",
    "Definition",
    "Node",
    "OpenTask",
    "Passed",
    "Place",
    "Run",
    "ServiceCall",
    "Stand",
    "ThrownMessage",
    "ThrownSignal",
    "WaitingMessage",
    "adapt",
    "parse",
    "restore",
    "start",
]


def start(
    definition: Definition,
    data: Mapping[str, Any],
    *,
    at: datetime,
    message: str | None = None,
    calendar: Calendar | None = None,
) -> tuple[Run, Changes]:
    """A new instance, begun by a message or by nobody in particular; `at` is an aware moment.

    `calendar` counts the working days of timers such as `5 WD`; without one they are `Invalid`.
    """
    event = definition.start_event(message)
    instance = Instance(definition.specs[definition.key], definition.specs)
    instance.calendar = calendar
    run = Run(definition, instance)
    return run, run.begin(event, data, at, message)


def restore(definition: Definition, state: bytes, *, calendar: Calendar | None = None) -> Run:
    """The instance that `Changes.state` holds, also under a newer version of its process.

    Raises `Conflict`, naming the element, when the definition has no place for an open token.
    """
    return Run(definition, _state.load(definition, state, calendar))


def adapt(
    definition: Definition,
    before: Definition,
    state: bytes,
    mapping: Mapping[str, str],
    *,
    at: datetime,
    calendar: Calendar | None = None,
) -> tuple[Run, Changes, Adapted]:
    """Take an instance from the version `before` to another; `mapping` names renamed nodes.

    Raises `Conflict`, naming the element, when this version has no place for a token.
    """
    instance, dropped = _adapting.load(definition, state, mapping, calendar)
    run = Run(definition, instance)
    changes, begun = run.begin_listening(before, mapping, at=at)
    return run, changes, Adapted(dropped, begun)
