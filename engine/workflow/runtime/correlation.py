"""Correlation: to which instance a message belongs (BPMN 2.0 §8.4.2, key-based correlation).

A correlation key is a set of properties, each found in a message by an expression. The first
message of a conversation that carries a key, sent or received, gives the key its value for the
process; from then on only messages with the same value reach it. `processVariableCorrelation`
gives a waiting event values that the process already knows. A called process has conversations of
its own, a sub-process has those of its process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import Conflict

from .expressions import Formula
from .sight import process_of

if TYPE_CHECKING:
    from .scopes import Scope
    from .tokens import Token

NAMELESS = ""
"""The key of the properties that no correlation key names."""


@dataclass(frozen=True)
class Key:
    """A correlation key as one message carries it: where each of its properties is found."""

    name: str
    properties: Mapping[str, Formula]

    def of(self, payload: Mapping[str, Any]) -> dict[str, Any] | None:
        """The key's value in a message; None unless every property has one."""
        found = {name: formula.value(payload) for name, formula in self.properties.items()}
        return None if None in found.values() else found


def expect(token: Token, keys: tuple[Key, ...], expected: Mapping[str, Formula]) -> None:
    """A token begins to wait: note what the process already knows of the message's keys."""
    if not expected:
        return
    known = {name: formula.value(token.view) for name, formula in expected.items()}
    for name, value in known.items():
        if value is None:
            step = token.task_spec
            raise Conflict(
                "“{title}”要关联的“{name}”没有值。",
                title=step.node.name or step.bpmn_id,
                name=name,
                element=step.bpmn_id,
            )
    token.info["correlates"] = {
        key.name: {name: known[name] for name in key.properties if name in known} for key in keys
    }


def begin(scope: Scope, keys: tuple[Key, ...], payload: Mapping[str, Any]) -> None:
    """A message was sent or taken: the keys that it carries are known from now on."""
    held = process_of(scope).correlations
    for key in keys:
        value = key.of(payload)
        if value is not None:
            held.setdefault(key.name, value)


def agrees(token: Token, keys: tuple[Key, ...], payload: Mapping[str, Any]) -> bool:
    """Whether a message is one that the token waits for: no key that is known says otherwise."""
    known = process_of(token.workflow).correlations | token.info.get("correlates", {})
    return all(_same(known[key.name], key.of(payload)) for key in keys if known.get(key.name))


def _same(known: Mapping[str, Any], found: Mapping[str, Any] | None) -> bool:
    return found is not None and all(_equal(found.get(name), v) for name, v in known.items())


def _equal(one: Any, other: Any) -> bool:
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)
