"""An authority, a small sealed file and a whole closure document, made once for the room."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from weasyprint import HTML

from reports.authority import LocalAuthority, LocalSigner, LocalTimestamper, open_authority
from reports.closure import ClosureRecord
from reports.closure.document import render
from reports.sign import SealPlace, seal
from reports.sign.field import prepare
from reports.trust import Trust
from tests.unit.reports import sample

PLACE = SealPlace(box=(300, 100, 420, 220))


@dataclass(frozen=True)
class Office:
    """All that is needed to seal."""

    authority: LocalAuthority
    signer: LocalSigner
    timestamper: LocalTimestamper
    trust: Trust
    at: datetime

    def seal(self, pdf: bytes, **options: bool) -> bytes:
        """The document sealed by this office."""
        return seal(pdf, self.signer, self.timestamper, self.trust, PLACE, at=self.at, **options)


def open_office(folder: Path, name: str = "闵行区财政局", at: datetime | None = None) -> Office:
    """An office with its own authority in `folder`, founded at `at`, by default now."""
    at = at or datetime.now(UTC)
    authority = open_authority(folder, name)
    timestamper = authority.timestamper(lambda: at)
    return Office(authority, authority.signer(name, at), timestamper, authority.trust(at), at)


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Another installation, which calls itself by the same name."""
    return open_office(tmp_path_factory.mktemp("strange"))


@pytest.fixture(scope="session")
def plain() -> bytes:
    """A small PDF that nobody sealed."""
    html = '<html lang="zh"><title>样张</title><h1>样张</h1><p>内容'
    pdf: bytes = HTML(string=html).write_pdf(pdf_variant="pdf/a-3a")
    return pdf


@pytest.fixture(scope="session")
def sealed(office: Office, plain: bytes) -> bytes:
    """The small PDF, sealed by the office."""
    return office.seal(plain)


@pytest.fixture(scope="session")
def record() -> ClosureRecord:
    return sample.record()


@pytest.fixture(scope="session")
def document(record: ClosureRecord) -> bytes:
    """The whole closure document, not sealed."""
    return render(record)


@pytest.fixture(scope="session")
def simple(plain: bytes) -> bytes:
    """The small PDF with a field, in the old form: a table, no object streams, no XMP."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(prepare(plain, PLACE))) as file:
        del file.Root.Metadata
        file.Root.Names = file.make_indirect(pikepdf.Dictionary())
        file.docinfo["/Title"] = "样张"
        file.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return target.getvalue()
