"""What ended long ago leaves the running work's tables and is read as if it had not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from click.testing import CliRunner
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from engine import settings as installation
from engine.errors import Forbidden, Invalid, NotFound
from engine.jobs.commands import enqueue
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.migrations import migrate
from engine.people.notices import notices
from engine.work import begin
from engine.workflow import queries
from engine.workflow.archive.cli import restore_command
from engine.workflow.archive.commands import KIND, archive_older_than, restore_instance
from engine.workflow.archive.models import Archive, ArchivedAct, ArchivedCopy
from engine.workflow.archive.packing import TABLES, digest, pack, unpack
from engine.workflow.evidence import contradictions, with_rows
from engine.workflow.models import Instance, Signer, Task
from reports.facts import closure_record
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District, later

TWO = "person:gu,person:qian"


def ended(district: District) -> Desk:
    """A matter that was decided by two, a year and more ago, and a younger one."""
    files = chain(filed(copies="person:zheng"), reviewed(approval="all", approvers=TWO))
    desk = Desk.of(district, files)
    desk.act("shen", "submit", answers={"amount": "12"})
    desk.act("gu")
    desk.act("qian")
    later(district, days=500)
    Desk.of(district, chain(filed(copies="person:zheng"), reviewed())).act("shen", "submit")
    return desk


def archive(district: District, days: int = 400) -> int:
    with district.work() as work:
        return archive_older_than(work, days)


def counts(district: District, desk: Desk) -> dict[str, int]:
    """How many rows of the process the running work's tables hold."""
    found = {}
    with district.reading() as session:
        for kind in TABLES:
            if kind.__tablename__ not in ("instance", "draft"):
                rows = select(func.count()).where(kind.instance_id == desk.instance)  # type: ignore[attr-defined]
                found[kind.__tablename__] = session.scalar(rows) or 0
        found["instance"] = int(session.get(Instance, desk.instance) is not None)
    return found


def test_an_old_process_leaves_the_tables_and_its_timeline_stays(settled: District) -> None:
    desk = ended(settled)
    with settled.reading() as session:
        before = queries.timeline(session, settled.subject)
        known = [one.id for one in queries.instances(session, settled.subject)]
    full = counts(settled, desk)
    assert full["signer"] == 3 and full["copy"] == 1 and full["passage"] > 0
    assert archive(settled) == 1
    assert set(counts(settled, desk).values()) == {0}
    with settled.reading() as session:
        assert queries.timeline(session, settled.subject) == before
        assert [one.id for one in queries.instances(session, settled.subject)] == known


def test_its_way_on_the_diagram_and_its_tasks_can_still_be_looked_at(settled: District) -> None:
    desk = ended(settled)
    with settled.reading() as session:
        task = session.scalars(select(Task).where(Task.instance_id == desk.instance)).first()
        assert task is not None
        way = queries.path(session, session.get_one(Instance, desk.instance))
    archive(settled)
    with settled.reading() as session:
        (old, _) = queries.instances(session, settled.subject)
        assert queries.path(session, old) == way
        view = queries.task_view(session, task.id, settled.id("shen"))
        assert (view.task.title, view.prefill) == ("file", {"amount": "12"})
        assert queries.has_signed(session, task.id, settled.id("shen"))
        assert not queries.has_signed(session, task.id, settled.id("wu"))


def test_the_evidence_of_an_archive_is_checked(settled: District) -> None:
    ended(settled)
    archive(settled)
    with settled.reading() as session:
        assert with_rows(session, verify_ledger(session)).ok
    with settled.work() as work:
        record = unpack(work.session.scalars(select(Archive.content)).one())
        record.of(Signer)[0].opinion = "另有意见"
        forged = pack(record)
        work.session.execute(update(Archive).values(content=forged, sha256=digest(forged)))
        told = list(contradictions(work.session))
    assert any("的办理记录与存证不符" in one for one in told)
    assert any("归档内容与存证不符" in one for one in told)


