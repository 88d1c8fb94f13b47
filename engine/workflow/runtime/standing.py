"""Where an instance stands: what is open, and what it waits for."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict

from . import values
from .activities import Service
from .alarms import due_of
from .events import Trigger, receivers, waiting
from .model import OpenTask, ServiceCall, WaitingMessage
from .scopes import Instance
from .sight import path
from .tokens import Token


class Standing(ABC):
    """The part of `Run` that asks and changes nothing."""

    _instance: Instance

    @property
    def finished(self) -> bool:
        """Whether the instance is over."""
        return bool(self._instance.completed)

    @property
    def data(self) -> dict[str, Any]:
        """A copy of what the instance knows now."""
        return copied(self._instance.current_facts().plain)

    def open_tasks(self) -> tuple[OpenTask, ...]:
        """The open human work, oldest first."""
        return tuple(open_task(token) for token in self._people().values())

    def open_task(self, id_: str) -> OpenTask | None:
        """The open human work with this id, if there is one."""
        token = self._instance.token(id_)
        return open_task(token) if token is not None and _waits_for_person(token) else None

    def open_calls(self) -> tuple[ServiceCall, ...]:
        """The service tasks that wait for an answer, oldest first."""
        return tuple(service_call(token) for token in self._calls().values())

    def awaits(self, call: str) -> bool:
        """Whether a service task with this id waits for an answer."""
        token = self._instance.token(call)
        return token is not None and _waits_for_answer(token)

    def waiting_messages(self) -> tuple[WaitingMessage, ...]:
        """What can be correlated now."""
        return tuple(
            WaitingMessage(trigger.name or "", token.task_spec.node, path(token))
            for token, trigger in waiting(self._instance) if trigger.kind == "message"
        )  # fmt: skip

    def next_due(self) -> datetime | None:
        """When the next timer is due."""
        return min((due for _, _, due in self._timers()), default=None)

    def waits(self) -> tuple[str, ...]:
        """What a message or a signal from outside can reach now: `message:name`, `signal:name`."""
        outer = (t for _, t in waiting(self._instance) if t.kind in {"message", "signal"})
        return tuple(sorted({f"{trigger.kind}:{trigger.name}" for trigger in outer}))

    def takes(self, message: str, payload: Mapping[str, Any]) -> bool:
        """Whether something waits for this very message: its correlation keys agree."""
        return bool(receivers(self._instance, message, values.clean_mapping(payload)))

    def _people(self) -> dict[str, Token]:
        return self._open()[0]

    def _calls(self) -> dict[str, Token]:
        return self._open()[1]

    def _open(self) -> tuple[dict[str, Token], dict[str, Token]]:
        """The tokens at open human work, and those at services that wait for an answer, by age."""
        people, calls = [], []
        for scope in self._instance.scopes():
            for token in scope.tasks.values():
                if _waits_for_person(token):
                    people.append(token)
                elif _waits_for_answer(token):
                    calls.append(token)
        return _by_age(people), _by_age(calls)

    def _task(self, id_: str) -> Token:
        token = self._instance.token(id_)
        if token is None or not _waits_for_person(token):
            raise Conflict("这项任务已经办结或被撤回。")
        return token

    def _call(self, id_: str) -> Token:
        token = self._instance.token(id_)
        if token is None or not _waits_for_answer(token):
            raise Conflict("这个服务调用已经有了结果或被撤回。")
        return token

    def _timers(self) -> Iterator[tuple[Token, Trigger, datetime]]:
        for token, trigger in waiting(self._instance):
            due = due_of(token)
            if trigger.kind == "timer" and due is not None:
                yield token, trigger, due


def _waits_for_person(token: Token) -> bool:
    return token._state == TaskState.READY and bool(token.task_spec.manual)


def _waits_for_answer(token: Token) -> bool:
    return token._state == TaskState.STARTED and isinstance(token.task_spec, Service)


def _by_age(tokens: list[Token]) -> dict[str, Token]:
    if len(tokens) > 1:
        tokens.sort(key=lambda token: int(token.id))
    return {token.id: token for token in tokens}


def copied(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.copy(value) for name, value in data.items()}


def open_task(token: Token) -> OpenTask:
    index = token.info.get("index")
    return OpenTask(
        token.id, token.task_spec.node, values.Copied(token.given), path(token),
        None if index is None else index + 1,
    )  # fmt: skip


def service_call(token: Token) -> ServiceCall:
    spec = token.task_spec
    parameters = copied(spec.values(token))
    return ServiceCall(token.id, spec.node, spec.operation, parameters, path(token))
