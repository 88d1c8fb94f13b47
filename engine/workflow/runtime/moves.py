"""Sending a token where a way leads (`ways`), with everything that has to give way to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict

from .facts import NOTHING, Facts
from .lineage import Lineage, begins, tidy, unflat
from .scopes import Instance
from .tokens import Token
from .ways import Way, giving_way


def go(way: Way, facts: Facts | None = None) -> None:
    """Withdraw what gives way and open the node, with what was known or with other data."""
    if facts is None:
        facts = learned(giving_way(way))
    withdraw(way)
    target = way.scope.spec.task_specs[way.node]
    way.scope.enter(target, facts, lineage=way.lineage)


def withdraw(way: Way, spared: Token | None = None) -> None:
    """Withdraw what gives way; of tokens at a join only those that came from there.

    On a way back, what was visited after the node has not been visited any more.
    """
    _forget_later(way)
    for token in giving_way(way):
        if token is spared:
            continue
        if "lineages" in token.info:
            _withdraw_arrivals(token, way.lineage)
        else:
            token.cancel()


def _forget_later(way: Way) -> None:
    nodes = list(way.scope.visited)
    for node in nodes[nodes.index(way.node) + 1 :] if way.back else ():
        if begins(way.scope.visited[node], way.lineage):
            del way.scope.visited[node]


def _withdraw_arrivals(join: Token, lineage: Lineage) -> None:
    for flow, came in list(join.info["lineages"].items()):
        left = [each for each in came if not begins(unflat(each), lineage)]
        join.info["lineages"][flow] = left
        join.info["arrived"][flow] = len(left)
        if not left:
            del join.info["lineages"][flow], join.info["arrived"][flow]
    if not join.info["arrived"]:
        join.cancel()


def learned(giving: Iterable[Token]) -> Facts:
    """All that is known to several tokens, called processes included."""
    facts = NOTHING
    for token in giving:
        facts = facts.merged(token.workflow.known_to(token, calls=True))
    return facts


# ---- completing on the way back


def make_way(token: Token, way: Way) -> None:
    """Before a task is completed with a return: leave nothing beside it that would stay behind.

    In the scopes inside the target's nothing else is left at all, so that each ends with this task.
    """
    known = learned(giving_way(way))
    for at in chain(token):
        scope, loop = at.workflow, at.workflow.tasks.get(at.info.get("loop", ""))
        standing = at if loop is None else loop
        if standing is way.standing:
            withdraw(way, spared=standing)
        else:
            known = known.without(scope.local)
            _leave_alone(at, standing)
        if loop is not None:
            known = known.without(loop.task_spec.own)
            loop.task_spec.end_after(loop, at)
        if standing is way.standing:
            break
    token.facts = token.facts.merged(known)
    tidy(scope.top_workflow)


def _leave_alone(at: Token, loop: Token) -> None:
    for other in at.workflow.tokens():
        if other not in (at, loop) and other.info.get("loop") != loop.id:
            other.cancel()


def chain(token: Token) -> Iterator[Token]:
    """The token and the owners of the scopes around it, instances of loops among them."""
    at: Token | None = token
    while at is not None:
        yield at
        at = at.workflow.owner


def check_arrival(way: Way, before: int) -> None:
    """After a return: one token, younger than `before`, is at the target in place of all that gave
    way; else `Conflict`.
    """
    giving = giving_way(way)
    if [t.task_spec.name for t in giving if int(t.id) > before] != [way.node] or len(giving) > 1:
        title = way.scope.spec.task_specs[way.node].node.name or way.node
        raise Conflict("流程图没有从这里退回到“{title}”的路线。", title=title, element=way.node)


# ---- calling back


def recalls(instance: Instance) -> Iterator[Way]:
    """What may be taken back: the ways to the tasks that may be opened again.

    All that has come of it must stand untouched at human tasks in the same branch, perhaps inside
    sub-processes and called processes that it has begun. Whatever else happens to any of it (a
    join, an answered service, a message sent or caught, a timer, a withdrawal) ends that (`touch`),
    and so does the end of the scope in which it was done.
    """
    for origin, (owner, node) in instance.undo.items():
        scope = instance if owner == "" else instance.subprocesses.get(owner)
        lineage = scope.visited.get(node) if scope is not None else None
        if scope is None or lineage is None:
            continue
        came = next((token for token in scope.tokens() if token.origin == origin), None)
        if came is not None:
            way = Way(scope, node, came, lineage, back=True)
            if all(_untouched(token, origin) for token in giving_way(way)):
                yield way


def _untouched(token: Token, origin: int) -> bool:
    if token.origin != origin:
        return False
    if token._state == TaskState.READY:
        return bool(token.task_spec.manual)
    scope = token.workflow
    inner = scope.top_workflow.subprocesses.get(token.id)
    if inner is not None:
        inside = inner.tokens()
    else:
        inside = [child for child in scope.tasks.values() if child.info.get("loop") == token.id]
    return bool(inside) and all(_untouched(each, origin) for each in inside)
