"""Activities that are no human work: services, decisions, inner processes, loops."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict

from .alarms import go_on_or_stop
from .events import Trigger, Waiting
from .expressions import Decision, Formula
from .facts import Layers
from .steps import Step, release
from .tokens import Token

MOST_INSTANCES = 1000
"""Of one loop: each is a token and a row, made while the instance is locked."""


class Service(Step):
    """A service task parks: the host does the work and answers."""

    operation: str
    parameters: dict[str, Formula]
    result: str | None

    def values(self, token: Token) -> dict[str, Any]:
        """The parameters over the token's data."""
        given = {name: p.value(token.view) for name, p in self.parameters.items()}
        return given | self.given(token)

    def _run_hook(self, token: Token) -> None:
        """Parked: neither done nor failed."""


class Rule(Step):
    """A business rule task: one decision over the token's data."""

    decision: Decision

    def _run_hook(self, token: Token) -> bool:
        token.write(self.kept(token, self.decision.outcome(token.view, self.bpmn_id)))
        return True


class Inside(Step):
    """A sub-process or call activity: a scope of its own."""

    inner: str
    starts: tuple[str, ...]

    def arrive(self, token: Token) -> bool:
        """Open the scope and begin it."""
        self.guard(token)
        self.begin(token)
        return False

    def begin(self, token: Token) -> None:
        """Run the inner process until it waits."""
        token._set_state(TaskState.STARTED)
        top = token.workflow.top_workflow
        scope = top.open_scope(token, top.subprocess_specs[self.inner])
        given = self.given(token)
        scope.local = tuple(given)
        facts = token.facts.written(given, top.step())
        if self.takes is not None:
            facts = facts.only((*self.takes, *given))
        scope.begin(facts, *self.starts)

    def withdrawn(self, token: Token) -> None:
        """The scope goes with it."""
        super().withdrawn(token)
        scope = token.workflow.top_workflow.subprocesses.pop(token.id, None)
        if scope is not None:
            scope.completed = True
            scope.clear()

    def _run_hook(self, token: Token) -> bool:
        return True


class Triggered(Inside, Waiting):
    """An event sub-process: a listener in its scope until its start event happens."""

    interrupting: bool
    aside = True

    def wait_for_trigger(self, listener: Token) -> None:
        """Listen from the beginning of the scope."""
        self.listen(listener)

    def fire(self, token: Token, trigger: Trigger, payload: dict[str, Any]) -> None:
        """Run the sub-process, in place of everything else in the scope if it interrupts."""
        scope, listener = token.workflow, token
        facts = scope.current_facts()
        if self.interrupting:
            scope.clear()
        else:
            go_on_or_stop(listener, trigger)
        facts = facts.written(trigger.received(payload), scope.top_workflow.step())
        scope.enter(self, facts)


class Loop(Step):
    """A multi-instance activity; its instances are tokens at `child` that know it as their loop."""

    child: Any
    sequential: bool
    collection: Formula | None
    cardinality: Formula | None
    item: str | None
    output: str | None
    output_item: str | None
    enough: Formula | None

    def arrive(self, token: Token) -> bool:
        """Count the instances and start them: all, or the first."""
        self.guard(token)
        items = self._items(token)
        if len(items) > MOST_INSTANCES:
            raise Conflict(
                "“{title}”的重复超过 {most} 次。",
                title=self._title,
                most=MOST_INSTANCES,
                element=self.bpmn_id,
            )
        token.info.update(total=len(items), done=0, next=0)
        if self.output:
            token.info["outputs"] = {}
        if not items:
            self._close(token)
            return True
        token._set_state(TaskState.STARTED)
        for index in range(1 if self.sequential else len(items)):
            self._start(token, index, items[index])
        return False

    @property
    def human(self) -> bool:
        """Whether people do its instances."""
        return bool(self.child.manual)

    def end_after(self, token: Token, child: Token) -> None:
        """Withdraw the other instances; the loop is over when this one is done."""
        for other in self._children(token):
            if other is not child:
                other.cancel()
        token.info["total"] = token.info["done"] + 1

    def merge(self, token: Token, child: Token) -> None:
        """An instance is done."""
        info = token.info
        info["done"] += 1
        if self.output and self.output_item:
            value = child.facts.plain.get(self.output_item)
            info["outputs"][str(child.info["index"])] = value
        else:
            token.facts = token.facts.merged(child.facts.without(self.own))
        if self._is_enough(token, child):
            self._end_others(token)
            self._close(token)
            token._set_state(TaskState.READY)
        elif self.sequential:
            items = self._items(token)
            index = info["next"]
            self._start(token, index, items[index] if index < len(items) else None)

    def _is_enough(self, token: Token, child: Token) -> bool:
        info = token.info
        if info["done"] >= info["total"]:
            return True
        if self.enough is None:
            return False
        active = 0 if self.sequential else info["total"] - info["done"]
        counts = {
            "numberOfInstances": info["total"],
            "numberOfCompletedInstances": info["done"],
            "numberOfActiveInstances": active,
        }
        return self.enough.holds(Layers(counts, child.facts.plain, token.view))

    def _items(self, token: Token) -> list[Any]:
        data = token.view
        if self.cardinality is not None:
            count = self.cardinality.value(data)
            try:
                return list(range(1, min(int(count), MOST_INSTANCES + 1) + 1))
            except (TypeError, ValueError) as error:
                raise Conflict(
                    "“{title}”的次数“{count}”不是数。",
                    title=self._title,
                    count=count,
                    element=self.bpmn_id,
                ) from error
        assert self.collection is not None
        items = self.collection.value(data)
        if items is None:
            return []
        if isinstance(items, dict):
            return [{"key": key, "value": value} for key, value in items.items()]
        if not isinstance(items, list):
            raise Conflict("“{title}”的集合不是列表。", title=self._title, element=self.bpmn_id)
        return items

    @property
    def own(self) -> tuple[str, ...]:
        """The names that belong to one instance and do not return from it."""
        return (self.item, "loopCounter") if self.item else ("loopCounter",)

    @property
    def _title(self) -> str:
        return self.node.name or self.bpmn_id

    def _start(self, token: Token, index: int, item: Any) -> None:
        own: dict[str, Any] = {"loopCounter": index + 1}
        if self.item:
            own[self.item] = item
        token.info["next"] = index + 1
        scope = token.workflow
        facts = token.facts.written(own, scope.top_workflow.step())
        scope.enter(
            self.child, facts, lineage=token.lineage, origin=token.origin,
            loop=token.id, index=index,
        )  # fmt: skip

    def _end_others(self, token: Token) -> None:
        for child in self._children(token):
            child.cancel()

    def _children(self, token: Token) -> list[Token]:
        scope = token.workflow
        return [t for t in list(scope.tasks.values()) if t.info.get("loop") == token.id]

    def _close(self, token: Token) -> None:
        outputs = token.info.pop("outputs", None)
        if self.output and outputs is not None:
            token.write({self.output: [outputs[key] for key in sorted(outputs, key=int)]})

    def withdrawn(self, token: Token) -> None:
        """Its instances go with it."""
        super().withdrawn(token)
        self._end_others(token)

    def _run_hook(self, token: Token) -> bool:
        return True


class Instanced:
    """In front of the step that a loop repeats: it returns to the loop instead of leaving."""

    def _on_complete(self, token: Token) -> None:
        release(token)
        scope = token.workflow
        scope.top_workflow.passed(token, ())
        scope.drop(token)
        loop = scope.tasks[token.info["loop"]]
        loop.task_spec.merge(loop, token)
