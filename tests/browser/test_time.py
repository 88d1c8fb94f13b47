"""The working calendar and absences by click: a year imported, a substitute appointed and ended."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, expect

from engine import clock
from tests.browser.conftest import DESK, Axe
from tests.browser.district import District
from tests.browser.tour import Tour

SHEET = "日期,安排,说明\n2027-01-01,休,元旦\n2027-02-07,班,春节\n"


def test_an_administrator_imports_a_year_and_sets_hours(
    district: District, browser: Browser, axe: Axe, tmp_path: Path
) -> None:
    tour, seat = Tour(tmp_path, axe), district.seat(browser, "admin", **DESK)
    page, url = seat.page, f"{district.served.url}/admin/calendar?year=2027"
    page.goto(url)
    expect(page.locator(".alert-warning")).to_contain_text("暂按周一至周五计算")
    page.locator("#sheet").fill(SHEET + "2027-02-30,休,没有这天")
    page.get_by_role("button", name="预览变化").click()
    expect(page.locator(".error-summary")).to_contain_text("第 4 行")
    tour.look(page, "calendar-refused")
    page.locator("#sheet").fill(SHEET)
    page.get_by_role("button", name="预览变化").click()
    expect(page.locator("#difference")).to_contain_text("新增 2 天")
    tour.look(page, "calendar-preview")
    page.get_by_role("button", name="导入并重新计算期限").click()
    expect(page.locator("main")).to_contain_text("已导入 2027 年的放假安排")
    page.locator("#hours-unit").select_option(index=0)
    page.locator("#opens").fill("08:30")
    page.locator("form").filter(has=page.locator("#opens")).get_by_role("button").click()
    expect(page.locator("main")).to_contain_text("08:30–17:30")
    page.goto(url)
    tour.look(page, "calendar")
    assert tour.faults == []
    assert seat.wrong == []


def test_a_substitute_is_appointed_and_ended_by_click(
    district: District, browser: Browser, axe: Axe, tmp_path: Path
) -> None:
    tour, seat = Tour(tmp_path, axe), district.seat(browser, "gu", **DESK)
    page = seat.page
    page.locator(".who summary").click()
    page.get_by_role("link", name="不在岗与代理").click()
    tour.look(page, "absences-none")
    zhou = district.persons["zhou"]
    page.locator("#q-delegate").press_sequentially(zhou.name)
    page.locator("#found-delegate").get_by_label(zhou.name).check()
    tour.look(page, "absences-found")
    last = clock.local(clock.now()).date() + timedelta(days=3)
    page.locator("#to").fill(last.isoformat())
    page.get_by_role("button", name="保存").click()
    row = page.locator("main tbody tr").first
    expect(row).to_contain_text("代理中")
    tour.look(page, "absences")
    row.get_by_role("button", name="结束代理").click()
    expect(page.locator("main tbody tr").first).to_contain_text("已提前结束")
    assert tour.faults == []
    assert seat.wrong == []
