"""How pages treat people: nothing typed is lost, refusals say why; keys, phone, English, paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import clock
from engine.people.models import Session as SignIn
from engine.work import MACHINE, begin
from engine.workflow.models import Task
from tests.browser.conftest import DESK, PHONE
from tests.browser.district import District, Seat
from tests.browser.tour import TOO_WIDE

GOAL = "加装电梯一百六十台，方便老年居民上下楼"
HAN = re.compile(r"[\u4e00-\u9fff]")
Sit = Callable[..., Seat]


@pytest.fixture
def sit(browser: Browser, district: District) -> Iterator[Sit]:
    """Seats people for a test; their pages may not have complained about anything."""
    seats: list[Seat] = []

    def sit_down(login: str, **shape: Any) -> Seat:
        seats.append(district.seat(browser, login, **(shape or DESK)))
        return seats[-1]

    yield sit_down
    for seat in seats:
        seat.page.context.close()
    assert [wrong for seat in seats for wrong in seat.wrong] == []


def _form(name: str) -> Callable[[Task], bool]:
    return lambda task: task.form == name


def _open(seat: Seat, district: District, task: Task) -> Page:
    seat.page.goto(f"{district.served.url}/tasks/{task.id}")
    return seat.page


def _press(page: Page, verb: str) -> None:
    with page.expect_navigation():
        page.locator(f".action-bar [name=verb][value={verb}]").click()


def test_a_refused_form_keeps_what_was_typed_and_says_why_at_the_field(
    sit: Sit, district: District
) -> None:
    _walker, task = district.project_at(_form("declaration"))
    page = _open(sit("shen"), district, task)
    page.locator("[name=answers-overall_goal]").fill(GOAL)
    page.locator("[name=answers-estimate]").fill("很多")
    _press(page, "submit")
    expect(page.locator("[name=answers-overall_goal]")).to_have_value(GOAL)
    estimate = page.locator("[name=answers-estimate]")
    expect(estimate).to_have_value("很多")
    expect(estimate).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#answers-estimate-error")).to_be_visible()
    page.locator(".error-summary a[href='#answers-estimate']").click()
    expect(estimate).to_be_focused()


def test_a_draft_waits_for_its_person(sit: Sit, district: District) -> None:
    _walker, task = district.project_at(_form("declaration"))
    page = _open(sit("shen"), district, task)
    page.locator("[name=answers-overall_goal]").fill(GOAL)
    _press(page, "draft")
    expect(page.locator(".alert").first).to_contain_text("草稿已保存")
    page = _open(sit("shen"), district, task)
    expect(page.locator("[name=answers-overall_goal]")).to_have_value(GOAL)


def test_an_expired_session_loses_nothing(sit: Sit, district: District) -> None:
    _walker, task = district.project_at(_form("declaration"))
    seat = sit("shen")
    page = _open(seat, district, task)
    page.locator("[name=answers-overall_goal]").fill(GOAL)
    page.locator("#answers-opinion").fill("请审核")
    with begin(district.engine, MACHINE) as work:
        work.session.query(SignIn).update({"ended_at": clock.now()})
    _press(page, "submit")
    expect(page.locator(".alert-warning")).to_contain_text("填写的内容还在")
    seat.sign_in()
    page.get_by_role("button", name="继续提交").click()
    expect(page.locator("[name=answers-overall_goal]")).to_have_value(GOAL)
    expect(page.locator("#answers-opinion")).to_have_value("请审核")
    expect(page.locator(".error-summary")).to_be_visible()


def test_a_second_click_tells_who_acted_and_when(sit: Sit, district: District) -> None:
    _walker, task = district.project_at(lambda one: one.node.endswith("department_review"))
    first, second = (_open(sit(login), district, task) for login in ("gu", "qian"))
    _press(first, "approve")
    expect(first.locator(".alert").first).to_contain_text("已同意")
    _press(second, "approve")
    expect(second.locator("main")).to_contain_text("顾清和")
    expect(second.locator("main")).to_contain_text(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"))
    page = _open(sit("qian"), district, task)
    expect(page.locator(".alert")).to_contain_text(re.compile(r"已由 顾清和 于 .* 同意"))
    expect(page.locator(".action-bar")).to_have_count(0)


def test_a_double_click_answers_one_task_and_not_the_next(sit: Sit, district: District) -> None:
    tasks = [district.project_at(lambda one: one.node.endswith("unit_review"))[1] for _ in "ab"]
    page = _open(sit("lu"), district, tasks[0])
    box = page.locator(".action-bar [value=approve]").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.dblclick(x, y)
    page.wait_for_url(lambda url: not url.endswith(f"/tasks/{tasks[0].id}"))
    following = page.url
    expect(page.locator(".alert").first).to_contain_text("已同意“试点项目")
    bar = page.locator(".action-bar [value=approve]").bounding_box()
    assert bar is not None
    page.mouse.click(bar["x"] + 5, bar["y"] + 5)
    page.wait_for_timeout(400)
    assert page.url == following
    with page.expect_navigation():
        page.locator(".action-bar [value=approve]").click()


def test_the_inbox_is_walked_by_keys(sit: Sit, district: District) -> None:
    for _ in range(2):
        district.project_at(_form("declaration"))
    page = sit("shen").page
    page.goto(district.served.url)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[data-item]").nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("k")
    href = page.locator("[data-item]").first.locator("[data-open]").get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{href}")


def test_a_task_is_answered_with_one_hand(sit: Sit, district: District) -> None:
    _walker, task = district.project_at(lambda one: one.node.endswith("unit_review"))
    page = _open(sit("lu", **PHONE), district, task)
    approve = page.locator(".action-bar [value=approve]")
    expect(approve).to_be_in_viewport()
    box = approve.bounding_box()
    assert box is not None and box["height"] >= 40 and box["y"] > 844 / 2
    with page.expect_navigation():
        approve.tap()
    expect(page.locator(".alert").first).to_contain_text("已同意")


def test_tables_are_cards_on_a_phone(sit: Sit, district: District) -> None:
    _walker, task = district.project_at(_form("targets"))
    page = _open(sit("shen", **PHONE), district, task)
    row = page.locator("form#task tr[data-row]").first
    assert row.evaluate("e => getComputedStyle(e).display") == "block"
    fields = row.locator("input:visible, select:visible, textarea:visible")
    for number in range(fields.count()):
        box = fields.nth(number).bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    shown = page.locator("#answers-rows tr[data-row]:visible")
    rows = shown.count()
    page.locator("#answers-rows [data-row-add]").tap()
    expect(shown).to_have_count(rows + 1)


# What stays as it was written: data, and what forms and diagrams of the process owner say.
OWN_WORDS = """() => {
    const data = `h1, dd, option, [data-item] td, .crumbs, .timeline, .diagram, .menu > summary,
        .page-foot > span, .languages, #assignment label,
        #task > div :is(.question, .prose, details)`
    const texts = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
        const at = walker.currentNode.parentElement
        if (!at.closest('script, template, ' + data)) texts.push(walker.currentNode.data)
    }
    return texts.join('\\n').replace(/“[^”]*”/g, '')
}"""


@pytest.mark.parametrize("place", ["inbox", "task"])
def test_english_is_english(sit: Sit, district: District, place: str) -> None:
    _walker, task = district.project_at(_form("ex_ante"))
    page = sit("zheng").page
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    if place == "task":
        _open(Seat("zheng", page), district, task)
    said = page.evaluate(OWN_WORDS)
    left = [line.strip() for line in said.splitlines() if HAN.search(line)]
    assert left == []


def test_a_task_prints_without_its_controls(sit: Sit, district: District) -> None:
    _walker, task = district.project_at(lambda one: one.node.endswith("unit_review"))
    page = _open(sit("lu"), district, task)
    page.emulate_media(media="print")
    for control in (".masthead", ".action-bar", ".page-foot .languages"):
        expect(page.locator(control).first).not_to_be_visible()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".facts").first).to_be_visible()
    expect(page.locator(".timeline").first).to_be_visible()
    page.set_viewport_size({"width": 680, "height": 960})  # A4 between its margins
    assert page.evaluate(TOO_WIDE) == []


def test_an_unsigned_delivery_is_refused(district: District) -> None:
    assert district.post("nobody-1", b"{}", signature="v1,bm90IGl0") == 401
