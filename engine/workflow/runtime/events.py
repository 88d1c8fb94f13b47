"""Events: waiting for messages, signals and timers; throwing them; errors on their way outwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from . import correlation, timers
from .alarms import go_on_or_stop, keep_plan, named
from .expressions import Formula
from .lineage import beside
from .model import Passed, ThrownMessage, ThrownSignal
from .sight import path
from .steps import Step, wait
from .tokens import Token

if TYPE_CHECKING:
    from .scopes import Instance, Scope


@dataclass(frozen=True)
class Trigger:
    """What an event is about: its kind, the name or code it is known by, and its expressions.

    `kind` is message, signal, timer, conditional, error, escalation, cancel, terminate or none.
    `formula` is a thrown payload, a timer's value or a condition. `variable` takes a payload whole;
    without it the payload's entries are written one by one. `keys` correlate a message, `expected`
    are the properties of those keys that the process itself knows.
    """

    kind: str = "none"
    name: str | None = None
    formula: Formula | None = None
    variable: str | None = None
    timer_kind: str = ""
    timer_text: str = ""
    keys: tuple[correlation.Key, ...] = ()
    expected: Mapping[str, Formula] = field(default_factory=dict)

    def payload(self, token: Token) -> dict[str, Any]:
        """What is sent with a thrown event: its payload expression, then its node's inputs."""
        given: dict[str, Any] = token.task_spec.given(token)
        if self.formula is None:
            return given
        value = self.formula.value(token.view)
        return (value if isinstance(value, dict) else {"value": value}) | given

    def received(self, payload: dict[str, Any]) -> dict[str, Any]:
        """What a caught payload writes."""
        return {self.variable: payload} if self.variable else payload

    def plan(self, token: Token, element: str) -> timers.Plan:
        """When a timer that starts now is due."""
        value: Any = self.timer_text
        if self.formula is not None:
            value = self.formula.value(token.view)
        top = token.workflow.top_workflow
        with named(element):
            return timers.plan(self.timer_kind, value, top.at, top.calendar)


class Waiting(Step):
    """A step that can wait for a trigger; of several triggers, the first that happens counts."""

    triggers: tuple[Trigger, ...]

    def listen(self, token: Token) -> None:
        """Wait from now on."""
        for trigger in self.triggers:
            if trigger.kind == "timer":
                keep_plan(token, trigger.plan(token, self.bpmn_id))
            correlation.expect(token, trigger.keys, trigger.expected)
        wait(token)

    def fire(self, token: Token, trigger: Trigger, payload: dict[str, Any]) -> None:
        """One of the things that the token waited for has happened."""
        token.write(trigger.received(payload))
        self._win(token)
        token._set_state(TaskState.READY)

    def _win(self, token: Token) -> None:
        scope, rivals = token.workflow, token.info.pop("rivals", None)
        if rivals is None:
            return
        behind = token.info.pop("behind")
        gateway = next(f.source for f in self.arrivals if f.id == behind)
        top = scope.top_workflow
        top.history.append(Passed(gateway, self.node.process, path(token), top.at, (behind,)))
        for rival in rivals:
            if rival in scope.tasks:
                scope.tasks[rival].cancel()

    def _run_hook(self, token: Token) -> bool:
        return True


class Catch(Waiting):
    """An intermediate catch event, or a receive task with a message."""

    def arrive(self, token: Token) -> bool:
        """Wait for the trigger."""
        self.guard(token)
        self.listen(token)
        return False


class Boundary(Waiting):
    """An event on the border of an activity."""

    interrupting: bool

    def watch(self, activity: Token) -> None:
        """Watch a token that has just entered the activity."""
        scope = activity.workflow
        guard = Token(scope, self, id_=scope.top_workflow.next_id(), facts=activity.facts)
        guard.info.update(listens=True, guards=activity.id)
        activity.info.setdefault("guarded", []).append(guard.id)
        self.listen(guard)

    def fire(self, token: Token, trigger: Trigger, payload: dict[str, Any]) -> None:
        """Interrupt the activity, or start a path beside it and go on watching."""
        scope = token.workflow
        activity = scope.tasks[token.info["guards"]]
        facts = scope.known_to(activity).without(activity.task_spec.copies)
        if self.interrupting:
            activity.info["guarded"].remove(token.id)
            token.lineage = activity.lineage
            activity.cancel()
            token.info.clear()
        else:
            activity.touch()
            watcher, token = (
                token,
                Token(scope, self, id_=scope.top_workflow.next_id(), facts=facts),
            )
            token.lineage = beside(activity)
            go_on_or_stop(watcher, trigger)
        token.facts = facts
        token.write(trigger.received(payload))
        token._set_state(TaskState.READY)


