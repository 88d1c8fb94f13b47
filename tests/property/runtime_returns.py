"""The simulator's own rule for returns, jumps and recalls, told by the tree of blocks.

One may go back to a node that was entered in the strand of the task, or in a strand around it
before the task's path split off: that strand then begins again at the node, and what split off
after the node was entered is gone. One may jump to a node that lies in the same branch of all the
same blocks. What was done may be called back while all that it opened, in the same branch, is open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.property.runtime_blocks import PARALLEL, Block
from tests.property.runtime_simulator import (
    InTurn,
    State,
    Strand,
    Watching,
    Work,
    begin,
)

Branches = tuple[tuple[int, int], ...]
SCOPES = ("sub", "call", "many", "each", "guarded_sub")
BESIDE = ("watched", "reminded")
LETTERS = {"gate": "d", "job": "j", "xor": "d", "or": "d", "loop": "d"}


class Chart:
    """Where each node and each inner scope lies: (the scope's block, the branches around it)."""

    def __init__(self, root: Block) -> None:
        self.nodes: dict[str, tuple[int, Branches]] = {}
        self.scopes: dict[int, tuple[int, Branches]] = {}
        self._walk(root, -1, ())

    def _walk(self, block: Block, scope: int, branches: Branches) -> None:
        here = (scope, branches)
        kind = block.kind
        if kind in ("task", "guarded", "timed", *BESIDE):
            self.nodes[f"t{block.id}"] = here
        if kind in LETTERS:
            self.nodes[f"{LETTERS[kind]}{block.id}"] = here
        if kind in ("guarded", "timed", "guarded_sub"):
            self.nodes[f"h{block.id}"] = here
        if kind in BESIDE:
            self.nodes[f"h{block.id}"] = (scope, (*branches, (block.id, -1)))
        if kind in SCOPES:
            self.scopes[block.id] = here
        for n, kid in enumerate(block.kids):
            if kind in SCOPES:
                self._walk(kid, block.id, ())
            else:
                deeper = ((block.id, n),) if kind in PARALLEL else ()
                self._walk(kid, scope, (*branches, *deeper))


@dataclass
class Target:
    """`at` is when the node was entered, None for a jump."""

    node: str
    strand: Strand
    at: int | None


@dataclass
class Done:
    """A task that was done, when it had been entered, and what came of it at once."""

    work: Work
    at: int
    opened: list[Work]


def around(chart: Chart, work: Work) -> Iterator[tuple[Strand, Branches, float]]:
    """The strands around a task: (strand, branches in its scope, before when it counts)."""
    strand: Strand | None = work.strand
    branches, before = chart.nodes[work.node][1], float("inf")
    while strand is not None:
        yield strand, branches, before
        if strand.aside:
            before = min(before, strand.born)
        if strand.scope and strand.host is not None:
            branches = chart.scopes[strand.host.id][1]
        strand = strand.parent


def entered(chart: Chart, work: Work) -> Iterator[Target]:
    """The nodes entered before, from which the task's path has come."""
    for strand, branches, before in around(chart, work):
        for node, at in strand.visits.items():
            lies = chart.nodes[node][1]
            if at < before and branches[: len(lies)] == lies:
                yield Target(node, strand, at)


def ways_back(chart: Chart, work: Work) -> dict[str, Target]:
    """Those of them that are not open in what would be withdrawn."""
    return {t.node: t for t in entered(chart, work) if t.node not in _open_in(t)}


def _open_in(target: Target) -> set[str]:
    strand = target.strand
    gone = [s for s in strand.strays if target.at is not None and s.born > target.at]
    works = [*strand.body.works(), *(work for stray in gone for work in stray.works())]
    return {work.node for work in works}


def may_move(chart: Chart, work: Work) -> dict[str, Target]:
    """All nodes that the task may be moved to, itself excepted."""
    found: dict[str, Target] = {}
    seen: set[Strand] = set()
    for strand, branches, _ in around(chart, work):
        if strand.around in seen:
            continue
        seen.add(strand.around)
        scope = strand.around.host.id if strand.around.host else -1
        for node, lies in chart.nodes.items():
            if lies == (scope, branches):
                found[node] = Target(node, strand, None)
    found |= {target.node: target for target in entered(chart, work)}
    found.pop(work.node, None)
    return found


def go(target: Target) -> None:
    """The strand begins again at the node."""
    strand, scope = target.strand, target.strand.around
    if target.at is not None:
        strand.strays = [stray for stray in strand.strays if stray.born < target.at]
        kept = {id(stray) for stray in strand.strays}
        for node, (entered_by, at) in list(scope.last.items()):
            inside = _is_inside(entered_by, strand, kept)
            if inside and (entered_by is not strand or at > target.at):
                del scope.last[node]
    strand.body = InTurn(_from(strand.blocks, strand, target.node))


def _is_inside(strand: Strand | None, outer: Strand, kept: set[int]) -> bool:
    while strand is not None and strand is not outer:
        if id(strand) in kept:
            return False
        strand = strand.parent
    return strand is outer


def _from(blocks: list[Block], strand: Strand, node: str) -> Iterator[State]:
    n = next(n for n, block in enumerate(blocks) if _holds(block, node))
    yield _placed(blocks[n], strand, node)
    for block in blocks[n + 1 :]:
        yield begin(block, strand)


def _holds(block: Block, node: str) -> bool:
    kids = () if block.kind in SCOPES else block.kids
    return int(node[1:]) == block.id or any(_holds(kid, node) for kid in kids)


def _placed(block: Block, strand: Strand, node: str) -> State:
    own = int(node[1:]) == block.id
    if own and node[0] == "h":
        state = Watching(block, strand, Work(node, strand))
        state.over = True
        return state
    if block.kind == "loop":
        return InTurn(_loop_from(block, strand, node))
    if own:
        return begin(block, strand)
    if block.kind == "seq":
        return InTurn(_from(block.kids, strand, node))
    return _placed(next(kid for kid in block.kids if _holds(kid, node)), strand, node)


def _loop_from(block: Block, strand: Strand, node: str) -> Iterator[State]:
    if int(node[1:]) != block.id:
        yield _placed(block.kids[0], strand, node)
    while True:
        decide = Work(f"d{block.id}", strand)
        yield decide
        if not decide.value:
            return
        yield begin(block.kids[0], strand)


def recalls(chart: Chart, root: Strand, done: list[Done]) -> dict[str, Done]:
    """What may be called back."""
    live = set(root.works())
    return {each.work.node: each for each in done if _may_recall(chart, each, live)}


def _may_recall(chart: Chart, done: Done, live: set[Work]) -> bool:
    strand, node = done.work.strand, done.work.node
    if strand.around.last.get(node) != (strand, done.at) or not done.opened:
        return False
    if any(stray.born > done.at for stray in strand.strays):
        return False
    return all(
        work in live and not work.touched and work.node[0] != "j" and _follows(chart, work, done)
        for work in done.opened
    )


def _follows(chart: Chart, work: Work, done: Done) -> bool:
    lies = chart.nodes[done.work.node][1]
    return any(
        strand is done.work.strand and branches[: len(lies)] == lies
        for strand, branches, _ in around(chart, work)
    )
