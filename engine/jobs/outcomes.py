"""What a job's handler may answer. An exception is no answer: it means try again, then incident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Done:
    """The work is done (the same as answering None)."""


@dataclass(frozen=True)
class Later:
    """Not yet: ask again at `run_at`, or after `seconds`. What the handler wrote is kept."""

    run_at: datetime | None = None
    seconds: float = 60

    def moment(self, now: datetime) -> datetime:
        """When to ask again, at least a second from `now` so that nothing spins."""
        wanted = self.run_at or now + timedelta(seconds=self.seconds)
        return max(wanted, now + timedelta(seconds=1))


@dataclass(frozen=True)
class Refused:
    """It will never work; no retry, an incident that names the reason. What was written is kept."""

    code: str
    message: str


Outcome = Done | Later | Refused
