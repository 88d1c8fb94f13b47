"""加签 and 减签: asking others into a task, and taking that back (rules.md F.4, F.5)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.errors import Conflict, Forbidden, Invalid
from engine.ledger.chain import number_entries
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.people.commands import set_active
from engine.people.notices import notices
from engine.workflow import evidence
from engine.workflow.commands import add_signers, remove_signer
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.queries import timeline
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District

TWO = "person:gu,person:qian"
THREE = "person:gu,person:qian,person:zhou"


def at_review(district: District, **given: str) -> Desk:
    """A filed matter that waits for its review."""
    desk = Desk.of(district, chain(filed(), reviewed(**given)))
    desk.act("shen", "submit")
    return desk


def add(desk: Desk, who: str, kind: str, *whom: str) -> None:
    """Somebody asks others into the open task."""
    persons = [desk.district.id(one) for one in whom]
    with desk.district.work(who) as work:
        add_signers(work, desk.task().id, persons, kind, "请一并把关")


def remove(desk: Desk, who: str, name: str) -> None:
    """Somebody takes a person's open part out of the open task."""
    with desk.district.work(who) as work:
        part = work.session.scalar(
            select(Signer)
            .where(Signer.instance_id == desk.instance, Signer.person == name)
            .where(Signer.state.in_(["waiting", "active", "done"]))
            .order_by(Signer.id.desc())
        )
        assert part is not None
        remove_signer(work, part.id, "不再需要")


def parts(desk: Desk, task: Task | None = None) -> list[tuple[str, str, str]]:
    """Everybody's part, without what was only noted."""
    return [one for one in desk.signers(task) if one[1] != "noted"]


def test_who_is_added_before_acts_first_and_then_it_is_my_turn_again(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "before", "zhou")
    assert parts(desk) == [("顾清和", "waiting", ""), ("周秉正", "active", "")]
    with pytest.raises(Forbidden, match="还没有轮到您"):
        desk.act("gu")
    desk.act("zhou", "reject", opinion="数量偏高")
    assert parts(desk) == [("顾清和", "active", ""), ("周秉正", "done", "reject")]
    with settled.reading() as session:
        told = notices(session, settled.id("gu"))
    assert "周秉正已答复您关于“社区助老服务”的“review”的征询：数量偏高" in [
        one.text for one in told
    ]
    desk.act("gu")
    assert desk.status() == "ended"


def test_who_is_added_parallel_must_agree_too(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "parallel", "zhou", "wu")
    desk.act("gu")
    desk.act("wu")
    assert desk.nodes() == ["review"]
    desk.act("zhou")
    assert desk.status() == "ended"


def test_one_who_was_added_parallel_can_refuse(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "parallel", "zhou")
    task = desk.task()
    desk.act("zhou", "reject")
    assert desk.status() == "ended"
    assert parts(desk, task)[0] == ("顾清和", "cancelled", "")


def test_who_is_added_after_acts_after_me_before_the_step_closes(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "after", "zhou")
    with pytest.raises(Forbidden, match="还没有轮到您"):
        desk.act("zhou")
    desk.act("gu")
    assert desk.nodes() == ["review"]
    desk.act("zhou")
    assert desk.status() == "ended"


def test_one_who_was_added_after_the_first_of_several_can_refuse(settled: District) -> None:
    desk = at_review(settled, approval="any", approvers=TWO)
    task = desk.task()
    add(desk, "gu", "after", "zhou")
    desk.act("gu")
    desk.act("zhou", "reject")
    with settled.reading() as session:
        assert session.get_one(Task, task.id).verb == "reject"


def test_the_share_is_computed_anew_with_who_was_added(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=THREE, pass_="60%")
    add(desk, "gu", "parallel", "wu", "tan")  # 3 of 5 instead of 2 of 3
    desk.act("gu")
    desk.act("qian")
    assert desk.nodes() == ["review"]
    desk.act("tan")
    assert desk.status() == "ended"


def test_a_share_reached_still_waits_for_who_was_added_after(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=THREE, pass_="1")
    add(desk, "gu", "after", "wu")
    desk.act("gu")
    assert desk.nodes() == ["review"]
    desk.act("wu")
    assert desk.status() == "ended"


def test_in_a_sequence_the_added_follow_their_holder(settled: District) -> None:
    desk = at_review(settled, approval="sequence", approvers=TWO)
    add(desk, "gu", "after", "zhou")
    desk.act("gu")
    assert parts(desk) == [
        ("顾清和", "done", "approve"),
        ("钱若水", "waiting", ""),
        ("周秉正", "active", ""),
    ]
    desk.act("zhou")
    desk.act("qian")
    assert desk.status() == "ended"


def test_the_holders_answers_count_not_those_of_whom_they_asked(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed(outputs="amount"), reviewed("last")))
    desk.act("shen", "submit")
    add(desk, "gu", "parallel", "zhou")
    task = desk.task()
    desk.act("gu", answers={"amount": 5})
    desk.act("zhou", answers={"amount": 900})
    with settled.reading() as session:
        kept = session.get_one(Task, task.id)
        assert kept.answers == {"amount": 5}
    assert desk.nodes() == ["last"]


def test_after_a_return_the_holder_has_it_again_not_whom_they_asked(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "after", "qian")
    desk.act("gu")
    desk.act("qian", "return", return_to="review/file")
    desk.act("shen", "submit")
    assert desk.task().assignee_id == settled.id("gu")


def test_adding_needs_an_opinion_and_somebody(settled: District) -> None:
    desk = at_review(settled)
    with pytest.raises(Invalid, match="请填写加签意见"), settled.work("gu") as work:
        add_signers(work, desk.task().id, [settled.id("zhou")], "before", "  ")
    with pytest.raises(Invalid, match="请选择人员"):
        add(desk, "gu", "before")
    with pytest.raises(Invalid, match="前加签、并加签或后加签"):
        add(desk, "gu", "delegate", "zhou")


