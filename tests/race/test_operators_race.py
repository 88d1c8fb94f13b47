"""Those who deal with a process from outside, against those who work in it: one goes first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import registry
from engine.errors import Conflict
from engine.jobs import lease
from engine.jobs.models import Job
from engine.work import MACHINE, begin
from engine.workflow import deployments
from engine.workflow.calls import ANSWER
from engine.workflow.commands import (
    complete_task,
    recall_task,
    skip_call,
    suspend_instance,
    void_instance,
)
from engine.workflow.instances import About, start_instance
from engine.workflow.jobs import answer_call
from engine.workflow.migration import migrate_instance
from engine.workflow.models import Deployment, Instance
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District
from tests.race.test_commands_race import one_won, together

STEPS = (filed(), reviewed("unit", "unit_head"), reviewed("department"))


MORE = (*STEPS, reviewed("finance", "budget_reviewer"))


def at_unit(district: District) -> Desk:
    desk = Desk.of(district, chain(*STEPS))
    desk.act("shen", "submit")
    return desk


def approve(desk: Desk) -> Callable[[], object]:
    task = desk.task().id

    def act() -> None:
        with desk.district.work("lu") as work:
            complete_task(work, task, "approve", {}, opinion="同意")

    return act


def test_a_task_is_answered_while_its_process_is_voided(settled: District) -> None:
    desk = at_unit(settled)

    def void() -> None:
        with settled.work("zheng") as work:
            void_instance(work, desk.instance, "取消")

    raised = together(approve(desk), void)
    assert raised[1] is None
    assert desk.status() == "void" and desk.open() == []
    if raised[0] is not None:
        assert isinstance(raised[0], Conflict) and "已由 郑明德" in raised[0].message


def test_a_task_is_answered_while_its_process_is_suspended(settled: District) -> None:
    desk = at_unit(settled)

    def suspend() -> None:
        with settled.work("zheng") as work:
            suspend_instance(work, desk.instance, "审计")

    raised = together(approve(desk), suspend)
    assert raised[1] is None and desk.open() == []
    if raised[0] is not None:
        assert isinstance(raised[0], Conflict) and "挂起，恢复后再办理" in raised[0].message


def test_a_task_is_answered_while_the_one_before_is_taken_back(settled: District) -> None:
    desk = Desk.of(settled, chain(*STEPS))
    first = desk.task().id
    desk.act("shen", "submit")

    def recall() -> None:
        with settled.work("shen") as work:
            recall_task(work, first, "写错")

    told = one_won(together(approve(desk), recall))
    assert "陆文远" in told.message or "沈知行" in told.message or "已有处理" in told.message
    assert len(desk.nodes()) == 1


def test_a_task_is_answered_while_its_process_is_migrated(settled: District) -> None:
    desk = at_unit(settled)
    with settled.work("admin") as work:
        files = chain(*STEPS, reviewed("finance", "budget_reviewer"))
        new = deployments.deploy(work, "review", files).id

    def migrate() -> None:
        with settled.work("admin") as work:
            migrate_instance(work, desk.instance, new, {}, "新规")

    assert together(approve(desk), migrate) == [None, None]
    assert desk.nodes() == ["department"]
    desk.act("gu")
    desk.act("zhou")
    assert desk.status() == "ended"


def test_an_instance_starts_while_a_new_version_is_deployed(settled: District) -> None:
    desk = at_unit(settled)
    started: list[int] = []

    def deploy() -> None:
        with settled.work("admin") as work:
            deployments.deploy(work, "review", chain(*STEPS[:2]))

    def start() -> None:
        with settled.work("shen") as work:
            about = About(settled.subject, "同时", desk.unit_path(work), settled.id("shen"))
            started.append(start_instance(work, "review", about, {}).id)

    assert together(deploy, start, start) == [None, None, None]
    with settled.reading() as session:
        for one in started:
            held = session.get_one(Instance, one).deployment_id
            assert session.get_one(Deployment, held).version in (1, 2)
    for one in started:
        desk.instance = one
        desk.act("shen", "submit")
        assert desk.nodes() == ["unit"]


def test_two_versions_are_deployed_at_once(settled: District) -> None:
    at_unit(settled)

    def deploy(steps: int) -> Callable[[], object]:
        def act() -> None:
            with settled.work("admin") as work:
                deployments.deploy(work, "review", chain(*MORE[:steps]))

        return act

    raised = [one for one in together(deploy(2), deploy(4)) if one is not None]
    assert all(isinstance(one, Conflict) for one in raised) and len(raised) < 2


AWAY = {"now": True}


@registry.service("tests.say_nothing")
def say_nothing(_work: object, _call: object) -> None:
    """A service without an answer, which can be away."""
    if AWAY["now"]:
        raise TimeoutError


def test_a_call_is_skipped_while_a_worker_has_it_in_hand(
    settled: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk.of(
        settled, chain(filed(), reviewed(), ("call", {"operation": "tests.say_nothing"}))
    )
    desk.act("shen", "submit")
    desk.act("gu")
    monkeypatch.setitem(AWAY, "now", False)
    with settled.reading() as session:
        job, arg = session.execute(select(Job.id, Job.arg).where(Job.kind == ANSWER)).one()
    claim = lease.claim(settled.engine, settled.now, "worker", timedelta(minutes=1), job)
    assert claim is not None
    fenced = threading.Event()

    def answer() -> None:
        with begin(settled.engine, MACHINE, settled.now) as work:
            lease.fence(work, claim)
            fenced.set()
            time.sleep(0.5)  # long enough for the administrator to wait for something
            lease.settle(work, claim, answer_call(work, arg))

    def skip() -> None:
        fenced.wait(30)
        with settled.work("admin") as work:
            skip_call(work, arg["call"], {}, "接口停用")

    told = one_won(together(answer, skip))
    assert "已经有了结果" in told.message
    assert desk.status() == "ended"
