"""The bare command line; each room adds its commands through the entry points `bihuan.commands`.

Data goes to standard output, everything else to standard error. Exit 0 fine, 1 a finding, 2 bad
input with one clear line, 3 our own failure.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click

from engine.errors import BihuanError

GROUP = "bihuan.commands"


def report(data: object, *, as_json: bool, text: Callable[[], str]) -> None:
    """Print a command's result: JSON for machines, or the text made by `text` for people."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=1) if as_json else text())


language_option = click.option(
    "--language",
    type=click.Choice(["zh", "en"]),
    default="zh",
    envvar="BIHUAN_LANGUAGE",
    help="提示的语言（默认中文）/ language of messages",
)
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 / JSON output")


def refusal_line(error: BihuanError, language: str) -> str:
    """The one line that tells of bad input."""
    said = error.said(language)
    return f"Error: {said}" if language == "en" else f"错误：{said}"


class Rooms(click.Group):
    """A group whose commands live in the rooms and are imported only when called."""

    def _entries(self) -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group=GROUP)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._entries()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self._entries().get(cmd_name)
        if entry is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = entry.load()
        return command


@click.group(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"]})
def bihuan() -> None:
    """闭环 Bihuan：公共项目绩效全流程管理。"""


def main(argv: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(run(argv))


def run(argv: list[str] | None = None) -> int:
    """Run one command; the exit code says how it went."""
    try:
        result: Any = bihuan.main(args=argv, prog_name="bihuan", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        click.echo(f"错误：{error.format_message()}", err=True)
        return 2
    except BihuanError as error:
        click.echo(refusal_line(error, os.environ.get("BIHUAN_LANGUAGE", "zh")), err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Exception:  # noqa: BLE001 - the last door: our own failure, told as such
        traceback.print_exc()
        click.echo("程序内部错误，请把以上内容交给管理员。", err=True)
        return 3
