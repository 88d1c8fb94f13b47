"""The closure document as people, readers and machines meet it."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pikepdf
import pytest

from engine.errors import Conflict, Invalid, Unavailable
from reports.closure import ClosureRecord, ReportTexts, to_json
from reports.closure.document import issue, render, verdict_link
from reports.diagram import render as draw
from reports.render import fill
from reports.sign import SealPlace, seal
from reports.trust import Trust
from reports.verify import verify
from tests.unit.reports import sample
from tests.unit.reports.conftest import PLACE, Office

ROOT = Path(__file__).resolve().parents[3]
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is absent")


HOSTILE = '<img src="file:///etc/passwd"><script>x</script> {{ 7*7 }} {% include "x" %} &amp;'


def _open(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))


def _text(pdf: bytes, *, first: int = 1, last: int = 99) -> str:
    pages = ["-f", str(first), "-l", str(last)]
    run = subprocess.run(
        ["pdftotext", *pages, "-", "-"], input=pdf, capture_output=True, check=True
    )
    return "".join(run.stdout.decode().split())


def _attached(pdf: bytes) -> bytes:
    with _open(pdf) as file:
        return file.attachments["closure.json"].get_file().read_bytes()


def test_it_carries_its_own_data_for_machines(document: bytes, record: ClosureRecord) -> None:
    assert _attached(document) == to_json(record)
    with _open(document) as file:
        assert {str(item.AFRelationship) for item in file.Root.AF} == {"/Data"}


def test_it_is_tagged_chinese_and_declares_pdf_a_3a(document: bytes) -> None:
    with _open(document) as file:
        assert file.Root.MarkInfo.Marked
        assert str(file.Root.Lang) == "zh-CN"
        assert file.pdf_version == "1.7"
        with file.open_metadata() as about:
            assert about["pdfaid:part"] == "3"
            assert about["pdfaid:conformance"] == "A"


def test_every_font_is_embedded(document: bytes) -> None:
    with _open(document) as file:
        descriptors = [
            item
            for item in file.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
        assert descriptors
        assert all("/FontFile3" in item or "/FontFile2" in item for item in descriptors)
        assert any("CJK" in str(item.FontName) for item in descriptors)


def test_every_figure_has_words_for_who_cannot_see_it(document: bytes) -> None:
    figures = _figures(document)
    assert len(figures) == 4
    assert all(figures)


def _figures(pdf: bytes) -> list[str]:
    with _open(pdf) as file:
        return [
            str(item.get("/Alt", ""))
            for item in file.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure"
        ]


def test_the_form_lies_across_and_the_report_stands(document: bytes) -> None:
    with _open(document) as file:
        boxes = [page.mediabox for page in file.pages]
        wide = [float(box[2]) > float(box[3]) for box in boxes]
    assert wide[0] is False
    assert wide.count(True) >= 2


@needs_poppler
def test_it_says_what_the_record_says(document: bytes, record: ClosureRecord) -> None:
    text = _text(document)
    for said in (
        "项目支出绩效自评表",
        "结项评价报告",
        "年初预算数（A）",
        "38,120,000.50",
        "86.18%",
        "97.14",
        "同意办结。",
        "ZG-2026-0031",
        record.document_number,
        hashlib.sha256(to_json(record)).hexdigest(),
        "第1页",
    ):
        assert said in text, said
    for row in record.indicators:
        assert row.level3 in text


@needs_poppler
def test_every_page_of_a_long_form_names_columns_and_levels() -> None:
    rows = tuple(dataclasses.replace(row, level1="产出指标") for row in sample.indicators() * 2)
    text = _text(render(sample.record(indicators=rows)))
    pages = text.count("偏差原因分析及改进措施")
    assert pages >= 3
    assert text.count("产出指标") >= pages


@pytest.fixture(scope="module")
def odd() -> str:
    """The text of a document that is not final, with a zero, an empty amount and hostile words."""
    zero = dataclasses.replace(sample.budget()[3], line="其他资金", initial=Decimal(0))
    texts = ReportTexts(overview=HOSTILE, conclusion="</section></body>仍在原处")
    record = sample.record(
        status="送审稿", budget=(sample.budget()[0], zero), texts=texts, goal_expected=HOSTILE
    )
    return _text(render(record))


@needs_poppler
def test_empty_money_is_a_dash_and_zero_is_zero(odd: str) -> None:
    assert "其他资金0.00——" in odd


@needs_poppler
def test_a_document_that_is_not_final_says_so_on_every_page(odd: str, document: bytes) -> None:
    told = re.search(r"共(\d+)页", odd)
    assert told is not None
    pages = int(told[1])
    assert pages > 5
    assert odd.count("稿") == pages
    assert "稿" not in _text(document)


@needs_poppler
def test_a_users_text_is_neither_markup_nor_template(odd: str) -> None:
    assert odd.count("".join(HOSTILE.split())) >= 2
    assert "</section></body>仍在原处" in odd
    assert "root:" not in odd


def test_a_picture_cannot_reach_out(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>秘密</text></svg>')
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="90" height="90"><image xlink:href="{secret.as_uri()}"/></svg>'
    )
    drawn = render(sample.record(path_svg=svg))
    assert "秘密" not in (_text(drawn) if shutil.which("pdftotext") else "")


def test_a_name_that_the_template_does_not_know_is_an_error() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        fill("closure.html", {})


def test_an_empty_record_is_still_a_document() -> None:
    empty = sample.record(
        budget=(),
        indicators=(),
        approvals=(),
        rectifications=(),
        texts=ReportTexts(),
        total=None,
        grade="",
        goal_expected="",
        goal_actual="",
        ledger_head="",
        demonstration=False,
    )
    with _open(render(empty)) as file:
        assert len(file.pages) >= 5


def test_the_way_on_the_diagram_is_part_of_it(document: bytes) -> None:
    svg = draw((ROOT / "bpmn" / "closure.bpmn").read_bytes())
    drawn = render(sample.record(path_svg=svg))
    assert len(_figures(drawn)) == len(_figures(document)) + 1


@pytest.mark.parametrize("url", ["https://x.gov.cn/verdict", "https://x.gov.cn/verdict?lang=zh"])
def test_the_link_asks_about_number_and_data(url: str) -> None:
    link = verdict_link(sample.record(verdict_url=url), "ab" * 32)
    query = parse_qs(urlsplit(link).query)
    assert query["document"] == ["MHJX-2026-0017"]
    assert query["record"] == ["ab" * 32]


def test_an_issued_document_is_valid_and_still_tagged(office: Office) -> None:
    record = sample.record(issued_at=office.at)
    issued = issue(record, office.signer, office.timestamper, office.trust)
    assert verify(issued, office.trust).verdict == "valid"
    assert _attached(issued) == to_json(record)
    with _open(issued) as file:
        field = file.Root.AcroForm.Fields[0]
        assert file.pdf_version == "1.7"
        assert str(field.TU) == "电子签章"
        forms = [
            item
            for item in file.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Form"
        ]
        assert [item.K.Obj.T for item in forms] == [field.T]


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="poppler-utils is absent")
def test_another_reader_agrees_about_the_signature(sealed: bytes, tmp_path: Path) -> None:
    file = tmp_path / "sealed.pdf"
    file.write_bytes(sealed)
    said = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False)
    assert "Signature is Valid" in said.stdout
    assert "Total document signed" in said.stdout
    assert "ETSI.CAdES.detached" in said.stdout


def test_a_sealed_file_is_not_sealed_again(sealed: bytes, office: Office) -> None:
    with pytest.raises(Conflict):
        office.seal(sealed)


def test_what_is_no_pdf_cannot_be_sealed(office: Office) -> None:
    with pytest.raises(Invalid):
        office.seal(b"hello")


def test_a_seal_that_leads_nowhere_is_refused_before_it_is_set(
    plain: bytes, office: Office
) -> None:
    with pytest.raises(Unavailable):
        seal(plain, office.signer, office.timestamper, Trust(), PLACE, at=office.at)


def test_the_seal_can_stand_on_any_page(document: bytes, office: Office) -> None:
    place = SealPlace(box=(60, 60, 180, 180), page=-1, name="Second")
    content = seal(document, office.signer, office.timestamper, office.trust, place, at=office.at)
    with _open(content) as file:
        assert str(file.pages[-1].Annots[0].T) == "Second"
    assert verify(content, office.trust).verdict == "valid"


def test_a_demonstrations_seal_looks_different(plain: bytes, office: Office) -> None:
    real, shown = (_appearance(office.seal(plain, demonstration=demo)) for demo in (False, True))
    assert real != shown
    assert b" re S" in shown
    assert b" re S" not in real


def _appearance(pdf: bytes) -> bytes:
    with _open(pdf) as file:
        return bytes(file.Root.AcroForm.Fields[0].AP.N.read_bytes())
