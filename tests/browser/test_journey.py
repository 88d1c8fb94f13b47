"""A real table taken through its project's whole life by clicking, each step by another person."""

from __future__ import annotations

import urllib.parse
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from reports.evidence import installed_answer
from reports.trust import Trust
from reports.verify import verify
from tests.browser.conftest import Axe
from tests.browser.district import District, until
from tests.browser.journey import WAIT, Journey
from tests.browser.tour import Tour


def test_a_project_lives_its_whole_life_by_clicking(
    browser: Browser, district: District, axe: Axe, tmp_path: Path
) -> None:
    journey = Journey(district, browser, Tour(tmp_path, axe))
    journey.begin("shen")
    journey.live()
    _the_course_is_told(journey)
    content = _the_auditor_downloads(journey, tmp_path)
    _the_paper_is_valid(journey, content)
    _anyone_may_ask(journey, tmp_path)
    _the_books_are_in_order(journey)
    assert "\n".join(journey.tour.faults) == ""
    assert [wrong for seat in journey.seats.values() for wrong in seat.wrong] == []
    for seat in journey.seats.values():
        seat.page.context.close()


def _the_course_is_told(journey: Journey) -> None:
    """The project's page tells how it went: both returns, the rectification, score and grade."""
    assert set(journey.returned) == {"previous", "starter"}
    assert len(set(journey.acted)) >= 8
    page = journey.project_page("shen")
    expect(page.locator("#alerts")).to_contain_text("已销号")
    expect(page.locator("#alerts .state-bad")).to_have_count(0)
    expect(page.locator("#indicators")).to_contain_text("98.92")
    until(lambda: _reloaded(page).locator(".page-head .state").count(), WAIT, "结项")
    expect(page.locator(".page-head")).to_contain_text("已结项")
    journey.tour.look(page, "project-closed")
    page.get_by_role("navigation").get_by_role("link", name="项目").click()
    journey.tour.look(page, "projects")
    expect(page.locator("[data-item]").filter(has_text=journey.district.case.name)).to_be_visible()


def _reloaded(page: Page) -> Page:
    page.reload()
    return page


def _the_auditor_downloads(journey: Journey, folder: Path) -> Path:
    page = journey.seat("jiang").page
    page.get_by_role("navigation").get_by_role("link", name="审计").click()
    page.get_by_role("link", name="报告", exact=True).click()
    journey.tour.look(page, "papers")
    with page.expect_download() as download:
        page.locator("[data-open]").first.click()
    download.value.save_as(folder / "closure.pdf")
    return folder / "closure.pdf"


def _the_paper_is_valid(journey: Journey, paper: Path) -> None:
    settings, content = journey.district.settings, paper.read_bytes()
    verdict = verify(
        content, Trust.load(settings.pki), lambda _sha256: installed_answer(settings, content)
    )
    assert (verdict.verdict, verdict.ledger) == ("valid", "matches")


def _anyone_may_ask(journey: Journey, folder: Path) -> None:
    """The verdict page opens without an account, and tells the paper from an altered one."""
    page = journey.seat("jiang").page
    number = str(page.locator("[data-item] a").last.get_attribute("href")).rpartition("/")[2]
    stranger = journey.browser.new_context(locale="zh-CN").new_page()
    stranger.goto(f"{journey.district.served.url}/verify/{number}")
    expect(stranger.locator(".alert-success")).to_contain_text("有效")
    expect(stranger.locator("main")).to_contain_text(urllib.parse.unquote(number))
    journey.tour.look(stranger, "verdict")
    altered = folder / "altered.pdf"
    altered.write_bytes((folder / "closure.pdf").read_bytes() + b"\n")
    for file, answer in ((folder / "closure.pdf", "一致：您上传"), (altered, "不一致：您上传")):
        stranger.locator("#file").set_input_files(file)
        stranger.get_by_role("button", name="核对").click()
        expect(stranger.locator("section .alert")).to_contain_text(answer)
    stranger.context.close()


def _the_books_are_in_order(journey: Journey) -> None:
    page = journey.seat("jiang").page
    page.get_by_role("link", name="存证记录").click()
    expect(page.locator("[data-item]").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("下载")
    journey.tour.look(page, "entries")
    page.locator("[data-open]").first.click()
    expect(page.locator(".page-head")).to_contain_text("内容与指纹一致")
    journey.tour.look(page, "entry")
    page.go_back()
    page.get_by_role("link", name="核验存证").click()
    expect(page.locator(".alert-success")).to_contain_text("全部记录完整")
    journey.tour.look(page, "verification")
