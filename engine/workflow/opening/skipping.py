"""When the machine answers a step that opens, and for whom (rules.md F.15; 直达 of F.9)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.people import queries as people
from engine.workflow.memory import Memory, Step
from engine.workflow.models import Instance, Task
from engine.workflow.properties import NodeFacts


@dataclass(frozen=True)
class Skip:
    """The machine answers for a person (None: in its own name), and why."""

    person_id: int | None
    reason: str


def step_of(task: Task) -> Step:
    """How the memory knows a task's step."""
    return task.matter, task.node, task.title, task.role


@dataclass(frozen=True)
class Question:
    """A step that opens: its rows, what the diagram says of it, and the only person named, if one.

    `nobody` says that a source was named and nobody was found.
    """

    session: Session
    instance: Instance
    memory: Memory
    facts: NodeFacts
    task: Task
    only: int | None
    nobody: bool

    def skip(self) -> Skip | None:
        """Whether the machine answers: a direct return, nobody there, or a duplicate."""
        direct = self._direct()
        if "approve" not in self.facts.verbs:
            return None
        return self._duplicate() or (self._straight() if direct else None) or self._deserted()

    def _direct(self) -> bool:
        """Whether a correction goes straight back past this step; it has arrived at its end."""
        direct = self.instance.direct
        if not direct or direct["matter"] != self.task.matter:
            return False
        if self.task.node == direct["to"]:
            self.instance.direct = None
            return False
        return True

    def _straight(self) -> Skip | None:
        last = self.memory.last(step_of(self.task))
        if self.task.duty == "handle" or last is None or not self.facts.opinion_only:
            return None
        # What several came to is nobody's own word: the last to speak may have been against it.
        return Skip(None if self.task.signed else last, "直达退回人，沿用上次意见")

    def _deserted(self) -> Skip | None:
        if self.nobody and self.facts.empty == "skip" and self.facts.automatic:
            return Skip(None, "没有可以办理的人员，按流程设置跳过")
        return None

    def _duplicate(self) -> Skip | None:
        mode, task = self.facts.duplicate, self.task
        if mode == "none" or task.signed or not self.facts.opinion_only or not self.facts.automatic:
            return None
        only = self.only or task.assignee_id or self._only_holder()
        if only is None:
            return None
        if mode in ("starter", "any") and only == self.instance.party_id:
            return Skip(only, "与发起人相同，自动跳过")
        acts = [act for act in self.memory.acts_in(task.matter) if act.node != task.node]
        if mode == "previous" and acts and acts[-1].person_id == only:
            return Skip(only, "与上一步办理人相同，自动跳过")
        if mode == "any" and any(act.person_id == only for act in acts):
            return Skip(only, "已在本事项中审批过，自动跳过")
        return None

    def _only_holder(self) -> int | None:
        holders = people.holders(self.session, self.facts.role, self.task.unit_path)
        found = {one.id for one in holders}
        return found.pop() if len(found) == 1 else None
