"""A fresh installation outside demonstration mode: its first administrator is made by a token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Axe
from tests.serving import Served

PASSWORD = "yu-3-qing-yuan-8"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served.start(tmp_path_factory.mktemp("fresh"), "--no-demo")
    yield served
    served.stop()


def set_up(page: Page, fresh: Served, token: str) -> None:
    page.goto(f"{fresh.url}/setup")
    for name, value in {
        "token": token,
        "login": "admin",
        "name": "周敏",
        "password": PASSWORD,
        "again": PASSWORD,
    }.items():
        page.locator(f"#{name}").fill(value)
    page.get_by_role("button", name="建立").click()
    page.wait_for_load_state()


def test_a_wrong_token_makes_nobody(page: Page, fresh: Served, axe: Axe) -> None:
    set_up(page, fresh, "wrong")
    expect(page.locator(".error-summary, .alert-danger").first).to_be_visible()
    expect(page.locator("#name")).to_have_value("周敏")
    assert axe(page) == []


def test_the_first_administrator_is_made_once_and_signs_in(
    page: Page, phone: Page, fresh: Served, axe: Axe
) -> None:
    token = fresh.log.parent / "setup-token"
    text = token.read_text()
    set_up(page, fresh, text)
    expect(page.locator("#token")).to_have_count(0)
    assert not token.exists()

    phone.goto(fresh.url)
    phone.locator("#login").fill("admin")
    phone.locator("#password").fill(PASSWORD)
    assert axe(phone) == []
    phone.locator("form:has(#password) button").first.click()
    phone.wait_for_load_state()
    expect(phone.locator(".masthead")).to_contain_text("周敏")
    assert axe(phone) == []

    assert phone.goto(f"{fresh.url}/setup").status in (403, 404)  # type: ignore[union-attr]  # it answers
