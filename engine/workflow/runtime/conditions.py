"""Conditional events: a condition over the data of the scope, looked at after every act.

A condition fires when it is true on arrival or becomes true; one that does not interrupt fires
again only after it has been false. It is looked at whenever everything that runs by itself has come
to rest, over the newest data of all branches of the scope and of the scopes around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import sight
from .events import Trigger, fire, waiting
from .facts import Facts, Layers
from .tokens import Token

if TYPE_CHECKING:
    from .scopes import Instance, Scope

HELD = "held"
"""In a token's memory: the condition was true when it was last looked at."""


def fire_true(top: Instance) -> bool:
    """Fire the conditional events whose conditions have become true; whether there were any."""
    found = list(_become_true(top))
    for token, trigger in found:
        token.info[HELD] = True
        fire(token, trigger, {})
    return bool(found)


def _become_true(top: Instance) -> Iterator[tuple[Token, Trigger]]:
    known: dict[str, Facts] = {}
    for token, trigger in waiting(top):
        if trigger.kind != "conditional" or trigger.formula is None:
            continue
        if not trigger.formula.holds(_seen(token, known)):
            token.info.pop(HELD, None)
        elif HELD not in token.info:
            yield token, trigger


def _seen(token: Token, known: dict[str, Facts]) -> Mapping[str, Any]:
    """The newest data of the scopes in sight, and what belongs to the token's own instance."""
    scope: Scope = token.workflow
    facts = token.facts
    for around in sight.within(scope):
        facts = facts.merged(_of(around, known))
    own = {name: token.facts.plain[name] for name in _own(token) if name in token.facts.cells}
    return Layers(own, facts.plain, sight.objects(scope))


def _of(scope: Scope, known: dict[str, Facts]) -> Facts:
    key = scope.owner.id if scope.owner is not None else ""
    if key not in known:
        known[key] = scope.current_facts()
    return known[key]


def _own(token: Token) -> Iterator[str]:
    """The names that belong to the instances of loops and the inputs around a token."""
    watched = token.workflow.tasks.get(token.info.get("guards", ""), token)
    for place in (watched, *(s.owner for s in sight.within(token.workflow) if s.owner is not None)):
        loop = place.workflow.tasks.get(place.info.get("loop", ""))
        yield from loop.task_spec.own if loop is not None else ()
    for scope in sight.within(token.workflow):
        yield from scope.local
