"""`bihuan feel`, `bihuan decide` and `bihuan tck`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from engine import feel
from engine.cli import json_option, language_option, refusal_line
from engine.errors import BihuanError, Invalid
from engine.feel import Complaint, Value, dmn, limits
from engine.feel.dmn.tck import Failed, run_folder
from engine.feel.expression import compiled

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)

_LABELS = {"zh": ("原因：", "提醒："), "en": ("Reason: ", "Warning: ")}


@dataclass(frozen=True, slots=True)
class Told:
    """How the answer is told."""

    language: str
    as_json: bool


def _read_context(source: str) -> Mapping[str, object]:
    """A JSON object written out, or `@` and the file that holds it."""
    if source.startswith("@"):
        try:
            source = Path(source[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(
                f"读不到文件：{error}", english=f"the file cannot be read: {error}"
            ) from None
    context = feel.from_json(source)
    if not isinstance(context, dict):
        raise Invalid("上下文应为 JSON 对象", english="the context must be a JSON object")
    return context


def _print(
    value: Value,
    answer: dict[str, object],
    notes: tuple[Complaint, ...],
    reason: Complaint | None,
    told: Told,
) -> None:
    """JSON with all digits of numbers and all warnings, or the value, with them on standard error.

    `answer` is the JSON but for the reason and the warnings.
    """
    if told.as_json:
        answer["error"] = reason and reason.located(told.language)
        if notes:
            answer["warnings"] = [note.as_dict(told.language) for note in notes]
        click.echo(feel.to_json(answer))
        return
    click.echo(feel.to_json(value))
    for note in notes:
        click.echo(f"{_LABELS[told.language][note is not reason]}{_drawn(note, told)}", err=True)


def _drawn(complaint: Complaint, told: Told) -> str:
    said = complaint.located(told.language)
    return f"{said}\n{complaint.place.picture()}" if complaint.place else said


def _fail(error: BihuanError, answer: dict[str, object], told: Told) -> None:
    """Bad input: told on standard error, to machines as JSON too, to people with carets; exit 2."""
    complaint = error.complaint if isinstance(error, feel.FeelError) else None
    if told.as_json:
        answer |= {"error": error.said(told.language)}
        if complaint is not None:
            answer["fault"] = complaint.as_dict(told.language)
        click.echo(feel.to_json(answer))
    click.echo(refusal_line(error, told.language), err=True)
    if complaint is not None and complaint.place and not told.as_json:
        click.echo(complaint.place.picture(), err=True)
    sys.exit(2)


@click.command("feel")
@click.argument("expression")
@click.option("--context", default="{}", help="JSON 对象，或 @文件 / a JSON object, or @file")
@click.option("--fuel", default=limits.FUEL, show_default=True, help="计算量上限 / fuel limit")
@language_option
@json_option
def feel_command(expression: str, context: str, fuel: int, language: str, *, as_json: bool) -> None:
    """计算一个 FEEL 表达式 / Evaluate a FEEL expression."""
    told = Told(language, as_json)
    try:
        values = _read_context(context)
        evaluated = compiled(expression, values).explain(values, fuel)
        value, reason = evaluated.value, evaluated.reason
        _print(value, {"value": value}, evaluated.notes, reason, told)
    except BihuanError as error:
        _fail(error, {"value": None}, told)


@click.command("decide")
@click.argument("file", type=FILE)
@click.option("--decision", help="决策的名称或 id，只有一个时可省略 / name or id")
@click.option(
    "--input", "inputs", default="{}", help="JSON 对象，或 @文件 / a JSON object, or @file"
)
@language_option
@json_option
def decide_command(
    file: Path, decision: str | None, inputs: str, language: str, *, as_json: bool
) -> None:
    """按决策模型求结果 / Decide by a DMN model."""
    told = Told(language, as_json)
    try:
        model = dmn.load_file(file)
        wanted = decision or _only_decision(model)
        decided = model.ask(wanted, _read_context(inputs))
        answer = {"result": decided.result, "matched_rules": decided.matched_rules}
        _print(decided.result, answer, decided.notes, decided.reason, told)
    except BihuanError as error:
        _fail(error, {"result": None, "matched_rules": []}, told)


def _only_decision(model: dmn.Model) -> str:
    """The decision that stands above all others."""
    if len(model.top) != 1:
        names = model.top[:10]
        raise Invalid(
            f"请用 --decision 指明决策：{'、'.join(names) or '模型中没有决策'}",
            english=f"say which with --decision: {', '.join(names) or 'the model has no decision'}",
        )
    return model.top[0]


def _why(failed: Failed) -> str:
    """An external function counts as failed even where its null is what the test expects."""
    return "（不执行外部函数，按未通过计）" if failed.reason == "external" else ""


@click.command("tck")
@click.argument("folder", type=FOLDER)
@json_option
def tck_command(folder: Path, *, as_json: bool) -> None:
    """运行 DMN 兼容性测试集 / Run a DMN Technology Compatibility Kit folder."""
    outcome = run_folder(folder)
    failed = [
        {key: value for key, value in asdict(each).items() if key != "reason" or value}
        for each in outcome.failed
    ]
    if as_json:
        answer = {"passed": outcome.passed, "total": outcome.total, "failed": failed}
        click.echo(feel.to_json(answer))
    else:
        for each in outcome.failed:
            click.echo(
                f"{each.test} {each.node}：应为 {each.expected}，得到 {each.got}{_why(each)}",
                err=True,
            )
        click.echo(f"通过 {outcome.passed} / {outcome.total}")
    sys.exit(1 if failed else 0)
