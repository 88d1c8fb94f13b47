"""Several signers decide one step: 会签, 或签, 依次 (rules.md F.1–F.3)."""

from __future__ import annotations

import pytest

from engine.errors import Conflict, Forbidden, Invalid
from engine.people.notices import notices
from engine.workflow.commands import complete_task
from engine.workflow.queries import inbox
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District

TWO = "person:gu,person:qian"
THREE = "person:gu,person:qian,person:zhou"


def at_review(district: District, **given: str) -> Desk:
    """A filed matter that waits for its signers."""
    desk = Desk.of(district, chain(filed(), reviewed(**given)))
    desk.act("shen", "submit")
    return desk


def todo(district: District, who: str) -> int:
    """How many lines about the project's review somebody has in 待办."""
    with district.reading() as session:
        rows = inbox(session, district.id(who), district.now)
    return sum(row.process == "review" for row in rows)


def test_all_signers_must_agree(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=TWO)
    assert todo(settled, "gu") == todo(settled, "qian") == 1
    desk.act("gu")
    assert desk.signers() == [("顾清和", "done", "approve"), ("钱若水", "active", "")]
    assert (todo(settled, "gu"), todo(settled, "qian")) == (0, 1)
    desk.act("qian")
    assert desk.status() == "ended"


def test_somebody_who_was_not_asked_may_not_sign(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=TWO)
    with pytest.raises(Forbidden, match="由顾清和、钱若水办理"):
        desk.act("zhou")


def test_whoever_has_signed_is_told_to_wait_for_the_others(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=TWO)
    desk.act("gu")
    with pytest.raises(Forbidden, match="等待其他办理人"):
        desk.act("gu")


def test_a_share_of_the_signers_is_enough(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=THREE, pass_="60%")
    task = desk.task()
    desk.act("gu")
    assert desk.nodes() == ["review"]
    desk.act("zhou")
    assert desk.status() == "ended"
    assert desk.signers(task)[1] == ("钱若水", "cancelled", "")


def test_a_number_of_signers_is_enough(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=THREE, pass_="1")
    desk.act("qian")
    assert desk.status() == "ended"


def test_the_round_is_refused_as_soon_as_too_few_are_left(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=THREE, pass_="2")
    desk.act("gu", "reject")
    assert desk.nodes() == ["review"]
    desk.act("qian", "reject")
    assert desk.status() == "ended"


def test_one_veto_decides(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=THREE, pass_="1", veto="true")
    desk.act("gu", "reject")
    assert desk.status() == "ended"


def test_everybody_is_heard_before_anything_is_decided(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=THREE, pass_="2", decide="all")
    desk.act("gu")
    desk.act("qian")
    assert desk.nodes() == ["review"]
    desk.act("zhou", "reject")
    assert desk.status() == "ended"


def test_the_first_of_several_decides(settled: District) -> None:
    desk = at_review(settled, approval="any", approvers=TWO)
    task = desk.task()
    desk.act("qian")
    assert desk.status() == "ended"
    with pytest.raises(Conflict, match="已由 钱若水 于"), settled.work("gu") as work:
        complete_task(work, task.id, "approve", {}, opinion="同意")


def test_a_refusal_is_only_one_vote_of_several(settled: District) -> None:
    desk = at_review(settled, approval="any", approvers=TWO)
    desk.act("gu", "reject")
    assert desk.nodes() == ["review"]
    desk.act("qian")
    assert desk.status() == "ended"


def test_signers_in_sequence_follow_one_another(settled: District) -> None:
    desk = at_review(settled, approval="sequence", approvers=TWO)
    assert (todo(settled, "gu"), todo(settled, "qian")) == (1, 0)
    with pytest.raises(Forbidden, match="还没有轮到您"):
        desk.act("qian")
    desk.act("gu")
    assert (todo(settled, "gu"), todo(settled, "qian")) == (0, 1)
    desk.act("qian")
    assert desk.status() == "ended"


def test_a_return_from_several_signers_cancels_the_others(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=TWO)
    task = desk.task()
    desk.act("gu", "return", return_to="review/file")
    assert desk.nodes() == ["file"]
    assert desk.signers(task) == [("顾清和", "done", "return"), ("钱若水", "cancelled", "")]
    desk.act("shen", "submit")
    assert [state for _, state, _ in desk.signers()] == ["active", "active"]


def test_after_a_return_only_those_who_disagreed_may_be_asked_again(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=THREE, again="disagreed")
    desk.act("zhou")
    desk.act("gu", "return", return_to="review/file")
    desk.act("shen", "submit")
    assert [person for person, _, _ in desk.signers()] == ["顾清和", "钱若水"]


