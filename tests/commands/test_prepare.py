"""A fresh installation can work at once: processes deployed, rules in force, keys made."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from engine import db, settings
from engine.risk.queries import active_rules
from engine.risk.rules import STANDARD
from engine.work import reading
from engine.workflow.models import Deployment
from forms.serve.prepare import prepare


def test_a_fresh_installation_has_every_process_once_however_often_it_is_prepared(
    tmp_path: Path,
) -> None:
    installed = settings.load({"BIHUAN_VAR": str(tmp_path / "var")})
    assert prepare(installed).empty
    assert prepare(installed).empty
    engine = db.connect(installed.database)
    with reading(engine) as session:
        deployed = {one.process: one.version for one in session.scalars(select(Deployment))}
        rules = {rule.key for rule in active_rules(session)}
    engine.dispose()
    shipped = {file.stem for file in installed.bpmn.glob("*.bpmn")}
    assert deployed == dict.fromkeys(shipped, 1)
    assert rules == {rule.key for rule in STANDARD}
