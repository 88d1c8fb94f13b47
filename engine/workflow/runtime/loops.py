"""The standard loop: an activity again and again while a condition holds (BPMN 2.0 §13.3.6)."""

from __future__ import annotations

from SpiffWorkflow.util.task import TaskState

from .activities import Loop
from .expressions import Formula
from .facts import Layers
from .tokens import Token


class Again(Loop):
    """Rounds one after another; nothing of a round is kept but its data and their number.

    `condition` is asked before every round, or with `test_before` false after each; the number of
    rounds so far is `loopCounter`. There are never more than `most` rounds.
    """

    condition: Formula | None
    test_before: bool
    most: int | None
    item = None

    def arrive(self, token: Token) -> bool:
        """Begin the first round, unless the condition is asked before."""
        self.guard(token)
        token.info["done"] = 0
        if self.most == 0 or (self.test_before and not self._goes_on(token)):
            return True
        self._round(token)
        return False

    def merge(self, token: Token, child: Token) -> None:
        """A round is done."""
        token.info["done"] += 1
        token.facts = token.facts.merged(child.facts.without(self.own))
        if self._goes_on(token):
            self._round(token)
        else:
            token._set_state(TaskState.READY)

    def end_after(self, token: Token, child: Token) -> None:
        """The loop is over when this round is done."""
        token.info["last"] = True

    def _round(self, token: Token) -> None:
        token._set_state(TaskState.STARTED)
        scope = token.workflow
        own = {"loopCounter": token.info["done"] + 1}
        facts = token.facts.written(own, scope.top_workflow.step())
        scope.enter(self.child, facts, lineage=token.lineage, origin=token.origin, loop=token.id)

    def _goes_on(self, token: Token) -> bool:
        done = token.info["done"]
        if "last" in token.info or (self.most is not None and done >= self.most):
            return False
        if self.condition is None:
            return True
        return self.condition.holds(Layers({"loopCounter": done}, token.view))
