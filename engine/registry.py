"""Wiring upwards without importing upwards: rooms register here what diagrams and jobs may name.

Six kinds of operation, most called `room.verb_noun`:

- service  a service task's handler, in the commit that reaches it; by a job if it reaches outside
- guard    a user task's `requires`: may this answer be given now?
- effect   a user task's `effect`: what the answer means, in the same transaction
- prefill  a user task's `prefill`: what its form starts with
- job      a handler of queued machine work
- visible  by a kind of subject (`project`): the matter of one such thing, if a person may see it

Deploying refuses a diagram that names an operation which is not registered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Literal, TypeVar

from engine.errors import NotFound

Kind = Literal["service", "guard", "effect", "prefill", "job", "visible"]
Handler = TypeVar("Handler", bound=Callable[..., Any])

_operations: dict[tuple[Kind, str], Callable[..., Any]] = {}


def register(kind: Kind, name: str) -> Callable[[Handler], Handler]:
    """Decorator: make a function known under `name`; a second one of that name is refused."""

    def keep(handler: Handler) -> Handler:
        known = _operations.setdefault((kind, name), handler)
        if known is not handler and known.__qualname__ != handler.__qualname__:
            raise ValueError(f"two {kind} operations are called {name}")
        return handler

    return keep


def service(name: str) -> Callable[[Handler], Handler]:
    """Register the handler of a service task."""
    return register("service", name)


def guard(name: str) -> Callable[[Handler], Handler]:
    """Register a user task's guard."""
    return register("guard", name)


def effect(name: str) -> Callable[[Handler], Handler]:
    """Register a user task's effect."""
    return register("effect", name)


def prefill(name: str) -> Callable[[Handler], Handler]:
    """Register what a user task's form starts with."""
    return register("prefill", name)


def job(name: str) -> Callable[[Handler], Handler]:
    """Register the handler of queued machine work."""
    return register("job", name)


def visible(name: str) -> Callable[[Handler], Handler]:
    """Register who may see the things of one kind: (session, person, number) to matter or None."""
    return register("visible", name)


def find(kind: Kind, name: str) -> Callable[..., Any]:
    """The operation called `name`; `NotFound` if no room registered it."""
    if (kind, name) not in _operations:
        load()
    try:
        return _operations[kind, name]
    except KeyError:
        raise NotFound("没有名为 {name} 的操作", name=name) from None


def names(kind: Kind) -> set[str]:
    """All registered names of one kind."""
    load()
    return {name for known, name in _operations if known == kind}


def operations() -> set[str]:
    """All names that a diagram may use."""
    return names("service") | names("guard") | names("effect") | names("prefill")


@cache
def load() -> None:
    """Import every room that registers (entry points `bihuan.rooms`)."""
    for entry in entry_points(group="bihuan.rooms"):
        entry.load()
