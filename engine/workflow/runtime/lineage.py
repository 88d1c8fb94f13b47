"""Lineage: of which branches of which splits a token has come, and what joins and ends do to it.

A lineage is a stack of (fork, branch) numbers, outermost first, within one scope. Where one token
becomes several they get different branches of a new fork; where they meet again, one lineage takes
the place of theirs. Of two live tokens of a scope neither's lineage begins with the other's (the
instances of a loop, which carry the loop's, the rivals of an event gateway, of which one remains,
and running event sub-processes apart), so that withdrawing all tokens whose lineage begins with L
takes whatever came of the one token that had L, and nothing else.

`tidy` forgets a fork of which one branch is left: lineages grow with nesting, not with history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from .scopes import Instance, Scope
    from .tokens import Token

Lineage = tuple[tuple[int, int], ...]
Entry = TypeVar("Entry")


def begins(lineage: Lineage, with_: Lineage) -> bool:
    """Whether a lineage begins with another, or is the same."""
    return lineage[: len(with_)] == with_


def common(lineages: Sequence[tuple[Entry, ...]]) -> tuple[Entry, ...]:
    """What all begin with."""
    columns = zip(*lineages, strict=False)
    return tuple(column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns))


def parted(one: Lineage, two: Lineage) -> bool:
    """Whether two tokens are in different branches of one fork."""
    depth = len(common((one, two)))
    return len(one) > depth and len(two) > depth and one[depth][0] == two[depth][0]


def split(token: Token, branches: int) -> list[Lineage]:
    """The lineages of the tokens that take one token's place."""
    return splits(token.workflow, branches, token.lineage)


def splits(scope: Scope, branches: int, lineage: Lineage = ()) -> list[Lineage]:
    """The lineages of several tokens that begin at once, of one token or of a scope."""
    if branches < 2:
        return [lineage] * branches
    fork = scope.top_workflow.step()
    return [(*lineage, (fork, n)) for n in range(branches)]


def beside(activity: Token) -> Lineage:
    """The lineage of a path that begins beside an activity which goes on.

    The activity's token becomes a branch of its own; paths that begin beside it later are further
    branches of the same fork.
    """
    step = activity.workflow.top_workflow.step
    fork = activity.info.get("beside")
    if fork is None or activity.lineage[-1:] != ((fork, 0),):
        activity.info["beside"] = fork = step()
        activity.lineage = (*activity.lineage, (fork, 0))
    return (*activity.lineage[:-1], (fork, step()))


def united(scope: Scope, arrived: Sequence[Lineage]) -> Lineage:
    """The lineage of the token that goes on from a join.

    Whatever else is left of the branches that have met is set apart from them: nobody goes back
    into a branch that has already been joined.
    """
    shared = common(arrived)
    if all(lineage == shared for lineage in arrived):
        return shared
    depth = len(shared)
    met = {lineage[depth] for lineage in arrived if len(lineage) > depth}
    fork = min(met)[0]
    step = scope.top_workflow.step

    def apart(lineage: Lineage) -> Lineage:
        if begins(lineage, shared) and lineage[depth : depth + 1] and lineage[depth] in met:
            return (*shared, (fork, step()))
        return lineage

    for token in strands(scope):
        replace(token, apart)
    return (*shared, (fork, step()))


def strands(scope: Scope) -> list[Token]:
    """The tokens of a scope that are neither listeners nor running event sub-processes."""
    return [token for token in scope.tokens() if not token.task_spec.aside]


def lineages(token: Token) -> list[Lineage]:
    """Its lineage; at a join those of all that arrived."""
    arrived = token.info.get("lineages")
    if arrived is None:
        return [token.lineage]
    return [unflat(each) for flow in arrived.values() for each in flow]


def replace(token: Token, change: Any) -> None:
    """Give a token, or all that arrived at a join, changed lineages."""
    arrived = token.info.get("lineages")
    if arrived is None:
        token.lineage = change(token.lineage)
        return
    for flow in arrived.values():
        flow[:] = [flat(change(unflat(each))) for each in flow]


def flat(lineage: Lineage) -> list[int]:
    """As it is saved."""
    return [number for entry in lineage for number in entry]


def unflat(numbers: Sequence[int]) -> Lineage:
    """As it was before it was saved."""
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


# ---- after each act


def tidy(instance: Instance) -> None:
    """Forget what no longer makes a difference; nothing moves."""
    for scope in instance.scopes():
        _dissolve(scope)
    if instance.undo:
        borne = {token.origin for token in instance.everyone()}
        instance.undo = {o: place for o, place in instance.undo.items() if o in borne}


def _dissolve(scope: Scope) -> None:
    """A fork of which one branch is left is none; what was visited in closed branches is gone."""
    live: dict[int, set[int]] = {}
    tokens = strands(scope)
    for fork, branch in _entries(tokens):
        live.setdefault(fork, set()).add(branch)
    single = {fork: min(branches) for fork, branches in live.items() if len(branches) == 1}

    def shorter(lineage: Lineage) -> Lineage:
        return tuple(entry for entry in lineage if entry[0] not in single)

    if single:
        for token in tokens:
            replace(token, shorter)
    for node, lineage in [item for item in scope.visited.items() if item[1]]:
        if any(fork not in live or single.get(fork, branch) != branch for fork, branch in lineage):
            del scope.visited[node]
        elif single:
            scope.visited[node] = shorter(lineage)


def _entries(tokens: Iterable[Token]) -> Iterator[tuple[int, int]]:
    for token in tokens:
        for lineage in lineages(token) if token.lineage or "lineages" in token.info else ():
            yield from lineage


# ---- states saved before there were lineages


def adopt(instance: Instance) -> None:
    """Tokens that stand side by side without a lineage become branches of one unknown fork."""
    for scope in instance.scopes():
        tokens = [t for t in strands(scope) if "loop" not in t.info]
        for token in tokens:
            if "arrived" in token.info and "lineages" not in token.info:
                token.info["lineages"] = {
                    flow: [[] for _ in range(n)] for flow, n in token.info["arrived"].items()
                }
        if sum(lineages(t).count(()) for t in tokens if _group(t) == t.id) > 1:
            _part(scope, tokens)


def _group(token: Token) -> str:
    """The rivals of an event gateway are one token that waits in several places."""
    waiting: list[str] = [token.id, *token.info.get("rivals", ())]
    return min(waiting, key=int)


def _part(scope: Scope, tokens: Sequence[Token]) -> None:
    step = scope.top_workflow.step
    fork = step()
    for token in tokens:
        own = int(_group(token))

        def new(_: Lineage, token: Token = token, own: int = own) -> Lineage:
            return ((fork, step() if "lineages" in token.info else own),)

        replace(token, new)
