"""会签, 加签, 退回, 转办, 代理 and batches by click, from signing in to the end."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import clock
from engine.people.absences import declare_absence, end_absence
from engine.people.models import Person, Unit
from engine.projects.commands import ProjectDraft, create_project
from engine.work import MACHINE, Actor, begin, reading
from engine.workflow import deployments
from engine.workflow.instances import About, start_instance
from engine.workflow.models import Instance
from tests.approvals import chain, filed, reviewed
from tests.browser.conftest import DESK, Axe
from tests.browser.district import NAMES, District, Seat, until
from tests.browser.tour import Tour

BOTH = {"approvers": "person:gu, person:qian"}


@dataclass
class Office:
    """The district's people at their desks, one process, and what was seen of its pages."""

    district: District
    browser: Browser
    tour: Tour
    seats: dict[str, Seat] = field(default_factory=dict)

    def start(self, *steps: tuple[str, Mapping[str, str]], key: str) -> tuple[int, str]:
        """Deploy a chain of steps and start it about a project of 沈知行's; its name is unique."""
        name = f"{key} {secrets.token_hex(2)}"
        shen = self.district.persons["shen"]
        with begin(self.district.engine, MACHINE) as work:
            deployments.deploy(work, key, chain(*steps, key=key))
        with begin(self.district.engine, Actor(shen.id, shen.name)) as work:
            year = self.district.case.year
            draft = ProjectDraft(name, "service", year, year, Decimal(100_000))
            project = create_project(work, draft)
            unit = work.session.get_one(Person, shen.id).unit_id
            path = work.session.get_one(Unit, unit).path
            about = About(f"project:{project.id}", name, path, shen.id)
            return start_instance(work, key, about, {}).id, name

    def inbox(self, login: str, tab: str = "todo") -> Page:
        """Somebody's inbox; they sign in when they are first needed."""
        if login not in self.seats:
            self.seats[login] = self.district.seat(self.browser, login, **DESK)
        page = self.seats[login].page
        page.goto(f"{self.district.served.url}/?tab={tab}")
        return page

    def open(self, login: str, name: str, tab: str = "todo") -> Page:
        """The item about `name`, opened from the inbox by a click."""
        page = self.inbox(login, tab)
        page.locator("[data-item]").filter(has_text=name).locator("[data-open]").first.click()
        page.wait_for_url("**/tasks/*")
        return page

    def press(self, page: Page, verb: str, opinion: str = "") -> None:
        """Write an opinion and press a button of the decision box."""
        if opinion:
            page.locator("#answers-opinion").fill(opinion)
        with page.expect_navigation():
            page.locator(f".action-bar button[name=verb][value={verb}]").click()
        expect(page.locator(".error-summary")).to_have_count(0)

    def act(self, page: Page, label: str) -> None:
        """Open one of the further acts over the page."""
        page.locator("#more > summary").click()
        page.locator("#more").get_by_role("link", name=label, exact=True).click()
        expect(page.locator("dialog #act-title")).to_be_visible()

    def choose(self, page: Page, part: str, login: str) -> None:
        """Look for somebody by letters and choose them, with keys only."""
        found = page.locator("dialog #found-person").get_by_label(NAMES[login])
        page.locator("dialog #q").press_sequentially(part)
        expect(found).to_be_visible()
        found.focus()
        page.keyboard.press("Space")
        expect(found).to_be_checked()

    def send(self, page: Page, text: str) -> None:
        """Say why, and do it."""
        page.locator("dialog #text").fill(text)
        with page.expect_navigation():
            page.locator("dialog .btn-primary").click()
        expect(page.locator(".alert").first).to_contain_text("已")

    def ended(self, instance: int) -> None:
        """The process is over."""

        def over() -> bool:
            with reading(self.district.engine) as session:
                return session.get_one(Instance, instance).status == "ended"

        until(over, 10, "流程没有办结")


@pytest.fixture
def office(browser: Browser, district: District, axe: Axe, tmp_path: Path) -> Iterator[Office]:
    """Pages may neither complain on their consoles nor be refused by axe."""
    opened = Office(district, browser, Tour(tmp_path, axe))
    yield opened
    for seat in opened.seats.values():
        seat.page.context.close()
    assert [wrong for seat in opened.seats.values() for wrong in seat.wrong] == []
    assert opened.tour.faults == []


def test_a_joint_step_is_signed_by_all(office: Office) -> None:
    joint = reviewed("联合审核", approval="all", veto="true", **BOTH)
    instance, name = office.start(filed(), joint, key="joint")
    office.press(office.open("shen", name), "submit")
    page = office.open("gu", name)
    expect(page.locator(".round")).to_contain_text("需 2 人中 2 人同意，已同意 0 人")
    office.press(page, "approve", "材料齐全")
    expect(page.locator(".alert").first).to_contain_text("等待其他办理人")
    page = office.open("qian", name)
    expect(page.locator(".round")).to_contain_text("已同意 1 人")
    office.tour.look(page, "round")
    office.press(page, "approve")
    office.ended(instance)


