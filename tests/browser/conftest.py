"""A real Chromium on a real `bihuan serve`: pages on a desk and on a phone, and axe on each.

A page that logs an error, throws, or breaks the content security policy fails its test.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.district import District
from tests.serving import ROOT, Served

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
AXE = ROOT / "forms/ui/node_modules/axe-core/axe.min.js"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
DESK: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
Axe = Callable[[Page], list[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`bihuan serve` with the demonstration district in a folder of its own."""
    served = Served.start(tmp_path_factory.mktemp("var"), "--demo")
    yield served
    served.stop()


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    """A district with the walk's cast and no project yet, served from a folder of its own."""
    opened = District.open(tmp_path_factory.mktemp("district"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session; each test gets a fresh profile in it."""
    if not CHROMIUM:
        pytest.fail("Chromium is not installed; `make test-system` installs it")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield launched
        launched.close()


def _opened(context: BrowserContext) -> Iterator[Page]:
    page, wrong = context.new_page(), []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    # A refused form (409, 422 …) is an answer, which Chromium logs all the same.
    assert [text for text in wrong if "status of 4" not in text] == []


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on the office screen, 1366 × 768."""
    yield from _opened(browser.new_context(locale="zh-CN", **DESK))


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page on a phone, 390 × 844."""
    yield from _opened(browser.new_context(locale="zh-CN", **PHONE))


@pytest.fixture
def dark(browser: Browser) -> Iterator[Page]:
    """A page on the office screen of someone who prefers dark."""
    yield from _opened(browser.new_context(locale="zh-CN", color_scheme="dark", **DESK))


@pytest.fixture
def axe() -> Axe:
    """What axe-core finds wrong on a page: one line each, empty when all is well."""

    source = AXE.read_text()

    def check(page: Page) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(source)
        found = page.evaluate("async () => (await axe.run()).violations")
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in found
            for node in rule["nodes"]
        ]

    return check
