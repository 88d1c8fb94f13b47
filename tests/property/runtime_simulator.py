"""A simulator over block trees that knows nothing of the runtime, nor of tokens, nor of BPMN.

A diagram is played by strands: one for each running scope, one for each branch that runs beside
another, one for each path that a boundary event has begun beside its task. A strand knows when its
nodes were entered; `runtime_returns` plays returns, jumps and recalls by that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.property.runtime_blocks import ITEMS, PATIENCE, Block, patience

Items = tuple[tuple[str, int], ...]
Key = tuple[str, Items]


class Clock:
    """What the whole play shares: a counter that orders events, and the time."""

    def __init__(self, now: datetime) -> None:
        self.count = 0
        self.now = now

    def tick(self) -> int:
        self.count += 1
        return self.count


class Strand:
    """Something that runs on its own; `host` is the block that it is inside of or beside of."""

    def __init__(
        self,
        clock: Clock,
        blocks: list[Block],
        parent: Strand | None = None,
        *,
        items: Items = (),
        scope: bool = False,
        host: Block | None = None,
    ) -> None:
        self.clock, self.blocks, self.parent, self.host = clock, blocks, parent, host
        self.items = items if scope or parent is None else parent.items
        self.scope = scope
        self.aside = False
        self.born = clock.tick()
        self.last: dict[str, tuple[Strand, int]] = {}
        self.strays: list[Strand] = []
        self.body: State = Nothing()

    def start(self) -> Strand:
        self.body = InTurn(begin(block, self) for block in self.blocks)
        return self

    @property
    def around(self) -> Strand:
        """The strand of the scope that it runs in."""
        strand = self
        while not strand.scope:
            assert strand.parent is not None
            strand = strand.parent
        return strand

    @property
    def visits(self) -> dict[str, int]:
        """When its nodes were entered last, if they were not entered elsewhere since."""
        return {node: at for node, (strand, at) in self.around.last.items() if strand is self}

    def works(self) -> Iterator[Work]:
        yield from self.body.works()
        for stray in self.strays:
            yield from stray.works()

    def events(self) -> Iterator[tuple[str | datetime, State]]:
        yield from self.body.events()

    def done(self) -> bool:
        body = self.body.done()
        self.strays = [stray for stray in self.strays if not stray.done()]
        return body and not (self.scope and self.strays)


class State:
    """A block that is being played."""

    def works(self) -> Iterator[Work]:
        """The tasks and service calls that are open in it."""
        yield from ()

    def events(self) -> Iterator[tuple[str | datetime, State]]:
        """(message or moment, state) for each boundary event that waits."""
        yield from ()

    def happen(self) -> None:
        """Its boundary event happens."""

    def put_off(self, by: timedelta) -> None:
        """Its timer is put off."""

    def done(self) -> bool:
        """Go as far as possible; true when there is nothing left."""
        raise AssertionError


class Nothing(State):
    def done(self) -> bool:
        return True


class Work(State):
    def __init__(self, node: str, strand: Strand) -> None:
        self.node, self.strand = node, strand
        self.key: Key = (node, tuple(sorted(strand.items)))
        self.open = True
        self.touched = False
        self.value: object = None
        if node[0] != "j":
            strand.around.last[node] = (strand, strand.clock.tick())

    def works(self) -> Iterator[Work]:
        if self.open:
            yield self

    def done(self) -> bool:
        return not self.open


class Together(State):
    """Branches that run beside each other; what they leave behind stays with the strand around."""

    def __init__(self, strand: Strand, kids: list[Strand]) -> None:
        self.strand, self.kids = strand, kids

    def works(self) -> Iterator[Work]:
        for kid in self.kids:
            yield from kid.works()

    def events(self) -> Iterator[tuple[str | datetime, State]]:
        for kid in self.kids:
            yield from kid.events()

    def done(self) -> bool:
        left = [kid for kid in self.kids if not kid.done()]  # every kid must go on
        if not left:
            for kid in self.kids:
                for stray in kid.strays:
                    stray.parent = self.strand
                    self.strand.strays.append(stray)
                kid.strays = []
        return not left


class InTurn(State):
    """Plays what `following` gives, one after another, until it gives None."""

    def __init__(self, following: Iterator[State]) -> None:
        self.following = following
        self.now: State | None = next(following, None)

    def works(self) -> Iterator[Work]:
        if self.now is not None:
            yield from self.now.works()

    def events(self) -> Iterator[tuple[str | datetime, State]]:
        if self.now is not None:
            yield from self.now.events()

    def done(self) -> bool:
        while self.now is not None and self.now.done():
            self.now = next(self.following, None)
        return self.now is None


class Inner(State):
    """A scope: done when its body and its stray paths are."""

    def __init__(self, block: Block, strand: Strand, items: Items) -> None:
        self.strand = Strand(strand.clock, block.kids, strand, items=items, scope=True, host=block)
        self.strand.start()

    def works(self) -> Iterator[Work]:
        yield from self.strand.works()

    def events(self) -> Iterator[tuple[str | datetime, State]]:
        yield from self.strand.events()
        for stray in self.strand.strays:
            yield from stray.events()

    def done(self) -> bool:
        return self.strand.done()


class Watching(State):
    """A task or sub-process with a boundary event on it."""

    def __init__(self, block: Block, strand: Strand, main: State) -> None:
        self.block, self.strand, self.main = block, strand, main
        self.over = False
        self.due = strand.clock.now + patience(block)

    def works(self) -> Iterator[Work]:
        yield from self.main.works()

    def events(self) -> Iterator[tuple[str | datetime, State]]:
        if not self.over and not self.main.done():
            yield (self.due if self.block.kind in PATIENCE else f"b{self.block.id}"), self
            yield from self.main.events()

    def put_off(self, by: timedelta) -> None:
        self.due += by

    def happen(self) -> None:
        for work in self.main.works():
            work.touched = True
        if self.block.kind in ("watched", "reminded"):
            self.over = self.block.kind == "reminded"
            stray = Strand(self.strand.clock, [], self.strand, host=self.block)
            stray.aside = True
            stray.body = Work(f"h{self.block.id}", stray)
            self.strand.strays.append(stray)
        else:
            self.over, self.main = True, Work(f"h{self.block.id}", self.strand)

    def done(self) -> bool:
        return self.main.done()


def begin(block: Block, strand: Strand) -> State:
    """Start playing a block."""
    match block.kind:
        case "task":
            return Work(f"t{block.id}", strand)
        case "gate":
            return Work(f"d{block.id}", strand)
        case "job":
            return Work(f"j{block.id}", strand)
        case "guarded" | "watched" | "timed" | "reminded":
            return Watching(block, strand, Work(f"t{block.id}", strand))
        case "guarded_sub":
            return Watching(block, strand, Inner(block, strand, strand.items))
        case "seq":
            return InTurn(begin(kid, strand) for kid in block.kids)
        case "and":
            return together(block, strand, range(len(block.kids)))
        case "xor" | "or":
            return InTurn(_decided(block, strand))
        case "loop":
            return InTurn(_repeated(block, strand))
        case "sub" | "call":
            return Inner(block, strand, strand.items)
        case "many":
            return Together(strand, [inner.strand for inner in instances(block, strand)])
        case "each":
            return InTurn(instances(block, strand))
    raise AssertionError(block.kind)


def together(block: Block, strand: Strand, chosen: range | list[int]) -> State:
    """The chosen branches; one alone runs in the strand itself."""
    if len(chosen) == 1:
        return begin(block.kids[chosen[0]], strand)
    kids = [Strand(strand.clock, [block.kids[n]], strand, host=block.kids[n]) for n in chosen]
    return Together(strand, [kid.start() for kid in kids])


def _decided(block: Block, strand: Strand) -> Iterator[State]:
    decide = Work(f"d{block.id}", strand)
    yield decide
    last = len(block.kids) - 1
    if block.kind == "xor":
        chosen = [decide.value if isinstance(decide.value, int) else last]
    else:
        assert isinstance(decide.value, list)
        chosen = [n for n in decide.value if n < last] or [last]
    yield together(block, strand, chosen)


def _repeated(block: Block, strand: Strand) -> Iterator[State]:
    while True:
        yield begin(block.kids[0], strand)
        decide = Work(f"d{block.id}", strand)
        yield decide
        if not decide.value:
            return


def instances(block: Block, strand: Strand) -> Iterator[Inner]:
    """The runs of a multi-instance sub-process."""
    for n in range(ITEMS):
        yield Inner(block, strand, (*strand.items, (f"i{block.id}", n)))


def simulate(root: Block, now: datetime) -> Strand:
    """The root scope, playing."""
    return Strand(Clock(now), [root], scope=True).start()
