"""Issued papers: downloads on the record, and the public page that a QR code leads to."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from engine.ledger.models import Entry
from engine.work import MACHINE, begin
from reports.models import Paper
from reports.store import Store
from tests.web.conftest import District

NUMBER = "闵绩评-2024-0001"
CONTENT = b"%PDF-1.7 a sealed report"


@pytest.fixture
def paper(district: District, project: int) -> Paper:
    """A paper as the closure leaves it: in the store, and registered."""
    sha256 = Store(district.settings.files).put(CONTENT)
    with begin(district.engine, MACHINE) as work:
        found = Paper(
            number=NUMBER,
            project_id=project,
            kind="closure",
            title="莘庄镇老旧小区加装电梯 结项评价报告",
            sha256=sha256,
            record_sha256="ab" * 32,
            size=len(CONTENT),
            sealed_by="闵行区财政局",
            issued_at=work.now,
        )
        work.session.add(found)
    return found


def test_a_download_is_the_sealed_file_and_is_on_the_record(
    district: District, paper: Paper
) -> None:
    answer = district.browser("wu").get(f"/papers/{NUMBER}")
    assert answer.data == CONTENT
    assert answer.mimetype == "application/pdf"
    with begin(district.engine, MACHINE) as work:
        entry = work.session.scalar(select(Entry).where(Entry.kind == "paper.downloaded"))
        assert entry is not None and entry.actor == "吴审"


def test_who_does_not_see_the_project_does_not_get_its_paper(
    district: District, paper: Paper
) -> None:
    assert district.browser("other").get(f"/papers/{NUMBER}").status_code == 404
    assert district.browser("admin").get(f"/papers/{NUMBER}").status_code == 403


def test_anyone_may_ask_for_the_verdict(district: District, paper: Paper) -> None:
    page = district.browser().get(f"/verify/{NUMBER}?document={NUMBER}&record={'ab' * 32}")
    assert page.status_code == 200
    for told in (NUMBER, "莘庄镇老旧小区加装电梯", paper.sha256, "闵行区财政局", "有效"):
        assert told in page.text


def test_machines_get_the_verdict_as_data(district: District, paper: Paper) -> None:
    answer = district.browser().get(f"/verify/{NUMBER}", headers={"Accept": "application/json"})
    assert answer.json is not None
    assert answer.json["verdict"] == "valid"
    assert answer.json["sha256"] == paper.sha256


def test_a_qr_code_of_other_data_is_found_out(district: District, paper: Paper) -> None:
    page = district.browser().get(f"/verify/{NUMBER}?record={'cd' * 32}").text
    assert "二维码中的数据指纹与登记的不同" in page


def test_a_stored_file_that_was_changed_is_found_out(district: District, paper: Paper) -> None:
    path = Store(district.settings.files).path(paper.sha256)
    path.chmod(0o644)
    path.write_bytes(CONTENT.replace(b"sealed", b"forged"))
    assert "已被改动" in district.browser().get(f"/verify/{NUMBER}").text
    assert district.browser("wu").get(f"/papers/{NUMBER}").status_code == 409


def test_a_file_is_compared_and_not_kept(district: District, paper: Paper) -> None:
    browser = district.browser()
    browser.get(f"/verify/{NUMBER}")
    same = browser.post(f"/verify/{NUMBER}", {"file": (io.BytesIO(CONTENT), "a.pdf")})
    assert "一致：您上传的文件就是出具的那一份" in same.text
    other = browser.post(f"/verify/{NUMBER}", {"file": (io.BytesIO(CONTENT + b" "), "a.pdf")})
    assert "不一致：您上传的文件与出具的不同" in other.text
    kept = [path for path in district.settings.files.rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert browser.post(f"/verify/{NUMBER}").status_code == 422


def test_an_unknown_number_is_told_plainly(district: District) -> None:
    answer = district.browser().get("/verify/NO-SUCH-NUMBER")
    assert answer.status_code == 404
    assert "没有登记过这个文号的报告" in answer.text