class Throw(Step):
    """A throwing event, an end event or a send task; several triggers are thrown in order."""

    triggers: tuple[Trigger, ...]

    def _run_hook(self, token: Token) -> bool:
        for trigger in self.triggers:
            throw(token, trigger)
        if not token.is_live():  # its own event has withdrawn it: it was passed all the same
            token.workflow.top_workflow.passed(token, ())
        return True


def throw(token: Token, trigger: Trigger) -> None:
    """Do what a throwing event is for."""
    top: Instance = token.workflow.top_workflow
    payload = trigger.payload(token) if trigger.kind != "none" else {}
    if trigger.kind != "none":
        token.touch()
    if trigger.kind == "message":
        correlation.begin(token.workflow, trigger.keys, payload)
        top.thrown.append(ThrownMessage(trigger.name or "", payload, token.task_spec.node))
    elif trigger.kind == "signal":
        top.thrown_signals.append(ThrownSignal(trigger.name or "", payload, token.task_spec.node))
        fire_all(waiting_for(top, "signal", trigger.name), payload)
    elif trigger.kind == "cancel":
        caught(token.workflow.owner, "cancel", None, payload)
    elif trigger.kind == "escalation":
        propagate(token.workflow, "escalation", trigger.name, payload)
    elif trigger.kind == "error":
        if not propagate(token.workflow, "error", trigger.name, payload):
            give_up(top, trigger.name or "")
    elif trigger.kind == "terminate":
        token.workflow.ended = token.workflow.current_facts()
        token.workflow.clear()


def propagate(scope: Scope, kind: str, code: str | None, payload: dict[str, Any]) -> bool:
    """Carry an error or escalation outwards from a scope; true when something caught it."""
    owner = scope.owner
    while owner is not None:
        if caught(owner, kind, code, payload):
            return True
        owner = owner.workflow.owner
    return False


def caught(activity: Token, kind: str, code: str | None, payload: dict[str, Any]) -> bool:
    """Let a boundary event of an activity (or of the loop it is an instance of) catch it.

    An event with the same code goes before one without a code.
    """
    tasks = activity.workflow.tasks
    inside = tasks.get(activity.info.get("loop", ""))
    for place in (activity, inside):
        guards = [tasks[g] for g in (place.info.get("guarded", ()) if place else ())]
        fitting = [(g, t) for g in guards for t in g.task_spec.triggers if t.kind == kind]
        for wanted in (code, None):
            for guard, trigger in fitting:
                if trigger.name == wanted:
                    fire(guard, trigger, payload)
                    return True
    return False


def give_up(top: Instance, code: str) -> None:
    """An error that nothing caught ends the instance (BPMN 2.0 §10.5.7)."""
    top.error = code
    top.ended = top.current_facts()
    top.clear()


Wait = tuple[Token, Trigger]


def fire(token: Token, trigger: Trigger, payload: dict[str, Any]) -> None:
    """What a token waited for has happened, if it still waits."""
    if token.is_live() and token._state == TaskState.WAITING:
        token.touch()
        token.task_spec.fire(token, trigger, payload)


def fire_all(waits: Iterable[Wait], payload: dict[str, Any]) -> None:
    """The same for several; one that an earlier one has withdrawn no longer waits."""
    for token, trigger in waits:
        correlation.begin(token.workflow, trigger.keys, payload)
        fire(token, trigger, payload)


def waiting_for(top: Instance, kind: str, name: str | None) -> list[Wait]:
    """The tokens that wait for a trigger of a kind and name."""
    return [(k, t) for k, t in waiting(top) if t.kind == kind and t.name == name]


def receivers(top: Instance, message: str, payload: Mapping[str, Any]) -> list[Wait]:
    """The tokens that wait for a message and whose correlation keys agree with it."""
    return [
        (token, trigger) for token, trigger in waiting_for(top, "message", message)
        if correlation.agrees(token, trigger.keys, payload)
    ]  # fmt: skip


def waiting(top: Instance) -> Iterator[Wait]:
    """Every token that waits, with each of the triggers that it waits for."""
    for token in top.everyone():
        if token._state == TaskState.WAITING:
            for trigger in getattr(token.task_spec, "triggers", ()):
                yield token, trigger
