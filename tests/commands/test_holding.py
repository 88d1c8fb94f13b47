"""挂起, 恢复, 作废: what stands still, what is told, and what goes on (rules.md F.18)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import registry
from engine.errors import Conflict, Forbidden, Invalid
from engine.jobs import desk as jobs
from engine.jobs.models import Job
from engine.jobs.outcomes import Later
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.people.notices import notices
from engine.workflow.commands import (
    complete_task,
    resume_instance,
    suspend_instance,
    void_instance,
)
from engine.workflow.evidence import with_rows
from engine.workflow.jobs import run_call
from engine.workflow.models import Instance, ServiceCall, Signer, Task
from engine.workflow.queries import inbox, timeline
from tests.approvals import REVIEW, Desk, chain, filed, properties, reviewed
from tests.district import District, later
from tests.engine.runtime_drawing import Drawing, service, timer

CALLED: list[int] = []


@registry.service("tests.count_call")
@jobs.outside
def _count(_desk: object, call: Any) -> Any:
    CALLED.append(call.call_id)
    return lambda _work: {"counted": True}


def timed() -> dict[str, bytes]:
    """A review that a timer ends after an hour, then a service."""
    drawing = Drawing("review")
    drawing.node("startEvent", "start")
    drawing.node(
        "userTask", "review", properties(role="department_reviewer", **REVIEW), name="review"
    )
    drawing.node("boundaryEvent", "late", timer("timeDuration", "PT1H"), attachedToRef="review")
    drawing.node("serviceTask", "count", service("tests.count_call"), name="count")
    drawing.node("endEvent", "over")
    drawing.path("start", "review", "count", "over")
    drawing.flow("late", "count")
    return drawing.files()


def hold(desk: Desk, who: str = "zheng", reason: str = "等待专项审计") -> None:
    with desk.district.work(who) as work:
        suspend_instance(work, desk.instance, reason)


def go_on(desk: Desk, who: str = "zheng") -> None:
    with desk.district.work(who) as work:
        resume_instance(work, desk.instance, "审计结束")


def rows(district: District, tab: str, who: str = "gu") -> int:
    with district.reading() as session:
        found = inbox(session, district.id(who), district.now, tab=tab)
    return sum(one.process == "review" for one in found)


def at_review(district: District, **given: str) -> Desk:
    desk = Desk.of(district, chain(filed(), reviewed(**given)))
    desk.act("shen", "submit")
    return desk


def test_a_suspended_task_leaves_the_inbox_and_stands_in_a_tab_of_its_own(
    settled: District,
) -> None:
    desk = at_review(settled)
    hold(desk)
    assert (rows(settled, "todo"), rows(settled, "suspended")) == (0, 1)
    go_on(desk)
    assert (rows(settled, "todo"), rows(settled, "suspended")) == (1, 0)


def test_nobody_answers_what_is_suspended(settled: District) -> None:
    desk = at_review(settled)
    task = desk.task()
    hold(desk)
    with (
        pytest.raises(Conflict, match=r"已由 郑明德 于 .* 挂起，恢复后再办理"),
        settled.work("gu") as work,
    ):
        complete_task(work, task.id, "approve", {})
    with pytest.raises(Conflict, match="挂起"):
        hold(desk)
    go_on(desk)
    desk.act("gu")
    assert desk.status() == "ended"


def test_suspending_needs_a_reason_and_the_right(settled: District) -> None:
    desk = at_review(settled)
    with pytest.raises(Invalid, match="原因"):
        hold(desk, reason=" ")
    with pytest.raises(Forbidden, match="财政绩效科或系统管理员"):
        hold(desk, who="gu")
    hold(desk, who="admin")
    with settled.reading() as session:
        assert session.get_one(Instance, desk.instance).status == "suspended"


def test_a_pause_is_told_to_all_concerned_and_stands_in_the_timeline(settled: District) -> None:
    desk = at_review(settled)
    hold(desk)
    with settled.reading() as session:
        assert any("挂起：等待专项审计" in one.text for one in notices(session, settled.id("shen")))
        last = timeline(session, settled.subject)[-1]
        kinds = [one.kind for one in session.scalars(select(Entry).order_by(Entry.id))]
    assert (last.person, last.verb, last.opinion) == ("郑明德", "suspend", "等待专项审计")
    assert kinds[-1] == "process.suspended"


def test_a_pause_is_no_vote(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers="person:gu,person:qian")
    hold(desk)
    go_on(desk)
    desk.act("gu")
    desk.act("qian")
    assert desk.status() == "ended"
    with settled.reading() as session:
        assert with_rows(session, verify_ledger(session)).ok


def test_the_due_date_grows_by_the_paused_working_time(settled: District) -> None:
    desk = at_review(settled, due="3 WD")
    before = desk.task().due_at
    hold(desk)
    later(settled, days=2)  # Monday to Wednesday
    go_on(desk)
    assert before is not None
    assert desk.task().due_at == before + timedelta(days=4)  # Thursday, then over the weekend


def test_no_timer_fires_in_a_pause_and_it_fires_as_much_later(settled: District) -> None:
    desk = Desk.of(settled, timed())
    hold(desk)
    later(settled, hours=5)
    settled.run_jobs()
    with settled.reading() as session:
        assert session.get_one(Instance, desk.instance).status == "suspended"
    go_on(desk)
    later(settled, minutes=59)
    settled.run_jobs()
    assert desk.nodes() == ["review"]
    later(settled, minutes=2)
    settled.run_jobs()
    assert desk.status() == "ended"


def test_no_service_is_called_in_a_pause_and_at_once_after_it(settled: District) -> None:
    desk = Desk.of(settled, timed())
    desk.act("gu")
    hold(desk)
    CALLED.clear()
    settled.run_jobs()
    assert CALLED == []
    go_on(desk)
    settled.run_jobs()
    assert len(CALLED) == 1
    assert desk.status() == "ended"


def test_a_void_process_keeps_its_number_and_nothing_open(settled: District) -> None:
    desk = at_review(settled)
    task = desk.task()
    with settled.work("zheng") as work:
        void_instance(work, desk.instance, "项目取消")
    assert (desk.status(), desk.open()) == ("void", [])
    with settled.reading() as session:
        assert session.get_one(Task, task.id).state == "withdrawn"
        assert timeline(session, settled.subject)[-1].verb == "void"
        assert session.get_one(Instance, desk.instance).ended_at == settled.now
    with pytest.raises(Conflict, match=r"已由 郑明德 于 .* 作废"), settled.work("gu") as work:
        complete_task(work, task.id, "approve", {})


def test_what_is_suspended_can_be_voided_with_its_calls(settled: District) -> None:
    desk = Desk.of(settled, timed())
    desk.act("gu")
    hold(desk)
    with settled.work("admin") as work:
        void_instance(work, desk.instance, "重复发起")
    settled.run_jobs()
    assert desk.status() == "void"
    with settled.reading() as session:
        assert session.scalars(select(ServiceCall.state)).all()[-1] == "withdrawn"
        waiting = session.scalars(select(Signer.state).where(Signer.state == "active")).all()
        assert waiting == []
        assert not session.scalars(select(Job).where(Job.state == "failed")).all()


def test_a_worker_that_saw_the_pause_asks_again_at_once_if_it_is_over(settled: District) -> None:
    desk = Desk.of(settled, timed())
    desk.act("gu")
    hold(desk)
    with settled.reading() as session:
        call = session.scalars(select(ServiceCall.id)).one()
    room = jobs.Desk(settled.engine, settled.settings, "", 1, settled.now, lambda: None)
    again = run_call(room, {"call": call})
    assert again is not None
    go_on(desk)
    with settled.work("admin") as work:
        assert again(work) == Later(seconds=0)