def test_a_person_named_twice_signs_once(settled: District) -> None:
    desk = at_review(
        settled, approval="all", approvers="person:gu,person:gu,post:无此岗,person:qian"
    )
    assert [person for person, _, _ in desk.signers()] == ["顾清和", "钱若水"]


def test_the_party_of_the_matter_is_not_asked_to_review_it(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers="party,person:gu")
    assert [person for person, _, _ in desk.signers()] == ["顾清和"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("role:budget_reviewer", ["周秉正", "吴思齐", "多面手"]),
        ("counterpart:department_reviewer", ["顾清和", "钱若水", "多面手"]),
        ("head:1", ["陆文远", "多面手"]),
        ("heads:2", ["陆文远", "多面手"]),
        ("=chosen", ["郑明德", "王怀瑾"]),
    ],
)
def test_signers_come_from_many_sources(settled: District, source: str, found: list[str]) -> None:
    desk = Desk.of(
        settled,
        chain(filed(), reviewed(approval="all", approvers=source)),
        chosen=["zheng", str(settled.id("wang"))],
    )
    desk.act("shen", "submit")
    assert sorted(person for person, _, _ in desk.signers()) == sorted(found)


def test_experts_are_drawn_by_lot(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers="draw:budget_reviewer:1")
    assert len(desk.signers()) == 1
    assert desk.signers()[0][0] in {"周秉正", "吴思齐", "多面手"}


def test_nobody_found_can_mean_that_the_step_is_passed_on(settled: District) -> None:
    desk = at_review(settled, approvers="post:无此岗", empty="skip")
    assert desk.status() == "ended"


def test_nobody_found_can_mean_that_the_step_before_is_refused(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed(approvers="post:无此岗", empty="block")))
    with pytest.raises(Invalid, match="没有可以办理的人员"):
        desk.act("shen", "submit")
    assert desk.nodes() == ["file"]


def test_nobody_found_is_told_to_those_who_can_name_somebody(settled: District) -> None:
    at_review(settled, approvers="post:无此岗")
    with settled.reading() as session:
        told = notices(session, settled.id("chen"))
    assert ["请改派" in one.text for one in told] == [True]


def test_a_direct_return_comes_straight_back_to_whoever_returned(settled: District) -> None:
    desk = Desk.of(
        settled,
        chain(
            filed(),
            reviewed("unit", "unit_head"),
            reviewed(),
            reviewed("budget", "budget_reviewer"),
        ),
    )
    desk.act("shen", "submit")
    desk.act("lu")
    desk.act("gu")
    desk.act("zhou", "return", return_to="review/file", direct=True)
    assert desk.nodes() == ["file"]
    desk.act("shen", "submit")
    assert desk.nodes() == ["budget"]
    desk.act("zhou")
    assert desk.status() == "ended"


def test_a_return_without_that_asks_every_level_again(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed("unit", "unit_head"), reviewed()))
    desk.act("shen", "submit")
    desk.act("lu")
    desk.act("gu", "return", return_to="review/file")
    desk.act("shen", "submit")
    assert desk.nodes() == ["unit"]


def test_the_same_approver_twice_can_be_passed_on(settled: District) -> None:
    desk = Desk.of(
        settled,
        chain(
            filed(),
            reviewed("first", approvers="person:gu"),
            reviewed("second", approvers="person:gu", duplicate="previous"),
            reviewed("third", "budget_reviewer"),
        ),
    )
    desk.act("shen", "submit")
    desk.act("gu")
    assert desk.nodes() == ["third"]


def test_a_direct_return_does_not_leave_out_a_step_that_checks_something(
    settled: District,
) -> None:
    desk = Desk.of(
        settled,
        chain(
            filed(),
            reviewed("unit", "unit_head", outputs="amount"),
            reviewed("department"),
        ),
    )
    desk.act("shen", "submit")
    desk.act("lu")
    desk.act("gu", "return", return_to="review/file", direct=True)
    desk.act("shen", "submit")
    assert desk.nodes() == ["unit"]


def test_money_is_never_passed_on(settled: District) -> None:
    steps = chain(
        filed(),
        reviewed("first", approvers="person:gu"),
        reviewed("second", approvers="person:gu", duplicate="=how", money="true"),
    )
    desk = Desk.of(settled, steps, how="previous")
    desk.act("shen", "submit")
    desk.act("gu")
    assert desk.nodes() == ["second"]


def test_a_diagram_that_would_pass_money_on_is_not_deployed(settled: District) -> None:
    with pytest.raises(Invalid, match="不能因办理人重复而自动跳过"):
        Desk.of(settled, chain(filed(), reviewed(duplicate="previous", money="true")))
