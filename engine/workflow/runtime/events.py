"""Events: waiting for messages, signals and timers; throwing them; errors on their way outwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from engine.errors import Invalid

from . import timers
from .expressions import Formula
from .lineage import beside
from .model import Passed, ThrownMessage
from .scopes import path
from .steps import Step, wait
from .tokens import Token

if TYPE_CHECKING:
    from .scopes import Instance, Scope


@dataclass(frozen=True)
class Trigger:
    """What an event is about: its kind, the name or code it is known by, and its expressions.

    `kind` is message, signal, timer, error, escalation, terminate or none. `variable` takes a
    payload whole; without it the payload's entries are written one by one.
    """

    kind: str = "none"
    name: str | None = None
    formula: Formula | None = None
    variable: str | None = None
    timer_kind: str = ""
    timer_text: str = ""

    def payload(self, token: Token) -> dict[str, Any]:
        """What is sent with a thrown event: its payload expression, then its node's inputs."""
        given: dict[str, Any] = token.task_spec.given(token)
        if self.formula is None:
            return given
        value = self.formula.value(token.facts.plain)
        return (value if isinstance(value, dict) else {"value": value}) | given

    def received(self, payload: dict[str, Any]) -> dict[str, Any]:
        """What a caught payload writes."""
        return {self.variable: payload} if self.variable else payload

    def plan(self, token: Token, element: str) -> timers.Plan:
        """When a timer that starts now is due."""
        value: Any = self.timer_text
        if self.formula is not None:
            value = self.formula.value(token.facts.plain)
        try:
            return timers.plan(self.timer_kind, value, token.workflow.top_workflow.at)
        except Invalid as error:
            raise Invalid(f"“{element}”：{error.message}", element=element) from error


class Waiting(Step):
    """A step that can wait for a trigger."""

    trigger: Trigger

    def listen(self, token: Token) -> None:
        """Wait from now on."""
        if self.trigger.kind == "timer":
            keep_plan(token, self.trigger.plan(token, self.bpmn_id))
        wait(token)

    def fire(self, token: Token, payload: dict[str, Any]) -> None:
        """What the token waited for has happened."""
        token.write(self.trigger.received(payload))
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

    def fire(self, token: Token, payload: dict[str, Any]) -> None:
        """Interrupt the activity, or start a path beside it and go on watching."""
        scope = token.workflow
        activity = scope.tasks[token.info["guards"]]
        facts = scope.known_to(activity)
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
            go_on_or_stop(watcher)
        token.facts = facts
        token.write(self.trigger.received(payload))
        token._set_state(TaskState.READY)


class Throw(Step):
    """A throwing event, an end event or a send task."""

    trigger: Trigger

    def _run_hook(self, token: Token) -> bool:
        throw(token, self.trigger)
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
        top.thrown.append(ThrownMessage(trigger.name or "", payload, token.task_spec.node))
    elif trigger.kind == "signal":
        for waiting in waiting_for(top, "signal", trigger.name):
            fire(waiting, payload)
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
        fitting = [g for g in guards if g.task_spec.trigger.kind == kind]
        for wanted in (code, None):
            for guard in fitting:
                if guard.task_spec.trigger.name == wanted:
                    fire(guard, payload)
                    return True
    return False


def give_up(top: Instance, code: str) -> None:
    """An error that nothing caught ends the instance (BPMN 2.0 §10.5.7)."""
    top.error = code
    top.ended = top.current_facts()
    top.clear()


def fire(token: Token, payload: dict[str, Any]) -> None:
    """What a token waited for has happened, if it still waits."""
    if token.is_live() and token._state == TaskState.WAITING:
        token.touch()
        token.task_spec.fire(token, payload)


def fire_all(tokens: Iterable[Token], payload: dict[str, Any]) -> None:
    """The same for several; one that an earlier one has withdrawn no longer waits."""
    for token in tokens:
        fire(token, payload)


def waiting_for(top: Instance, kind: str, name: str | None = None) -> list[Token]:
    """The tokens that wait for a kind of trigger, by name unless it is None."""
    return [
        token for token, trigger in waiting(top)
        if trigger.kind == kind and (name is None or trigger.name == name)
    ]  # fmt: skip


def waiting(top: Instance) -> Iterator[tuple[Token, Trigger]]:
    """Every token that waits for a trigger, with the trigger."""
    for token in top.everyone():
        trigger = getattr(token.task_spec, "trigger", None)
        if trigger is not None and token._state == TaskState.WAITING:
            yield token, trigger


# ---- timers


def keep_plan(token: Token, plan: timers.Plan) -> None:
    """Remember when the token's timer is due."""
    token.info.update(asdict(plan))


def due_of(token: Token) -> datetime | None:
    """When the token's timer is due, if it has one."""
    due: datetime | None = token.info.get("due")
    return due


def shift(token: Token, by: timedelta) -> None:
    """Put off a timer: its next moment and, with it, those of its cycle."""
    info = token.info
    info["due"] += by
    if info.get("start") is not None:
        info["start"] += by


def go_on_or_stop(watcher: Token) -> None:
    """After a non-interrupting firing: messages and signals go on, timers as their cycle says."""
    if "due" not in watcher.info:
        return
    info, at = watcher.info, watcher.workflow.top_workflow.at
    plan = timers.following(timers.Plan(*(info[f.name] for f in fields(timers.Plan))), at)
    if plan is not None:
        keep_plan(watcher, plan)
        return
    guarded = watcher.workflow.tasks.get(info.get("guards", ""))
    if guarded is not None:
        guarded.info["guarded"].remove(watcher.id)
    watcher.cancel()
