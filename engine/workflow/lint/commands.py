"""`bihuan lint`: check diagrams before they are deployed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from engine import registry
from engine.cli import json_option, language_option
from engine.errors import Invalid
from engine.workflow.runtime.diagram import export

from . import Finding, lint

SUFFIXES = {".bpmn", ".dmn"}


@click.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
@click.option(
    "--export",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="写出一个文件导入再导出的结果 / write what an import and export makes of one file",
)
@language_option
@json_option
@click.pass_context
def lint_command(
    ctx: click.Context, paths: tuple[Path, ...], out: Path | None, language: str, as_json: bool
) -> None:
    """检查流程图（默认 bpmn/）：有错误时退出码为 1。

    Check diagrams: what is unsupported, unreachable, unknown or can get stuck. With --json a line
    for each file.
    """
    files = read_files(paths or (Path("bpmn"),))
    found = lint(files, registry.operations())
    if out is not None:
        out.write_bytes(_exported(files))
    if as_json:
        for file in sorted(files):
            click.echo(json.dumps(_about(file, found), ensure_ascii=False))
    else:
        click.echo(_text(found, len(files), language))
    ctx.exit(1 if any(finding.severity == "error" for finding in found) else 0)


def _about(file: str, found: Sequence[Finding]) -> dict[str, object]:
    """One file: whether it can be deployed as it is, and all that is to be said of it."""
    own = [finding for finding in found if finding.file == file]
    return {
        "file": file,
        "runnable": all(finding.severity != "error" for finding in own),
        "findings": [finding.as_dict() for finding in own],
    }


def _exported(files: dict[str, bytes]) -> bytes:
    if len(files) != 1:
        raise Invalid("--export 一次只写一个文件。", english="--export takes one file at a time.")
    ((name, data),) = files.items()
    return export(data, name)


def read_files(paths: Iterable[Path]) -> dict[str, bytes]:
    """The BPMN and DMN files among paths and below folders; `Invalid` when there are none."""
    files: dict[str, bytes] = {}
    for path in paths:
        if not path.exists():
            raise Invalid("找不到 {path}。", english=f"There is no {path}.", path=path)
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        files.update((str(f), f.read_bytes()) for f in found if f.suffix in SUFFIXES)
    if not files:
        raise Invalid(
            "没有 .bpmn 或 .dmn 文件可检查。", english="There are no .bpmn or .dmn files to check."
        )
    return files


def _text(found: Sequence[Finding], files: int, language: str) -> str:
    lines = [finding.line(language) for finding in found]
    total = f"检查了 {files} 个文件，{len(found)} 处发现。"
    if language == "en":
        total = f"{files} files checked, {len(found)} findings."
    return "\n".join([*lines, total])
