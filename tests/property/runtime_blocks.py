"""Random block-structured diagrams.

A diagram is a tree of blocks. `Artist` makes BPMN of it; `runtime_simulator` plays the same tree.
Decisions are made by a user task in front of the gateway, which writes `v<id>`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from tests.engine.runtime_drawing import Drawing, declare, message, multi, service, timer

SIMPLE = ("task", "seq", "and", "xor", "sub")
ALL = (*SIMPLE, "or", "loop", "guarded", "watched", "guarded_sub", "call", "many", "each")
MOVING = (*ALL, "timed", "reminded", "job", "gate", "gate", "seq", "seq", "and")
SPLITS = ("and", "xor", "or")
COUNT = {"seq": (1, 3), "and": (2, 3), "xor": (2, 3), "or": (2, 3)}
LEAVES = ("task", "guarded", "watched", "timed", "reminded", "gate", "job")
ITEMS = 2
PARALLEL = ("and", "or")
PATIENCE = ("timed", "reminded")


@dataclass
class Block:
    kind: str
    id: int
    kids: list[Block] = field(default_factory=list)

    def walk(self) -> Iterator[Block]:
        yield self
        for kid in self.kids:
            yield from kid.walk()


def patience(block: Block) -> timedelta:
    """How long the timer on a task takes."""
    return timedelta(seconds=100 + 37 * (block.id % 50))


def grow(chance: random.Random, depth: int, kinds: tuple[str, ...]) -> Block:
    """A random block; ids count from 1."""
    numbers = iter(range(1, 10_000))

    def block(depth: int) -> Block:
        leaves = [kind for kind in kinds if kind in LEAVES]
        kind = chance.choice(kinds if depth else leaves)
        id_ = next(numbers)
        if kind in LEAVES:
            return Block(kind, id_)
        low, high = COUNT.get(kind, (1, 1))
        return Block(kind, id_, [block(depth - 1) for _ in range(chance.randint(low, high))])

    return Block("seq", 0, [block(depth), block(depth)])


# ---- drawing

Exit = tuple[str, str | None, bool]


class Artist:
    """Draws a block tree; called processes become files of their own."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.messages: list[str] = []
        self.gates: dict[str, list[str]] = {}
        self.within: list[tuple[int, int]] = []
        self.placed: dict[str, tuple[tuple[int, int], ...]] = {}

    def draw(self, root: Block, key: str = "p") -> dict[str, bytes]:
        self._process(root, key)
        return self.files

    def _process(self, block: Block, key: str) -> None:
        drawing = self._scope([block], key, block.id)
        names = sorted(set(self.messages))
        self.files[f"{key}.bpmn"] = drawing.xml(extra=declare(*names))

    def _scope(self, blocks: list[Block], key: str, id_: int) -> Drawing:
        drawing = Drawing(key)
        around, self.within = self.within, []
        drawing.node("startEvent", f"s{id_}")
        out: Exit = (f"s{id_}", None, False)
        for block in blocks:
            out = self._emit(block, drawing, out)
        drawing.node("endEvent", f"e{id_}")
        drawing.flow(out[0], f"e{id_}", out[1], out[2])
        self.within = around
        return drawing

    def _emit(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        method = getattr(self, f"_{block.kind}")
        exit_: Exit = method(block, drawing, entry)
        return exit_

    def _node(self, drawing: Drawing, entry: Exit, kind: str, id_: str, inner: str = "") -> str:
        drawing.node(kind, id_, inner)
        drawing.flow(entry[0], id_, entry[1], entry[2])
        self.placed[id_] = tuple(self.within)
        return id_

    def _task(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        return self._node(drawing, entry, "userTask", f"t{block.id}"), None, False

    def _seq(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        for kid in block.kids:
            entry = self._emit(kid, drawing, entry)
        return entry

    def _and(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        split = self._node(drawing, entry, "parallelGateway", f"as{block.id}")
        return self._branches(block, drawing, split, f"aj{block.id}", "parallelGateway")

    def _xor(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        return self._choice(block, drawing, entry, "exclusiveGateway", "v{0} = {1}")

    def _or(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        return self._choice(block, drawing, entry, "inclusiveGateway", "list contains(v{0}, {1})")

    def _choice(
        self, block: Block, drawing: Drawing, entry: Exit, kind: str, condition: str
    ) -> Exit:
        decide = self._node(drawing, entry, "userTask", f"d{block.id}")
        split = self._node(drawing, (decide, None, False), kind, f"gs{block.id}")
        return self._branches(block, drawing, split, f"gj{block.id}", kind, condition)

    def _branches(
        self, block: Block, drawing: Drawing, split: str, join: str, kind: str, when: str = ""
    ) -> Exit:
        drawing.node(kind, join)
        for n, kid in enumerate(block.kids):
            last = bool(when) and n == len(block.kids) - 1
            text = when.format(block.id, n) if when and not last else None
            if block.kind in PARALLEL:
                self.within.append((block.id, n))
            out = self._emit(kid, drawing, (split, text, last))
            if block.kind in PARALLEL:
                self.within.pop()
            drawing.flow(out[0], join, out[1], out[2])
        return join, None, False

    def _loop(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        head = self._node(drawing, entry, "exclusiveGateway", f"lh{block.id}")
        out = self._emit(block.kids[0], drawing, (head, None, False))
        decide = self._node(drawing, out, "userTask", f"d{block.id}")
        again = self._node(drawing, (decide, None, False), "exclusiveGateway", f"lx{block.id}")
        drawing.flow(again, head, f"v{block.id} = true")
        return again, None, True

    def _sub(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        body = self._scope(block.kids, f"q{block.id}", block.id).body()
        return self._node(drawing, entry, "subProcess", f"sub{block.id}", body), None, False

    def _call(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        self._process(Block("seq", block.id, block.kids), f"called{block.id}")
        id_ = f"call{block.id}"
        drawing.node("callActivity", id_, calledElement=f"called{block.id}")
        drawing.flow(entry[0], id_, entry[1], entry[2])
        return id_, None, False

    def _many(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        body = self._scope(block.kids, f"q{block.id}", block.id).body()
        loop = multi("items", f"i{block.id}", sequential=block.kind == "each")
        id_ = f"many{block.id}"
        return self._node(drawing, entry, "subProcess", id_, loop + body), None, False

    _each = _many

    def _gate(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        """A task whose router leads back to human nodes drawn before it, not into branches."""
        before = [
            id_ for kind, id_, *_ in drawing.nodes
            if kind == "userTask" and self._is_around(id_)
        ]  # fmt: skip
        decide = self._node(drawing, entry, "userTask", f"d{block.id}")
        router = self._node(drawing, (decide, None, False), "exclusiveGateway", f"r{block.id}")
        for target in before:
            drawing.flow(router, target, f'v{block.id} = "{target}"')
        self.gates[decide] = before
        return router, None, bool(before)

    def _is_around(self, node: str) -> bool:
        within = self.placed[node]
        return tuple(self.within[: len(within)]) == within

    def _job(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        return (
            self._node(drawing, entry, "serviceTask", f"j{block.id}", service("x.y")),
            None,
            False,
        )

    def _boundary(self, drawing: Drawing, block: Block, host: str, stops: bool) -> None:
        event = message(f"b{block.id}")
        if block.kind in PATIENCE:
            event = timer("timeDuration", f"PT{patience(block).seconds}S")
        else:
            self.messages.append(f"b{block.id}")
        drawing.node(
            "boundaryEvent", f"b{block.id}", event, attachedToRef=host,
            cancelActivity=str(stops).lower(),
        )  # fmt: skip
        drawing.node("userTask", f"h{block.id}")
        self.placed[f"h{block.id}"] = (*self.within, *(() if stops else ((block.id, 0),)))
        drawing.flow(f"b{block.id}", f"h{block.id}")

    def _meet(self, drawing: Drawing, block: Block, host: str) -> Exit:
        self._boundary(drawing, block, host, True)
        drawing.node("exclusiveGateway", f"m{block.id}")
        drawing.flow(host, f"m{block.id}")
        drawing.flow(f"h{block.id}", f"m{block.id}")
        return f"m{block.id}", None, False

    def _guarded(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        host = self._node(drawing, entry, "userTask", f"t{block.id}")
        return self._meet(drawing, block, host)

    def _guarded_sub(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        host = self._sub(block, drawing, entry)[0]
        return self._meet(drawing, block, host)

    def _watched(self, block: Block, drawing: Drawing, entry: Exit) -> Exit:
        host = self._node(drawing, entry, "userTask", f"t{block.id}")
        self._boundary(drawing, block, host, False)
        drawing.node("endEvent", f"he{block.id}")
        drawing.flow(f"h{block.id}", f"he{block.id}")
        return host, None, False

    _timed = _guarded
    _reminded = _watched