def test_a_colleague_is_asked_first_and_heard(office: Office) -> None:
    instance, name = office.start(filed(), reviewed(), key="adding")
    office.press(office.open("shen", name), "submit")
    page = office.open("gu", name)
    page.locator("#answers-opinion").fill("拟同意")
    office.act(page, "加签")
    office.choose(page, "郑", "zheng")
    office.tour.look(page, "act-dialog")
    office.send(page, "请核对绩效目标")
    expect(page.locator(".round")).to_contain_text("前加签")
    expect(page.locator("#answers-opinion")).to_have_value("拟同意")
    page = office.open("zheng", name)
    expect(page.locator(".decision")).to_contain_text("请核对绩效目标")
    office.press(page, "approve", "目标可行")
    page = office.open("gu", name)
    expect(page.locator(".round")).to_contain_text("目标可行")
    office.tour.look(page, "round-heard")
    office.press(page, "approve", "同意")
    office.ended(instance)


def test_a_return_goes_to_whom_is_chosen_and_comes_straight_back(office: Office) -> None:
    steps = (filed(), reviewed("head", "unit_head"), reviewed())
    instance, name = office.start(*steps, key="returning")
    office.press(office.open("shen", name), "submit")
    office.press(office.open("lu", name), "approve")
    page = office.open("gu", name)
    page.get_by_role("group", name="退回给谁").get_by_label(NAMES["shen"]).check()
    page.get_by_role("group", name="更正后").get_by_label("直达").check()
    office.tour.look(page, "ways-back")
    office.press(page, "return", "金额写错了一位")
    page = office.open("shen", name, "returned")
    expect(page.locator(".alert-warning")).to_contain_text("金额写错了一位")
    office.press(page, "submit", "已更正")
    page = office.open("gu", name)
    expect(page.locator("ol.timeline").last).to_contain_text("自动跳过")
    office.tour.look(page, "come-back")
    office.press(page, "approve")
    office.ended(instance)


def test_a_task_is_handed_on_for_good(office: Office) -> None:
    instance, name = office.start(filed(), reviewed(approvers="person:gu"), key="handing")
    office.press(office.open("shen", name), "submit")
    page = office.open("gu", name)
    office.act(page, "转办")
    office.choose(page, "钱", "qian")
    office.send(page, "明日出差")
    expect(page.locator(".action-bar button[value=approve]")).to_have_attribute(
        "aria-disabled", "true"
    )
    page = office.open("qian", name)
    expect(page.locator("ol.timeline").last).to_contain_text("转办给钱若水：明日出差")
    office.tour.look(page, "handed-on")
    office.press(page, "approve")
    office.ended(instance)


def test_a_stand_in_acts_under_both_names(office: Office) -> None:
    instance, name = office.start(filed(), reviewed(approvers="person:gu"), key="standing")
    office.press(office.open("shen", name), "submit")
    gu, qian = (office.district.persons[login] for login in ("gu", "qian"))
    now = clock.now()
    with begin(office.district.engine, Actor(gu.id, gu.name)) as work:
        absence = declare_absence(
            work, gu.id, qian.id, now - timedelta(minutes=1), now + timedelta(hours=8)
        )
        number = absence.id
    page = office.inbox("qian")
    expect(page.locator("[data-item]").filter(has_text=name)).to_contain_text("代 顾清和")
    office.tour.look(page, "inbox-standing-in")
    page = office.open("qian", name)
    expect(page.locator(".decision")).to_contain_text("您代 顾清和 办理")
    office.press(page, "approve")
    office.ended(instance)
    page = office.open("shen", name, "handled")
    expect(page.locator("ol.timeline").last).to_contain_text("钱若水 代 顾清和")
    _end(office, number)


def _end(office: Office, number: int) -> None:
    gu = office.district.persons["gu"]
    with begin(office.district.engine, Actor(gu.id, gu.name)) as work:
        end_absence(work, number)


def test_ticked_items_are_approved_together(office: Office) -> None:
    started = [office.start(filed(), reviewed(), key="batch") for _ in range(3)]
    for _, name in started:
        office.press(office.open("shen", name), "submit")
    page = office.inbox("gu")
    for _, name in started:
        page.locator("[data-item]").filter(has_text=name).get_by_role("checkbox").check()
    office.tour.look(page, "inbox-ticked")
    with page.expect_navigation():
        page.get_by_role("button", name="批量同意").click()
    expect(page.locator("main")).to_contain_text("3 项可以同意")
    office.tour.look(page, "batch")
    page.locator("#opinion").fill("同意")
    with page.expect_navigation():
        page.get_by_role("button", name="同意以上事项").click()
    expect(page.locator(".alert").first).to_contain_text("已同意 3 项，未办成 0 项")
    office.tour.look(page, "batch-done")
    for instance, _ in started:
        office.ended(instance)


def test_what_is_circulated_is_read_and_answered(office: Office) -> None:
    _, name = office.start(filed(), reviewed(), key="showing")
    office.press(office.open("shen", name), "submit")
    page = office.open("gu", name)
    office.act(page, "抄送、传阅")
    page.locator("dialog").get_by_label("传阅 记录").check()
    office.choose(page, "陈", "chen")
    office.send(page, "请阅知")
    office.tour.look(page, "circulating")
    page = office.inbox("chen", "copies")
    office.tour.look(page, "copies")
    page.locator("[data-item]").filter(has_text=name).locator("[data-open]").click()
    page.wait_for_url("**/tasks/*")
    expect(page.locator("main")).to_contain_text("顾清和 请您传阅")
    page.get_by_label("回复").first.fill("已阅")
    office.tour.look(page, "shown")
    with page.expect_navigation():
        page.get_by_role("button", name="回复").click()
    expect(page.locator("#readers")).to_contain_text("已阅")
