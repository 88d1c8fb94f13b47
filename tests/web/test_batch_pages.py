"""批量同意 by click: blockers first, a result for each item, silence on what is out of sight."""

from __future__ import annotations

import pytest

from tests.approvals import filed, reviewed
from tests.web.conftest import District
from tests.web.rounds import Round, begin_round


@pytest.fixture
def waiting(district: District) -> list[Round]:
    """Three projects that wait for the department's reviewer."""
    found = [begin_round(district, filed(), reviewed()) for _ in range(3)]
    for one in found:
        one.answer("zhang", "submit")
    return found


def _query(tasks: list[int]) -> str:
    return "&".join(f"task={one}" for one in tasks)


def test_ticked_items_are_approved_each_for_itself(
    district: District, waiting: list[Round]
) -> None:
    browser = district.browser("wang")
    tasks = [one.task.id for one in waiting]
    assert f'form="batch" name="task" value="{tasks[0]}"' in browser.get("/").text
    assert "3 项可以同意" in browser.get(f"/batch?{_query(tasks)}").text
    waiting[1].answer("gu")
    answer = browser.post("/batch", {"task": [str(one) for one in tasks], "opinion": "同意"})
    assert "已同意 2 项，未办成 1 项" in answer.text and "顾清" in answer.text
    assert all(one.ended for one in waiting)
    again = browser.post("/batch", {"task": [str(one) for one in tasks]})
    assert "已同意 0 项，未办成 3 项" in again.text


def test_with_nothing_ticked_the_page_comes_back_and_asks_for_a_choice(
    district: District, waiting: list[Round]
) -> None:
    browser = district.browser("wang")
    browser.get("/")
    listed = [str(one.task.id) for one in waiting]
    answer = browser.post("/batch", {"listed": listed, "opinion": "同意申报"})
    assert answer.status_code == 422
    assert f'href="#task-{listed[0]}">请先选择要同意的事项' in answer.text
    assert "3 项可以同意" in answer.text and "同意申报" in answer.text
    assert " checked" not in answer.text
    assert "请先选择要同意的事项" in browser.post("/batch").text


def test_blockers_are_shown_before_anything_is_done(
    district: District, waiting: list[Round]
) -> None:
    other = begin_round(district, filed(), reviewed("second"))
    other.answer("zhang", "submit")
    browser = district.browser("wang")
    tasks = [waiting[0].task.id, other.task.id, 999999]
    page = browser.get(f"/batch?{_query(tasks)}").text
    assert "1 项可以同意" in page and "2 项不能批量同意" in page
    assert "不是同一环节" in page and "没有这个事项" in page


def test_nothing_is_told_of_what_is_out_of_sight(district: District, waiting: list[Round]) -> None:
    browser = district.browser("other")
    browser.get("/")
    tasks = [waiting[0].task.id, 999999]
    for answer in (
        browser.get(f"/batch?{_query(tasks)}"),
        browser.post("/batch", {"task": [str(one) for one in tasks]}),
    ):
        assert answer.status_code == 200
        assert "助老服务" not in answer.text
    assert not waiting[0].ended


@pytest.mark.parametrize("odd", ["", "task=", "task=-1", "task=x", "task=" + "9" * 30])
def test_odd_numbers_are_no_items(district: District, odd: str) -> None:
    assert "请先在待办中勾选" in district.browser("wang").get(f"/batch?{odd}").text


def test_more_than_fifty_are_told_so(district: District, waiting: list[Round]) -> None:
    tasks = [waiting[0].task.id, *range(1000, 1060)]
    assert (
        "一次最多 50 项，后面的 11 项"
        in district.browser("wang").get(f"/batch?{_query(tasks)}").text
    )
