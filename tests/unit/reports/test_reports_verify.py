"""Verdicts on files that came back, honest and hostile."""

from __future__ import annotations

import io
import random
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter

from reports.sign import seal
from reports.sign.adapters import PyhankoSigner, PyhankoTimestamper
from reports.sign.field import prepare
from reports.trust import Trust
from reports.verify import verify
from tests.unit.reports.conftest import PLACE, Office, open_office

HARMED = {"altered", "unreadable"}


def _verdict(data: bytes, office: Office) -> str:
    return verify(data, office.trust).verdict


def _gap(data: bytes) -> tuple[int, int]:
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) ", data)
    assert found
    return int(found[1]), int(found[2])


def test_a_sealed_file_is_valid_at_level_b_lt(sealed: bytes, office: Office) -> None:
    verdict = verify(sealed, office.trust)
    assert verdict.verdict == "valid"
    (signature,) = verdict.signatures
    assert (signature.signer, signature.level) == ("闵行区财政局", "B-LT")
    assert signature.covers_whole_file
    assert signature.signed_at == office.at.replace(microsecond=0)


def test_a_whole_closure_document_is_judged_within_ten_seconds(
    document: bytes, office: Office
) -> None:
    content = office.seal(document)
    began = time.process_time()
    assert _verdict(content, office) == "valid"
    assert time.process_time() - began < 10


def test_the_verdict_is_plain_data(sealed: bytes, office: Office) -> None:
    plain = verify(sealed, office.trust, ledger=lambda _: "matches").as_dict()
    assert (plain["verdict"], plain["ledger"]) == ("valid", "matches")
    assert set(plain["signatures"][0]) == {  # type: ignore[index]  # a list of dicts
        "signer",
        "level",
        "signed_at",
        "covers_whole_file",
        "verdict",
    }


def test_the_ledger_is_asked_for_the_files_own_hash(sealed: bytes, office: Office) -> None:
    asked: list[str] = []
    verify(sealed, office.trust, ledger=lambda sha256: asked.append(sha256) or "unknown")  # type: ignore[func-returns-value]
    assert asked == [verify(sealed, office.trust).sha256]


