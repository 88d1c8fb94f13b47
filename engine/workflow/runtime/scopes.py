# mypy: allow-subclassing-any
# (the library has no types)
"""Scopes: a running process and the sub-processes and called processes inside it.

A scope holds live tokens only. A token that leaves a node is written to the history and dropped, so
that the state of an instance depends on what is open, not on how long it has run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict

from . import sight
from .diagram import Flow
from .expressions import NoPython
from .facts import NOTHING, Cell, Facts
from .lineage import Lineage, split, splits
from .model import Passed, ThrownMessage, ThrownSignal
from .timers import Calendar
from .tokens import Token

LONGEST_RUN = 100_000
DEEPEST = 50


class Scope(ABC):
    """What the running process and a sub-process in it have in common (a mixin of both).

    `visited` holds, for each human node, the lineage with which it was entered last, in that order.
    """

    spec: Any
    tasks: dict[str, Token]
    top_workflow: Instance
    owner: Token | None = None
    local: Iterable[str] = ()
    completed: bool

    def plant(self) -> None:
        """Make the anchor that the library wants at the root, and an empty scope around it."""
        self.ended = NOTHING
        self.joins: dict[str, Token] = {}
        self.visited: dict[str, Lineage] = {}
        self.correlations: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, Cell] = {}
        self.task_tree = Token(self, self.spec.start, id_="0", state=TaskState.COMPLETED)
        self.tasks.clear()

    # ---- tokens come and go

    def enter(
        self,
        spec: Any,
        facts: Facts,
        *,
        flow: Flow | None = None,
        lineage: Lineage = (),
        origin: int | None = None,
        **info: Any,
    ) -> Token:
        """Put a new token at a node, by a sequence flow or from nowhere."""
        token = Token(self, spec, id_=self.top_workflow.next_id(), facts=facts)
        token.info.update(info)
        token.came_by, token.lineage, token.origin = flow, lineage, origin
        if spec.human:
            self.visited.pop(spec.name, None)
            self.visited[spec.name] = lineage
        spec._update(token)
        return token

    def leave(self, token: Token, flows: Iterable[Flow]) -> None:
        """A token has done its work at a node: history, then one new token on each flow taken."""
        taken = tuple(flows)
        self.top_workflow.passed(token, taken)
        self.drop(token)
        for flow, lineage in zip(taken, split(token, len(taken)), strict=True):
            target = self.spec.task_specs[flow.target]
            self.enter(target, token.facts, flow=flow, lineage=lineage, origin=token.origin)
        if not taken:
            self.ended = self.ended.merged(token.facts)

    def drop(self, token: Token) -> None:
        """Forget a token."""
        self.tasks.pop(token.id, None)
        if self.joins.get(token.task_spec.name) is token:
            del self.joins[token.task_spec.name]

    def state_changed(self, token: Token) -> None:
        """Keep the queue of tokens that need nobody."""
        if token._state == TaskState.READY and not token.task_spec.manual:
            self.top_workflow.queue.append(token)

    # ---- the scope as a whole

    def begin(self, facts: Facts, *starts: str) -> None:
        """Listen for event sub-processes, then put the first token at each start."""
        facts = sight.opened(self, facts)
        for spec in self.spec.listeners:
            self.listen(spec, facts)
        origin = self.owner.origin if self.owner is not None else None
        for start, lineage in zip(starts, splits(self, len(starts)), strict=True):
            self.enter(self.spec.task_specs[start], facts, lineage=lineage, origin=origin)

    def listen(self, spec: Any, facts: Facts) -> None:
        """Wait for the trigger of an event sub-process."""
        token = Token(self, spec, id_=self.top_workflow.next_id(), facts=facts)
        token.info["listens"] = True
        spec.wait_for_trigger(token)

    def tokens(self) -> list[Token]:
        """The live tokens that are no mere listeners."""
        return [t for t in self.tasks.values() if "listens" not in t.info]

    def current_facts(self, *, calls: bool = False) -> Facts:
        """What is known in this scope now, over all its tokens; see `known_to`."""
        facts = self.ended
        for token in self.tasks.values():
            loop = self.tasks.get(token.info.get("loop", ""))
            own = loop.task_spec.own if loop is not None else ()
            known = self.known_to(token, calls=calls)
            facts = facts.merged(known.without((*own, *token.task_spec.copies)))
        return facts

    def known_to(self, token: Token, *, calls: bool = False) -> Facts:
        """A token's data, with what an embedded sub-process at it has learned so far.

        With `calls` also what a called process and the instances of a loop have learned.
        """
        facts = token.facts
        if calls:
            for child in [t for t in self.tasks.values() if t.info.get("loop") == token.id]:
                known = self.known_to(child, calls=True)
                facts = facts.merged(known.without(token.task_spec.own))
        inner = self.top_workflow.subprocesses.get(token.id)
        if inner is None or (token.task_spec.node.kind == "callActivity" and not calls):
            return facts
        return facts.merged(inner.current_facts(calls=calls).without(inner.local))

    def clear(self) -> None:
        """Withdraw every token."""
        for token in list(self.tasks.values()):
            token.cancel()

    def settle(self) -> None:
        """End the scope when no token is left in it, or when it is ad hoc and that is enough."""
        if self.completed:
            return
        if not all("listens" in t.info for t in self.tasks.values()):
            if not sight.is_enough(self):
                return
            self.ended = self.current_facts()
        self.clear()
        self.finish()

    @abstractmethod
    def finish(self) -> None:
        """The scope is done: its owner goes on with its data."""

    def chain(self) -> Iterator[Scope]:
        """This scope and the scopes around it, inmost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.owner.workflow if scope.owner is not None else None


