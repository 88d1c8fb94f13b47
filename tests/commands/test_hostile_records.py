"""Records against their keepers: money where none may move, papers exchanged, secrets in errors."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from engine import db
from engine import settings as installation
from engine.ledger.verify import verify_ledger
from engine.projects.commands import create_project, delete_draft
from engine.work import MACHINE, Actor, begin
from engine.workflow import deployments
from engine.workflow.evidence import contradictions, with_rows
from reports.evidence import entered
from reports.models import Paper
from tests.district import District


def paper(district: District) -> Paper:
    """A paper, issued and on the record."""
    with district.work() as work:
        found = Paper(
            number="JX-1",
            project_id=district.project,
            kind="closure",
            title="报告",
            sha256="ab" * 32,
            record_sha256="cd" * 32,
            size=1,
            sealed_by="区财政局",
            issued_at=work.now,
        )
        work.session.add(found)
        work.record("paper.issued", "paper:JX-1", district.subject, {"sha256": found.sha256})
    return found


def test_a_paper_whose_row_was_exchanged_contradicts_the_ledger(district: District) -> None:
    issued = paper(district)
    with district.work() as work:
        found = work.session.get_one(Paper, issued.id)
        assert entered(work.session, found) is True
        found.sha256 = "ef" * 32
        assert entered(work.session, found) is False
        # an entry made up afterwards does not outvote the first
        work.record("paper.issued", "paper:JX-1", district.subject, {"sha256": found.sha256})
        work.session.flush()
        assert entered(work.session, found) is False


@pytest.mark.parametrize(("deleted", "why"), [(False, "尚未提交"), (True, "没有项目")])
def test_money_cannot_move_for_a_draft(district: District, deleted: bool, why: str) -> None:
    with district.work("shen") as work:
        district.project = create_project(work, district.draft(name="只是草稿")).id
    if deleted:
        with district.work("shen") as work:
            delete_draft(work, district.project)
    delivery = district.deliver("V1", "100.00")
    assert delivery.state == "refused"
    assert why in (delivery.error or "")
    assert district.tasks() == []


def test_errors_of_the_database_do_not_repeat_what_was_written(district: District) -> None:
    with pytest.raises(DBAPIError) as failed, begin(district.engine, Actor(None, "系统")) as work:
        work.session.execute(text("SELECT :secret FROM nowhere"), {"secret": "argon2id-of-shen"})
    assert "argon2id-of-shen" not in str(failed.value)


def test_a_data_folder_made_for_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    var = tmp_path / "var"
    made = installation.load({"BIHUAN_VAR": str(var)})
    with begin(db.connect(made.database), MACHINE):
        pass
    assert var.stat().st_mode & 0o077 == 0


def test_looking_for_processes_in_a_hostile_diagram_is_quick() -> None:
    begun = time.process_time()
    assert deployments.processes_of({"a.bpmn": b"<process " * 110_000}) == []
    assert time.process_time() - begun < 2


REWRITTEN = (
    "UPDATE signer SET person = '别人' WHERE id = (SELECT max(id) FROM signer)",
    "UPDATE signer SET opinion = '我不同意' WHERE id = (SELECT min(id) FROM signer)",
    "UPDATE task SET answers = '{}' WHERE id = (SELECT min(task_id) FROM signer)",
    "DELETE FROM signer WHERE id = (SELECT max(id) FROM signer)",
)


def test_a_signature_that_was_rewritten_beside_the_ledger_is_found(district: District) -> None:
    district.step()
    district.step()
    with db.session(district.engine) as session:  # rolled back
        assert list(contradictions(session)) == []
        for statement in REWRITTEN:
            with session.begin_nested() as kept:
                session.execute(text(statement))
                session.expire_all()
                assert len(list(contradictions(session))) == 1, statement
                verdict = with_rows(session, verify_ledger(session))
                kept.rollback()
            assert not verdict.ok
            assert "办理记录" in (verdict.problem or "")


def test_a_signature_that_was_made_up_beside_the_ledger_is_found(district: District) -> None:
    district.step()
    with db.session(district.engine) as session:  # rolled back
        session.execute(text("DROP TRIGGER entry_stays ON entry" if _pg(session) else _SQLITE))
        session.execute(text("DELETE FROM entry WHERE kind = 'task.completed'"))
        (told,) = contradictions(session)
        assert "没有存证" in told


_SQLITE = "DROP TRIGGER entry_stays"


def _pg(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
