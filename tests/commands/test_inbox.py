"""The inbox agrees with the commands about everybody, stands in for the absent, counts truly."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest

from engine.people.models import Absence
from engine.workflow.commands import refusal
from engine.workflow.queries import InboxRow, inbox, inbox_counts
from forms.words import counted
from tests.district import District, later


def away(district: District, who: str, delegate: str, scope: tuple[str, ...] = ()) -> None:
    with district.work() as work:
        work.session.add(
            Absence(
                person_id=district.id(who),
                delegate_id=district.id(delegate),
                from_at=district.now - timedelta(days=1),
                to_at=district.now + timedelta(days=900),
                scope=list(scope),
                created_by="试",
                created_at=district.now,
            )
        )


def lines(district: District, who: str, **how: object) -> list[InboxRow]:
    with district.reading() as session:
        return inbox(session, district.id(who), district.now, **how)  # type: ignore[arg-type]


def test_who_stands_in_sees_what_the_absent_person_may_do(district: District) -> None:
    away(district, "lu", "bai")
    district.walk_to("unit_review")
    (row,) = lines(district, "bai")
    assert row.instead_of == "陆文远"
    assert [one.instead_of for one in lines(district, "lu")] == [""]
    district.complete("bai")
    assert lines(district, "bai") == []


def test_one_who_may_act_in_two_names_sees_one_line_in_their_own(district: District) -> None:
    away(district, "lu", "duo")
    district.walk_to("unit_review")
    assert [one.instead_of for one in lines(district, "duo")] == [""]
    with district.reading() as session:
        assert inbox_counts(session, district.id("duo"), district.now)["todo"] == 1


def test_a_scope_keeps_the_other_processes_out(district: District) -> None:
    away(district, "lu", "bai", ("rectification",))
    district.walk_to("unit_review")
    assert lines(district, "bai") == []


def test_an_absence_that_is_over_shows_nothing(district: District) -> None:
    away(district, "lu", "bai")
    district.walk_to("unit_review")
    with district.reading() as session:
        later = district.now + timedelta(days=900)
        assert inbox(session, district.id("bai"), later) == []
        assert inbox_counts(session, district.id("bai"), now=later)["todo"] == 0


def test_the_inbox_and_the_command_agree_about_everybody_who_stands_in(district: District) -> None:
    for who, delegate in (("lu", "tan"), ("gu", "he"), ("zhou", "bai"), ("zheng", "duo")):
        away(district, who, delegate)
    for _ in range(14):
        task = district.task()
        with district.reading() as session:
            for who in district.people:
                listed = task.id in (one.task_id for one in lines(district, who))
                allowed = refusal(session, district.id(who), task, district.now) is None
                assert listed == allowed, (who, task.node)
        district.step()


def test_what_was_answered_is_listed_once_under_its_own_name_the_latest_first(
    district: District,
) -> None:
    first = district.task()
    later(district, hours=1)
    district.start(name="另一个项目")
    district.step()
    later(district, hours=1)
    district.step(first)
    with district.reading() as session:
        counts = inbox_counts(session, district.id("shen"), district.now)
    listed = [one.about for one in lines(district, "shen", tab="done")]
    assert listed == [district.case.name, "另一个项目"]
    assert (counts["done"], counts["handled"]) == (2, 0)
    assert [one.about for one in lines(district, "shen", tab="done", offset=1)] == ["另一个项目"]
    assert [one.about for one in lines(district, "shen", tab="done", text="另一")] == ["另一个项目"]
    assert lines(district, "shen", tab="handled") == []


def test_a_tab_is_counted_up_to_a_bound_and_says_so(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        district.start(name=f"项目 {number}")
    with district.reading() as session:
        assert inbox_counts(session, district.id("shen"), district.now)["todo"] == 4
        monkeypatch.setattr(import_module("engine.workflow.queries.inbox"), "COUNTED_TO", 2)
        assert inbox_counts(session, district.id("shen"), district.now)["todo"] == 3
    assert [counted(many) for many in (0, 999, 1000)] == ["0", "999", "999+"]
