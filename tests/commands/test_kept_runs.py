"""Runs kept between acts are used only where they are the instance; services find their job."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine import registry
from engine.jobs.desk import outside
from engine.jobs.models import Job
from engine.workflow import running
from engine.workflow.calls import RUN
from engine.workflow.commands import complete_task
from engine.workflow.models import Instance
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District, later


class Unhappy(Exception):
    """Something goes wrong after the act."""


def test_an_act_that_was_rolled_back_leaves_nothing_to_the_next(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed(), reviewed("final")))
    first = desk.task("file")
    with pytest.raises(Unhappy), settled.work("shen") as work:
        complete_task(work, first.id, "submit", {})
        raise Unhappy
    assert desk.nodes() == ["file"]
    desk.act("shen", "submit")
    desk.act("gu", "return", return_to="review/file")
    assert desk.nodes() == ["file"]
    desk.act("shen", "submit")
    desk.act("gu")
    assert desk.nodes() == ["final"]


def test_who_finds_no_kept_run_reads_the_state(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed()))
    desk.act("shen", "submit")
    running._live.clear()  # another process of the host acts next
    desk.act("gu")
    with settled.reading() as session:
        assert session.get_one(Instance, desk.instance).status == "ended"


def test_no_more_runs_are_kept_than_there_is_room_for(
    settled: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LIVE", 2)
    running._live.clear()
    for number in range(4):
        Desk.of(settled, chain(filed(), reviewed(), key=f"p{number}")).act("shen", "submit")
    assert len(running._live) == 2


def test_a_run_with_much_in_it_is_not_kept(
    settled: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LONGEST", 8)
    running._live.clear()
    desk = Desk.of(settled, chain(filed(), reviewed()))
    desk.act("shen", "submit")
    desk.act("gu")
    assert not running._live and desk.status() == "ended"


@registry.service("tests.turn_outside")
def turn_outside(_work: object, _call: object) -> dict[str, str]:
    """A service that does not succeed until it reaches outside."""
    raise Unhappy


def test_a_service_that_reaches_outside_by_now_is_run_at_a_desk(
    settled: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk.of(
        settled, chain(filed(), reviewed(), ("call", {"operation": "tests.turn_outside"}))
    )
    desk.act("shen", "submit")
    desk.act("gu")

    def handler(_desk: object, _call: object) -> Any:
        return lambda _work: {"where": "outside"}

    outside(handler)
    monkeypatch.setitem(registry._operations, ("service", "tests.turn_outside"), handler)
    settled.run_jobs()
    later(settled, seconds=2)
    settled.run_jobs()
    with settled.reading() as session:
        kinds = session.scalars(select(Job.kind).where(Job.key.startswith(RUN))).all()
        assert session.get_one(Instance, desk.instance).status == "ended"
    assert kinds == [RUN]
