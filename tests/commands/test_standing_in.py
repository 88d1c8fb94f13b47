"""代理: somebody acts for one who is away (rules.md F.13), from midnight to midnight."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engine.clock import SHANGHAI
from engine.errors import Forbidden, Invalid
from engine.people import queries as people
from engine.people.models import Absence
from engine.people.notices import notices
from engine.workflow.commands import add_signers, delegate_task, transfer_task
from engine.workflow.queries import InboxRow, inbox, inbox_count, timeline
from engine.workflow.stranded import tell_of_stranded
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District

MIDNIGHT = datetime(2025, 6, 10, tzinfo=SHANGHAI)


def away(district: District, who: str, delegate: str, *scope: str) -> None:
    """Somebody is away on 10 and 11 June; another stands in."""
    with district.work("admin") as work:
        work.session.add(
            Absence(
                person_id=district.id(who),
                delegate_id=district.id(delegate),
                from_at=MIDNIGHT,
                to_at=MIDNIGHT + timedelta(days=2),
                scope=list(scope),
                created_by="韩管理",
                created_at=district.now,
            )
        )


def at_review(district: District, **given: str) -> Desk:
    """A filed matter that waits for its review."""
    desk = Desk.of(district, chain(filed(), reviewed(**given)))
    desk.act("shen", "submit")
    return desk


def todo(district: District, who: str) -> list[InboxRow]:
    """Somebody's 待办; its number is true."""
    with district.reading() as session:
        rows = inbox(session, district.id(who), district.now)
        assert inbox_count(session, district.id(who), now=district.now) == len(rows)
    return rows


@pytest.mark.parametrize(
    ("moment", "seen"),
    [
        (MIDNIGHT - timedelta(seconds=1), 0),
        (MIDNIGHT, 1),
        (MIDNIGHT + timedelta(days=2, seconds=-1), 1),
        (MIDNIGHT + timedelta(days=2), 0),
    ],
)
def test_a_period_begins_and_ends_at_midnight(
    settled: District, moment: datetime, seen: int
) -> None:
    desk = at_review(settled, approvers="person:gu")
    away(settled, "gu", "bai")
    settled.now = moment
    assert [one.instead_of for one in todo(settled, "bai")] == ["顾清和"] * seen
    assert len(todo(settled, "gu")) == 1  # the absent may still look, and answer
    if seen:
        desk.act("bai")
        assert desk.status() == "ended"
    else:
        with pytest.raises(Forbidden):
            desk.act("bai")


@pytest.mark.parametrize(
    "given",
    [{}, {"approvers": "person:gu"}, {"approvers": "person:gu,person:qian", "approval": "all"}],
    ids=["pool", "assigned", "signed"],
)
def test_both_names_are_on_the_record(settled: District, given: dict[str, str]) -> None:
    desk = at_review(settled, **given)
    away(settled, "gu", "bai")
    settled.now = MIDNIGHT
    assert [one.instead_of for one in todo(settled, "bai")] == ["顾清和"]
    desk.act("bai")
    with settled.reading() as session:
        line = timeline(session, settled.subject)[-1]
    assert (line.person, line.acted_by, line.verb) == ("顾清和", "白无职", "approve")
    assert todo(settled, "bai") == []


def test_the_period_holds_for_the_processes_it_names(settled: District) -> None:
    at_review(settled, approvers="person:gu")
    away(settled, "gu", "bai", "monitoring")
    settled.now = MIDNIGHT
    assert todo(settled, "bai") == []


def test_whose_matter_it_is_never_stands_in_for_the_reviewer(settled: District) -> None:
    desk = at_review(settled, approvers="person:gu")
    away(settled, "gu", "shen")
    settled.now = MIDNIGHT
    assert todo(settled, "shen") == []
    with pytest.raises(Forbidden, match="您已在本事项中担任经办"):
        desk.act("shen")


def test_one_who_bore_another_duty_does_not_stand_in(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed("unit", "unit_head"), reviewed()))
    desk.act("shen", "submit")
    desk.act("lu")
    away(settled, "gu", "lu")
    settled.now = MIDNIGHT
    assert todo(settled, "lu") == []
    with pytest.raises(Forbidden, match="已在本事项中担任审核"):
        desk.act("lu")


def test_the_final_decision_of_the_performance_office_is_not_delegated(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed("final", "performance_office", duty="final")))
    desk.act("shen", "submit")
    away(settled, "zheng", "bai")
    settled.now = MIDNIGHT
    assert todo(settled, "bai") == []
    with pytest.raises(Forbidden):
        desk.act("bai")


def test_ones_own_task_is_not_marked_as_anothers(settled: District) -> None:
    at_review(settled)
    away(settled, "gu", "qian")
    settled.now = MIDNIGHT
    assert [one.instead_of for one in todo(settled, "qian")] == [""]


def test_who_stands_in_hands_on_in_the_others_name(settled: District) -> None:
    desk = at_review(settled, approvers="person:gu")
    away(settled, "gu", "bai")
    settled.now = MIDNIGHT
    with settled.work("bai") as work:
        transfer_task(work, desk.task().id, settled.id("qian"), "事情急")
    with settled.reading() as session:
        line = timeline(session, settled.subject)[-1]
    assert (line.who, line.verb) == ("白无职 代 顾清和", "transfer")