def test_a_byte_flipped_anywhere_is_seen(sealed: bytes, office: Office) -> None:
    chance = random.Random(7)
    places = sorted({*range(0, len(sealed), len(sealed) // 100), *_edges(sealed)})
    assert len(places) > 200
    for place in places:
        harmed = bytearray(sealed)
        harmed[place] ^= 1 << chance.randrange(8)
        assert _verdict(bytes(harmed), office) in HARMED, place


def _edges(data: bytes) -> list[int]:
    """The places where structure lives: the ends, and around the signature's value."""
    before, after = _gap(data)
    around = [*range(before - 30, before + 8), *range(after - 6, after + 30)]
    return [*range(12), *around, *range(len(data) - 30, len(data))]


@pytest.mark.slow
def test_no_byte_of_the_signatures_own_value_can_change_unseen(
    sealed: bytes, office: Office
) -> None:
    before, after = _gap(sealed)
    for place in range(before, after):
        harmed = bytearray(sealed)
        digit = chr(harmed[place])
        new = f"{(int(digit, 16) + 1) % 16:X}" if digit in "0123456789ABCDEF" else " "
        harmed[place] = ord(new)
        assert _verdict(bytes(harmed), office) in HARMED, place


def test_bytes_cut_off_anywhere_are_seen(sealed: bytes, office: Office) -> None:
    for length in range(0, len(sealed), len(sealed) // 60):
        assert _verdict(sealed[:length], office) in HARMED, length
    assert _verdict(sealed[:-1], office) == "altered"


@pytest.mark.parametrize(
    "tail", [b"\n", b" ", b"%", b"\0", b"%%EOF\n", b"\n1 0 obj\nnull\nendobj\n"]
)
def test_anything_after_the_signed_bytes_is_an_alteration(
    sealed: bytes, office: Office, tail: bytes
) -> None:
    assert _verdict(sealed + tail, office) == "altered"


def test_an_appended_revision_that_changes_a_page_is_an_alteration(
    sealed: bytes, office: Office
) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page["/Rotate"] = generic.NumberObject(90)
    writer.mark_update(page.container_ref)
    target = io.BytesIO()
    writer.write(target)
    assert target.getvalue().startswith(sealed)
    assert _verdict(target.getvalue(), office) == "altered"


def test_an_appended_revision_that_changes_nothing_is_an_alteration_too(
    sealed: bytes, office: Office
) -> None:
    start = sealed.rindex(b"startxref")
    assert _verdict(sealed + sealed[start:], office) == "altered"


def test_a_copy_with_bytes_in_front_is_an_alteration(sealed: bytes, office: Office) -> None:
    assert _verdict(b"\n" + sealed, office) == "altered"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Type /Sig\n", b"/Type /Sag\n"),
        (b"/ByteRange", b"/BiteRange"),
        (b"/ETSI.CAdES.detached", b"/ETSI.CAdES.attached"),
        (b"/Filter /Adobe.PPKLite", b"/Filter /Adobe.PPKHeavy"[:22]),
        (b"/Contents <", b"/Contains <"),
        (b"/DSS", b"/DSX"),
    ],
)
def test_a_damaged_signature_dictionary_never_makes_a_file_unsigned(
    sealed: bytes, office: Office, old: bytes, new: bytes
) -> None:
    assert old in sealed
    assert _verdict(sealed.replace(old, new), office) in HARMED


def test_a_zeroed_signature_value_is_an_alteration(sealed: bytes, office: Office) -> None:
    before, after = _gap(sealed)
    zeros = b"<" + b"0" * (after - before - 2) + b">"
    assert _verdict(sealed[:before] + zeros + sealed[after:], office) == "altered"


def test_the_same_value_written_otherwise_is_an_alteration(sealed: bytes, office: Office) -> None:
    before, after = _gap(sealed)
    for end in (before + 40, after):
        whispered = sealed[:before] + sealed[before:end].lower() + sealed[end:]
        assert whispered != sealed
        assert _verdict(whispered, office) == "altered"


def test_another_files_signature_does_not_fit(
    sealed: bytes, document: bytes, office: Office
) -> None:
    before, after = _gap(sealed)
    other = office.seal(document)
    begin, end = _gap(other)
    assert end - begin == after - before
    swapped = sealed[:before] + other[begin:end] + sealed[after:]
    assert _verdict(swapped, office) == "altered"


def test_a_byte_range_that_leaves_more_out_is_an_alteration(sealed: bytes, office: Office) -> None:
    before, after = _gap(sealed)
    wider = f"/ByteRange [0 {before} {after + 9} {len(sealed) - after - 9}".encode()
    old = f"/ByteRange [0 {before} {after} {len(sealed) - after}".encode()
    assert old in sealed
    assert _verdict(sealed.replace(old, wider), office) == "altered"


def test_a_file_written_anew_keeps_the_trace_of_its_signature(
    sealed: bytes, office: Office
) -> None:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed)) as file:
        file.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert _verdict(target.getvalue(), office) == "altered"


def test_a_removed_form_still_leaves_a_trace(sealed: bytes, office: Office) -> None:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed)) as file:
        del file.Root.AcroForm
        del file.pages[0].Annots
        file.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert _verdict(target.getvalue(), office) == "altered"


def test_the_revision_before_the_signature_is_not_an_unsigned_file(
    sealed: bytes, office: Office
) -> None:
    end = sealed.index(b"%%EOF") + len(b"%%EOF\n")
    assert end < len(sealed)
    assert _verdict(sealed[:end], office) == "altered"


def test_a_file_sealed_by_a_stranger_is_untrusted(
    plain: bytes, office: Office, stranger: Office
) -> None:
    verdict = verify(stranger.seal(plain), office.trust)
    assert verdict.verdict == "untrusted"
    assert [signature.verdict for signature in verdict.signatures] == ["untrusted"]


def test_a_stranger_who_carries_our_root_along_is_still_untrusted(
    plain: bytes, office: Office, stranger: Office
) -> None:
    both = stranger.trust.plus(office.trust)
    forged = seal(plain, stranger.signer, stranger.timestamper, both, PLACE, at=stranger.at)
    assert _verdict(forged, office) == "untrusted"