class InnerScope(Scope, BpmnSubWorkflow):
    """A sub-process or a called process, owned by the token at its node.

    `local` are the inputs that were handed to it; they do not return to the owner.
    """

    def __init__(self, spec: Any, owner: Token, top: Instance) -> None:
        self.owner = owner
        super().__init__(spec, owner.id, top, deserializing=True)
        self.plant()

    @property
    def parent_workflow(self) -> Any:
        """The scope of the owner."""
        return self.owner.workflow if self.owner is not None else None

    def finish(self) -> None:
        """The owner completes with what this scope knows."""
        assert self.owner is not None
        self.completed = True
        self.top_workflow.subprocesses.pop(self.owner.id, None)
        self.owner.facts = sight.returned(self, self.owner)
        self.owner._set_state(TaskState.READY)


class Instance(Scope, BpmnWorkflow):
    """The running process itself, with what is counted and noted for the whole instance.

    `undo` holds the tasks that may still be taken back: id to (scope, node).
    """

    top_workflow: Any = None  # the library's is a property that is asked very often

    def __init__(self, spec: Any, inner_specs: Any) -> None:
        self.top_workflow = self
        self.seq = 0
        self.queue: deque[Token] = deque()
        self.history: list[Passed] = []
        self.thrown: list[ThrownMessage] = []
        self.thrown_signals: list[ThrownSignal] = []
        self.calendar: Calendar | None = None
        self.at: datetime = datetime.max.replace(tzinfo=UTC)
        self.error: str | None = None
        self.undo: dict[int, tuple[str, str]] = {}
        super().__init__(spec, inner_specs, script_engine=NoPython(), deserializing=True)
        self.plant()

    # ---- counters: every id and every writing takes the next number

    def step(self) -> int:
        """The next number."""
        self.seq += 1
        return self.seq

    def next_id(self) -> str:
        """An id unique in this instance."""
        return str(self.step())

    # ---- scopes

    def scopes(self) -> list[Scope]:
        """This and every running inner scope, in order of their making."""
        return [self, *self.subprocesses.values()]

    def open_scope(self, owner: Token, spec: Any) -> InnerScope:
        """Make the inner scope of a token."""
        scope = InnerScope(spec, owner, self)
        if scope.depth > DEEPEST:
            raise Conflict("流程互相调用得太深，可能在调用自己。", element=owner.task_spec.bpmn_id)
        self.subprocesses[owner.id] = scope
        return scope

    def token(self, id_: str) -> Token | None:
        """A live token by its id, in whichever scope."""
        return next((s.tasks[id_] for s in self.scopes() if id_ in s.tasks), None)

    def everyone(self) -> Iterator[Token]:
        """Every live token of every scope."""
        for scope in self.scopes():
            yield from list(scope.tasks.values())

    def finish(self) -> None:
        """The instance is over."""
        self.completed = True
        self.ended = self.ended.merged(Facts(dict(self.objects)))
        self.data = dict(self.ended.plain)

    # ---- running

    def do_engine_steps(self, *_: Any) -> None:
        """Run whatever needs nobody, until every token waits; joins that look ahead go last."""
        for _n in range(LONGEST_RUN):
            if self.queue:
                self._run_one(self.queue.popleft())
            elif not self._release_a_join():
                return
        raise Conflict("流程在自动步骤中循环，没有停下来等人或等事件。")

    def _run_one(self, token: Token) -> None:
        if token._state == TaskState.READY and token.workflow.tasks.get(token.id) is token:
            token.run()
            self.settle_around(token.workflow)

    def settle_around(self, scope: Scope) -> None:
        """End the scopes that have nothing left, from the inside out."""
        for around in scope.chain():
            if around.owner is not None and around.owner.id not in self.subprocesses:
                continue
            around.settle()

    def _release_a_join(self) -> bool:
        for scope in self.scopes():
            for join in list(scope.joins.values()):
                if join.task_spec.may_pass(join):
                    join._set_state(TaskState.READY)
                    return True
        return False

    # ---- history

    def passed(self, token: Token, flows: tuple[Flow, ...]) -> None:
        """Write that a token left a node."""
        spec, ids = token.task_spec, tuple(flow.id for flow in flows)
        self.history.append(
            Passed(spec.bpmn_id, spec.node.process, sight.path(token), self.at, ids)
        )
