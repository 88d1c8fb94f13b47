"""What is done to a running instance against or beside its diagram."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from engine.errors import Conflict

from . import adapting, moves, values, ways
from . import state as states
from .adapting import Stand
from .alarms import due_of, shift
from .facts import NOTHING, Facts
from .model import Changes, Place

if TYPE_CHECKING:
    from .definition import Definition
    from .scopes import Instance
    from .tokens import Token


class Interventions(ABC):
    """The part of `Run` that sends back, moves, calls back, puts off and ends.

    After each of these something is open or waited for, or the instance is over; and every token
    that is left can still reach an end, if it could before.
    """

    definition: Definition
    _instance: Instance

    @abstractmethod
    def __init__(self, definition: Definition, instance: Instance) -> None: ...

    @abstractmethod
    def _act(self, at: datetime, act: Callable[[], Any], *, done: str | None = None) -> Changes: ...

    @abstractmethod
    def _task(self, id_: str) -> Token: ...

    @abstractmethod
    def _calls(self) -> dict[str, Token]: ...

    def copy(self) -> Self:
        """The same instance once more, to try something on."""
        saved = states.save(self._instance)
        calendar = self._instance.calendar
        return type(self)(self.definition, states.load(self.definition, saved, calendar))

    # ---- where to

    def ways_back(self, task: str) -> tuple[Place, ...]:
        """The human nodes to which a task may be returned: visited in its own branch or before it.

        Those of outer scopes come first, then in the order of the last visit. What lay between on
        an earlier return is no longer visited.
        """
        return tuple(way.place for way in ways.ways_back(self._token(task)))

    def may_move(self, task: str) -> tuple[Place, ...]:
        """The nodes of every kind to which `move` may take a task or a service call."""
        token = self._token(task)
        return tuple(w.place for w in ways.ways(token) if w.node != w.standing.task_spec.name)

    def recalls(self) -> tuple[Place, ...]:
        """The nodes that `recall` may open again, in the order in which they were done."""
        return tuple(way.place for way in moves.recalls(self._instance))

    # ---- acts

    def move(
        self,
        task: str,
        to: str | Place,
        *,
        at: datetime,
        data: Mapping[str, Any] | None = None,
    ) -> Changes:
        """Withdraw the token of a task or service call and open another node.

        With it goes whatever runs beside it since that node was left. Without `data` the node opens
        with all that was known to what is withdrawn. Raises `Invalid` when no such node is around
        the task, `Conflict` when a branch would be left without an end.
        """
        token = self._token(task)
        way = ways.find(token, to)

        def put() -> None:
            moves.go(way, None if data is None else self._facts(data))

        return self._act(at, put)

    def recall(self, to: Place, *, at: datetime) -> Changes:
        """Open a node again whose task has been done, while nothing has happened since.

        `to` is one of `recalls`; otherwise `Conflict`.
        """
        way = next((w for w in moves.recalls(self._instance) if w.place == to), None)
        if way is None:
            raise Conflict("后面的环节已有处理，不能取回。", element=to.node)
        return self._act(at, lambda: moves.go(way))

    def shift(self, by: timedelta, *, at: datetime) -> Changes:
        """Put off all waiting timers, as after a suspension."""

        def put_off() -> None:
            for token in self._instance.everyone():
                if due_of(token) is not None:
                    shift(token, by)

        return self._act(at, put_off)

    def cancel(self, *, at: datetime) -> Changes:
        """Withdraw everything; the instance is over and has no result."""
        return self._act(at, lambda: self._end(NOTHING))

    def force_end(self, *, at: datetime) -> Changes:
        """Withdraw everything; the instance is over with all that is known now."""
        return self._act(at, lambda: self._end(self._instance.current_facts(calls=True)))

    # ---- another version

    def stands(self) -> tuple[Stand, ...]:
        """Where the live tokens stand, oldest first."""
        return adapting.stands(self._instance)

    def begin_listening(
        self, before: Definition, mapping: Mapping[str, str], *, at: datetime
    ) -> tuple[Changes, tuple[str, ...]]:
        """Begin the events that this version adds to the one before; the names of their nodes."""
        known, begun = adapting.drawn(before, mapping), list[str]()
        changes = self._act(
            at, lambda: begun.extend(adapting.begin_listening(self._instance, known))
        )
        return changes, tuple(begun)

    # ---- inside

    def _end(self, facts: Facts) -> None:
        self._instance.clear()
        self._instance.ended = facts

    def _facts(self, data: Mapping[str, Any]) -> Facts:
        return NOTHING.written(values.clean_mapping(data), self._instance.step())

    def _token(self, id_: str) -> Token:
        return self._calls().get(id_) or self._task(id_)
