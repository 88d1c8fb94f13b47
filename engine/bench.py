"""`bihuan bench`: measured figures, as ratios within one run where a ratio says more."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

import click

from engine.cli import json_option, report
from engine.errors import Invalid
from engine.settings import ROOT

FOLDER = ROOT / "tests" / "bench"
KINDS: dict[str, click.ParamType[Any]] = {"int": click.INT, "float": click.FLOAT}

Bench = Callable[..., dict[str, Any]]


def available() -> list[str]:
    """The benches of this checkout, by name: a module or package each."""
    found = (*FOLDER.glob("[a-z]*.py"), *(file.parent for file in FOLDER.glob("*/__init__.py")))
    return sorted(one.stem for one in found)


class Benches(click.Group):
    """One command for each bench; the parameters of its function are the command's options."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return available()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _command(cmd_name) if cmd_name in available() else None


@click.group("bench", cls=Benches, invoke_without_command=True)
@json_option
@click.pass_context
def bench_command(context: click.Context, as_json: bool) -> None:
    """测量性能 / measure; all that there is when no bench is named."""
    if context.invoked_subcommand is None:
        _tell({name: _bench(name)() for name in available()}, as_json)


def _command(name: str) -> click.Command:
    bench = _bench(name)

    def run(as_json: bool, **options: Any) -> None:
        _tell(bench(**options), as_json)

    text = (inspect.getdoc(bench) or "").replace("`", "")
    command = click.Command(name, callback=run, help=text, params=list(_options(bench)))
    return json_option(command)


def _options(bench: Bench) -> Iterator[click.Option]:
    for name, parameter in inspect.signature(bench).parameters.items():
        kind = KINDS.get(str(parameter.annotation), click.STRING)
        yield click.Option([f"--{name}"], type=kind, default=parameter.default, show_default=True)


def _bench(name: str) -> Bench:
    try:
        room = importlib.import_module(f"tests.bench.{name}")
    except ModuleNotFoundError as absent:
        raise Invalid(
            "测量需要开发环境（缺少 {name}），请先运行 make dev",
            english=f"{absent.name} is missing, which tests and benches need: run make dev first",
            name=absent.name,
        ) from absent
    bench: Bench = getattr(room, f"bench_{name}")
    return bench


def _tell(figures: dict[str, Any], as_json: bool) -> None:
    report(figures, as_json=as_json, text=lambda: json.dumps(figures, ensure_ascii=False, indent=1))
