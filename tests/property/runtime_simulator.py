"""A token simulator over block trees that knows nothing of the runtime, nor of BPMN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.property.runtime_blocks import ITEMS, Block

Key = tuple[str, tuple[tuple[str, int], ...]]


@dataclass
class Surround:
    """Where a state plays: the items of the loops around it, and the scope's stray paths."""

    items: tuple[tuple[str, int], ...]
    strays: list[Work]


class State:
    """A block that is being played."""

    def works(self) -> Iterator[Work]:
        """The human tasks that are open in it."""
        yield from ()

    def events(self) -> Iterator[tuple[str, State]]:
        """(message, state) for each boundary event that waits."""
        yield from ()

    def happen(self) -> None:
        """Its boundary event happens."""

    def done(self) -> bool:
        """Go as far as possible; true when there is nothing left."""
        raise AssertionError


class Work(State):
    def __init__(self, node: str, around: Surround) -> None:
        self.key: Key = (node, tuple(sorted(around.items)))
        self.open = True
        self.value: object = None

    def works(self) -> Iterator[Work]:
        if self.open:
            yield self

    def done(self) -> bool:
        return not self.open


class Together(State):
    def __init__(self, kids: list[State]) -> None:
        self.kids = kids

    def works(self) -> Iterator[Work]:
        for kid in self.kids:
            yield from kid.works()

    def events(self) -> Iterator[tuple[str, State]]:
        for kid in self.kids:
            yield from kid.events()

    def done(self) -> bool:
        left = [kid for kid in self.kids if not kid.done()]  # every kid must go on
        return not left


class InTurn(State):
    """Plays what `following` gives, one after another, until it gives None."""

    def __init__(self, following: Iterator[State]) -> None:
        self.following = following
        self.now: State | None = next(following, None)

    def works(self) -> Iterator[Work]:
        if self.now is not None:
            yield from self.now.works()

    def events(self) -> Iterator[tuple[str, State]]:
        if self.now is not None:
            yield from self.now.events()

    def done(self) -> bool:
        while self.now is not None and self.now.done():
            self.now = next(self.following, None)
        return self.now is None


class Inner(State):
    """A scope: done when its body and its stray paths are."""

    def __init__(self, kids: list[Block], items: tuple[tuple[str, int], ...]) -> None:
        self.around = Surround(items, [])
        self.body = InTurn(begin(kid, self.around) for kid in kids)

    def works(self) -> Iterator[Work]:
        yield from self.body.works()
        for stray in self.around.strays:
            yield from stray.works()

    def events(self) -> Iterator[tuple[str, State]]:
        yield from self.body.events()

    def done(self) -> bool:
        body = self.body.done()
        return body and all(not stray.open for stray in self.around.strays)


class Guarded(State):
    def __init__(self, block: Block, around: Surround, main: State) -> None:
        self.block, self.around, self.main = block, around, main
        self.fired = False

    def works(self) -> Iterator[Work]:
        yield from self.main.works()

    def events(self) -> Iterator[tuple[str, State]]:
        if not self.fired and not self.main.done():
            yield f"b{self.block.id}", self
            yield from self.main.events()

    def happen(self) -> None:
        self.fired = True
        self.main = Work(f"h{self.block.id}", self.around)

    def done(self) -> bool:
        return self.main.done()


class Watched(Work):
    def __init__(self, block: Block, around: Surround) -> None:
        super().__init__(f"t{block.id}", around)
        self.block, self.around = block, around

    def events(self) -> Iterator[tuple[str, State]]:
        if self.open:
            yield f"b{self.block.id}", self

    def happen(self) -> None:
        self.around.strays.append(Work(f"h{self.block.id}", self.around))


def begin(block: Block, around: Surround) -> State:
    """Start playing a block."""
    match block.kind:
        case "task":
            return Work(f"t{block.id}", around)
        case "guarded":
            return Guarded(block, around, Work(f"t{block.id}", around))
        case "guarded_sub":
            return Guarded(block, around, Inner(block.kids, around.items))
        case "watched":
            return Watched(block, around)
        case "seq":
            return InTurn(begin(kid, around) for kid in block.kids)
        case "and":
            return Together([begin(kid, around) for kid in block.kids])
        case "xor" | "or":
            return InTurn(_decided(block, around))
        case "loop":
            return InTurn(_repeated(block, around))
        case "sub" | "call":
            return Inner(block.kids, around.items)
        case "many":
            return Together(list(_instances(block, around)))
        case "each":
            return InTurn(_instances(block, around))
    raise AssertionError(block.kind)


def _decided(block: Block, around: Surround) -> Iterator[State]:
    decide = Work(f"d{block.id}", around)
    yield decide
    last = len(block.kids) - 1
    if block.kind == "xor":
        chosen = [decide.value if isinstance(decide.value, int) else last]
    else:
        assert isinstance(decide.value, list)
        chosen = [n for n in decide.value if n < last] or [last]
    yield Together([begin(block.kids[n], around) for n in chosen])


def _repeated(block: Block, around: Surround) -> Iterator[State]:
    while True:
        yield begin(block.kids[0], around)
        decide = Work(f"d{block.id}", around)
        yield decide
        if not decide.value:
            return


def _instances(block: Block, around: Surround) -> Iterator[State]:
    for n in range(ITEMS):
        yield Inner(block.kids, (*around.items, (f"i{block.id}", n)))


def simulate(root: Block) -> Inner:
    """The root scope, playing."""
    return Inner([root], ())
