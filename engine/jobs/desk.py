"""Where slow work and work with effects outside the database is done: no transaction is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from engine.jobs.outcomes import Outcome
from engine.settings import Settings
from engine.work import Work, reading


@dataclass(frozen=True)
class Desk:
    """What an outside handler is given besides the job's `arg`.

    `key` is the same on every attempt: send it along as the idempotency key, since an outside
    effect may happen more than once. `heartbeat` extends the lease now and raises `LeaseLost`
    when another worker has taken over; while the handler runs the lease is also extended by
    itself.
    """

    engine: Engine
    settings: Settings
    key: str
    attempt: int
    now: datetime
    heartbeat: Callable[[], None]

    def reading(self) -> AbstractContextManager[Session]:
        """A session for queries only."""
        return reading(self.engine)


Finish = Callable[[Work], Outcome | None]
Outside = Callable[[Desk, Mapping[str, Any]], Finish | None]
Handler = TypeVar("Handler", bound=Callable[..., Any])

_outside: set[Callable[..., Any]] = set()


def outside(handler: Handler) -> Handler:
    """Decorator under `registry.job`: the handler is called with a `Desk`, outside a transaction.

    It answers with a function of the work, which runs in the one transaction that also marks the
    job done, and only if this worker still holds the lease.
    """
    _outside.add(handler)
    return handler


def is_outside(handler: Callable[..., Any]) -> bool:
    """Whether the handler wants a desk instead of a work."""
    return handler in _outside
