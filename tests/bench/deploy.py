"""How long it takes to deploy a large diagram: parsed, linted, proved sound and stored."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from engine import db
from engine import settings as installation
from engine.clock import SHANGHAI
from engine.migrations import migrate
from engine.work import MACHINE, begin
from engine.workflow.deployments import deploy
from engine.workflow.lint import lint, soundness
from engine.workflow.runtime import parse
from engine.workflow.runtime.diagram import read
from tests.engine.runtime_drawing import Drawing, service, timer

NODES = 200
STAGE = 10
"""Nodes of a stage: a gateway that may send back, a review by three, a reminder, a service."""


def _stage(drawing: Drawing, number: int) -> tuple[str, str]:
    """One stage with its first and last node."""

    def name(part: str) -> str:
        return f"s{number}_{part}"

    drawing.users(*(name(part) for part in ("apply", "a", "b", "c")))
    drawing.node("exclusiveGateway", name("judge"))
    for part in ("split", "join"):
        drawing.node("parallelGateway", name(part))
    drawing.node(
        "serviceTask", name("file"), service("indicators.approve_plan", 金额="= 金额 * 1.1")
    )
    drawing.node(
        "boundaryEvent",
        name("late"),
        timer("timeDuration", "P3D"),
        attachedToRef=name("apply"),
        cancelActivity="false",
    )
    drawing.users(name("remind"))
    drawing.path(name("apply"), name("split"))
    for part in "abc":
        drawing.path(name("split"), name(part), name("join"))
    drawing.path(name("join"), name("judge"))
    drawing.flow(name("judge"), name("apply"), "= sum(评分) / count(评分) < 60")
    drawing.flow(name("judge"), name("file"), default=True)
    drawing.path(name("late"), name("remind"), f"end_{number}")
    drawing.node("endEvent", f"end_{number}")
    return name("apply"), name("file")


def stages(nodes: int = NODES) -> dict[str, bytes]:
    """A process of stages behind each other, with about so many nodes."""
    drawing = Drawing("large")
    last = drawing.node("startEvent", "start")
    for number in range((nodes - 2) // (STAGE + 1)):
        first, end = _stage(drawing, number)
        drawing.flow(last, first)
        last = end
    drawing.flow(last, drawing.node("endEvent", "end"))
    return drawing.files()


def branches(kind: str, wide: int, deep: int) -> dict[str, bytes]:
    """A block of `wide` branches of `deep` tasks between two gateways of a kind."""
    drawing = Drawing(kind)
    drawing.node("startEvent", "start")
    drawing.node(kind, "split")
    drawing.node(kind, "join")
    drawing.node("endEvent", "end")
    drawing.path("start", "split")
    for branch in range(wide):
        tasks = [f"t{branch}_{number}" for number in range(deep)]
        drawing.users(*tasks)
        inclusive = kind == "inclusiveGateway"
        drawing.flow("split", tasks[0], f"= 金额 > {branch}" if inclusive else None)
        drawing.path(*tasks, "join")
    drawing.path("join", "end")
    return drawing.files()


def chain(nodes: int) -> dict[str, bytes]:
    """One task behind the other."""
    drawing = Drawing(f"chain_{nodes}")
    tasks = [f"t{number}" for number in range(nodes - 2)]
    drawing.users(*tasks)
    drawing.node("startEvent", "start")
    drawing.node("endEvent", "end")
    drawing.path("start", *tasks, "end")
    return drawing.files()


SHAPES: dict[str, Callable[[], dict[str, bytes]]] = {
    "stages": stages,
    "parallel": lambda: branches("parallelGateway", 14, 14),
    "inclusive": lambda: branches("inclusiveGateway", 6, 32),
    "chain_200": lambda: chain(200),
    "chain_1000": lambda: chain(1000),
}


def bench_deploy(times: int = 3) -> dict[str, dict[str, float]]:
    """Median milliseconds of a deployment and of its parts, on SQLite, by shape of diagram."""
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder:
        engine = db.connect(installation.load({"BIHUAN_VAR": folder}).database)
        migrate(engine)
        measured = {name: _measured(engine, make(), times) for name, make in SHAPES.items()}
        engine.dispose()
    return measured


def _measured(engine: Engine, files: dict[str, bytes], times: int) -> dict[str, float]:
    name, content = next(iter(files.items()))
    process = name.removesuffix(".bpmn")
    diagram = read(content, name)
    scopes = list(diagram.scopes.values())
    return {
        "nodes": sum(len(scope.elements) for scope in scopes),
        "deploy_ms": _ms(lambda number: _deploy(engine, process, files, number), times),
        "parse_ms": _ms(lambda _: parse(process, files), times),
        "lint_ms": _ms(lambda _: lint(files), times),
        "soundness_ms": _ms(lambda _: [list(soundness.check(scope)) for scope in scopes], times),
    }


def _deploy(engine: Engine, process: str, files: dict[str, bytes], number: int) -> None:
    changed = {name: content + b"<!-- %d -->" % number for name, content in files.items()}
    with begin(engine, MACHINE, datetime.now(SHANGHAI)) as work:
        assert deploy(work, process, changed).version == number + 1


def _ms(act: Callable[[int], Any], times: int) -> float:
    durations = []
    for number in range(times):
        began = time.perf_counter()
        act(number)
        durations.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(durations), 1)
