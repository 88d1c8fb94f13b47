"""What policy asks of a process's earlier acts, kept small beside its state.

It is bounded by the number of steps and people, not by the length of the history: which person bore
which duty at which node of a matter, and for each step how often it was entered and who answered it
last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.people.policy import Act

Step = tuple[str, str, str, str]
"""(matter, node, title, role): another gate's keeper is not this one's."""


@dataclass
class Memory:
    """`acts` by matter; `steps` maps a step to (times entered, who answered last).

    `rebuilt` says that an earlier release began the process: the runtime does not know all the
    steps that it passed.
    """

    acts: dict[str, list[Act]] = field(default_factory=dict)
    steps: dict[Step, tuple[int, int | None]] = field(default_factory=dict)
    rebuilt: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Memory:
        """As an instance keeps it."""
        acts = {matter: [Act(*one) for one in acts] for matter, acts in stored["acts"].items()}
        steps = {
            (step[0], step[1], step[2], step[3]): (times, last)
            for *step, times, last in stored["steps"]
        }
        return cls(acts, steps, stored.get("rebuilt", False))

    def stored(self) -> dict[str, Any]:
        """As an instance keeps it."""
        mark = {"rebuilt": True} if self.rebuilt else {}
        return mark | {
            "acts": {
                matter: [[act.person_id, act.duty, act.node] for act in acts]
                for matter, acts in self.acts.items()
            },
            "steps": [[*step, times, last] for step, (times, last) in self.steps.items()],
        }

    def acts_in(self, matter: str) -> Iterable[Act]:
        """Who bore which duty where in a matter."""
        return self.acts.get(matter, ())

    def entered(self, step: Step) -> int:
        """Note that a step is entered; the number of this round, from 1."""
        times, last = self.steps.get(step, (0, None))
        self.steps[step] = times + 1, last
        return times + 1

    def last(self, step: Step) -> int | None:
        """Who answered a step the last time."""
        return self.steps.get(step, (0, None))[1]

    def acted(self, step: Step, duty: str, *persons: int | None, answered: bool = True) -> None:
        """Note who acted at a step, the latest act last; the first is whose part it was.

        Who was only heard there (not `answered`) is not asked again when the step comes again.
        """
        matter, node = step[0], step[1]
        known = self.acts.setdefault(matter, [])
        for person in persons:
            act = Act(person, duty, node)
            if person is None:
                continue
            if act in known:
                known.remove(act)
            known.append(act)
        times, last = self.steps.get(step, (1, None))
        if answered and persons[0] is not None:
            last = persons[0]
        self.steps[step] = times, last

    def move(self, before: Step, now: Step) -> None:
        """A step has another title or role from now on (版本迁移)."""
        if before != now and before in self.steps:
            self.steps[now] = self.steps.pop(before)

    def rename(self, nodes: Mapping[str, str]) -> None:
        """Nodes have other names from now on (版本迁移)."""
        for acts in self.acts.values():
            acts[:] = [Act(one.person_id, one.duty, nodes.get(one.node, one.node)) for one in acts]
        self.steps = {
            (matter, nodes.get(node, node), title, role): kept
            for (matter, node, title, role), kept in self.steps.items()
        }
