"""Running an instance: each act is a method that returns its changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from engine.errors import Conflict, Invalid

from . import correlation, moves, values, ways
from . import state as states
from .conditions import fire_true
from .definition import Definition
from .events import (
    caught,
    fire,
    fire_all,
    propagate,
    receivers,
    waiting_for,
)
from .facts import NOTHING
from .interventions import Interventions
from .lineage import tidy
from .model import Changes, ClosedTask, Place
from .scopes import Instance
from .standing import Standing, copied, open_task, service_call
from .timers import Calendar
from .tokens import Token

MOST_FIRINGS = 10_000


class Run(Standing, Interventions):
    """One instance in memory. After an act has failed half way, it refuses more: restore it."""

    def __init__(self, definition: Definition, instance: Instance) -> None:
        self.definition = definition
        self._instance = instance
        self._broken = False

    @property
    def calendar(self) -> Calendar | None:
        """What counts the working days of timers."""
        return self._instance.calendar

    @calendar.setter
    def calendar(self, calendar: Calendar | None) -> None:
        self._instance.calendar = calendar

    # ---- acts

    def complete(
        self,
        task: str,
        outputs: Mapping[str, Any],
        *,
        at: datetime,
        back_to: str | Place | None = None,
    ) -> Changes:
        """A person has done a task; `outputs` are written to the data.

        `back_to`, one of `ways_back`, says that the diagram will now lead back there: first all
        that runs beside the task since that place was left is withdrawn. When the diagram leads
        elsewhere, nothing has happened and `Conflict` is raised.
        """
        token = self._task(task)
        given = values.clean_mapping(outputs)
        if back_to is not None:
            return self._return(token, given, back_to, at)
        return self._act(at, lambda: _done(token, given), done=task)

    def answer(self, call: str, outputs: Mapping[str, Any], *, at: datetime) -> Changes:
        """The host has done what a service task asked for."""
        token = self._call(call)
        result, given = token.task_spec.result, values.clean_mapping(outputs)
        outputs = {result: given} if result else given

        def answered() -> None:
            token.touch()
            _finish(token, outputs)

        return self._act(at, answered, done=call)

    def refuse(self, call: str, error_code: str, *, at: datetime) -> Changes:
        """A service task failed with a BPMN error; `Conflict` when no boundary event catches it."""
        token = self._call(call)

        def raise_error() -> None:
            token.touch()
            if not (
                caught(token, "error", error_code, {})
                or propagate(token.workflow, "error", error_code, {})
            ):
                name = token.task_spec.node.name or token.task_spec.bpmn_id
                raise Conflict(
                    "没有边界事件接住“{name}”的错误“{error_code}”。",
                    name=name,
                    error_code=error_code,
                )

        return self._act(at, raise_error, done=call)

    def correlate(self, message: str, payload: Mapping[str, Any], *, at: datetime) -> Changes:
        """A message arrives, for everything that waits for it and whose correlation keys agree.

        `Conflict` when there is nothing like that.
        """
        given = values.clean_mapping(payload)
        found = receivers(self._instance, message, given)
        if not found:
            raise Conflict("没有节点在等待消息“{name}”。", name=message)
        return self._act(at, lambda: fire_all(found, given))

    def signal(self, name: str, payload: Mapping[str, Any], *, at: datetime) -> Changes:
        """A signal from outside, for everything that waits for it; `Conflict` when nothing does."""
        given = values.clean_mapping(payload)
        found = waiting_for(self._instance, "signal", name)
        if not found:
            raise Conflict("没有节点在等待信号“{name}”。", name=name)
        return self._act(at, lambda: fire_all(found, given))

    def fire_due(self, *, at: datetime) -> Changes:
        """Fire every timer that is due, in the order of their times, until nothing more is due."""

        def fire_each() -> None:
            for _n in range(MOST_FIRINGS):
                due = [found for found in self._timers() if found[2] <= at]
                if not due:
                    return
                token, trigger, _ = min(due, key=lambda found: (found[2], int(found[0].id)))
                fire(token, trigger, {})
                self._go_on()
            raise Conflict("到期的定时太多，流程可能在自动循环。")

        return self._act(at, fire_each)

    # ---- inside

    def begin(
        self, start: str, data: Mapping[str, Any], at: datetime, message: str | None = None
    ) -> Changes:
        """Put the first token at a start event; `data` are a message's payload if there is one."""
        instance, given = self._instance, values.clean_mapping(data)
        for trigger in instance.spec.task_specs[start].triggers if message else ():
            if trigger.name == message:
                correlation.begin(instance, trigger.keys, given)
                given = trigger.received(given)
                break
        facts = NOTHING.written(given, instance.step())
        return self._act(at, lambda: instance.begin(facts, start))

    def _return(
        self, token: Token, outputs: Mapping[str, Any], back_to: str | Place, at: datetime
    ) -> Changes:
        way = ways.find_back(token, back_to)
        before, saved = self._instance.seq, states.save(self._instance)

        def go_back() -> None:
            token.touch()
            moves.make_way(token, way)
            _finish(token, outputs)
            self._go_on()
            moves.check_arrival(way, before)

        try:
            return self._act(at, go_back, done=token.id)
        except Conflict:
            self._instance = states.load(self.definition, saved, self._instance.calendar)
            self._broken = False
            raise

    def _act(self, at: datetime, act: Callable[[], Any], *, done: str | None = None) -> Changes:
        if at.tzinfo is None:
            raise Invalid("时刻必须带时区。")
        if self._broken:
            raise Conflict("上一步没有做完，请重新读取流程。")
        if self.finished:
            raise Conflict("流程已经结束。")
        instance = self._instance
        instance.at, instance.history = at, []
        instance.thrown, instance.thrown_signals = [], []
        people, calls = self._open()
        self._broken = True
        act()
        self._go_on()
        tidy(instance)
        changes = self._changes(people, calls, done)
        self._broken = False
        return changes

    def _go_on(self) -> None:
        for _n in range(MOST_FIRINGS):
            self._instance.do_engine_steps()
            for scope in reversed(self._instance.scopes()):
                self._instance.settle_around(scope)
            self._instance.do_engine_steps()
            if not fire_true(self._instance):
                return
        raise Conflict("条件事件反复发生，流程可能在自动循环。")

    def _changes(
        self, people: Mapping[str, Token], calls: Mapping[str, Token], done: str | None
    ) -> Changes:
        instance, (now, now_calls) = self._instance, self._open()
        return Changes(
            state=states.save(instance),
            opened=tuple(open_task(t) for id_, t in now.items() if id_ not in people),
            closed=tuple(_closed(id_, done) for id_ in people if id_ not in now),
            calls=tuple(service_call(t) for id_, t in now_calls.items() if id_ not in calls),
            withdrawn_calls=tuple(c for c in calls if c not in now_calls and c != done),
            thrown=tuple(instance.thrown),
            thrown_signals=tuple(instance.thrown_signals),
            waits=self.waits(),
            next_due=self.next_due(),
            passed=tuple(instance.history),
            finished=self.finished,
            data=copied(instance.ended.plain) if self.finished else {},
            error=instance.error,
        )


def _done(token: Token, outputs: Mapping[str, Any]) -> None:
    """What comes of a person's work can be taken back while nothing else has happened to it."""
    token.touch()
    top, owner, spec = token.workflow.top_workflow, token.workflow.owner, token.task_spec
    if spec.human:
        token.origin = int(token.id)
        top.undo[token.origin] = (owner.id if owner is not None else "", spec.name)
    _finish(token, outputs)


def _finish(token: Token, outputs: Mapping[str, Any]) -> None:
    token.write(token.task_spec.kept(token, outputs))
    token.complete()


def _closed(id_: str, done: str | None) -> ClosedTask:
    reason: Literal["completed", "withdrawn"] = "completed" if id_ == done else "withdrawn"
    return ClosedTask(id_, reason)
