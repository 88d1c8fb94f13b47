"""Plays one instance in tests, saving and restoring it after every step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.workflow import runtime
from engine.workflow.runtime import Changes, Definition, OpenTask
from engine.workflow.runtime.timers import Calendar

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Player:
    """`changes` are those of the last step; time moves only by `wait`."""

    def __init__(
        self,
        files: Mapping[str, bytes] | Definition,
        data: Mapping[str, Any] | None = None,
        *,
        message: str | None = None,
        key: str = "p",
        calendar: Calendar | None = None,
    ) -> None:
        self.calendar = calendar
        self.definition = files if isinstance(files, Definition) else runtime.parse(key, files)
        self.at = AT
        self.history: list[str] = []
        run, changes = runtime.start(
            self.definition, data or {}, at=self.at, message=message, calendar=calendar
        )
        self.run = run
        self._keep(changes)

    def _keep(self, changes: Changes) -> Player:
        self.changes = changes
        self.history += [passed.node for passed in changes.passed]
        opened = self.run.open_tasks()
        self.run = runtime.restore(self.definition, changes.state, calendar=self.calendar)
        assert self.run.open_tasks() == opened
        assert self.run.next_due() == changes.next_due
        assert self.run.waits() == changes.waits
        return self

    @property
    def open(self) -> list[str]:
        """The node ids of the open tasks."""
        return sorted(task.node.id for task in self.run.open_tasks())

    def task(self, node: str, n: int = 0) -> OpenTask:
        return [task for task in self.run.open_tasks() if task.node.id == node][n]

    def do(self, node: str, n: int = 0, /, **outputs: Any) -> Player:
        return self._keep(self.run.complete(self.task(node, n).id, outputs, at=self.at))

    def answer(self, n: int = 0, /, **outputs: Any) -> Player:
        call = self.run.open_calls()[n]
        return self._keep(self.run.answer(call.id, outputs, at=self.at))

    def refuse(self, code: str) -> Player:
        return self._keep(self.run.refuse(self.run.open_calls()[0].id, code, at=self.at))

    def say(self, message: str, /, **payload: Any) -> Player:
        return self._keep(self.run.correlate(message, payload, at=self.at))

    def signal(self, name: str, /, **payload: Any) -> Player:
        return self._keep(self.run.signal(name, payload, at=self.at))

    def wait(self, **span: float) -> Player:
        self.at += timedelta(**span)
        return self._keep(self.run.fire_due(at=self.at))

    def move(self, node: str, to: str, **keywords: Any) -> Player:
        return self._keep(self.run.move(self.task(node).id, to, at=self.at, **keywords))

    def back(self, node: str, to: str, n: int = 0, /, **outputs: Any) -> Player:
        """Complete a task with a return that the diagram leads to `to`."""
        task = self.task(node, n).id
        return self._keep(self.run.complete(task, outputs, at=self.at, back_to=to))

    def recall(self, node: str) -> Player:
        place = next(place for place in self.run.recalls() if place.node == node)
        return self._keep(self.run.recall(place, at=self.at))

    def shift(self, **span: float) -> Player:
        return self._keep(self.run.shift(timedelta(**span), at=self.at))

    def ways_back(self, node: str, n: int = 0) -> list[str]:
        return [place.node for place in self.run.ways_back(self.task(node, n).id)]

    def may_move(self, node: str, n: int = 0) -> set[str]:
        return {place.node for place in self.run.may_move(self.task(node, n).id)}

    @property
    def recalls(self) -> list[str]:
        """The nodes that may be called back."""
        return [place.node for place in self.run.recalls()]
