"""Random diagrams: the runtime, saved and restored at random, does what tokens should do."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.workflow import runtime
from engine.workflow.lint import lint
from engine.workflow.runtime import Changes, Definition, OpenTask, Run
from engine.workflow.runtime.state import save
from tests.property.runtime_blocks import ALL, SIMPLE, Artist, Block, grow
from tests.property.runtime_simulator import Key, Work, simulate

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
MOST_STEPS = 150
CALM = 60
LINEAR = (*SIMPLE, "or", "call", "many", "each")
EVENTS = ("seq", "and", "xor", "sub", "guarded", "watched", "guarded_sub", "many")


class Play:
    """One diagram, played by the runtime and by the simulator side by side."""

    def __init__(self, seed: int, kinds: tuple[str, ...], depth: int) -> None:
        self.chance = random.Random(seed)
        self.root = grow(self.chance, depth, kinds)
        self.blocks = {block.id: block for block in self.root.walk()}
        files = Artist().draw(self.root)
        self.definition: Definition = runtime.parse("p", files)
        data: dict[str, Any] = {"items": [0, 1]}
        self.run, self.changes = runtime.start(self.definition, data, at=AT)
        self.sim = simulate(self.root, AT)
        self.over = self.sim.done()
        self.steps = 0
        self.written: dict[str, int] = {}
        self.interrupted = False
        self.largest = 0

    def to_the_end(self) -> None:
        self.agree()
        while not self.over and self.steps < MOST_STEPS:
            before = {task.id for task in self.run.open_tasks()}
            events = sorted({str(name) for name, _ in self.sim.events()})
            if events and self.steps < CALM and self.chance.random() < 0.3:
                self.event(self.chance.choice(events))
            else:
                self.work()
            self.over = self.sim.done()
            self.steps += 1
            self.told(before)
            if self.chance.random() < 0.4:
                self.run = restored(self.definition, self.changes)
            self.agree()
        if self.over and not self.interrupted:
            self.nothing_written_is_lost()

    def event(self, name: str) -> None:
        self.interrupted = True
        for waiting, state in list(self.sim.events()):
            if waiting == name:
                state.happen()
        self.changes = self.run.correlate(name, {}, at=AT)

    def work(self) -> None:
        work = self.chance.choice(sorted(self.sim.works(), key=lambda work: work.key))
        task = next(task for task in self.run.open_tasks() if key_of(task) == work.key)
        self.written[f"x_{work.node}"] = self.steps
        outputs: dict[str, Any] = {f"x_{work.node}": self.steps}
        outputs |= self.decide(work)
        work.open = False
        self.changes = self.run.complete(task.id, outputs, at=AT)

    def decide(self, work: Work) -> dict[str, Any]:
        node = work.node
        if node[0] != "d":
            return {}
        block = self.blocks[int(node[1:])]
        work.value = self.choice(block)
        return {f"v{block.id}": work.value}

    def choice(self, block: Block) -> object:
        if block.kind == "loop":
            return self.chance.random() < (0.5 if self.steps < CALM else 0.05)
        branches = range(len(block.kids))
        if block.kind == "xor":
            return self.chance.choice(branches)
        return [n for n in branches if self.chance.random() < 0.5]

    def agree(self) -> None:
        expected = Counter(work.key for work in self.sim.works())
        assert Counter(key_of(task) for task in self.run.open_tasks()) == expected
        assert self.run.finished is self.over
        self.largest = max(self.largest, len(self.changes.state))

    def told(self, before: set[str]) -> None:
        """The changes say exactly what was opened and closed."""
        now = {task.id for task in self.run.open_tasks()}
        assert {task.id for task in self.changes.opened} == now - before
        assert {task.id for task in self.changes.closed} == before - now

    def nothing_written_is_lost(self) -> None:
        data = self.changes.data
        assert {name: data[name] for name in self.written} == self.written


def restored(definition: Definition, changes: Changes) -> Run:
    """The saved instance; saving it again gives the same bytes."""
    run = runtime.restore(definition, changes.state)
    assert save(run._instance) == changes.state
    return run


def key_of(task: OpenTask) -> Key:
    items = [(n, v) for n, v in task.data.items() if n[0] == "i" and n[1:].isdigit()]
    return task.node.id, tuple(sorted(items))


def play_many(seeds: range, kinds: tuple[str, ...], depth: int) -> None:
    for seed in seeds:
        play = Play(seed, kinds, depth)
        try:
            play.to_the_end()
        except Exception as error:
            error.add_note(f"seed {seed}, step {play.steps}, kinds {kinds}, depth {depth}")
            raise


@pytest.mark.parametrize(
    "kinds", [SIMPLE, LINEAR, EVENTS, ALL], ids=["simple", "linear", "events", "all"]
)
def test_random_diagrams_open_exactly_the_tasks_that_the_simulator_opens(
    kinds: tuple[str, ...],
) -> None:
    play_many(range(40), kinds, 3)


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [LINEAR, EVENTS, ALL], ids=["linear", "events", "all"])
@pytest.mark.parametrize("depth", [3, 4])
def test_thousands_of_random_diagrams(kinds: tuple[str, ...], depth: int) -> None:
    play_many(range(1_000, 2_000), kinds, depth)


def test_lint_finds_no_fault_in_any_block_structured_diagram() -> None:
    for seed in range(60):
        files = Artist().draw(grow(random.Random(seed), 3, ALL))
        faults = [
            str(f)
            for f in lint(files)
            if f.rule not in {"no-shape", "no-role", "no-name", "no-term"}
        ]
        assert faults == [], f"seed {seed}"


def test_lint_says_deadlock_where_the_runtime_gets_stuck() -> None:
    """A choice whose branches meet in a parallel gateway never ends, and lint says so."""
    for seed in range(60):
        files = Artist().draw(grow(random.Random(seed), 3, (*SIMPLE, "loop")))
        broken = {name: _broken(data) for name, data in files.items()}
        found = {f.rule for f in lint(broken)}
        assert ("deadlock" in found) == (broken != files), f"seed {seed}"


def _broken(data: bytes) -> bytes:
    """The same file with every join of an exclusive choice made parallel."""
    return re.sub(rb'<bpmn:exclusiveGateway (id="gj\d+">)</bpmn:exclusiveGateway>',
                  rb"<bpmn:parallelGateway \1</bpmn:parallelGateway>", data)  # fmt: skip
