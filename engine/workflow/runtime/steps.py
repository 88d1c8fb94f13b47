"""What every node of a diagram does with a token: let it in, guard it, let it out.

These classes stand in front of the library's task specifications; see `makers` for the pairing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict

from . import sight
from .diagram import Flow
from .model import Node
from .tokens import Token

if TYPE_CHECKING:
    from .events import Boundary, Trigger
    from .expressions import Formula
    from .regions import Region


class Step:
    """A node. `flows` leave it, `arrivals` lead to it, `boundaries` sit on it.

    `inputs` are its properties `input.<name>`: what it hands on, as expressions over its data.
    `region` says inside which parallel branches it is drawn (None: that cannot be told); a step
    that is `aside` runs beside the rest of its scope and meets nothing of it.
    `reads` and `writes` are its associations with data objects, `takes` and `gives` the names
    of its data inputs and outputs, if it specifies them; see `dataflow`.
    """

    name: str
    bpmn_id: str
    node: Node
    manual: bool
    flows: tuple[Flow, ...] = ()
    arrivals: tuple[Flow, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
    inputs: Mapping[str, Formula] = MappingProxyType({})
    reads: tuple[tuple[str, str], ...] = ()
    writes: tuple[tuple[str, str], ...] = ()
    takes: tuple[str, ...] | None = None
    gives: tuple[str, ...] | None = None
    region: Region | None = None
    aside = False

    @property
    def human(self) -> bool:
        """Whether it is a task for people, or a loop of such tasks (but no instance of a loop)."""
        return bool(self.manual) and self.name == self.bpmn_id

    # ---- the library's hooks

    def _predict(self, *_: Any, **__: Any) -> None:
        """Nothing is predicted: tokens come into being when they arrive."""

    def test(self) -> None:
        """Diagrams are checked when they are parsed."""

    def _update_hook(self, token: Token) -> bool:
        self.take_in(token)
        return self.arrive(token)

    def _on_complete(self, token: Token) -> None:
        release(token)
        self.give_out(token)
        token.workflow.leave(token, self.taken(token))

    # ---- ours

    def arrive(self, token: Token) -> bool:
        """A token arrives; true when it may go on at once."""
        self.guard(token)
        return True

    @property
    def copies(self) -> tuple[str, ...]:
        """The names under which data objects are copied to a token that is here."""
        return tuple(variable for _, variable in self.reads)

    def take_in(self, token: Token) -> None:
        """Copy data objects to a token that enters; `Conflict` when a data input is missing."""
        if self.reads:
            seen = sight.objects(token.workflow)
            token.write({variable: seen.get(name) for name, variable in self.reads})
        for name in self.takes or ():
            if name not in token.facts.cells:
                title = self.node.name or self.bpmn_id
                raise Conflict(
                    "“{title}”缺少数据“{name}”。", title=title, name=name, element=self.bpmn_id
                )

    def give_out(self, token: Token) -> None:
        """Move what a finished token brings into data objects, and drop its copies of them."""
        facts = token.facts
        for variable, name in self.writes:
            if variable in facts.cells:
                sight.holder(token.workflow, name).objects[name] = facts.cells[variable]
        gone = (*self.copies, *(variable for variable, _ in self.writes))
        token.facts = facts.without(gone) if gone else facts

    def kept(self, token: Token, outputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The part of its results that the node gives; `Conflict` when a data output is missing."""
        if self.gives is None:
            return outputs
        for name in self.gives:
            if name not in outputs and name not in token.facts.cells:
                title = self.node.name or self.bpmn_id
                raise Conflict(
                    "“{title}”没有给出数据“{name}”。", title=title, name=name, element=self.bpmn_id
                )
        return {name: outputs[name] for name in self.gives if name in outputs}

    def guard(self, token: Token) -> None:
        """Let the boundary events watch a token that enters this activity."""
        for boundary in self.boundaries:
            boundary.watch(token)

    def given(self, token: Token) -> dict[str, Any]:
        """What the node hands to a called process, a service or the receiver of a message."""
        return {name: formula.value(token.view) for name, formula in self.inputs.items()}

    def taken(self, token: Token) -> Iterable[Flow]:
        """The sequence flows that a finished token takes."""
        return self.flows

    def withdrawn(self, token: Token) -> None:
        """A token was withdrawn from here."""
        release(token)


class Plain(Step):
    """A start event: whoever starts the scope has already waited for its triggers."""

    triggers: tuple[Trigger, ...] = ()


class Person(Step):
    """A task that a person does."""


def release(token: Token) -> None:
    """The boundary events that watch a token stop watching."""
    for guard_id in token.info.pop("guarded", ()):
        guard = token.workflow.tasks.get(guard_id)
        if guard is not None:
            guard.cancel()


def wait(token: Token) -> None:
    """The token waits for something outside."""
    token._set_state(TaskState.WAITING)
