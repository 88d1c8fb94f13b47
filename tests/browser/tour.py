"""Every kind of page once, on the desk and on the phone: axe, width, and a picture to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.conftest import Axe

SIZES = {"desk": (1366, 768), "phone": (390, 844)}
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => e.tagName + '.' + (e.getAttribute('class') ?? '')).slice(0, 8)"""


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
            found = self.axe(page)
            self.faults += [f"{kind}, {size}: {one}" for one in found[:3]]
            self.faults += [f"{kind}, {size}: … {len(found)}"] * (len(found) > 3)
            self.faults += [f"{kind}, {size}: too wide: {one}" for one in page.evaluate(TOO_WIDE)]
            page.screenshot(path=self.folder / f"{kind}-{size}.png", full_page=True)
        page.set_viewport_size({"width": SIZES["desk"][0], "height": SIZES["desk"][1]})
