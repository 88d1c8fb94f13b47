"""`bihuan score`: propose scores for a self-evaluation table that was typed or pasted."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import click

from engine.cli import json_option
from engine.errors import Invalid
from engine.indicators.scoring import load_scheme, score_table
from engine.indicators.scoring.report import as_data, as_text, to_json


@click.command("score")
@click.argument("case", type=click.Path(path_type=Path))
@click.option(
    "--scheme",
    "scheme_name",
    default="mof_2020_10",
    show_default=True,
    help="评分方案：内置名称或 YAML 文件 / scheme key or YAML file",
)
@json_option
def score_command(case: Path, scheme_name: str, as_json: bool) -> None:
    """按评分方案为自评表 CASE（JSON）提出得分并指出疑点 / propose scores for a table."""
    table = score_table(read_case(case), load_scheme(scheme_name))
    click.echo(to_json(as_data(table)) if as_json else as_text(table))


def read_case(path: Path) -> dict[str, object]:
    """A table from a JSON file with its figures as Decimals. Raises Invalid with one clear line."""
    try:
        data = json.loads(
            path.read_bytes().decode("utf-8-sig"),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=Decimal,
        )
    except OSError as error:
        raise Invalid("文件不存在或无法读取：{path}。", path=path) from error
    except UnicodeDecodeError as error:
        raise Invalid("文件 {path} 不是 UTF-8 编码。", path=path) from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Invalid(
            "文件 {path} 不是有效的 JSON：{error}。", path=path, error=str(error)[:100]
        ) from error
    if not isinstance(data, dict):
        raise Invalid("文件 {path} 应是一张自评表（JSON 对象）。", path=path)
    return data
