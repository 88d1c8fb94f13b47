"""The components and small scripts of forms/ui, on a page that shows each of them once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from flask import Flask, Response
from playwright.sync_api import Dialog, Page, expect

from forms.assets import DIST, Assets, install
from tests.browser.conftest import Axe

SAMPLER = Path(__file__).with_name("sampler.html")
DONE = """<!doctype html><html lang=zh><title>done</title>
<meta name='kept-done' content='sample'>{assets}"""
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

WATCH = """() => new MutationObserver(() => {
    const shown = [...document.querySelectorAll('.busy-line, .busy-text')]
    if (shown.length) sessionStorage.shown =
        shown.map((e) => e.className + (e.textContent && ':' + e.textContent)).join(' ')
}).observe(document.body, { childList: true })"""

pytestmark = pytest.mark.skipif(
    not (DIST / "manifest.json").exists(), reason="the front end is not built (make front)"
)


class Silent(WSGIRequestHandler):
    """Writes no access log."""

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the base class's name
        return


def _application() -> Flask:
    app = Flask("forms")
    install(app)

    @app.get("/")
    def refused() -> str:
        return SAMPLER.read_text().replace("{assets}", str(Assets().tags("base")))

    @app.get("/tasks/<int:_number>")
    def accepted(_number: int) -> str:
        return refused().replace("error-summary", "alert")

    @app.post("/echo")
    def echo() -> str:
        sleep(2.5)
        return DONE.format(assets=Assets().tags("base"))

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status=204)

    @app.after_request
    def strict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, _application(), handler_class=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def overflows(page: Page) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth > innerWidth"))


def test_the_desk_has_nothing_against_it(page: Page, address: str, axe: Axe) -> None:
    page.goto(address)
    assert axe(page) == []
    assert not overflows(page)


def test_dark_has_nothing_against_it(dark: Page, address: str, axe: Axe) -> None:
    dark.goto(address)
    ground = dark.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(22, 24, 27)"
    assert axe(dark) == []


def test_the_phone_has_nothing_against_it(phone: Page, address: str, axe: Axe) -> None:
    phone.goto(address)
    assert axe(phone) == []
    assert not overflows(phone)
    expect(phone.locator(".masthead nav")).not_to_be_visible()
    phone.locator(".masthead-menu > summary").tap()
    expect(phone.locator(".masthead nav")).to_be_visible()


def test_lights_speak_without_colour(page: Page, address: str) -> None:
    page.goto(address)
    sign = "(e) => getComputedStyle(e, '::before').content"
    signs = [
        page.locator(f".light-{colour}").first.evaluate(sign)
        for colour in ("red", "yellow", "green", "blue")
    ]
    assert [text.split('"')[1] for text in signs] == ["●", "▲", "✓", "◆"]


def test_j_and_enter_open_a_task(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[data-item]").nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/1")


def test_a_question_mark_lists_the_keys(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_contain_text("同意，送财政局审核")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)


def test_a_key_brings_a_decision_under_enter_without_taking_it(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("a")
    expect(page.locator("[data-key=a]")).to_be_focused()


def test_typing_a_letter_in_a_field_is_only_typing(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#goal").focus()
    page.keyboard.type("ja?")
    expect(page.locator("#goal")).to_have_value("ja?")
    expect(page.locator("[data-item][aria-current]")).to_have_count(0)


def test_rows_are_added_removed_and_brought_back(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_text("添加一行").click()
    page.locator("[name=rows-1-level3]").fill("加装电梯")
    page.locator("[data-row]").nth(1).get_by_text("删除").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_text("撤销").click()
    expect(page.locator("[name=rows-1-level3]")).to_have_value("加装电梯")


def test_leaving_typed_work_asks_first(page: Page, address: str) -> None:
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.goto(address)
    page.locator("#goal").fill("方便出行")
    page.goto(address + "tasks/2")
    assert asked == ["beforeunload"]


def test_what_was_typed_comes_back_until_it_is_sent(page: Page, address: str) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(address + "tasks/1")
    page.locator("#goal").fill("方便出行")
    page.goto(address + "tasks/2")
    expect(page.locator("#goal")).to_have_value("方便出行")
    expect(page.get_by_text("已恢复上次没有提交的内容")).to_be_visible()
    page.locator("#send").click()
    page.wait_for_url("**/echo")
    page.goto(address + "tasks/2")
    expect(page.locator("#goal")).to_have_value("")


def test_a_slow_answer_shows_that_something_happens(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate(WATCH)
    page.locator("#send").click()
    page.wait_for_url("**/echo")
    assert page.evaluate("() => sessionStorage.shown") == "busy-line busy-text:正在提交"


def test_a_refused_button_says_why_and_does_nothing(page: Page, address: str) -> None:
    page.goto(address)
    button = page.get_by_text("送专家评审")
    button.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert "缺少环境影响评价批复" in button.evaluate("e => getComputedStyle(e, '::after').content")


def test_a_printed_page_has_no_navigation(page: Page, address: str) -> None:
    page.goto(address)
    page.emulate_media(media="print")
    expect(page.locator(".masthead")).not_to_be_visible()
    expect(page.locator(".action-bar").first).not_to_be_visible()
    expect(page.locator(".facts").first).to_be_visible()
