"""`bihuan feel`, `bihuan decide` and `bihuan tck`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from engine import feel
from engine.cli import json_option
from engine.errors import BihuanError, Invalid
from engine.feel import dmn, limits
from engine.feel.dmn.tck import run_folder
from engine.feel.expression import compiled

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def _read_context(source: str) -> Mapping[str, object]:
    """A JSON object written out, or `@` and the file that holds it."""
    if source.startswith("@"):
        try:
            source = Path(source[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(f"读不到文件：{error}") from None
    context = feel.from_json(source)
    if not isinstance(context, dict):
        raise Invalid("上下文应为 JSON 对象")
    return context


def _print(answer: dict[str, object], *, as_json: bool, value: str) -> None:
    """JSON with all digits of numbers, or the value and on standard error its reason."""
    if as_json:
        click.echo(feel.to_json(answer))
        return
    click.echo(feel.to_json(answer[value]))
    if answer["error"]:
        click.echo(f"原因：{answer['error']}", err=True)


@click.command("feel")
@click.argument("expression")
@click.option("--context", default="{}", help="JSON 对象，或 @文件 / a JSON object, or @file")
@click.option("--fuel", default=limits.FUEL, show_default=True, help="计算量上限 / fuel limit")
@json_option
def feel_command(expression: str, context: str, fuel: int, *, as_json: bool) -> None:
    """计算一个 FEEL 表达式 / Evaluate a FEEL expression."""
    try:
        values = _read_context(context)
        evaluated = compiled(expression, values).explain(values, fuel)
        answer: dict[str, object] = {"value": evaluated.value, "error": evaluated.error}
        _print(answer, as_json=as_json, value="value")
    except BihuanError as error:
        _fail(error, {"value": None}, as_json=as_json)


def _fail(error: BihuanError, answer: dict[str, object], *, as_json: bool) -> None:
    """Bad input: told on standard error, and to machines as JSON too; exit 2."""
    if as_json:
        click.echo(feel.to_json({**answer, "error": error.message}))
    click.echo(f"错误：{error.message}", err=True)
    sys.exit(2)


@click.command("decide")
@click.argument("file", type=FILE)
@click.option("--decision", help="决策的名称或 id，只有一个时可省略 / name or id")
@click.option(
    "--input", "inputs", default="{}", help="JSON 对象，或 @文件 / a JSON object, or @file"
)
@json_option
def decide_command(file: Path, decision: str | None, inputs: str, *, as_json: bool) -> None:
    """按决策模型求结果 / Decide by a DMN model."""
    try:
        model = dmn.load_file(file)
        wanted = decision or _only_decision(model)
        decided = model.decide(wanted, _read_context(inputs))
        answer: dict[str, object] = {
            "result": decided.result,
            "matched_rules": decided.matched_rules,
            "error": decided.error,
        }
        _print(answer, as_json=as_json, value="result")
    except BihuanError as error:
        _fail(error, {"result": None, "matched_rules": []}, as_json=as_json)


def _only_decision(model: dmn.Model) -> str:
    """The decision that stands above all others."""
    if len(model.top) != 1:
        raise Invalid(f"请用 --decision 指明决策：{'、'.join(model.top[:10]) or '模型中没有决策'}")
    return model.top[0]


@click.command("tck")
@click.argument("folder", type=FOLDER)
@json_option
def tck_command(folder: Path, *, as_json: bool) -> None:
    """运行 DMN 兼容性测试集 / Run a DMN Technology Compatibility Kit folder."""
    outcome = run_folder(folder)
    failed = [
        {"test": each.test, "node": each.node, "expected": each.expected, "got": each.got}
        for each in outcome.failed
    ]
    if as_json:
        answer = {"passed": outcome.passed, "total": outcome.total, "failed": failed}
        click.echo(feel.to_json(answer))
    else:
        for each in outcome.failed:
            click.echo(f"{each.test} {each.node}：应为 {each.expected}，得到 {each.got}", err=True)
        click.echo(f"通过 {outcome.passed} / {outcome.total}")
    sys.exit(1 if failed else 0)
