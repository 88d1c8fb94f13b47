"""Durable completions of the reference process, beside what the bare driver reaches."""

from __future__ import annotations

import multiprocessing
import statistics
from dataclasses import dataclass
from typing import Any

from engine.settings import Settings
from tests.bench.engine.counting import counted
from tests.bench.engine.floor import Floor
from tests.bench.engine.player import Player
from tests.bench.engine.stage import LIVE, stage

TURNS = 5  # of the engine and of the floor, so that both see the same machine
WARM = 400  # completions before anything is timed
COUNTED = 160  # completions whose statements are counted: twenty instances


@dataclass(frozen=True)
class Told:
    """What one process of the host measured; rates of each turn in acts a second."""

    engine: list[float]
    floor: list[float]
    taken: list[float]


def bench_engine(
    database: str | None = None, processes: int = 1, seconds: float = 2.0
) -> dict[str, Any]:
    """Completions a second by `complete_task`, each durably committed; new instances included.

    `database` is the URL of a PostgreSQL server (without it: a temporary SQLite file); the engine
    and the floor run in turns of so many `seconds`. p50 and p99 are of the completion alone.
    """
    with stage(database) as settings:
        statements = _statements(settings)
        Floor(settings, 0).prepare(processes * LIVE)
        context = multiprocessing.get_context("spawn")
        together, results = context.Barrier(processes), context.Queue()
        players = [
            context.Process(target=_play, args=(settings, number, seconds, together, results))
            for number in range(processes)
        ]
        for one in players:
            one.start()
        told: list[Told] = [results.get(timeout=600) for _ in players]
        for one in players:
            one.join()
    return _figures(told, statements)


def _statements(settings: Settings) -> list[int]:
    """How many statements each of some completions sent."""
    player, counts = Player(settings), []
    for _ in range(WARM):
        player.step()
    for _ in range(COUNTED):
        with counted(player.engine) as sent:
            role = player.complete()
        counts.append(len(sent))
        player.follow(role)
    player.engine.dispose()
    return counts


def _play(settings: Settings, number: int, seconds: float, together: Any, results: Any) -> None:
    player, floor = Player(settings), Floor(settings, number)
    for _ in range(WARM):
        player.step()
    player.taken.clear()
    rates: dict[str, list[float]] = {"engine": [], "floor": []}
    for _ in range(TURNS):
        for name, one in (("floor", floor), ("engine", player)):
            together.wait()
            count, passed = one.play(seconds)
            rates[name].append(count / passed)
    results.put(Told(rates["engine"], rates["floor"], player.taken))


def _figures(told: list[Told], statements: list[int]) -> dict[str, Any]:
    engine = [sum(rates) for rates in zip(*(one.engine for one in told), strict=True)]
    floor = [sum(rates) for rates in zip(*(one.floor for one in told), strict=True)]
    percentiles = statistics.quantiles([ms for one in told for ms in one.taken], n=100)
    return {
        "completions_per_s": round(statistics.mean(engine)),
        "p50_ms": round(percentiles[49] * 1000, 2),
        "p99_ms": round(percentiles[98] * 1000, 2),
        "statements_per_completion": round(statistics.mean(statements), 2),
        "most_statements": max(statements),
        "floor_tps": round(statistics.mean(floor)),
        "ratio_to_floor": round(statistics.mean(engine) / statistics.mean(floor), 3),
        "completions_per_s_by_turn": [round(rate) for rate in engine],
        "floor_tps_by_turn": [round(rate) for rate in floor],
    }
