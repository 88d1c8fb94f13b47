"""`bihuan deploy`: make the diagrams of a folder the newest versions."""

from __future__ import annotations

from pathlib import Path

import click

from engine import db, settings, work
from engine.cli import json_option, report
from engine.work import Actor
from engine.workflow.deployments import FORMS, deploy, processes_of, read_folder


@click.command("deploy")
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True))
@click.option("--process", "wanted", multiple=True, help="只部署这些流程 / only these processes")
@json_option
def deploy_command(folder: Path | None, wanted: tuple[str, ...], as_json: bool) -> None:
    """部署流程图 / deploy the processes of FOLDER (default: the project's bpmn/)."""
    installed = settings.load()
    files = read_folder(folder or installed.bpmn, installed.schemas)
    deployed = []
    with work.begin(db.connect(installed.database), Actor(None, "命令行")) as unit:
        for process in processes_of(files):
            if not wanted or process in wanted:
                done = deploy(unit, process, files)
                deployed.append({"process": done.process, "version": done.version})
    count = len([name for name in files if not name.startswith(FORMS)])
    report(
        {"deployed": deployed},
        as_json=as_json,
        text=lambda: (
            f"{count} 个文件：" + "，".join(f"{d['process']} v{d['version']}" for d in deployed)
        ),
    )