JOINT = {"approvers": "person:gu,person:qian,person:zhou", "approval": "all"}


def test_who_stands_in_for_two_signers_has_one_vote(settled: District) -> None:
    desk = at_review(settled, **JOINT)
    for absent in ("gu", "qian"):
        away(settled, absent, "bai")
    settled.now = MIDNIGHT
    assert [one.instead_of for one in todo(settled, "bai")] == ["顾清和"]
    desk.act("bai")
    assert todo(settled, "bai") == []
    with pytest.raises(Forbidden, match="一人只有一票，钱若水的一票须由本人办理"):
        desk.act("bai")
    desk.act("qian")
    desk.act("zhou")
    assert desk.status() == "ended"


def test_a_signer_has_no_second_vote_for_an_absent_one(settled: District) -> None:
    desk = at_review(settled, **JOINT)
    away(settled, "gu", "zhou")
    settled.now = MIDNIGHT
    assert [one.instead_of for one in todo(settled, "zhou")] == [""]
    desk.act("zhou")
    assert todo(settled, "zhou") == []
    with pytest.raises(Forbidden, match="一人只有一票"):
        desk.act("zhou")


def test_one_after_another_nobody_speaks_before_their_own_turn(settled: District) -> None:
    """Who has a turn of their own to come does not spend their vote in another's name."""
    desk = at_review(settled, approvers="person:gu,person:zhou", approval="sequence")
    away(settled, "gu", "zhou")
    settled.now = MIDNIGHT
    assert todo(settled, "zhou") == []
    with pytest.raises(Forbidden, match="一人只有一票"):
        desk.act("zhou")
    desk.act("gu")
    desk.act("zhou")
    assert desk.status() == "ended"


def test_who_voted_in_anothers_name_is_not_asked_in_beside_them(settled: District) -> None:
    desk = at_review(settled, **JOINT)
    away(settled, "gu", "bai")
    settled.now = MIDNIGHT
    desk.act("bai")
    with pytest.raises(Invalid, match="已在办理人之中"), settled.work("zhou") as work:
        add_signers(work, desk.task().id, [settled.id("bai")], "parallel", "请一并看看")


def test_advice_may_be_given_in_the_name_of_several(settled: District) -> None:
    """委派 has no vote, so that whoever stands in may answer it beside their own."""
    desk = at_review(settled, approvers="person:qian")
    with settled.work("qian") as work:
        delegate_task(work, desk.task().id, settled.id("gu"), "请提意见")
    away(settled, "gu", "qian")
    settled.now = MIDNIGHT
    assert [one.instead_of for one in todo(settled, "qian")] == ["顾清和"]
    desk.act("qian", "answer")
    desk.act("qian")
    assert desk.status() == "ended"


# --- nobody who stands in may act


def told(district: District) -> list[str]:
    """What the officers are told after the machine has looked (twice, as it does)."""
    for _ in range(2):
        with district.work() as work:
            tell_of_stranded(work, {})
    with district.reading() as session:
        lines = [one.text for one in notices(session, district.id("zheng"))]
    return [one for one in lines if "代理人" in one]


@pytest.mark.parametrize(
    "given",
    [{"approvers": "person:gu"}, {"approvers": "person:gu,person:qian", "approval": "all"}],
    ids=["assigned", "signed"],
)
def test_officers_are_told_when_who_stands_in_is_whose_matter_it_is(
    settled: District, given: dict[str, str]
) -> None:
    at_review(settled, **given)
    away(settled, "gu", "shen")
    assert told(settled) == []
    settled.now = MIDNIGHT
    (line,) = told(settled)
    assert line.startswith("“社区助老服务”的“review”等待顾清和办理，其不在岗，代理人沈知行")
    assert "已在本事项中担任经办" in line and line.endswith("请改派")


def test_officers_are_told_when_all_who_hold_the_role_are_away(settled: District) -> None:
    desk = at_review(settled)
    with settled.reading() as session:
        holders = people.holders(session, "department_reviewer", desk.task().unit_path)
        logins = [one.login for one in holders]
    away(settled, logins[0], "shen")
    settled.now = MIDNIGHT
    assert told(settled) == [], "another holds the role"
    for login in logins[1:]:
        away(settled, login, "shen")
    assert len(logins) > 1 and len(told(settled)) == 1


def test_nothing_is_told_while_somebody_may_act(settled: District) -> None:
    at_review(settled, approvers="person:gu")
    away(settled, "gu", "bai")
    at_review(settled, approvers="person:qian,person:gu", approval="any")
    away(settled, "qian", "shen")
    settled.now = MIDNIGHT
    assert told(settled) == []


def test_a_duty_that_nobody_bears_for_another_is_told(settled: District) -> None:
    step = reviewed("final", "performance_office", duty="final", approvers="person:zheng")
    desk = Desk.of(settled, chain(filed(), step))
    desk.act("shen", "submit")
    away(settled, "zheng", "bai")
    settled.now = MIDNIGHT
    (line,) = told(settled)
    assert "白无职不能代办，此环节须由本人办理" in line
