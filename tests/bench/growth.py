"""What a completion costs as an instance grows old or wide: loaded, completed, saved each time.

Ratios of medians within one run, early and late completions measured in turn; sizes in bytes.
Linear growth from 100 to 200 items is a ratio of 2.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

from engine.workflow import runtime
from engine.workflow.runtime import Changes, Definition
from tests.engine.runtime_drawing import Drawing, multi

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
  namespace="x"><decision id="level" name="level"><variable name="level"/>
  <literalExpression><text>if item.amount > limit then 2 else 1</text></literalExpression>
  </decision></definitions>"""
DECIDE = (
    "<bpmn:extensionElements><spiffworkflow:calledDecisionId>level"
    "</spiffworkflow:calledDecisionId></bpmn:extensionElements>"
)


class Played:
    """An instance that is loaded, completed and saved; `costs` are seconds per completion."""

    def __init__(self, files: dict[str, bytes] | Definition, data: dict[str, Any]) -> None:
        known = isinstance(files, Definition)
        self.definition = files if known else runtime.parse("p", files)  # type: ignore[arg-type]
        self.changes: Changes = runtime.start(self.definition, data, at=AT)[1]
        self.open = [task.id for task in self.changes.opened]
        self.costs: list[float] = []
        self.largest = len(self.changes.state)

    def complete(self, times: int) -> Played:
        """Complete the oldest open task, so many times or until the end."""
        for _ in range(times):
            if not self.open:
                break
            begun = time.process_time()
            run = runtime.restore(self.definition, self.changes.state)
            self.changes = run.complete(self.open.pop(0), {"n": 1}, at=AT)
            self.costs.append(time.process_time() - begun)
            self.open += [task.id for task in self.changes.opened]
            self.largest = max(self.largest, len(self.changes.state))
        return self

    def cost(self) -> float:
        """Seconds to complete the oldest open task, without doing so."""
        begun = time.process_time()
        run = runtime.restore(self.definition, self.changes.state)
        run.complete(self.open[0], {"n": 1}, at=AT)
        return time.process_time() - begun


def late_to_early(files: dict[str, bytes], data: dict[str, Any], late: int) -> float:
    """What the completion number `late` costs, over the tenth."""
    definition = runtime.parse("p", files)
    early, old = (Played(definition, data).complete(n - 1) for n in (10, late))
    costs = [(early.cost(), old.cost()) for _ in range(60)]
    return median(cost for _, cost in costs) / median(cost for cost, _ in costs)


def drawn(*ids: str) -> Drawing:
    """A path from a start to an end; the nodes between are added by the caller."""
    drawing = Drawing()
    drawing.node("startEvent", "s")
    drawing.node("endEvent", "e")
    return drawing.path("s", *ids, "e")


def loop() -> dict[str, bytes]:
    """A task, done again and again."""
    drawing = drawn("head", "a", "again").users("a")
    drawing.node("exclusiveGateway", "head")
    drawing.node("exclusiveGateway", "again")
    drawing.flows = [flow for flow in drawing.flows if flow[1] != "again"]
    drawing.flow("again", "head", None, True)
    drawing.flow("again", "e", "over = true")
    return drawing.files()


def each(*, sequential: bool) -> dict[str, bytes]:
    """A task for each item."""
    drawing = drawn("a")
    drawing.node("userTask", "a", multi("items", "item", sequential=sequential), name="a")
    return drawing.files()


def splits(count: int) -> dict[str, bytes]:
    """So many splits of three tasks, one after another."""
    drawing = Drawing()
    last = drawing.node("startEvent", "s")
    for n in range(count):
        split, join = f"split{n}", f"join{n}"
        drawing.node("parallelGateway", split)
        drawing.node("parallelGateway", join)
        drawing.path(last, split)
        for m in range(3):
            drawing.users(f"t{n}_{m}").path(split, f"t{n}_{m}", join)
        last = join
    drawing.node("endEvent", "e")
    return drawing.path(last, "e").files()


def automatic() -> dict[str, bytes]:
    """For each item a sub-process that decides and chooses by itself; then a task."""
    inner = Drawing("q")
    inner.node("startEvent", "q_s")
    inner.node("businessRuleTask", "decide", DECIDE)
    inner.node("exclusiveGateway", "q_x")
    inner.node("endEvent", "q_e")
    inner.node("endEvent", "q_e2")
    inner.path("q_s", "decide", "q_x")
    inner.flow("q_x", "q_e", "level = 2 and item.amount > 0")
    inner.flow("q_x", "q_e2", None, True)
    drawing = drawn("each", "a").users("a")
    drawing.node("subProcess", "each", multi("items", "item") + inner.body())
    return {**drawing.files(), "level.dmn": DMN.encode()}


def large_items(count: int) -> dict[str, Any]:
    """Items of about 20 KB each."""
    rows = [{"name": f"n{n}", "text": "x" * 60, "n": n} for n in range(200)]
    return {"limit": 50, "items": [{"amount": n, "rows": rows, "id": n} for n in range(count)]}


def _seconds(act: Callable[[], object], times: int = 3) -> float:
    costs = []
    for _ in range(times):
        begun = time.process_time()
        act()
        costs.append(time.process_time() - begun)
    return min(costs)


def _large(files: dict[str, bytes]) -> tuple[float, float]:
    """Time and size of beginning with 200 large items, over those with 100."""
    definition = runtime.parse("p", files)
    figures = []
    for count in (100, 200):
        data = large_items(count)
        size = len(runtime.start(definition, data, at=AT)[1].state)

        def begin(data: dict[str, Any] = data) -> object:
            return runtime.start(definition, data, at=AT)

        figures.append((_seconds(begin), size))
    (early, small), (late, large) = figures
    return late / early, large / small


def _per_completion(files: dict[str, bytes], completions: int) -> float:
    definition = runtime.parse("p", files)
    costs: list[float] = []
    for _ in range(30):
        costs += Played(definition, {}).complete(completions).costs
    return median(costs)


def chain(count: int) -> dict[str, bytes]:
    """So many gateways one after another, then a task."""
    ids = [f"x{n}" for n in range(count)]
    drawing = drawn(*ids, "a").users("a")
    for id_ in ids:
        drawing.node("exclusiveGateway", id_)
    return drawing.files()


def bench_growth() -> dict[str, float]:
    """How costs grow with history and width."""
    items = {"items": [{"id": n, "name": f"项目{n}"} for n in range(1000)]}
    begun, size = _large(each(sequential=False))
    decided, _ = _large(automatic())
    long_chain = chain(1000)
    figures = {
        "loop_10000th_to_10th": late_to_early(loop(), {}, 10_000),
        "sequential_1000th_to_10th": late_to_early(each(sequential=True), items, 1000),
        "parallel_1000th_to_10th": late_to_early(each(sequential=False), items, 1000),
        "seven_splits_to_one": _per_completion(splits(7), 21) / _per_completion(splits(1), 3),
        "large_items_200_to_100": begun,
        "large_items_state_200_to_100": size,
        "large_items_decided_200_to_100": decided,
        "rework_2000_rounds_bytes": Played(loop(), {}).complete(2000).largest,
        "chain_1000_parsed_s": _seconds(lambda: runtime.parse("p", long_chain)),
        "chain_1000_run_s": _seconds(lambda: Played(long_chain, {}).complete(1)),
    }
    return {name: round(value, 3) for name, value in figures.items()}
