"""`bihuan walk`: the demonstration and the smoke test."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from engine import db
from engine import settings as installation
from engine.cli import json_option, report
from engine.errors import BihuanError
from engine.indicators import queries as indicators
from engine.migrations import migrate
from engine.projects import queries as projects
from engine.projects.packs import load_packs
from engine.risk import queries as risks
from engine.settings import Settings
from engine.work import MACHINE, begin, reading
from engine.workflow.deployments import deploy, processes_of, read_folder
from forms.walk.case import Case, read_case
from forms.walk.cast import make_cast
from forms.walk.walker import Walker, signed_twice, told
from reports.models import papers
from reports.store import Store


@click.command("walk")
@click.argument("case", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--bpmn", type=click.Path(path_type=Path, exists=True, file_okay=False))
@json_option
def walk_command(case: Path, out: Path, bpmn: Path | None, as_json: bool) -> int:
    """把一张真实自评表走完项目全程 / walk a table through a project's whole life."""
    told = read_case(case)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bihuan-walk-") as folder:
        installed = installation.load()
        settings = replace(
            installed,
            var=Path(folder),
            database=f"sqlite:///{folder}/walk.db",
            bpmn=bpmn or installed.bpmn,
            authority=installed.pki,
        )
        result = walk(settings, told, out)
    report(result, as_json=as_json, text=lambda: _text(result, out))
    return 0 if result["ok"] else 1


def walk(settings: Settings, case: Case, out: Path) -> dict[str, Any]:
    """Walk `case` on a fresh database; writes `closure.pdf` and `steps.json` into `out`."""
    engine = db.connect(settings.database)
    try:
        return _walk(engine, settings, case, out)
    finally:
        engine.dispose()


def _walk(engine: Engine, settings: Settings, case: Case, out: Path) -> dict[str, Any]:
    migrate(engine)
    files = read_folder(settings.bpmn, settings.schemas)
    with begin(engine, MACHINE) as work:
        for process in processes_of(files):
            deploy(work, process, files)
    packs = load_packs(settings.bpmn / "packs")
    walker = Walker(engine, settings, case, packs, make_cast(engine, case))
    try:
        walker.walk()
    except BihuanError as error:
        walker.faults.append(told(error))
    result = _result(engine, walker)
    (out / "steps.json").write_text(
        json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    _write_paper(engine, walker, out)
    return result


def _result(engine: Engine, walker: Walker) -> dict[str, Any]:
    with reading(engine) as session:
        project = projects.project(session, walker.project_id)
        evaluation = indicators.evaluation(session, project.id, project.year)
        faults = walker.faults + signed_twice(session, walker.subject)
        rows = indicators.evaluation_rows(session, evaluation.id) if evaluation else []
        scores = [row.accepted for row, _ in rows]
        scores += [evaluation.execution_accepted] if evaluation else []
        added = sum((one for one in scores if one is not None), Decimal(0))
        total = evaluation.total if evaluation else None
        if total != added:
            faults.append(f"总分 {total} 不等于各项得分之和 {added}")
        if project.status != "closed" or not papers(session, project.id):
            faults.append("项目没有走到结项")
        actors = {step.actor for step in walker.steps if step.role != "finance"}
        if len(actors) < 6:
            faults.append(f"只有 {len(actors)} 人参与")
        return {
            "ok": not faults,
            "steps": [asdict(step) for step in walker.steps],
            "total": float(total) if total is not None else None,
            "grade": evaluation.grade if evaluation else None,
            "rectifications": len(
                [one for one in risks.rectifications(session, project.id) if one.closed_at]
            ),
            "faults": faults,
        }


def _write_paper(engine: Engine, walker: Walker, out: Path) -> None:
    with reading(engine) as session:
        found = papers(session, walker.project_id)
    if found:
        (out / "closure.pdf").write_bytes(Store(walker.settings.files).get(found[-1].sha256))


def _text(result: dict[str, Any], out: Path) -> str:
    lines = [
        f"{number:3d} {step['stage']:<15}{step['verb']:<8}{step['actor']:<8}{step['node']}"
        for number, step in enumerate(result["steps"], 1)
    ]
    verdict = "走完全程" if result["ok"] else "没有走通：" + "；".join(result["faults"])
    lines.append(f"{verdict}；总分 {result['total']}，等级 {result['grade']}；文件在 {out}")
    return "\n".join(lines)
