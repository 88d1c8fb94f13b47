"""What a scope sees of the scopes around it, and which data pass in and out of it.

An embedded sub-process sees its process; a called process sees nothing of its caller.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.errors import Conflict

from .facts import Facts, Layers

if TYPE_CHECKING:
    from .scopes import Scope
    from .tokens import Token


def within(scope: Scope) -> Iterator[Scope]:
    """A scope and those around it, inmost first, out to its process."""
    for around in scope.chain():
        yield around
        if around.owner is None or around.owner.task_spec.node.kind == "callActivity":
            return


def process_of(scope: Scope) -> Scope:
    """The scope of the process that a scope is part of."""
    *_, outermost = within(scope)
    return outermost


def objects(scope: Scope) -> dict[str, Any]:
    """The values of the data objects in sight; of one name, the inmost."""
    found: dict[str, Any] = {}
    for around in within(scope):
        found = {name: cell.value for name, cell in around.objects.items()} | found
    return found


def holder(scope: Scope, name: str) -> Scope:
    """The scope in sight that has a data object of a name."""
    return next(around for around in within(scope) if name in around.spec.objects)


def opened(scope: Scope, facts: Facts) -> Facts:
    """The data that a scope begins with, its data objects having taken their first values.

    Raises `Conflict` when a called process lacks one of its data inputs.
    """
    if process_of(scope) is not scope:
        return facts
    if scope.owner is not None and scope.spec.takes is not None:
        missing = [name for name in scope.spec.takes if name not in facts.cells]
        if missing:
            raise Conflict(
                "调用“{call}”缺少数据“{name}”。",
                call=scope.spec.description,
                name=missing[0],
                element=scope.owner.task_spec.bpmn_id,
            )
        facts = facts.only((*scope.spec.takes, *scope.local))
    known = sorted(scope.spec.objects & facts.cells.keys())
    scope.objects = {name: facts.cells[name] for name in known}
    return facts.without(known)


def returned(scope: Scope, owner: Token) -> Facts:
    """The owner's data when its scope is done: only data outputs, where they are specified."""
    own = set(scope.local)
    if process_of(scope) is scope:
        own |= scope.spec.objects
        if scope.spec.gives is not None:
            cells = {**scope.ended.cells, **scope.objects}
            return owner.facts.merged(Facts(cells).only(scope.spec.gives))
    if owner.task_spec.gives is not None:
        return owner.facts.merged(scope.ended.only(owner.task_spec.gives))
    if owner.task_spec.takes is not None or scope.spec.takes is not None:
        return owner.facts.merged(scope.ended.without(own))
    return owner.facts.returned(scope.ended, own)


def is_enough(scope: Scope) -> bool:
    """Whether the completion condition of an ad-hoc sub-process holds."""
    condition = scope.spec.enough
    return condition is not None and bool(
        condition.holds(Layers(scope.current_facts().plain, objects(scope)))
    )


def path(token: Token) -> tuple[str, ...]:
    """The call activities above a token, outermost first, as keys of `Definition.nodes`."""
    above: list[str] = []
    owner = token.workflow.owner
    while owner is not None:
        if owner.task_spec.node.kind == "callActivity":
            above.append(f"{owner.task_spec.node.process}/{owner.task_spec.bpmn_id}")
        owner = owner.workflow.owner
    return tuple(reversed(above))
