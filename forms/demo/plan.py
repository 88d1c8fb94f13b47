"""Which projects the demonstration has, and how far each of them goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.workflow.models import Task
from forms.demo.files import read
from forms.demo.topics import Topic, topic

STAGES = ("declaration", "budget", "implementation", "closure")
# About how many acts each stage takes, by type: only the pace depends on it.
LENGTHS = {
    "construction": (17, 13, 10, 12),
    "industry": (13, 14, 10, 12),
    "service": (9, 12, 10, 12),
}
YEARLY = 9
DRAFT, CLOSED = "draft", "closed"


@dataclass(frozen=True)
class Plan:
    """A project and where it stops: `stop` is draft, closed, or an open task's stage and node."""

    topic: Topic
    unit: str
    first_year: int
    last_year: int
    stop: str
    year: int
    pilot: bool = False
    returns: str = ""
    rejects: str = ""
    overspend: bool = False
    rectify: bool = False
    late: bool = False
    weak: int = 0
    round: int = 1

    @property
    def stage(self) -> str:
        """The stage in which it stops; the last one for what is closed."""
        stage = self.stop.partition(" ")[0]
        return stage if stage in STAGES else STAGES[-1]

    @property
    def node(self) -> str:
        """The node at which it stops; empty when it goes on to its end."""
        return self.stop.partition(" ")[2]

    @property
    def in_season(self) -> bool:
        """Whether it stops at what has its date in the fiscal year, not in the run-up to it."""
        return self.stage == STAGES[-1] or (
            self.stage == "implementation" and not self.node.startswith("gate/")
        )

    @property
    def length(self) -> int:
        """About how many acts it takes."""
        lengths = LENGTHS[self.topic.type]
        place = STAGES.index(self.stage)
        half = lengths[place] if self.stop == CLOSED else lengths[place] // 2
        return sum(lengths[:place]) + half + YEARLY * (self.year - self.first_year)

    def stops_at(self, task: Task, stage: str, year: int) -> bool:
        """Whether this open task is the one that is left to the people."""
        if task.node != self.node or year != self.year or task.round < self.round:
            return False
        # A rectification goes on beside the stages: monitoring may have ended meanwhile.
        return stage == self.stage or task.node.startswith("rectification/")


def plans() -> list[Plan]:
    """All sixty, in their order."""
    return [_plan(dict(one)) for one in read("projects")]


def _plan(told: dict[str, Any]) -> Plan:
    first, last = told.pop("years")
    return Plan(
        topic=topic(told.pop("topic")),
        first_year=first,
        last_year=last,
        year=told.pop("year", last),
        **told,
    )
