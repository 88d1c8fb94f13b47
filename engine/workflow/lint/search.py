"""A search through the markings of a workflow net: bits that say which arcs have a token."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product

from .finding import Path
from .net import Arc, Net, Node, Outcome, mask, upstream
from .structure import closure

BOUND = 20_000
"""Markings that are looked at."""
MOST_BEGINNINGS = 64


@dataclass(frozen=True)
class Move:
    """A node fires: one outcome of it. `put` are bits, `gone` the arcs on which tokens vanish."""

    node: str
    put: int
    outcome: Outcome
    gone: int


@dataclass(frozen=True)
class Step:
    """A move from one marking to another; None where two tokens would be on one arc."""

    move: Move
    to: int | None
    crowded: int = 0


class Search:
    """All markings that can be reached, from every beginning, until there are too many.

    With `hasty` a node that can move is played before any other is looked at: tokens elsewhere
    cannot take its tokens away, so no deadlock is missed, and the markings are far fewer. Each way
    is followed to its end before the next, so that the bound leaves no way out of sight.
    """

    def __init__(self, net: Net, *, hasty: bool = False) -> None:
        self.net, self.hasty = net, hasty
        self._beside = mask(_beside(net))
        self._sinks = mask(n for n, arc in net.arcs.items() if _is_sink(net, arc))
        self._into = {id_: mask(node.incoming) for id_, node in net.nodes.items()}
        self._moves = {
            id_: [self._move(node, outcome) for outcome in node.outcomes]
            for id_, node in net.nodes.items()
        }
        self._before = {
            node.id: {arc: mask(upstream(net, arc, node.id)) for arc in node.incoming}
            for node in net.nodes.values()
            if node.takes == "or"
        }
        self.order = sorted(net.nodes.values(), key=_patience)
        self.steps: dict[int, list[Step]] = {}
        self.came: dict[int, tuple[int | None, tuple[Move, ...]]] = {}
        self.bounded = False

    def run(self) -> Search:
        """Look at every marking; the nearest first, so that the ways told are short."""
        todo: deque[int] = deque()
        for moves, marking in self._beginnings():
            if marking not in self.came:
                self.came[marking] = None, moves
                todo.append(marking)
        while todo:
            marking = todo.pop() if self.hasty else todo.popleft()
            self.steps[marking] = steps = list(self._steps(marking))
            for step in steps:
                if step.to is not None and step.to not in self.came:
                    self.came[step.to] = marking, (step.move,)
                    todo.append(step.to)
            if len(self.came) > BOUND:
                self.bounded = True
                return self
        return self

    def _beginnings(self) -> Iterator[tuple[tuple[Move, ...], int]]:
        for way in self.net.begins:
            choices = product(*(self._moves[start] for start in way))
            for moves in islice(choices, MOST_BEGINNINGS):
                marking = 0
                for move in moves:
                    marking |= move.put
                yield moves, marking

    def _move(self, node: Node, outcome: Outcome) -> Move:
        arcs = mask(outcome)
        return Move(node.id, arcs & ~self._sinks, outcome, arcs & self._sinks)

    def _steps(self, marking: int) -> Iterator[Step]:
        for node in self.order:
            for left in self.taken(node, marking):
                if node.ends:
                    left = 0
                for move in self._moves[node.id]:
                    crowded = left & move.put & ~self._beside
                    yield Step(move, None if crowded else left | move.put, crowded)
                if self.hasty:
                    return

    def taken(self, node: Node, marking: int) -> Iterator[int]:
        """What is left of the marking when the node takes its tokens, for each way to do so."""
        into = self._into[node.id]
        full = marking & into
        if not full:
            return
        if node.takes == "any":
            yield from (marking & ~(1 << arc) for arc in node.incoming if full >> arc & 1)
        elif full == into or (node.takes == "or" and not self._awaits(node, full, marking)):
            yield marking & ~full

    def _awaits(self, node: Node, full: int, marking: int) -> bool:
        """Whether a token elsewhere can still come on an arc that has none (BPMN 2.0 §13.4.3)."""
        others = marking & ~self._into[node.id]
        coming, here = 0, 0
        for arc, before in self._before[node.id].items():
            if full >> arc & 1:
                here |= before
            else:
                coming |= before
        return bool(others & coming & ~here)

    # ---- what was seen

    def deadlocks(self) -> Iterator[int]:
        """Markings with tokens left where nothing can move."""
        return (marking for marking, steps in self.steps.items() if marking and not steps)

    def crowded(self) -> Iterator[tuple[int, Step]]:
        """Moves that put a second token on an arc, with the marking before them."""
        for marking, steps in self.steps.items():
            yield from ((marking, step) for step in steps if step.crowded)

    def enabled(self) -> set[str]:
        """Every node that some marking enables."""
        moves = [step.move for steps in self.steps.values() for step in steps]
        moves += [move for prior, first in self.came.values() if prior is None for move in first]
        found: set[str] = set()
        for move in set(moves):
            found |= {move.node} | self.net.nodes[move.node].holds
            for arc in move.outcome:
                found |= self.net.arcs[arc].holds
                if self._sinks >> arc & 1:
                    found.add(self.net.arcs[arc].target)
        hosts = self.net.scope.elements
        return found | {
            one.id for host in found if host in hosts for one in self.net.scope.boundaries(host)
        }

    def endless(self) -> int | None:
        """A marking from which neither the end nor a deadlock can be reached, if there is one."""
        before: dict[int, list[int]] = {}
        good = []
        for marking, steps in self.steps.items():
            if not marking or not steps or any(step.to is None for step in steps):
                good.append(marking)
            for step in steps:
                if step.to is not None:
                    before.setdefault(step.to, []).append(marking)
        ending = closure(good, lambda marking: iter(before.get(marking, ())))
        return next((marking for marking in self.steps if marking not in ending), None)

    def repeated(self) -> Iterator[tuple[int, Step, int]]:
        """Moves after which an end's arc, where tokens may linger, can get a second token.

        With the marking before the move and the arc.
        """
        ahead = self._ahead()
        seen = 0
        for marking, steps in self.steps.items():
            for step in steps:
                again = step.move.gone & ahead.get(step.to or 0, 0) & ~self._beside & ~seen
                if step.to is not None and again:
                    seen |= again
                    yield marking, step, again.bit_length() - 1

    def _ahead(self) -> dict[int, int]:
        """For each marking, the ends' arcs that can still get a token."""
        before: dict[int, list[int]] = {}
        found: dict[int, int] = {}
        for marking, steps in self.steps.items():
            bits = 0
            for step in steps:
                bits |= step.move.gone
                if step.to is not None:
                    before.setdefault(step.to, []).append(marking)
            found[marking] = bits
        todo = deque(marking for marking, bits in found.items() if bits)
        while todo:
            marking = todo.popleft()
            for earlier in before.get(marking, ()):
                if found[marking] & ~found[earlier]:
                    found[earlier] |= found[marking]
                    todo.append(earlier)
        return found

    # ---- ways

    def path(self, marking: int, *then: Move) -> Path:
        """The nodes that are passed from the start to the marking, and by the moves then."""
        moves: list[Move] = []
        prior: int | None = marking
        while prior is not None:
            prior, last = self.came[prior]
            moves[:0] = last
        return tuple(self._passed([*moves, *then]))

    def onward(self, marking: int, arc: int) -> list[Move]:
        """The moves from the marking until one puts a token on the arc."""
        came: dict[int, tuple[int, Move] | None] = {marking: None}
        todo = deque([marking])
        while todo:
            here = todo.popleft()
            for step in self.steps[here]:
                if step.move.gone >> arc & 1:
                    moves, at = [step.move], came[here]
                    while at is not None:
                        moves.insert(0, at[1])
                        at = came[at[0]]
                    return moves
                if step.to is not None and step.to not in came:
                    came[step.to] = here, step.move
                    todo.append(step.to)
        return []

    def _passed(self, moves: Iterable[Move]) -> Iterator[str]:
        for move in moves:
            yield move.node
            for arc in move.outcome:
                yield from self.net.arcs[arc].via

    def stuck(self, marking: int) -> list[str]:
        """The nodes before which tokens are."""
        targets = (arc.target for n, arc in self.net.arcs.items() if marking >> n & 1)
        return list(dict.fromkeys(targets))


def _is_sink(net: Net, arc: Arc) -> bool:
    return net.nodes[arc.target].sink


def _patience(node: Node) -> tuple[int, str]:
    """Tokens are held where they may meet, so that a hasty search sees two on one arc."""
    wait = {"any": len(node.incoming) > 1, "all": 0, "or": 3}[node.takes]
    return (4 if node.ends else int(wait)), node.id


def _beside(net: Net) -> set[int]:
    """The arcs on which several tokens are meant: behind events that may happen again."""
    found = {number for number, arc in net.arcs.items() if arc.beside}
    todo = [net.arcs[number].target for number in found]
    while todo:
        node = net.nodes[todo.pop()]
        if node.incoming and found.issuperset(node.incoming):
            fresh = {arc for outcome in node.outcomes for arc in outcome} - found
            found |= fresh
            todo += [net.arcs[arc].target for arc in fresh]
    return found
