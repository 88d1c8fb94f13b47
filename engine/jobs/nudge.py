"""The nudge after a commit: tells a waiting worker that there is something to do.

A process that wants to nudge calls `install` at its start. Without it, or when the broker is
away, nothing is lost: the sweeper finds every job within a second.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from engine.jobs.models import Job
from engine.settings import Settings
from engine.work import Work

log = logging.getLogger(__name__)

_send: Callable[[int], None] | None = None


def install(settings: Settings) -> None:
    """Nudge workers through the installation's broker from now on, in this process."""
    from engine.jobs.app import sender  # Celery is loaded only by processes that nudge

    use(sender(settings))


def use(send: Callable[[int], None] | None) -> None:
    """Nudge by calling `send` with a job's id; None: not at all."""
    global _send
    _send = send


@dataclass(frozen=True)
class Nudge:
    """One message about one new job; the worker that gets it runs whatever else is due."""

    send: Callable[[int], None]
    job: Job

    def __call__(self) -> None:
        """Send it; a broker that is away costs speed, never a job."""
        try:
            self.send(self.job.id)
        except Exception:  # noqa: BLE001 - the act is committed and must not seem to have failed
            log.debug("no nudge for job %s: the broker does not answer", self.job.id)


def after(work: Work, job: Job) -> None:
    """Nudge once after this work's commit, however many jobs it enqueues."""
    if _send and not any(isinstance(call, Nudge) for call in work.after_commit):
        work.after_commit.append(Nudge(_send, job))
