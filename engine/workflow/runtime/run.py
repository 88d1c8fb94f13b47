"""Running an instance: each act is a method that returns its changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict, Invalid

from . import state as states
from . import values
from .activities import Service, Triggered
from .definition import Definition
from .events import Boundary, caught, due_of, fire, fire_all, propagate, waiting, waiting_for
from .facts import NOTHING
from .gateways import Joining
from .model import Changes, ClosedTask, OpenTask, ServiceCall, WaitingMessage
from .scopes import Instance, path
from .tokens import Token

MOST_FIRINGS = 10_000


class Run:
    """One instance in memory. After an act has failed half way, it refuses more: restore it."""

    def __init__(self, definition: Definition, instance: Instance) -> None:
        self.definition = definition
        self._instance = instance
        self._broken = False

    # ---- what is open

    @property
    def finished(self) -> bool:
        """Whether the instance is over."""
        return bool(self._instance.completed)

    @property
    def data(self) -> dict[str, Any]:
        """A copy of what the instance knows now."""
        return _copied(self._instance.current_facts().plain)

    def open_tasks(self) -> tuple[OpenTask, ...]:
        """The open human work, oldest first."""
        return tuple(_open_task(token) for token in self._people().values())

    def open_calls(self) -> tuple[ServiceCall, ...]:
        """The service tasks that wait for an answer, oldest first."""
        return tuple(_service_call(token) for token in self._calls().values())

    def waiting_messages(self) -> tuple[WaitingMessage, ...]:
        """What can be correlated now."""
        return tuple(
            WaitingMessage(trigger.name or "", token.task_spec.node, path(token))
            for token, trigger in waiting(self._instance) if trigger.kind == "message"
        )  # fmt: skip

    def next_due(self) -> datetime | None:
        """When the next timer is due."""
        return min((due for _, due in self._timers()), default=None)

    # ---- acts

    def complete(self, task: str, outputs: Mapping[str, Any], *, at: datetime) -> Changes:
        """A person has done a task; `outputs` are written to the data."""
        token = self._people().get(task)
        if token is None:
            raise Conflict("这项任务已经办结或被撤回。")
        return self._act(at, lambda: _finish(token, values.clean_mapping(outputs)), done=task)

    def answer(self, call: str, outputs: Mapping[str, Any], *, at: datetime) -> Changes:
        """The host has done what a service task asked for."""
        token = self._call(call)
        result, given = token.task_spec.result, values.clean_mapping(outputs)
        outputs = {result: given} if result else given
        return self._act(at, lambda: _finish(token, outputs), done=call)

    def refuse(self, call: str, error_code: str, *, at: datetime) -> Changes:
        """A service task failed with a BPMN error; `Conflict` when no boundary event catches it."""
        token = self._call(call)

        def raise_error() -> None:
            if not (
                caught(token, "error", error_code, {})
                or propagate(token.workflow, "error", error_code, {})
            ):
                name = token.task_spec.node.name or token.task_spec.bpmn_id
                raise Conflict(f"没有边界事件接住“{name}”的错误“{error_code}”。")

        return self._act(at, raise_error, done=call)

    def correlate(self, message: str, payload: Mapping[str, Any], *, at: datetime) -> Changes:
        """A message arrives, for everything that waits for it; `Conflict` when nothing does."""
        given = values.clean_mapping(payload)
        tokens = waiting_for(self._instance, "message", message)
        if not tokens:
            raise Conflict(f"没有节点在等待消息“{message}”。")
        return self._act(at, lambda: fire_all(tokens, given))

    def fire_due(self, *, at: datetime) -> Changes:
        """Fire every timer that is due, in the order of their times, until nothing more is due."""

        def fire_each() -> None:
            for _n in range(MOST_FIRINGS):
                due = sorted((due, int(t.id), t) for t, due in self._timers() if due <= at)
                if not due:
                    return
                fire(due[0][2], {})
                self._go_on()
            raise Conflict("到期的定时太多，流程可能在自动循环。")

        return self._act(at, fire_each)

    def move(
        self, task: str, to_node: str, *, at: datetime, data: Mapping[str, Any] | None = None
    ) -> Changes:
        """Withdraw a task's token and put it at another node of the same scope.

        `data`, when given, takes the place of the token's data. Tokens on parallel branches stay.
        """
        token = self._people().get(task) or self._calls().get(task)
        if token is None:
            raise Conflict("这项任务已经办结或被撤回。")
        token = token.workflow.tasks.get(token.info.get("loop", ""), token)
        target = _target(token, to_node)

        def put() -> None:
            facts = token.facts
            if data is not None:
                facts = NOTHING.written(values.clean_mapping(data), self._instance.step())
            token.cancel()
            token.workflow.enter(target, facts)

        return self._act(at, put)

    # ---- inside

    def begin(self, start: str, data: Mapping[str, Any], at: datetime) -> Changes:
        """Put the first token at a start event."""
        instance = self._instance
        facts = NOTHING.written(values.clean_mapping(data), instance.step())
        return self._act(at, lambda: instance.begin(facts, start))

    def _act(self, at: datetime, act: Callable[[], Any], *, done: str | None = None) -> Changes:
        if at.tzinfo is None:
            raise Invalid("时刻必须带时区。")
        if self._broken:
            raise Conflict("上一步没有做完，请重新读取流程。")
        if self.finished:
            raise Conflict("流程已经结束。")
        instance = self._instance
        instance.at, instance.history, instance.thrown = at, [], []
        people, calls = self._people(), self._calls()
        self._broken = True
        act()
        self._go_on()
        changes = self._changes(people, calls, done)
        self._broken = False
        return changes

    def _go_on(self) -> None:
        self._instance.do_engine_steps()
        for scope in reversed(self._instance.scopes()):
            self._instance.settle_around(scope)
        self._instance.do_engine_steps()

    def _changes(
        self, people: Mapping[str, Token], calls: Mapping[str, Token], done: str | None
    ) -> Changes:
        instance, now, now_calls = self._instance, self._people(), self._calls()
        return Changes(
            state=states.save(instance),
            opened=tuple(_open_task(t) for id_, t in now.items() if id_ not in people),
            closed=tuple(_closed(id_, done) for id_ in people if id_ not in now),
            calls=tuple(_service_call(t) for id_, t in now_calls.items() if id_ not in calls),
            withdrawn_calls=tuple(c for c in calls if c not in now_calls and c != done),
            thrown=tuple(instance.thrown),
            next_due=self.next_due(),
            passed=tuple(instance.history),
            finished=self.finished,
            data=_copied(instance.ended.plain) if self.finished else {},
            error=instance.error,
        )

    def _people(self) -> dict[str, Token]:
        ready = (t for t in self._instance.everyone() if t._state == TaskState.READY)
        return _by_age(t for t in ready if t.task_spec.manual)

    def _calls(self) -> dict[str, Token]:
        started = (t for t in self._instance.everyone() if t._state == TaskState.STARTED)
        return _by_age(t for t in started if isinstance(t.task_spec, Service))

    def _call(self, id_: str) -> Token:
        token = self._calls().get(id_)
        if token is None:
            raise Conflict("这个服务调用已经有了结果或被撤回。")
        return token

    def _timers(self) -> Iterator[tuple[Token, datetime]]:
        for token, trigger in waiting(self._instance):
            due = due_of(token)
            if trigger.kind == "timer" and due is not None:
                yield token, due


def _finish(token: Token, outputs: Mapping[str, Any]) -> None:
    token.write(outputs)
    token.complete()


def _by_age(tokens: Iterator[Token]) -> dict[str, Token]:
    return {token.id: token for token in sorted(tokens, key=lambda token: int(token.id))}


def _closed(id_: str, done: str | None) -> ClosedTask:
    reason: Literal["completed", "withdrawn"] = "completed" if id_ == done else "withdrawn"
    return ClosedTask(id_, reason)


def _copied(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.copy(value) for name, value in data.items()}


def _open_task(token: Token) -> OpenTask:
    index = token.info.get("index")
    return OpenTask(
        token.id, token.task_spec.node, _copied(token.facts.plain), path(token),
        None if index is None else index + 1,
    )  # fmt: skip


def _service_call(token: Token) -> ServiceCall:
    spec = token.task_spec
    parameters = _copied(spec.values(token))
    return ServiceCall(token.id, spec.node, spec.operation, parameters, path(token))


def _target(token: Token, to_node: str) -> Any:
    spec = token.workflow.spec.task_specs.get(to_node)
    if spec is None or getattr(spec, "node", None) is None or spec.bpmn_id != spec.name:
        raise Invalid(f"这一层流程中没有节点“{to_node}”。", element=to_node)
    joins = isinstance(spec, Joining) and len(spec.arrivals) > 1
    if joins or isinstance(spec, (Boundary, Triggered)) or spec.node.kind == "startEvent":
        raise Invalid(f"不能把任务移到“{spec.node.name or to_node}”。", element=to_node)
    return spec