def test_somebody_who_may_not_answer_may_not_add(settled: District) -> None:
    desk = at_review(settled)
    for who in ("lu", "shen", "bai", "admin"):
        with pytest.raises(Forbidden):
            add(desk, who, "before", "zhou")


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("shen", "是本事项的经办人"),
        ("gu", "已在办理人之中"),
        ("jiang", "审计不办理业务事项"),
        ("admin", "系统管理员不办理业务事项"),
    ],
)
def test_some_may_not_be_added(settled: District, who: str, why: str) -> None:
    desk = at_review(settled)
    with pytest.raises(Invalid, match=why):
        add(desk, "gu", "parallel", who)


def test_one_who_has_borne_another_duty_may_not_be_added(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed("unit", "unit_head"), reviewed()))
    desk.act("shen", "submit")
    desk.act("lu")
    with pytest.raises(Invalid, match="已在本事项中担任审核"):
        add(desk, "gu", "parallel", "lu")


def test_an_inactive_person_may_not_be_added(settled: District) -> None:
    desk = at_review(settled)
    with settled.work("admin") as work:
        set_active(work, settled.id("wu"), active=False)
    with pytest.raises(Invalid, match="账号已停用"):
        add(desk, "gu", "parallel", "wu")


def test_adding_goes_two_deep_and_never_round(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "parallel", "zhou")
    with pytest.raises(Invalid, match="已在办理人之中"):
        add(desk, "zhou", "parallel", "gu")
    add(desk, "zhou", "parallel", "wu")
    with pytest.raises(Forbidden, match="最多 2 层"):
        add(desk, "wu", "parallel", "feng")


def test_who_advises_cannot_bring_in_voters(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "before", "zhou")
    with pytest.raises(Forbidden, match="前加签的办理人"):
        add(desk, "zhou", "after", "wu")
    add(desk, "zhou", "before", "wu")
    desk.act("wu")
    desk.act("zhou")
    desk.act("gu")
    assert desk.status() == "ended"


def test_the_adder_removes_whom_they_added(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "before", "zhou")
    remove(desk, "gu", "周秉正")
    assert parts(desk) == [("顾清和", "active", ""), ("周秉正", "cancelled", "")]
    desk.act("gu")
    assert desk.status() == "ended"


def test_removing_the_last_missing_signer_closes_the_step(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "parallel", "zhou")
    task = desk.task()
    desk.act("gu", answers={"remark": "可以"})
    remove(desk, "gu", "周秉正")
    assert desk.status() == "ended"
    with settled.reading() as session:
        kept = session.get_one(Task, task.id)
        assert (kept.state, kept.verb, kept.answers) == ("done", "approve", {"remark": "可以"})
        assert session.scalar(select(Entry.kind).where(Entry.kind == "task.settled"))


def test_what_was_added_beneath_goes_with_it(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "parallel", "zhou")
    add(desk, "zhou", "parallel", "wu")
    remove(desk, "gu", "周秉正")
    assert [state for _, state, _ in parts(desk)] == ["active", "cancelled", "cancelled"]


def test_the_holder_removes_what_was_added_further_down(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "parallel", "zhou")
    add(desk, "zhou", "parallel", "wu")
    remove(desk, "gu", "吴思齐")
    assert [state for _, state, _ in parts(desk)] == ["active", "active", "cancelled"]


def test_others_may_not_remove(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "parallel", "zhou")
    for who in ("zhou", "qian", "shen"):
        with pytest.raises(Forbidden, match="只能减去自己加签"):
            remove(desk, who, "周秉正")


def dismissed(district: District, *people: str) -> None:
    """They have left: their accounts are closed."""
    with district.work("admin") as work:
        for who in people:
            set_active(work, district.id(who), False)


def test_the_administrator_removes_a_signer_of_the_diagram_who_has_left(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=TWO)
    desk.act("gu")
    dismissed(settled, "qian")
    remove(desk, "admin", "钱若水")
    assert desk.status() == "ended"


def test_nobody_removes_a_signer_of_the_diagram_who_is_there(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=TWO)
    with pytest.raises(Forbidden, match="流程指定的人员在职"):
        remove(desk, "admin", "钱若水")


def test_at_least_one_signer_stays(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=TWO)
    dismissed(settled, "gu", "qian")
    remove(desk, "admin", "钱若水")
    with pytest.raises(Forbidden, match="至少保留一名"):
        remove(desk, "admin", "顾清和")


def test_who_has_acted_is_not_removed_any_more(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "parallel", "zhou")
    desk.act("zhou")
    with pytest.raises(Conflict, match=r"已由 周秉正 于 .* 同意"):
        remove(desk, "gu", "周秉正")


def test_adding_and_removing_stand_in_the_timeline_and_the_ledger(settled: District) -> None:
    desk = at_review(settled)
    add(desk, "gu", "parallel", "zhou")
    remove(desk, "gu", "周秉正")
    add(desk, "gu", "after", "wu")
    desk.act("gu")
    desk.act("wu")
    with settled.work() as work:
        number_entries(work.session)
    with settled.reading() as session:
        told = {(one.person, one.verb, one.opinion) for one in timeline(session, settled.subject)}
        assert told >= {
            ("顾清和", "add", "并加签周秉正：请一并把关"),
            ("顾清和", "remove", "减签周秉正：不再需要"),
            ("顾清和", "add", "后加签吴思齐：请一并把关"),
            ("顾清和", "approve", "请核对"),
            ("吴思齐", "approve", "请核对"),
        }
        assert evidence.with_rows(session, verify_ledger(session)).ok
        assert session.get_one(Instance, desk.instance).memory is not None
