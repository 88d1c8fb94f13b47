"""代理: periods to the midnight, who may declare them, neither chains nor loops."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from engine.clock import SHANGHAI
from engine.errors import Conflict, Forbidden, Invalid
from engine.ledger.models import Entry
from engine.people import queries
from engine.people.absences import (
    Away,
    declare_absence,
    delegate_of,
    end_absence,
    is_delegable,
    whole_days,
    why_not,
)
from engine.people.commands import set_dictionary_entry
from engine.people.models import Absence, Notice
from tests.district import NOW, District

MONDAY, FRIDAY = date(2025, 6, 16), date(2025, 6, 20)


def declare(
    district: District,
    person: str,
    delegate: str,
    *,
    by: str = "",
    reason: str = "",
    **more: list[str],
) -> Absence:
    first, last = whole_days(MONDAY, FRIDAY)
    with district.work(by or person) as work:
        ids = district.id(person), district.id(delegate)
        return declare_absence(work, *ids, first, last, reason=reason, **more)


def standing_in(district: District, who: str, at: datetime) -> list[tuple[int, list[str]]]:
    with district.reading() as session:
        return list(queries.faculties(session, district.id(who), at).stands_in)


def test_a_delegate_acts_from_the_first_midnight_to_the_last(settled: District) -> None:
    declare(settled, "gu", "qian")
    first = datetime(2025, 6, 16, tzinfo=SHANGHAI)
    after = datetime(2025, 6, 21, tzinfo=SHANGHAI)
    gu, moment = settled.id("gu"), timedelta(microseconds=1)
    assert standing_in(settled, "qian", first - moment) == []
    assert standing_in(settled, "qian", first) == [(gu, [])]
    assert standing_in(settled, "qian", after - moment) == [(gu, [])]
    assert standing_in(settled, "qian", after) == []


def test_the_scope_limits_the_processes(settled: District) -> None:
    declare(settled, "gu", "qian", scope=["approval"])
    at = datetime(2025, 6, 17, tzinfo=SHANGHAI)
    with settled.reading() as session:
        gu = settled.id("gu")
        assert delegate_of(session, gu, "approval", at) == settled.id("qian")
        assert delegate_of(session, gu, "closure", at) is None
        assert delegate_of(session, gu, "approval", at - timedelta(days=7)) is None


def test_both_are_told_and_the_ledger_knows(settled: District) -> None:
    declare(settled, "gu", "qian", by="admin", reason="出差在外，无法登录")
    with settled.reading() as session:
        told = set(session.scalars(select(Notice.person_id)))
        entry = session.scalars(select(Entry).where(Entry.kind == "absence.declared")).one()
    assert told == {settled.id("gu"), settled.id("qian")}
    assert entry.subject == f"person:{settled.id('gu')}"


def test_ending_early_gives_everything_back_at_once(settled: District) -> None:
    absence = declare(settled, "gu", "qian")
    settled.now = datetime(2025, 6, 17, 9, tzinfo=SHANGHAI)
    with settled.work("gu") as work:
        end_absence(work, absence.id)
    assert standing_in(settled, "qian", settled.now) == []
    with settled.work("gu") as work, pytest.raises(Conflict):
        end_absence(work, absence.id)
    declare(settled, "gu", "wu")


def test_one_at_a_time(settled: District) -> None:
    declare(settled, "gu", "qian")
    with pytest.raises(Invalid, match="已有代理安排"):
        declare(settled, "gu", "wu")


def test_nobody_hands_on_what_was_handed_to_them(settled: District) -> None:
    declare(settled, "gu", "qian")
    with pytest.raises(Invalid, match="正代理他人"):
        declare(settled, "qian", "wu")
    with pytest.raises(Invalid, match="也不在岗"):
        declare(settled, "wu", "gu")


def test_a_loop_of_two_is_refused(settled: District) -> None:
    declare(settled, "gu", "qian")
    with pytest.raises(Invalid):
        declare(settled, "qian", "gu")


def test_others_declare_only_what_they_keep_and_say_why(settled: District) -> None:
    with pytest.raises(Forbidden):
        declare(settled, "gu", "qian", by="shen", reason="他病了")
    with pytest.raises(Invalid) as silent:
        declare(settled, "shen", "he", by="chen")
    assert silent.value.field == "reason"
    with pytest.raises(Forbidden):
        declare(settled, "zhou", "wu", by="chen", reason="不是本单位")
    declare(settled, "shen", "he", by="chen", reason="病假")


def at(day: int) -> datetime:
    return datetime(2025, 6, day, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Away(1, 1, at(10), at(12)), "本人"),
        (Away(1, 2, at(12), at(12)), "晚于开始"),
        (Away(1, 2, at(1), at(9)), "已经过去"),
        (Away(1, 2, at(10), at(10) + timedelta(days=400)), "最长一年"),
        (Away(3, 1, at(14), at(16)), None),  # 1 is back at the midnight of the 14th
        (Away(3, 1, at(13), at(16)), "也不在岗"),
    ],
)
def test_what_an_absence_may_be(wanted: Away, reason: str | None) -> None:
    others = [Away(1, 2, at(10), at(14))] if wanted.person_id == 3 else []
    found = why_not(wanted, others, NOW)
    assert (found is None) if reason is None else (found is not None and reason in found)


def test_the_final_duty_of_the_performance_office_is_not_delegated(settled: District) -> None:
    with settled.reading() as session:
        assert not is_delegable(session, "performance_office", "final")
        assert is_delegable(session, "performance_office", "review")
    with settled.work("admin") as work:
        set_dictionary_entry(work, "non_delegable", "unit_head:review", "单位负责人审核")
    with settled.reading() as session:
        assert is_delegable(session, "performance_office", "final")
        assert not is_delegable(session, "unit_head", "review")
