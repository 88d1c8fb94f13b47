"""Every kind of page once, on the desk and on the phone: axe, width, and a picture to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.conftest import Axe

SIZES = {"desk": (1366, 768), "phone": (390, 844)}
OVERFLOW = """() => [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1
        && !e.closest('.table-wrap, .diagram-strip, pre, .visually-hidden'))
    .map(e => e.tagName + '.' + e.className).slice(0, 5)"""


@dataclass
class Tour:
    """What was seen so far, and what is wrong with it."""

    folder: Path
    axe: Axe
    seen: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def look(self, page: Page, kind: str) -> None:
        """Look at a page unless one of its kind was seen before."""
        if kind in self.seen:
            return
        self.seen.add(kind)
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            self.faults += [f"{kind}, {size}: {one}" for one in self.axe(page)]
            if page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
                self.faults.append(f"{kind}, {size}: too wide {page.evaluate(OVERFLOW)}")
            page.screenshot(path=self.folder / f"{kind}-{size}.png", full_page=True)
        page.set_viewport_size({"width": SIZES["desk"][0], "height": SIZES["desk"][1]})
