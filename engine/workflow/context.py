"""What guards, effects, prefills and services are told about where the process stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TaskContext:
    """A task about to be answered (or shown): its instance, its data, the verb given.

    `subject` is the instance's (`project:12`), `data` the process data at the task, `actor_id` the
    person acting.
    """

    task_id: int
    instance_id: int
    deployment_id: int
    node: str
    subject: str
    data: Mapping[str, Any]
    round: int
    actor_id: int | None = None
    verb: str = ""
    opinion: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def subject_id(self) -> int:
        """The number in `subject`."""
        return int(self.subject.partition(":")[2])


@dataclass(frozen=True)
class CallContext:
    """A service task that was reached: its parameters by FEEL.

    One that was parked for a job has a number, and an idempotency key for outside effects.
    """

    call_id: int | None
    instance_id: int
    deployment_id: int
    operation: str
    subject: str
    parameters: Mapping[str, Any]
    key: str

    @property
    def subject_id(self) -> int:
        """The number in `subject`."""
        return int(self.subject.partition(":")[2])
