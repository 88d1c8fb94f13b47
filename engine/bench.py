"""`bihuan bench`: measured figures, as ratios within one run where a ratio says more."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import Any

import click

from engine.cli import json_option, report
from engine.errors import NotFound
from engine.settings import ROOT

FOLDER = ROOT / "tests" / "bench"


def available() -> list[str]:
    """The benches of this checkout, by name."""
    return sorted(file.stem for file in FOLDER.glob("[a-z]*.py"))


@click.command("bench")
@click.argument("names", nargs=-1)
@json_option
def bench_command(names: tuple[str, ...], as_json: bool) -> None:
    """测量性能 / run the benches called NAMES (all when none is given)."""
    results = {name: _run(name) for name in names or available()}
    text = json.dumps(results, ensure_ascii=False, indent=1)
    report(results, as_json=as_json, text=lambda: text)


def _run(name: str) -> dict[str, Any]:
    if name not in available():
        raise NotFound(f"没有名为 {name} 的测量，可用：{'、'.join(available())}")
    module = importlib.import_module(f"tests.bench.{name}")
    bench: Callable[[], dict[str, Any]] = getattr(module, f"bench_{name}")
    return bench()