def test_a_strangers_clock_does_not_count(plain: bytes, office: Office, stranger: Office) -> None:
    both = office.trust.plus(stranger.trust)
    odd = seal(plain, office.signer, stranger.timestamper, both, PLACE, at=office.at)
    verdict = verify(odd, office.trust)
    assert verdict.verdict == "untrusted"
    assert verdict.signatures[0].level == "B-B"


def test_an_installation_without_an_authority_trusts_nobody(sealed: bytes) -> None:
    assert verify(sealed, Trust()).verdict == "untrusted"


def test_a_file_outlives_its_certificates_and_lists(plain: bytes, tmp_path: Path) -> None:
    old = open_office(tmp_path, at=datetime(2015, 5, 4, 9, tzinfo=UTC))
    verdict = verify(old.seal(plain), Trust(old.trust.roots))
    assert verdict.verdict == "valid"
    (signature,) = verdict.signatures
    assert (signature.level, signature.signed_at) == ("B-LT", old.at)


def test_a_pdf_that_nobody_sealed_is_unsigned(
    plain: bytes, document: bytes, office: Office
) -> None:
    assert _verdict(plain, office) == "unsigned"
    assert _verdict(document, office) == "unsigned"


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"hello", "说明文字".encode() * 100, b"%PDF-1.7\n", b"\x00" * 4096]
)
def test_what_is_no_pdf_is_unreadable(data: bytes, office: Office) -> None:
    assert _verdict(data, office) == "unreadable"


def test_a_readable_file_with_a_careless_table_is_still_unsigned(office: Office) -> None:
    written_by_hand = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>> endobj
trailer <</Root 1 0 R>>
startxref
0
%%EOF
"""
    assert _verdict(written_by_hand, office) == "unsigned"


def test_a_form_that_waits_for_a_signature_is_unsigned(plain: bytes, office: Office) -> None:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain)) as file:
        field = file.make_indirect(
            pikepdf.Dictionary(FT=pikepdf.Name.Sig, T=pikepdf.String("签字"))
        )
        file.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        file.save(target)
    assert _verdict(target.getvalue(), office) == "unsigned"


def test_an_unsigned_file_cut_in_half_is_unreadable(plain: bytes, office: Office) -> None:
    assert _verdict(plain[: len(plain) // 2], office) == "unreadable"


def test_a_file_sealed_in_a_played_past_is_valid(plain: bytes, tmp_path: Path) -> None:
    for at in (datetime(2026, 6, 1, tzinfo=UTC), datetime(2023, 6, 1, tzinfo=UTC)):
        office = open_office(tmp_path, at=at)
        verdict = verify(office.seal(plain), Trust.load(tmp_path))
        assert (verdict.verdict, verdict.signatures[0].signed_at) == ("valid", at)


@pytest.mark.parametrize(("stamped", "level"), [(False, "B-B"), (True, "B-T")])
def test_the_level_is_what_the_file_holds_not_what_it_claims(
    plain: bytes, office: Office, stamped: bool, level: str
) -> None:
    metadata = signers.PdfSignatureMetadata(
        field_name="Seal", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
    )
    target = io.BytesIO()
    signers.PdfSigner(
        metadata,
        PyhankoSigner(office.signer),
        timestamper=PyhankoTimestamper(office.timestamper) if stamped else None,
    ).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(prepare(plain, PLACE))), output=target)
    verdict = verify(target.getvalue(), office.trust)
    assert (verdict.verdict, verdict.signatures[0].level) == ("valid", level)


def test_a_seal_below_another_seal_is_an_alteration(
    sealed: bytes, office: Office, stranger: Office
) -> None:
    for other in (office, stranger):
        metadata = signers.PdfSignatureMetadata(
            field_name="Second", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        )
        target = io.BytesIO()
        signers.PdfSigner(metadata, PyhankoSigner(other.signer)).sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(sealed)), output=target
        )
        verdict = verify(target.getvalue(), office.trust)
        assert verdict.verdict == "altered"
        assert [item.covers_whole_file for item in verdict.signatures] == [False, True]
