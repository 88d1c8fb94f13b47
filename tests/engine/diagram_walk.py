"""Walking the shipped diagrams without a host: every answer a person may give, saved and restored.

A place is what is open (with its call activities), the year and the gate. What a gateway reads was
written by the answer just given, so going on from each place once, with every answer, takes every
path that there is.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine import feel
from engine.workflow.runtime import (
    Changes,
    Definition,
    OpenTask,
    ServiceCall,
    ThrownMessage,
    parse,
    restore,
    start,
)

ROOT = Path(__file__).resolve().parents[2]
BPMN, SCHEMAS = ROOT / "bpmn", ROOT / "forms" / "schemas"
DRAWN = {".bpmn", ".dmn"}
FILES = {path.name: path.read_bytes() for path in sorted(BPMN.iterdir()) if path.suffix in DRAWN}
PROCESSES = tuple(Path(name).stem for name in FILES if name.endswith(".bpmn"))
AT = datetime(2024, 3, 1, 1, 0, tzinfo=UTC)
Answer = Mapping[str, Any]


def definition(process: str, files: Mapping[str, bytes] = FILES) -> Definition:
    """A shipped process."""
    return parse(process, files)


def facts(**changes: Any) -> dict[str, Any]:
    """What a project's lifecycle begins with; two gates in the first stage, one in the others."""
    project = {
        "id": 12,
        "manager": 3,
        "type": "construction",
        "amount": Decimal(6_000_000),
        "origin": "new",
        "pilot": False,
    }
    keys = {"declaration": ["a", "b"], "budget": ["c"], "implementation": ["d"], "closure": ["e"]}
    gates = {
        stage: [{"key": k, "name": k, "gatekeeper": "department_reviewer"} for k in of]
        for stage, of in keys.items()
    }
    project |= {name: value for name, value in changes.items() if name in project}
    rest = {name: value for name, value in changes.items() if name not in project}
    return {"project": project, "year": 2024, "last_year": 2024, "gates": gates} | rest


def begin(process: Definition, data: Mapping[str, Any]) -> Changes:
    """The first changes of an instance, by its message if that is how it starts."""
    message = process.messages[0] if process.messages else None
    return start(process, data, at=AT, message=message)[1]


def options(form: str, key: str) -> list[str]:
    """The values a form offers for one answer."""
    schema = json.loads((SCHEMAS / f"{form}.json").read_text(encoding="utf-8"))
    return next(
        [one["value"] for one in part["values"]]
        for part in schema["components"]
        if part.get("key") == key
    )


def verbs(task: OpenTask) -> list[str]:
    """The verbs that a task offers."""
    return task.node.properties.get("verbs", "submit").split(",")


def answers(task: OpenTask, process: Definition) -> Iterator[dict[str, Any]]:
    """Everything that a person may answer, as far as the diagram can see it."""
    properties = task.node.properties
    given: list[dict[str, Any]] = [{"outcome": verb} for verb in verbs(task)]
    for key in filter(None, properties.get("outputs", "").split(",")):
        given = [one | {key: v} for one in given for v in options(properties["form"], key)]
    for one in given:
        if one["outcome"] == "return":
            yield from (one | {"return_to": to} for to in return_targets(process))
        else:
            yield one


def return_targets(process: Definition) -> list[str]:
    """The human tasks that something could be returned to: here, or in what it calls."""
    return [node.id for node in process.nodes.values() if node.kind == "userTask"]


