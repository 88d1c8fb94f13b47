"""Signers of one task at the same moment: both count, or one wins and the other is told who."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from engine.errors import BihuanError, Conflict, Forbidden
from engine.workflow.commands import (
    add_signers,
    complete_task,
    remove_signer,
    reply_copy,
    send_copies,
    transfer_task,
    urge_task,
)
from engine.workflow.models import Copy, Instance, Signer, Task
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District
from tests.race.test_commands_race import one_won, together

TWO = "person:gu,person:qian"


def at_review(district: District, **given: str) -> tuple[Desk, Task]:
    """A filed matter that waits for its review, and the task."""
    desk = Desk.of(district, chain(filed(), reviewed(**given), reviewed("last", "budget_reviewer")))
    desk.act("shen", "submit")
    return desk, desk.task()


def sign(
    district: District, who: str, task: Task, verb: str = "approve", to: str | None = None
) -> Callable[[], object]:
    """Somebody answers."""

    def act() -> None:
        with district.work(who) as work:
            complete_task(work, task.id, verb, {}, opinion="意见", return_to=to)

    return act


def parts(district: District, task: Task) -> dict[str, str]:
    """Everybody's state in a task."""
    with district.reading() as session:
        rows = session.scalars(
            select(Signer).where(Signer.task_id == task.id, Signer.state != "noted")
        )
        return {one.person: one.state for one in rows}


def test_of_two_who_may_each_decide_one_does(settled: District) -> None:
    desk, task = at_review(settled, approval="any", approvers=TWO)
    raised = together(sign(settled, "gu", task), sign(settled, "qian", task))
    told = one_won(raised)
    assert isinstance(told, Conflict)
    assert ("已由 顾清和" if raised[0] is None else "已由 钱若水") in told.message
    assert sorted(parts(settled, task).values()) == ["cancelled", "done"]
    assert desk.nodes() == ["last"]


def test_two_who_must_both_agree_both_count(settled: District) -> None:
    desk, task = at_review(settled, approval="all", approvers=TWO)
    assert together(sign(settled, "gu", task), sign(settled, "qian", task)) == [None, None]
    assert parts(settled, task) == {"顾清和": "done", "钱若水": "done"}
    assert desk.nodes() == ["last"]


def test_one_signer_who_clicks_twice_counts_once(settled: District) -> None:
    desk, task = at_review(settled, approval="all", approvers=TWO)
    told = one_won(together(sign(settled, "gu", task), sign(settled, "gu", task)))
    assert isinstance(told, Forbidden)
    assert desk.nodes() == ["review"]


def test_an_approval_against_a_return(settled: District) -> None:
    desk, task = at_review(settled, approval="all", approvers=TWO, pass_="1")
    raised = together(
        sign(settled, "gu", task), sign(settled, "qian", task, "return", "review/file")
    )
    told = one_won(raised)
    assert isinstance(told, Conflict)
    assert ("已由 顾清和" if raised[0] is None else "已由 钱若水") in told.message
    assert desk.nodes() == (["last"] if raised[0] is None else ["file"])


def test_a_removal_against_the_signature(settled: District) -> None:
    """Either the added one signs and stays, or is out; the holder's approval stands in both."""
    desk, task = at_review(settled)
    with settled.work("gu") as work:
        (added,) = add_signers(work, task.id, [settled.id("zhou")], "parallel", "请会签")
        part = added.id
    desk.act("gu")

    def remove() -> None:
        with settled.work("gu") as work:
            remove_signer(work, part, "不必")

    raised = together(remove, sign(settled, "zhou", task))
    told = one_won(raised)
    assert isinstance(told, Conflict)
    assert ("周秉正" if raised[0] is not None else "顾清和") in told.message
    assert parts(settled, task)["周秉正"] == ("done" if raised[1] is None else "cancelled")
    assert desk.nodes() == ["last"]


def test_a_transfer_against_the_approval(settled: District) -> None:
    """Whichever comes first; the second is told."""
    desk, task = at_review(settled, approvers="person:gu")

    def transfer() -> None:
        with settled.work("gu") as work:
            transfer_task(work, task.id, settled.id("qian"), "出差")

    raised = together(transfer, sign(settled, "gu", task))
    told: BihuanError = one_won(raised)
    if raised[1] is None:
        assert isinstance(told, Conflict)
        assert "已由 顾清和" in told.message
        assert desk.nodes() == ["last"]
    else:
        assert isinstance(told, Conflict)
        assert "已由顾清和转办给钱若水" in told.message
        assert desk.nodes() == ["review"]


def test_two_add_the_same_person_at_once(settled: District) -> None:
    _desk, task = at_review(settled, approval="all", approvers=TWO)

    def add(who: str) -> Callable[[], object]:
        def act() -> None:
            with settled.work(who) as work:
                add_signers(work, task.id, [settled.id("wu")], "parallel", "请会签")

        return act

    assert "吴思齐：已在办理人之中" in one_won(together(add("gu"), add("qian"))).message


def test_two_urge_at_once(settled: District) -> None:
    desk, task = at_review(settled)

    def urge() -> None:
        with settled.work("shen") as work:
            urge_task(work, task.id)

    assert "刚刚催办过" in one_won(together(urge, urge)).message
    assert desk.task().urged == 1


def test_a_circulation_is_replied_to_once(settled: District) -> None:
    _desk, task = at_review(settled)
    with settled.work("gu") as work:
        (copy,) = send_copies(work, task.id, [settled.id("feng")], "circulate")
        number = copy.id

    def reply() -> None:
        with settled.work("feng") as work:
            reply_copy(work, number, "无意见")

    assert "已于" in one_won(together(reply, reply)).message
    with settled.reading() as session:
        assert session.get_one(Copy, number).reply == "无意见"
        assert session.scalars(select(Instance.status)).all() == ["active"]