def test_a_missing_archive_is_missed(settled: District) -> None:
    ended(settled)
    archive(settled)
    with settled.work() as work:
        work.session.execute(text("DELETE FROM archive"))
    with settled.reading() as session:
        assert any("不见了" in one for one in contradictions(session))


def test_what_is_young_or_still_running_stays(settled: District) -> None:
    desk = ended(settled)
    assert archive(settled, days=600) == 0
    with settled.reading() as session:
        running = session.scalar(
            select(func.count()).select_from(Instance).where(Instance.status == "active")
        )
    archive(settled)
    assert running == 1
    with settled.reading() as session:
        assert session.scalars(select(Instance.status)).all() == ["active"]
    assert counts(settled, desk)["instance"] == 0


def test_the_newest_number_is_never_given_twice(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed()))
    desk.act("shen", "submit")
    desk.act("gu")
    later(settled, days=500)
    assert archive(settled) == 0
    assert counts(settled, desk)["instance"] == 1


def test_an_auditor_brings_a_process_back_as_it_was(settled: District) -> None:
    desk = ended(settled)
    full = counts(settled, desk)
    with settled.reading() as session:
        before = session.get_one(Instance, desk.instance).__dict__.copy()
        line = queries.timeline(session, settled.subject)
    archive(settled)
    with pytest.raises(Forbidden, match="审计人员"), settled.work("zheng") as work:
        restore_instance(work, desk.instance, "核查")
    with pytest.raises(Invalid, match="原因"), settled.work("jiang") as work:
        restore_instance(work, desk.instance, " ")
    with settled.work("jiang") as work:
        restore_instance(work, desk.instance, "年度审计核查")
    assert counts(settled, desk) == full
    with settled.reading() as session:
        after = session.get_one(Instance, desk.instance).__dict__.copy()
        assert queries.timeline(session, settled.subject) == line
        kinds = session.scalars(select(Entry.kind).order_by(Entry.id)).all()
        assert with_rows(session, verify_ledger(session)).ok
    assert kinds[-1] == "process.restored"
    before.pop("_sa_instance_state"), after.pop("_sa_instance_state")
    assert before == after
    with pytest.raises(NotFound), settled.work("jiang") as work:
        restore_instance(work, desk.instance, "再次")
    assert archive(settled) == 0, "somebody wants it at hand"
    later(settled, days=31)
    assert archive(settled) == 1


def test_an_administrator_brings_one_back_and_auditors_are_told(settled: District) -> None:
    desk = ended(settled)
    archive(settled)
    with settled.work("admin") as work:
        restore_instance(work, desk.instance, "单位申请查询")
    with settled.reading() as session:
        told = [one.text for one in notices(session, settled.id("jiang"))]
    assert any("从归档中调出" in one and "单位申请查询" in one for one in told)


def test_what_one_dealt_with_and_was_shown_stays_in_the_lists(settled: District) -> None:
    desk = ended(settled)
    now = settled.now

    def lists() -> tuple[list[tuple[Any, ...]], list[int], dict[str, int]]:
        with settled.reading() as session:
            rows = queries.inbox(session, settled.id("gu"), now, tab="handled")
            found = queries.inbox(session, settled.id("gu"), now, tab="handled", text="没有")
            assert found == []
            shown = queries.copies(session, settled.id("zheng"))
            lines = [(one.task_id, one.title, one.about, one.closed_at) for one in rows]
            return lines, [one.id for one in shown], queries.inbox_counts(session, settled.id("gu"))

    before = lists()
    assert len(before[0]) == 1 and before[2]["handled"] == 1
    archive(settled)
    assert lists() == before
    with settled.reading() as session:
        (row,) = queries.inbox(session, settled.id("gu"), now, tab="handled", text="助老")
        assert row.state == queries.ARCHIVED
        first = queries.copies(session, settled.id("zheng"))[-1]
        assert first.archived and not first.waits and first.about == "社区助老服务"
        assert queries.copy_of(session, first.id, settled.id("zheng")) == first
        assert queries.copy_of(session, first.id, settled.id("gu")) is None
        assert queries.readers(session, instance_id=desk.instance) == [first]
    with settled.work("jiang") as work:
        restore_instance(work, desk.instance, "核查")
    assert lists() == before


