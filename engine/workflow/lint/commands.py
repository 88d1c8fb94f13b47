"""`bihuan lint`: check diagrams before they are deployed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from engine import registry
from engine.cli import json_option, language_option, report
from engine.errors import Invalid

from . import Finding, lint

SUFFIXES = {".bpmn", ".dmn"}


@click.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
@language_option
@json_option
@click.pass_context
def lint_command(ctx: click.Context, paths: tuple[Path, ...], language: str, as_json: bool) -> None:
    """检查流程图（默认 bpmn/）：有错误时退出码为 1。

    Check diagrams: what is unsupported, unreachable, unknown or can get stuck.
    """
    files = read_files(paths or (Path("bpmn"),))
    found = lint(files, registry.operations())
    data = {
        "files": len(files),
        "errors": sum(finding.severity == "error" for finding in found),
        "warnings": sum(finding.severity == "warning" for finding in found),
        "findings": [finding.as_dict() for finding in found],
    }
    report(data, as_json=as_json, text=lambda: _text(found, len(files), language))
    ctx.exit(1 if data["errors"] else 0)


def read_files(paths: Iterable[Path]) -> dict[str, bytes]:
    """The BPMN and DMN files among paths and below folders; `Invalid` when there are none."""
    files: dict[str, bytes] = {}
    for path in paths:
        if not path.exists():
            raise Invalid("找不到 {path}。", path=path)
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        files.update((str(f), f.read_bytes()) for f in found if f.suffix in SUFFIXES)
    if not files:
        raise Invalid("没有 .bpmn 或 .dmn 文件可检查。")
    return files


def _text(found: Sequence[Finding], files: int, language: str) -> str:
    lines = [finding.line(language) for finding in found]
    total = f"检查了 {files} 个文件，{len(found)} 处发现。"
    if language == "en":
        total = f"{files} files checked, {len(found)} findings."
    return "\n".join([*lines, total])
