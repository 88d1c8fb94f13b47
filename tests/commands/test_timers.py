"""Due timers fire once, whoever looks; none has a row of its own, and none holds up another."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from engine.jobs.models import Job
from engine.jobs.run import Runner, run_due
from engine.jobs.schedule import enqueue_watched
from engine.ledger.models import Entry
from engine.work import begin
from engine.workflow import deployments
from engine.workflow.instances import About, start_instance
from engine.workflow.models import Instance, Task
from tests.district import District, later

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
  <process id="waiting" name="等待" isExecutable="true">
    <startEvent id="start" />
    <userTask id="answer" name="答复" />
    <boundaryEvent id="late" attachedToRef="answer" cancelActivity="false">
      <timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition>
    </boundaryEvent>
    <exclusiveGateway id="whom" />
    <userTask id="urge" name="催办" />
    <userTask id="report" name="上报" />
    <endEvent id="end" />
    <sequenceFlow id="f1" sourceRef="start" targetRef="answer" />
    <sequenceFlow id="f2" sourceRef="answer" targetRef="end" />
    <sequenceFlow id="f3" sourceRef="late" targetRef="whom" />
    <sequenceFlow id="f4" sourceRef="whom" targetRef="urge">
      <conditionExpression>to = "urge"</conditionExpression>
    </sequenceFlow>
    <sequenceFlow id="f5" sourceRef="whom" targetRef="report">
      <conditionExpression>to = "report"</conditionExpression>
    </sequenceFlow>
    <sequenceFlow id="f6" sourceRef="urge" targetRef="end" />
    <sequenceFlow id="f7" sourceRef="report" targetRef="end" />
  </process>
</definitions>
"""
ABOUT = About("project:1", "答复", "/1/")


@pytest.fixture
def waiting(district: District) -> District:
    with district.work() as work:
        deployments.deploy(work, "waiting", {"waiting.bpmn": DIAGRAM.encode()})
    return district


def start(district: District, to: str = "urge") -> int:
    with district.work() as work:
        return start_instance(work, "waiting", ABOUT, {"to": to}).id


def opened(district: District, instance: int) -> list[str]:
    with district.reading() as session:
        wanted = select(Task.title).where(Task.instance_id == instance).order_by(Task.id)
        return list(session.scalars(wanted))


def fired(district: District) -> int:
    with district.reading() as session:
        return session.scalar(select(func.count()).where(Entry.kind == "timer.fired")) or 0


def test_a_timer_fires_when_it_is_due_and_not_before(waiting: District) -> None:
    instance = start(waiting)
    later(waiting, hours=1, minutes=59)
    waiting.run_jobs()
    assert opened(waiting, instance) == ["答复"]
    later(waiting, minutes=1)
    waiting.run_jobs()
    assert opened(waiting, instance) == ["答复", "催办"]
    waiting.run_jobs()
    assert fired(waiting) == 1


def test_no_timer_has_a_row_of_its_own(waiting: District) -> None:
    for _ in range(5):
        start(waiting)
    with waiting.reading() as session:
        kinds = session.scalars(select(Job.kind).where(Job.state == "ready")).all()
    assert "workflow.fire_timers" not in kinds
    later(waiting, hours=3)
    waiting.run_jobs()
    assert fired(waiting) == 5


def test_many_at_once_fire_each_timer_once(waiting: District) -> None:
    instances = [start(waiting) for _ in range(30)]
    later(waiting, hours=3)
    runner = Runner(waiting.engine, waiting.settings, now=lambda: waiting.now)
    for _ in range(3):
        with begin(waiting.engine, waiting.people["admin"], waiting.now) as work:
            work.session.add(
                Job(
                    kind="workflow.fire_due", key=f"test:{_}", arg={}, state="ready",
                    run_at=work.now, created_at=work.now,
                )
            )  # fmt: skip
    workers = [threading.Thread(target=runner.run_due) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert fired(waiting) == 30
    assert all(opened(waiting, one) == ["答复", "催办"] for one in instances)


def test_a_timer_that_cannot_fire_is_an_incident_and_holds_up_nobody(waiting: District) -> None:
    bad, good = start(waiting, "nobody"), start(waiting)
    for hours in range(2, 12):
        later(waiting, hours=hours)
        run_due(waiting.engine, waiting.settings, waiting.now)
    assert opened(waiting, good) == ["答复", "催办"]
    assert opened(waiting, bad) == ["答复"]
    with waiting.reading() as session:
        failed = session.scalars(select(Job).where(Job.state == "failed")).one()
    assert (failed.kind, failed.arg) == ("workflow.fire_timers", {"instance": bad})


def test_a_suspended_instance_fires_nothing(waiting: District) -> None:
    instance = start(waiting)
    with waiting.work() as work:
        work.session.get_one(Instance, instance).status = "suspended"
    later(waiting, hours=3)
    waiting.run_jobs()
    assert opened(waiting, instance) == ["答复"]
    assert fired(waiting) == 0


def test_looking_again_adds_no_job_while_one_waits_for_a_worker(waiting: District) -> None:
    start(waiting)
    assert enqueue_watched(waiting.engine, waiting.now) == 0
    later(waiting, hours=3)
    assert enqueue_watched(waiting.engine, waiting.now) == 1
    assert enqueue_watched(waiting.engine, waiting.now) == 0
    run_due(waiting.engine, waiting.settings, waiting.now)
    assert enqueue_watched(waiting.engine, waiting.now) == 0
    assert fired(waiting) == 1
