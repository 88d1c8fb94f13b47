"""催办 (rules.md F.11)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.errors import Conflict, Forbidden
from engine.ledger.models import Entry
from engine.people.notices import notices
from engine.workflow.commands import add_signers, urge_task
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District

TWO = "person:gu,person:qian"


def at_review(district: District, **given: str) -> Desk:
    """A filed matter that waits for its review."""
    desk = Desk.of(district, chain(filed(), reviewed(**given)))
    desk.act("shen", "submit")
    return desk


def urge(desk: Desk, who: str, note: str = "") -> None:
    """Somebody urges the open task."""
    with desk.district.work(who) as work:
        urge_task(work, desk.task().id, note)


def urged(district: District, who: str) -> list[str]:
    """What somebody was told about being urged."""
    with district.reading() as session:
        return [one.text for one in notices(session, district.id(who)) if "催办" in one.text]


def test_the_starter_urges_those_whose_turn_it_is(settled: District) -> None:
    desk = at_review(settled, approval="sequence", approvers=TWO)
    urge(desk, "shen", "今天要用")
    assert urged(settled, "gu") == ["沈知行催办“社区助老服务”的“review”（第 1 次）：今天要用"]
    assert urged(settled, "qian") == []
    assert desk.task().urged == 1


def test_of_a_roles_task_everybody_who_may_answer_is_told(settled: District) -> None:
    desk = at_review(settled)
    urge(desk, "shen")
    assert [len(urged(settled, who)) for who in ("gu", "qian", "duo", "lu")] == [1, 1, 1, 0]


def test_four_hours_lie_between_two(settled: District) -> None:
    desk = at_review(settled)
    urge(desk, "shen")
    settled.now += timedelta(hours=3, minutes=59)
    with pytest.raises(Conflict, match="06-09 13:00 后可再次催办"):
        urge(desk, "shen")
    settled.now += timedelta(minutes=1)
    urge(desk, "chen")
    assert desk.task().urged == 2


def test_from_the_third_time_the_head_sees_it(settled: District) -> None:
    desk = at_review(settled, approvers="person:chen")
    for _ in range(2):
        urge(desk, "shen")
        settled.now += timedelta(hours=4)
    assert urged(settled, "lu") == []
    urge(desk, "shen")
    assert urged(settled, "lu") == ["沈知行催办“社区助老服务”的“review”（第 3 次）"]
    with settled.reading() as session:
        assert len(session.scalars(select(Entry).where(Entry.kind == "task.urged")).all()) == 3


def test_who_signed_before_may_urge_others_may_not(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed("unit", "unit_head"), reviewed()))
    desk.act("shen", "submit")
    desk.act("lu")
    with pytest.raises(Forbidden, match="催办由发起人"):
        urge(desk, "he")
    urge(desk, "lu")
    assert len(urged(settled, "gu")) == 1


def test_nobody_urges_only_themselves(settled: District) -> None:
    desk = at_review(settled)
    with settled.work("gu") as work:
        add_signers(work, desk.task().id, [settled.id("chen")], "before", "请先核")
    with pytest.raises(Conflict, match="没有其他人需要催办"):
        urge(desk, "chen")
