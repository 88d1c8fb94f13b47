"""抄送 and 传阅 (rules.md F.8)."""

from __future__ import annotations

import pytest

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.people.notices import notices
from engine.workflow.commands import read_copy, reply_copy, send_copies
from engine.workflow.queries import circulating, copies, readers, unread_copies
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District


def at_review(district: District, **given: str) -> Desk:
    """A filed matter that waits for its review."""
    desk = Desk.of(district, chain(filed(), reviewed(**given)))
    desk.act("shen", "submit")
    return desk


def show(
    desk: Desk, who: str, *whom: str, kind: str = "circulate", must_reply: bool = False
) -> int:
    """Somebody shows the open task to others; the first copy."""
    persons = [desk.district.id(one) for one in whom]
    with desk.district.work(who) as work:
        return send_copies(work, desk.task().id, persons, kind, "请阅", must_reply)[0].id


def unread(district: District, who: str) -> int:
    """How many copies wait for somebody."""
    with district.reading() as session:
        return unread_copies(session, district.id(who))


def test_a_copy_survives_the_return_and_the_end(settled: District) -> None:
    desk = at_review(settled)
    show(desk, "gu", "feng", kind="copy")
    desk.act("gu", "return", return_to="review/file")
    assert unread(settled, "feng") == 1
    desk.act("shen", "submit")
    desk.act("gu", "reject")
    assert desk.status() == "ended"
    with settled.reading() as session:
        (row,) = copies(session, settled.id("feng"), unread=True)
    assert (row.kind, row.about, row.step, row.sender) == (
        "copy",
        "社区助老服务",
        "review",
        "顾清和",
    )


def test_a_circulation_blocks_nobody_and_shows_who_has_read(settled: District) -> None:
    desk = at_review(settled)
    copy = show(desk, "gu", "feng", "zhou")
    task = desk.task().id
    with settled.reading() as session:
        assert circulating(session, [task]) == {task: 2}
    with settled.work("feng") as work:
        read_copy(work, copy)
    with settled.reading() as session:
        assert circulating(session, [task]) == {task: 1}
        assert [
            (one.person, one.read_at is not None) for one in readers(session, task_id=task)
        ] == [
            ("冯守拙", True),
            ("周秉正", False),
        ]
    desk.act("gu")
    assert desk.status() == "ended"


def test_who_was_shown_it_shows_it_on(settled: District) -> None:
    desk = at_review(settled)
    with pytest.raises(Forbidden, match="不在您的权限范围"):
        show(desk, "tan", "bai")
    show(desk, "gu", "tan")
    show(desk, "tan", "bai")
    assert unread(settled, "bai") == 1
    with settled.reading() as session:
        assert [one.sender for one in readers(session, instance_id=desk.instance)] == [
            "顾清和",
            "谭外人",
        ]


def test_a_reply_that_is_asked_for_is_waited_for_and_told(settled: District) -> None:
    desk = at_review(settled)
    copy = show(desk, "gu", "feng", must_reply=True)
    with settled.work("feng") as work:
        read_copy(work, copy)
    assert unread(settled, "feng") == 1
    with settled.work("feng") as work:
        reply_copy(work, copy, "无意见")
    assert unread(settled, "feng") == 0
    with settled.reading() as session:
        assert "冯守拙回复了您传阅的“社区助老服务”：无意见" in [
            one.text for one in notices(session, settled.id("gu"))
        ]
    with pytest.raises(Conflict, match="已于 2025-06-09 09:00 回复"), settled.work("feng") as work:
        reply_copy(work, copy, "再说")


def test_a_copy_is_its_receivers_alone(settled: District) -> None:
    desk = at_review(settled)
    copy = show(desk, "gu", "feng")
    with pytest.raises(NotFound), settled.work("zhou") as work:
        read_copy(work, copy)
    with pytest.raises(NotFound), settled.work("zhou") as work:
        reply_copy(work, copy, "代答")


def test_the_same_is_not_shown_twice_while_unread(settled: District) -> None:
    desk = at_review(settled)
    show(desk, "gu", "feng")
    with pytest.raises(Conflict, match="未读的同一事项"):
        show(desk, "gu", "feng")


def test_a_copy_asks_no_reply_and_keepers_see_no_business(settled: District) -> None:
    desk = at_review(settled)
    with pytest.raises(Invalid, match="请改用传阅"):
        show(desk, "gu", "feng", kind="copy", must_reply=True)
    with pytest.raises(Invalid, match="不接触业务事项"):
        show(desk, "gu", "admin")


def test_the_diagram_can_send_copies_by_itself(settled: District) -> None:
    at_review(settled, copies="role:performance_officer")
    assert unread(settled, "chen") == 1
