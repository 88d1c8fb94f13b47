"""Messages, signals and working-day timers reach running processes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from engine.clock import SHANGHAI
from engine.errors import Invalid
from engine.workflow import deployments
from engine.workflow.instances import About, broadcast_signal, correlate_message
from engine.workflow.models import Instance
from tests.approvals import Desk, properties
from tests.district import District
from tests.engine.runtime_drawing import Drawing, declare, message, timer


def waiting(key: str, event: str, extra: str) -> dict[str, bytes]:
    """start → an event that waits → a task → end."""
    drawing = Drawing(key)
    drawing.node("startEvent", "start", name="开始")
    drawing.node("intermediateCatchEvent", "wait", event, name="等待")
    drawing.node("userTask", "go_on", properties(role="project_manager"), name="继续")
    drawing.node("endEvent", "over", name="结束")
    drawing.path("start", "wait", "go_on", "over")
    return drawing.files(extra=extra)


def paid(district: District, **changes: str) -> Desk:
    """A process that waits for its payment."""
    return Desk.of(district, waiting("payment", message("paid"), declare("paid")), **changes)


def tell(district: District, subject: str) -> None:
    """The message that a project has been paid."""
    with district.work() as work:
        correlate_message(work, "paid", About(subject, "付款", "/1/"), {"amount": 3})
    district.run_jobs()


def test_a_message_goes_to_the_process_that_waits_for_it(settled: District) -> None:
    desk = paid(settled)
    assert desk.nodes() == []
    tell(settled, settled.subject)
    assert desk.nodes() == ["go_on"]


def test_a_message_about_something_else_is_not_for_it(settled: District) -> None:
    desk = paid(settled)
    tell(settled, "project:4711")
    assert desk.nodes() == []


def test_a_message_twice_is_taken_once(settled: District) -> None:
    desk = paid(settled)
    with settled.work() as work:
        for _ in range(2):
            correlate_message(work, "paid", About(settled.subject, "付款", "/1/"), {})
    settled.run_jobs()
    assert desk.nodes() == ["go_on"]


def test_a_message_to_a_suspended_process_waits_with_it(settled: District) -> None:
    desk = paid(settled)
    _set_status(settled, desk, "suspended")
    tell(settled, settled.subject)
    assert desk.nodes() == []
    _set_status(settled, desk, "active")
    settled.now += timedelta(minutes=11)
    settled.run_jobs()
    assert desk.nodes() == ["go_on"]


def _set_status(district: District, desk: Desk, status: str) -> None:
    with district.work() as work:
        work.session.get_one(Instance, desk.instance).status = status


def test_a_signal_reaches_every_process_that_waits_for_it(settled: District) -> None:
    event = '<bpmn:signalEventDefinition signalRef="s_closed"/>'
    files = waiting("yearly", event, '<bpmn:signal id="s_closed" name="year.closed"/>')
    desks = [Desk.of(settled, files) for _ in range(3)]
    with settled.work() as work:
        broadcast_signal(work, "year.closed", {})
    settled.run_jobs()
    assert [desk.nodes() for desk in desks] == [["go_on"]] * 3


def test_a_timer_counts_working_days(settled: District) -> None:
    settled.now = datetime(2025, 6, 13, 16, 0, tzinfo=SHANGHAI)  # a Friday
    desk = Desk.of(settled, waiting("pause", timer("timeDuration", "1 WD"), ""))
    with settled.reading() as session:
        due = session.scalar(select(Instance.next_due).where(Instance.id == desk.instance))
    assert due == datetime(2025, 6, 16, 17, 30, tzinfo=SHANGHAI)
    settled.now = datetime(2025, 6, 16, 17, 31, tzinfo=SHANGHAI)
    settled.run_jobs()
    assert desk.nodes() == ["go_on"]


def test_a_process_that_starts_itself_for_ever_is_refused(settled: District) -> None:
    drawing = Drawing("review")
    drawing.node("startEvent", "start", message("again"))
    drawing.node("intermediateThrowEvent", "throw", message("again"))
    drawing.node("endEvent", "over")
    drawing.path("start", "throw", "over")
    with settled.work("admin") as work:
        deployments.deploy(work, "review", drawing.files(extra=declare("again")))
    with pytest.raises(Invalid, match="不断互相启动"), settled.work("shen") as work:
        correlate_message(work, "again", About(settled.subject, "付款", "/1/"), {})
    with settled.reading() as session:
        assert not session.scalars(select(Instance).where(Instance.process == "review")).all()