def serve(call: ServiceCall, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the host would answer to a service call."""
    return {"year": data["year"] + 1} if call.operation == "projects.open_next_year" else {}


Place = tuple[tuple[str, ...], Any, Any]


@dataclass
class Walk:
    """What a search over a process has found."""

    places: dict[Place, set[Place]] = field(default_factory=dict)
    ends: set[Place] = field(default_factory=set)
    flows: set[tuple[str, str]] = field(default_factory=set)
    thrown: list[ThrownMessage] = field(default_factory=list)
    open_at_once: int = 0

    def stuck(self) -> set[Place]:
        """Places from which the end cannot be reached."""
        good, before = set(self.ends), -1
        while before != len(good):
            before = len(good)
            good |= {place for place, after in self.places.items() if after & good}
        return set(self.places) - good


def search(process: Definition, data: Mapping[str, Any]) -> Walk:
    """Go on from every place with every answer, restoring the saved state before each step."""
    first = begin(process, data)
    walk, todo = Walk(), deque([] if first.finished else [first])
    note(walk, first)
    seen = {place(process, first)}
    walk.ends |= seen if first.finished else set()
    while todo:
        changes = todo.popleft()
        here = place(process, changes)
        after = walk.places.setdefault(here, set())
        for done in steps(process, changes.state):
            note(walk, done)
            there = place(process, done)
            after.add(there)
            if done.finished:
                walk.ends.add(there)
            elif there not in seen:
                seen.add(there)
                todo.append(done)
    return walk


def steps(process: Definition, state: bytes) -> Iterator[Changes]:
    """All that can happen next to a saved instance."""
    run = restore(process, state)
    for task in run.open_tasks():
        for answer in answers(task, process):
            yield restore(process, state).complete(task.id, answer, at=AT)
    for call in run.open_calls():
        yield restore(process, state).answer(call.id, serve(call, run.data), at=AT)


def place(process: Definition, changes: Changes) -> Place:
    """Where an instance stands."""
    if changes.finished:
        return (("finished", str(changes.data.get("outcome"))), None, None)
    run = restore(process, changes.state)
    open_: list[OpenTask | ServiceCall] = [*run.open_tasks(), *run.open_calls()]
    data = open_[0].data if isinstance(open_[0], OpenTask) else run.data
    names = tuple(sorted("/".join([*one.path, one.node.id]) for one in open_))
    inside = (data.get("gate") or {}).get("key") if "gate" in names[0] else None
    return (names, data.get("year"), inside)


def note(walk: Walk, changes: Changes) -> None:
    """Keep what one step passed, threw and left open."""
    walk.flows |= {(passed.process, flow) for passed in changes.passed for flow in passed.flows}
    walk.thrown += changes.thrown
    walk.open_at_once = max(walk.open_at_once, len(changes.opened) + len(changes.calls))


@dataclass
class Told:
    """The story of one instance: what it went through, and what it knew at the end."""

    nodes: list[str] = field(default_factory=list)
    tasks: list[OpenTask] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)

    def count(self, node: str) -> int:
        """How often it passed a node."""
        return self.nodes.count(node)


def straight(process: Definition, data: Mapping[str, Any]) -> Told:
    """Everybody agrees: the shortest way through, restored before each step."""
    told, changes = Told(), begin(process, data)
    while True:
        told.nodes += [passed.node for passed in changes.passed]
        if changes.finished:
            told.data = changes.data
            return told
        run = restore(process, changes.state)
        if calls := run.open_calls():
            changes = run.answer(calls[0].id, serve(calls[0], run.data), at=AT)
            continue
        (task,) = run.open_tasks()
        told.tasks.append(task)
        changes = run.complete(task.id, agreement(task), at=AT)


def agreement(task: OpenTask) -> dict[str, Any]:
    """The answer that goes on: the first verb, and the first option of each output."""
    properties = task.node.properties
    keys = filter(None, properties.get("outputs", "").split(","))
    chosen = {key: options(properties["form"], key)[0] for key in keys}
    return {"outcome": verbs(task)[0], **chosen}


def role_of(task: OpenTask) -> object:
    """The role that does a task: its property, by FEEL where it begins with “=”, else its lane."""
    role = task.node.properties.get("role", "")
    return feel.evaluate(role[1:], task.data) if role.startswith("=") else role or task.node.lane
