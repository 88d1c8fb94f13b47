"""HTML to tagged PDF: the one door to WeasyPrint and to the templates of paper.

Nothing outside is ever fetched: a document may only use the assets handed over with it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from reports import figures

_TEMPLATES = Path(__file__).parent / "templates"
_TYPES = {".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Data:
    """Machine-readable data that the document carries in itself (PDF/A-3: /AF, Data)."""

    name: str
    description: str
    content: bytes
    at: datetime


def fill(template: str, values: Mapping[str, Any]) -> str:
    """The template filled in; every value is escaped, and a name not given is an error."""
    return _environment().get_template(template).render(values)


def paint(html: str, style: str, assets: Mapping[str, str], data: Data) -> bytes:
    """The document as tagged PDF that declares PDF/A-3a. `assets` are SVG texts by name."""
    fonts = FontConfiguration()
    attachment = Attachment(
        file_obj=io.BytesIO(data.content),
        name=data.name,
        description=data.description,
        created=data.at,
        modified=data.at,
        relationship="Data",
    )
    painted: bytes = _document(html, assets).write_pdf(
        stylesheets=[_stylesheet(style, fonts)],
        font_config=fonts,
        pdf_variant="pdf/a-3a",
        pdf_tags=True,
        attachments=[attachment],
    )
    return painted


def anchors(html: str, style: str) -> list[frozenset[str]]:
    """The ids of the elements that begin on each page of a document without assets."""
    fonts = FontConfiguration()
    laid_out = _document(html, {}).render(
        stylesheets=[_stylesheet(style, fonts)], font_config=fonts
    )
    return [frozenset(page.anchors) for page in laid_out.pages]


def _document(html: str, assets: Mapping[str, str]) -> Any:
    return HTML(string=html, base_url="asset:", url_fetcher=_Assets(assets))


def _stylesheet(style: str, fonts: Any) -> Any:
    return CSS(string=(_TEMPLATES / style).read_text("utf-8"), font_config=fonts)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for filter_ in (
        figures.money,
        figures.points,
        figures.percent,
        figures.day,
        figures.minute,
        figures.years,
    ):
        environment.filters[filter_.__name__] = filter_
    environment.filters["paragraphs"] = _paragraphs
    return environment


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class _Assets(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Answers `asset:NAME` from what was handed over and refuses every other address."""

    def __init__(self, assets: Mapping[str, str]) -> None:
        super().__init__(allowed_protocols=["asset"], allow_redirects=False)
        self._ours = assets

    def fetch(self, url: str, headers: object = None) -> Any:
        name = url.removeprefix("asset:")
        if not url.startswith("asset:") or name not in self._ours:
            raise ValueError(f"documents may not fetch {url}")
        kind = _TYPES[Path(name).suffix]
        return URLFetcherResponse(url, self._ours[name].encode(), {"Content-Type": kind})
