# mypy: allow-subclassing-any
# (the library has no types)
"""A token: the library's Task, with shared immutable data, no prediction and no tree to walk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from . import sight
from .diagram import Flow
from .facts import NOTHING, Facts, Layers
from .lineage import Lineage

LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


class Token(Task):
    """One task of the library that is alive in a scope.

    Only live tokens are held. `facts` are its data, `info` (the library's internal data) what the
    engine must remember about it: JSON with process values. `lineage` says of which branches it
    comes; `origin` is the id of the human task from which it came without anything else happening.
    """

    def __init__(
        self,
        scope: Any,
        spec: Any,
        *,
        id_: str,
        facts: Facts = NOTHING,
        state: int = TaskState.FUTURE,
    ) -> None:
        self._state: int = state
        self.facts = facts
        self.came_by: Flow | None = None
        self.lineage: Lineage = ()
        self.origin: int | None = None
        super().__init__(scope, spec, state=state, id=id_)
        self.info: dict[str, Any] = self.internal_data
        """What the engine remembers about this token."""

    @property
    def data(self) -> Mapping[str, Any]:
        """The library's view of the data; it is never written through."""
        return self.facts.plain

    @data.setter
    def data(self, value: Mapping[str, Any]) -> None:
        if value:
            self.write(value)

    @property
    def view(self) -> Mapping[str, Any]:
        """What expressions at this token see: its data, then the data objects in sight."""
        if self.task_spec.takes is not None:
            return self.given
        objects = sight.objects(self.workflow)
        return Layers(self.facts.plain, objects) if objects else self.facts.plain

    @property
    def given(self) -> Mapping[str, Any]:
        """Its data, as far as its node takes them."""
        takes = self.task_spec.takes
        return self.facts.plain if takes is None else self.facts.only(takes).plain

    def write(self, values: Mapping[str, Any]) -> None:
        """Write values (already cleaned) as one step."""
        self.facts = self.facts.written(values, self.workflow.top_workflow.step())

    def is_live(self) -> bool:
        """Whether it is still held by its scope."""
        return self.workflow.tasks.get(self.id) is self and bool(self._state & LIVE)

    def complete(self) -> None:
        """Its work is done; a token that was withdrawn meanwhile goes nowhere."""
        if self.is_live():
            super().complete()

    def touch(self) -> None:
        """Something has happened to it: what it came from cannot be taken back any more."""
        if self.origin is not None:
            self.workflow.top_workflow.undo.pop(self.origin, None)
            self.origin = None

    def cancel(self) -> None:
        """Withdraw it with everything that depends on it."""
        if self.is_live():
            self.touch()
            self._set_state(TaskState.CANCELLED)
            self.workflow.drop(self)
            self.task_spec.withdrawn(self)

    def _set_state(self, value: int) -> None:
        """Change the state and tell the scope, without the library's logging of every change."""
        if value != self._state:
            self._state = value
            self.workflow.state_changed(self)

    def _inherit_data(self) -> None:
        """Data come with the token, not from a parent."""

    def _child_added_notify(self, child: Task) -> None:
        """Scopes hold tokens; there is no tree."""
