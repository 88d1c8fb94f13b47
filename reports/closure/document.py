"""The closure record as a PDF, and the whole way from record to sealed file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from urllib.parse import urlencode

import segno

from reports import charts
from reports.authority import Signer, Timestamper
from reports.closure import layout
from reports.closure.record import ClosureRecord, to_json
from reports.render import Data, anchors, fill, paint
from reports.sign import SealPlace, seal
from reports.trust import Trust

# The middle of the closing lines on the cover (templates/closure.css, .closing), 42 mm across.
_SEAL = SealPlace(box=(355.0, 113.0, 475.0, 233.0), page=0)
_DATA_NAME = "closure.json"


def render(record: ClosureRecord) -> bytes:
    """The document, not yet sealed: tagged, PDF/A-3a declared, its data attached."""
    content = to_json(record)
    sha256 = hashlib.sha256(content).hexdigest()
    assets = _assets(record, sha256)
    values = _values(record, sha256)
    values["rows"] = layout.form_rows(record.indicators, _page_breaks(values))
    html = fill("closure.html", values)
    data = Data(_DATA_NAME, "结项数据（机器可读）", content, record.issued_at)
    return paint(html, "closure.css", assets, data)


def issue(record: ClosureRecord, signer: Signer, timestamper: Timestamper, trust: Trust) -> bytes:
    """The document rendered and sealed by `signer`, dated at the record's `issued_at`."""
    return seal(
        render(record),
        signer,
        timestamper,
        trust,
        _SEAL,
        at=record.issued_at,
        reason=f"项目绩效结项评价报告 {record.document_number}",
        demonstration=record.demonstration,
    )


def verdict_link(record: ClosureRecord, sha256: str) -> str:
    """What the QR code holds: the public verdict page, asked about this document and its data."""
    mark = "&" if "?" in record.verdict_url else "?"
    query = urlencode({"document": record.document_number, "record": sha256})
    return f"{record.verdict_url}{mark}{query}"


def _values(record: ClosureRecord, sha256: str) -> dict[str, object]:
    return {
        "record": record,
        "project": record.project,
        "texts": record.texts,
        "rows": layout.form_rows(record.indicators),
        "years": layout.budget_years(record.budget),
        "groups": layout.level1_bars(record),
        "weight": layout.whole_weight(record),
        "losses": layout.losses(record.indicators),
        "notes": layout.notes,
        "sha256": sha256,
        "data_name": _DATA_NAME,
        "link": verdict_link(record, sha256),
    }


def _page_breaks(values: Mapping[str, object]) -> set[int]:
    """The indicator rows with which a page of the form begins, found by laying it out once."""
    pages = anchors(fill("closure_form_alone.html", values), "closure.css")
    rows = [
        [int(name.removeprefix("row-")) for name in page if name.startswith("row-")]
        for page in pages
    ]
    return {min(page) for page in rows if page}


def _assets(record: ClosureRecord, sha256: str) -> dict[str, str]:
    assets = {
        "money.svg": charts.money_bars(layout.money_totals(record.budget), unit=record.money_unit),
        "groups.svg": charts.score_bars(layout.level1_bars(record)),
        "ring.svg": charts.score_ring(record.total, record.grade),
        "qr.svg": _qr(verdict_link(record, sha256)),
    }
    if record.path_svg:
        assets["path.svg"] = record.path_svg
    return assets


def _qr(text: str) -> str:
    target = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        target, kind="svg", border=1, omitsize=True, xmldecl=False
    )
    return target.getvalue().decode()
