"""Random walks of verbs over random diagrams: no orphan token, whatever people do."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.errors import Conflict, Invalid
from engine.workflow import runtime
from engine.workflow.runtime import OpenTask
from engine.workflow.runtime.state import save
from tests.property.runtime_blocks import MOVING, Artist, Block, grow
from tests.property.runtime_returns import Chart, Done, Target, go, may_move, recalls, ways_back
from tests.property.runtime_simulator import Key, Work, simulate

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
CALM = 60
MOST_STEPS = 1_500
FLAT = ("seq", "and", "xor", "or", "loop", "gate", "task")
TIMES = ("seq", "and", "or", "sub", "timed", "reminded", "watched", "gate", "job")
DEEP = ("seq", "and", "or", "call", "many", "each", "guarded_sub", "gate", "task")


class Walk:
    """One diagram under random verbs, by the runtime and by the simulator side by side."""

    def __init__(self, seed: int, kinds: tuple[str, ...], depth: int) -> None:
        self.chance = random.Random(seed)
        self.root = grow(self.chance, depth, kinds)
        self.blocks = {block.id: block for block in self.root.walk()}
        self.chart = Chart(self.root)
        artist = Artist()
        self.definition = runtime.parse("p", artist.draw(self.root))
        self.gates = artist.gates
        self.now = START
        self.run, self.changes = runtime.start(self.definition, {"items": [0, 1]}, at=self.now)
        self.sim = simulate(self.root, self.now)
        self.over = self.sim.done()
        self.done: list[Done] = []
        self.steps = 0
        self.verbs: Counter[str] = Counter()

    # ---- the walk

    def to_the_end(self) -> None:
        self.agree()
        while not self.over:
            assert self.steps < MOST_STEPS
            before = {task.id for task in self.run.open_tasks()}
            self.tick()
            self.act()
            self.over = self.over or self.sim.done()
            self.steps += 1
            self.told(before)
            if self.chance.random() < 0.4:
                self.restore()
            self.agree()
        assert self.run.finished

    def tick(self) -> None:
        self.now += timedelta(seconds=1)
        self.sim.clock.now = self.now

    def act(self) -> None:
        calm = self.steps >= CALM
        verbs = [self.work] * 10 if calm else [
            *[self.work] * 8, self.send_back, *[self.jump] * 3, self.event, self.event, self.wait,
             self.recall, self.shift, self.refused,
        ]  # fmt: skip
        if not calm and self.chance.random() < 0.002:
            verbs = [self.stop]
        verb = self.chance.choice(verbs)
        if not verb():
            verb = self.work
            assert verb()
        self.verbs[verb.__name__] += 1

    # ---- verbs: each says whether there was anything to do

    def work(self) -> bool:
        work = self.some_work()
        outputs = {f"x_{work.node}": self.steps} | self.decide(work)
        at = self.visited(work)
        self.close(work, outputs)
        self.remember(work, at)
        return True

    def close(self, work: Work, outputs: dict[str, Any], **more: Any) -> None:
        work.open = False
        act = self.run.answer if work.node[0] == "j" else self.run.complete
        self.changes = act(self.id_of(work), outputs, at=self.now, **more)

    def remember(self, work: Work, at: int) -> None:
        before = set(self.sim.works())
        self.over = self.sim.done()
        if work.node[0] != "j":
            opened = [new for new in self.sim.works() if new not in before]
            self.done.append(Done(work, at, opened))

    def send_back(self) -> bool:
        gates = [w for w in self.works() if w.node in self.gates]
        for work in self.chance.sample(gates, len(gates)):
            legal = ways_back(self.chart, work)
            drawn = [n for n in self.gates[work.node] if n in legal]
            if drawn:
                target = legal[self.chance.choice(drawn)]
                value = {f"v{work.node[1:]}": target.node}
                self.astray(work, target, value)
                self.close(work, value, back_to=f"{self.process_of(work)}/{target.node}")
                go(target)
                return True
        return False

    def astray(self, work: Work, target: Target, value: dict[str, Any]) -> None:
        """A return that the diagram leads elsewhere is refused, and nothing changes."""
        before = save(self.run._instance)
        other = dict.fromkeys(value)
        with pytest.raises(Conflict):
            self.run.complete(self.id_of(work), other, at=self.now, back_to=target.node)
        assert save(self.run._instance) == before

    def jump(self) -> bool:
        work = self.some_work()
        legal = may_move(self.chart, work)
        task = self.id_of(work)
        offered = {p.node: p for p in self.run.may_move(task) if p.node in self.chart.nodes}
        assert set(offered) == set(legal), work.key
        if not legal:
            return False
        node = self.chance.choice(sorted(legal))
        self.changes = self.run.move(task, offered[node], at=self.now)
        go(legal[node])
        return True

    def event(self) -> bool:
        names = sorted({name for name, _ in self.sim.events() if isinstance(name, str)})
        if not names:
            return False
        name = self.chance.choice(names)
        for waiting, state in list(self.sim.events()):
            if waiting == name:
                state.happen()
        self.changes = self.run.correlate(name, {}, at=self.now)
        return True

    def wait(self) -> bool:
        dues = self.dues()
        assert self.run.next_due() == (dues[0][0] if dues else None)
        if not dues:
            return False
        self.now = self.sim.clock.now = max(self.now, dues[0][0])
        while dues and dues[0][0] <= self.now:
            dues[0][1].happen()
            self.sim.done()
            dues = self.dues()
        self.changes = self.run.fire_due(at=self.now)
        return True

    def dues(self) -> list[tuple[datetime, Any]]:
        waiting = [(due, state) for due, state in self.sim.events() if isinstance(due, datetime)]
        return sorted(waiting, key=lambda each: each[0])

    def recall(self) -> bool:
        legal = recalls(self.chart, self.sim, self.done)
        places = {place.node: place for place in self.run.recalls()}
        assert set(places) == set(legal)
        if not legal:
            return False
        node = self.chance.choice(sorted(legal))
        self.changes = self.run.recall(places[node], at=self.now)
        go(Target(node, legal[node].work.strand, legal[node].at))
        return True

    def shift(self) -> bool:
        by = timedelta(seconds=self.chance.randrange(500))
        for _, state in list(self.sim.events()):
            state.put_off(by)
        self.changes = self.run.shift(by, at=self.now)
        return True

    def refused(self) -> bool:
        """What is not offered is refused, and nothing changes."""
        work = self.some_work()
        legal = {*may_move(self.chart, work), work.node}
        others = sorted({*self.chart.nodes} - legal)
        if not others:
            return False
        before = save(self.run._instance)
        to = self.chance.choice(others)
        with pytest.raises((Conflict, Invalid)):
            self.run.move(self.id_of(work), to, at=self.now)
        assert save(self.run._instance) == before
        return self.work()

    def stop(self) -> bool:
        act = self.chance.choice([self.run.cancel, self.run.force_end])
        self.changes = act(at=self.now)
        self.sim.blocks = []
        self.sim.strays = []
        self.sim.start()
        self.over = True
        return True

    # ---- looking

    def works(self) -> list[Work]:
        return sorted(self.sim.works(), key=lambda work: work.key)

    def some_work(self) -> Work:
        return self.chance.choice(self.works())

    def visited(self, work: Work) -> int:
        return work.strand.around.last.get(work.node, (None, 0))[1]

    def process_of(self, work: Work) -> str:
        return next(t.node.process for t in self.run.open_tasks() if t.node.id == work.node)

    def id_of(self, work: Work) -> str:
        if work.node[0] != "j":
            return next(t.id for t in self.run.open_tasks() if key_of(t) == work.key)
        return next(id_ for id_, key in self.calls() if key == work.key)

    def calls(self) -> Iterator[tuple[str, Key]]:
        for id_, token in self.run._calls().items():
            yield id_, (token.task_spec.bpmn_id, items_of(token.facts.plain))

    def decide(self, work: Work) -> dict[str, Any]:
        if work.node[0] != "d" or work.node in self.gates:
            return {f"v{work.node[1:]}": None}
        block = self.blocks[int(work.node[1:])]
        work.value = self.choice(block)
        return {f"v{block.id}": work.value}

    def choice(self, block: Block) -> object:
        if block.kind == "loop":
            return self.chance.random() < (0.5 if self.steps < CALM else 0.05)
        branches = range(len(block.kids))
        if block.kind == "xor":
            return self.chance.choice(branches)
        return [n for n in branches if self.chance.random() < 0.5]

    def restore(self) -> None:
        self.run = runtime.restore(self.definition, self.changes.state)
        assert save(self.run._instance) == self.changes.state

    def agree(self) -> None:
        works = self.works()
        people = Counter(work.key for work in works if work.node[0] != "j")
        assert Counter(key_of(task) for task in self.run.open_tasks()) == people
        calls = Counter(work.key for work in works if work.node[0] == "j")
        assert Counter(key for _, key in self.calls()) == calls
        assert self.run.finished is self.over
        assert self.over or works
        if people:
            work = self.chance.choice([work for work in works if work.node[0] != "j"])
            places = self.run.ways_back(self.id_of(work))
            assert {place.node for place in places} == set(ways_back(self.chart, work)), work.key

    def told(self, before: set[str]) -> None:
        """The changes say exactly what was opened and closed."""
        now = {task.id for task in self.run.open_tasks()}
        assert {task.id for task in self.changes.opened} == now - before
        assert {task.id for task in self.changes.closed} == before - now


def items_of(data: Any) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((n, v) for n, v in data.items() if n[0] == "i" and n[1:].isdigit()))


def key_of(task: OpenTask) -> Key:
    return task.node.id, items_of(task.data)


def walk_many(seeds: range, kinds: tuple[str, ...], depth: int) -> Counter[str]:
    verbs: Counter[str] = Counter()
    for seed in seeds:
        walk = Walk(seed, kinds, depth)
        try:
            walk.to_the_end()
        except Exception as error:
            error.add_note(f"seed {seed}, step {walk.steps}, kinds {kinds}, depth {depth}")
            raise
        verbs += walk.verbs
    return verbs


@pytest.mark.parametrize(
    "kinds", [FLAT, TIMES, DEEP, MOVING], ids=["flat", "times", "deep", "moving"]
)
def test_no_sequence_of_verbs_leaves_an_orphan(kinds: tuple[str, ...]) -> None:
    verbs = walk_many(range(60), kinds, 3)
    assert verbs["jump"] and verbs["send_back"] and verbs["recall"]


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [FLAT, TIMES, DEEP, MOVING], ids=["flat", "times", "deep", "all"])
@pytest.mark.parametrize("depth", [3, 4])
def test_no_sequence_of_verbs_leaves_an_orphan_in_thousands(
    kinds: tuple[str, ...], depth: int
) -> None:
    walk_many(range(1_000, 2_000), kinds, depth)
