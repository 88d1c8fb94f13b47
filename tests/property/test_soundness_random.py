"""The soundness check against a plain one that knows no reductions, on random diagrams."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

import pytest

from engine.workflow.lint import lint
from tests.engine.runtime_drawing import Drawing

SOUNDNESS = {"deadlock", "lack_of_synchronisation", "dead_task", "no_proper_completion"}
BY_ALL = {"dead_task", "no_proper_completion"}
"""What can only be said when all markings were looked at."""
MOST = 3000
Marking = tuple[int, ...]


@dataclass
class Plain:
    """A graph of nodes, played by the definitions: a marking counts the tokens on each flow."""

    kinds: dict[str, str]
    flows: list[tuple[str, str]]
    twice: bool = False
    stuck: set[str] = field(default_factory=set)
    enabled: set[str] = field(default_factory=set)
    endless: bool = False
    too_many: bool = False
    """Not all markings were looked at: it is slow."""

    def play(self) -> Plain:
        """Look at every marking in which no flow has two tokens."""
        first: Marking = tuple(int(source == "s") for source, _ in self.flows)
        self.enabled.add("s")
        after: dict[Marking, list[Marking]] = {}
        open_ends: set[Marking] = set()
        todo = deque([first])
        while todo:
            marking = todo.popleft()
            if marking in after:
                continue
            if len(after) == MOST:
                self.too_many = True
                return self
            moves = list(self._moves(marking))
            after[marking] = [to for to in moves if max(to, default=0) < 2]
            if len(after[marking]) < len(moves):
                self.twice = True
                open_ends.add(marking)
            if any(marking) and not moves:
                self.stuck |= {t for n, (_, t) in zip(marking, self.flows, strict=True) if n}
            todo.extend(after[marking])
        good = {m for m, to in after.items() if not to or m in open_ends}
        while more := {m for m, to in after.items() if m not in good and good & set(to)}:
            good |= more
        self.endless = set(after) != good
        return self

    def _moves(self, marking: Marking) -> list[Marking]:
        found: list[Marking] = []
        for node, kind in self.kinds.items():
            into = [n for n, (_, target) in enumerate(self.flows) if target == node]
            out = [n for n, (source, _) in enumerate(self.flows) if source == node]
            full = [n for n in into if marking[n]]
            if not full or (kind == "parallelGateway" and len(full) < len(into)):
                continue
            self.enabled.add(node)
            taken = [full] if kind == "parallelGateway" else [[n] for n in full]
            put = [[n] for n in out] if kind == "exclusiveGateway" else [out]
            for less in taken:
                for more in put or [[]]:
                    counts = list(marking)
                    for n in less:
                        counts[n] -= 1
                    for n in more:
                        counts[n] += 1
                    found.append(tuple(counts))
        return found

    def rules(self) -> set[str]:
        """By which rules the graph is not sound; dead nodes only where all markings were seen."""
        found = {"lack_of_synchronisation"} if self.twice else set()
        found |= {"deadlock"} if self.stuck else set()
        found |= {"no_proper_completion"} if self.endless else set()
        return found | (
            {"dead_task"} if not self.twice and self.enabled != set(self.kinds) else set()
        )

    def drawing(self) -> Drawing:
        """The same as a diagram."""
        drawing = Drawing()
        for id_, kind in self.kinds.items():
            drawing.node(kind, id_, name=id_)
        for source, target in self.flows:
            drawing.flow(source, target)
        return drawing


def grown(rng: random.Random) -> Plain:
    """Any graph: nodes in a row, then flows from anywhere to anywhere."""
    kinds = {"s": "startEvent"}
    for number in range(rng.randint(2, 8)):
        kind = rng.choice(["userTask", "exclusiveGateway", "parallelGateway", "exclusiveGateway"])
        kinds[f"n{number}"] = kind
    inner = list(kinds)[1:]
    flows = [("s", inner[0])]
    for one in inner:
        splits = kinds[one] != "userTask"
        targets = rng.sample([*inner, "e1", "e2"], rng.randint(1, 3) if splits else 1)
        flows += [(one, target) for target in targets if target != one]
    sources = {source for source, _ in flows}
    flows += [(one, "e1") for one in inner if one not in sources]
    kinds |= {end: "endEvent" for end in ("e1", "e2") if any(t == end for _, t in flows)}
    return Plain(kinds, flows)


def woven(rng: random.Random) -> Plain:
    """Blocks inside blocks, each split joined by its like: sound, until somebody meddles."""
    kinds, flows = {"s": "startEvent", "e1": "endEvent"}, []

    def block(before: str, depth: int) -> str:
        for _ in range(rng.randint(1, 2)):
            number = len(kinds)
            what = rng.choice(["task", "xor", "and", "loop"]) if depth else "task"
            if what == "task":
                kinds[f"n{number}"] = "userTask"
                flows.append((before, f"n{number}"))
                before = f"n{number}"
                continue
            kind = "parallelGateway" if what == "and" else "exclusiveGateway"
            first, last = f"n{number}a", f"n{number}b"
            kinds[first] = kinds[last] = kind
            flows.append((before, first))
            wide = 1 if what == "loop" else rng.randint(2, 3)
            flows.extend((block(first, depth - 1), last) for _ in range(wide))
            if what == "loop":
                flows.append((last, first))
            before = last
        return before

    flows.append((block("s", 2), "e1"))
    return Plain(kinds, flows)


def meddled(plain: Plain, rng: random.Random) -> Plain:
    """The same with one gateway of the other kind."""
    gateways = [id_ for id_, kind in plain.kinds.items() if kind.endswith("Gateway")]
    other = {"parallelGateway": "exclusiveGateway", "exclusiveGateway": "parallelGateway"}
    if gateways:
        one = rng.choice(gateways)
        plain.kinds[one] = other[plain.kinds[one]]
    return plain


def told(plain: Plain) -> dict[str, set[str]]:
    """What lint says of the graph: elements by rule."""
    found: dict[str, set[str]] = {}
    for finding in lint(plain.drawing().files()):
        if finding.rule in SOUNDNESS:
            found.setdefault(finding.rule, set()).add(finding.element)
            if finding.path:
                assert set(finding.path) <= set(plain.kinds) and finding.path[0] == "s"
                assert finding.path[-1] == finding.element or finding.rule.startswith("lack")
    return found


def compared(plain: Plain) -> None:
    """Lint and the definitions say the same; beyond two tokens on a flow lint may see more."""
    plain.play()
    found, said = told(plain), (plain.kinds, plain.flows)
    assert plain.stuck <= found.get("deadlock", set()), said
    if plain.twice or plain.too_many:
        assert set(found) >= plain.rules() - BY_ALL, said
        return
    assert set(found) == plain.rules(), said
    assert found.get("deadlock", set()) == plain.stuck, said
    assert found.get("dead_task", set()) == set(plain.kinds) - plain.enabled, said


@pytest.mark.parametrize("seed", range(200))
def test_a_random_diagram_is_judged_as_by_the_definitions(seed: int) -> None:
    compared(grown(random.Random(seed)))


@pytest.mark.parametrize("seed", range(200))
def test_well_formed_diagrams_are_sound_and_meddled_ones_are_found_out(seed: int) -> None:
    rng = random.Random(seed)
    plain = woven(rng)
    assert told(plain) == {}
    compared(meddled(plain, rng))