def test_pages_of_the_list_go_on_into_the_archive(settled: District) -> None:
    ended(settled)
    archive(settled)
    later(settled, days=20)
    young = Desk.of(settled, chain(filed(), reviewed()))
    young.act("shen", "submit")
    young.act("gu")
    with settled.reading() as session:
        pages = [
            queries.inbox(session, settled.id("gu"), settled.now, tab="handled", limit=1, offset=at)
            for at in range(3)
        ]
        assert queries.inbox_counts(session, settled.id("gu"))["handled"] == 2
    assert [[one.state for one in page] for page in pages] == [["done"], ["archived"], []]


def test_archives_of_an_earlier_release_are_listed(settled: District) -> None:
    desk = ended(settled)
    archive(settled)
    with settled.reading() as session:
        acts = _rows(session, ArchivedAct)
        copies = _rows(session, ArchivedCopy)
        kept = session.scalar(select(Archive.deployment_id))
    with settled.engine.begin() as connection:
        connection.execute(text("DROP TABLE archived_act"))
        connection.execute(text("DROP TABLE archived_copy"))
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("archive") as table:
            table.drop_constraint("fk_archive_deployment_id", type_="foreignkey")
            table.drop_column("deployment_id")
        connection.execute(text("UPDATE alembic_version SET version_num = 'inboxes_by_index'"))
    migrate(settled.engine)
    with settled.reading() as session:
        assert _rows(session, ArchivedAct) == acts != []
        assert _rows(session, ArchivedCopy) == copies != []
        assert session.scalar(select(Archive.deployment_id)) == kept is not None
        assert desk.instance == session.scalar(select(Archive.instance_id))


def _rows(session: Session, kind: Any) -> list[tuple[Any, ...]]:
    columns = [one for one in kind.__table__.c if one.name != "id"]
    rows = session.execute(select(*columns).order_by(columns[0]))
    return sorted(tuple(one) for one in rows)


def test_the_command_line_brings_one_back(
    settled: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = ended(settled)
    archive(settled)
    monkeypatch.setenv("BIHUAN_VAR", str(settled.settings.var))
    url = settled.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("BIHUAN_DATABASE", url)

    def run(*words: str) -> Any:
        return CliRunner().invoke(restore_command, [str(desk.instance), *words])

    refused = run("--reason", "查询", "--as", "zheng")
    assert isinstance(refused.exception, Forbidden)
    assert isinstance(run("--reason", "查询", "--as", "nobody").exception, NotFound)
    done = run("--reason", "查询", "--as", "jiang", "--json")
    assert json.loads(done.output)["instance"] == desk.instance
    assert counts(settled, desk)["instance"] == 1


def test_the_machine_archives_by_itself_in_batches(settled: District) -> None:
    desk = ended(settled)
    with begin(settled.engine, settled.people["admin"], settled.now) as work:
        enqueue(work, KIND, {})
    settled.run_jobs()
    assert counts(settled, desk)["instance"] == 0


def test_how_long_is_a_setting() -> None:
    assert installation.load({}).archive_days == 400
    assert installation.load({"BIHUAN_ARCHIVE_DAYS": "30"}).archive_days == 30
    with pytest.raises(Invalid, match="大于 0 的天数"):
        installation.load({"BIHUAN_ARCHIVE_DAYS": "0"})


def test_the_paper_of_an_archived_project_says_the_same(closing: District) -> None:
    closing.walk_to()
    closed, at = closing.project, closing.now + timedelta(days=501)
    with closing.reading() as session:
        before = closure_record(session, closing.settings, closed, "X-1", at)
    later(closing, days=500)
    closing.start()
    closing.step()
    with closing.work() as work:
        assert archive_older_than(work, 400) >= 1
    with closing.reading() as session:
        assert session.scalars(select(Archive.subject)).all()[0] == f"project:{closed}"
        after = closure_record(session, closing.settings, closed, "X-1", at)
    assert replace(after, ledger_head=before.ledger_head) == before
