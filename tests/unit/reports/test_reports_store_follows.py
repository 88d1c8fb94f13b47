"""Verdicts on files whose signature is followed by its security store, or by what says so."""

from __future__ import annotations

import io
import random
import time

import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from reports.sign.adapters import PyhankoTimestamper
from reports.trust import Trust
from reports.verify import Verdict, verify
from reports.verify.appendix import only_stores_follow
from tests.unit.reports.conftest import Office
from tests.unit.reports.revisions import Revision, honest, prepared, sign, signed_part


@pytest.fixture(scope="module")
def revision(simple: bytes, office: Office) -> Revision:
    """An honest store to append to a file signed at B-T."""
    return honest(sign(simple, office), office)


@pytest.fixture(scope="module")
def followed(plain: bytes, office: Office) -> bytes:
    """As plain pyHanko writes B-LT: tagged PDF/A, cross-reference streams, XMP."""
    return sign(prepared(plain), office, store=True)


def _update(data: bytes, **options: object) -> bytes:
    target = io.BytesIO(data)
    DocumentSecurityStore.add_dss(target, None, force_write=True, **options)
    return target.getvalue()


def _state(data: bytes, office: Office) -> str:
    return verify(data, office.trust).verdict


def _one(verdict: Verdict) -> tuple[str, str, bool]:
    (signature,) = verdict.signatures
    return verdict.verdict, signature.level, signature.covers_whole_file


def test_a_store_below_our_own_signature_makes_it_long_term(
    followed: bytes, office: Office
) -> None:
    assert signed_part(followed) < len(followed)
    assert _one(verify(followed, Trust(office.trust.roots))) == ("valid", "B-LT", True)


def test_the_same_holds_for_a_file_of_the_old_form(simple: bytes, office: Office) -> None:
    content = sign(simple, office, store=True)
    assert b"\nxref\n" in content[signed_part(content) :]
    assert _one(verify(content, Trust(office.trust.roots))) == ("valid", "B-LT", True)


@pytest.mark.parametrize(("stamped", "store"), [(False, False), (True, False), (True, True)])
def test_a_strangers_signature_is_untrusted_with_and_without_its_store(
    plain: bytes, office: Office, stranger: Office, stamped: bool, store: bool
) -> None:
    content = sign(prepared(plain), stranger, stamped=stamped, store=store)
    verdict = verify(content, office.trust)
    assert (verdict.verdict, verdict.signatures[0].covers_whole_file) == ("untrusted", True)
    assert _state(content, stranger) == "valid"


def test_a_strangers_store_without_a_timestamp_is_no_alteration(
    plain: bytes, office: Office, stranger: Office
) -> None:
    content = sign(prepared(plain), stranger, stamped=False, store=True)
    assert signed_part(content) < len(content)
    assert _state(content, office) == "untrusted"


def test_our_own_seal_may_be_followed_by_an_update_of_its_store(
    sealed: bytes, office: Office, stranger: Office
) -> None:
    updated = _update(sealed, certs=[x509.Certificate.load(stranger.signer.certificate)])
    assert updated.startswith(sealed) and len(updated) > len(sealed)
    assert _one(verify(updated, office.trust)) == ("valid", "B-LT", True)


def test_one_update_of_an_appended_store_is_accepted_and_no_more(
    followed: bytes, office: Office
) -> None:
    twice = _update(followed)
    assert len(twice) > len(followed)
    assert _state(twice, office) == "valid"
    assert _state(_update(twice), office) == "altered"


def test_a_signed_byte_flipped_above_a_store_is_seen(followed: bytes, office: Office) -> None:
    chance = random.Random(11)
    end = signed_part(followed)
    for place in sorted({*chance.sample(range(end), 60), *range(end - 12, end)}):
        harmed = bytearray(followed)
        harmed[place] ^= 1 << chance.randrange(8)
        assert _state(bytes(harmed), office) in {"altered", "unreadable"}, place


def test_a_store_behind_a_whole_document_is_judged_within_a_second(
    document: bytes, office: Office
) -> None:
    content = sign(prepared(document), office, store=True)
    began = time.process_time()
    assert only_stores_follow(content, signed_part(content))
    assert time.process_time() - began < 1


def test_a_hand_made_store_is_accepted_with_a_table_and_with_a_stream(
    revision: Revision, office: Office
) -> None:
    for content in (revision.write(), revision.write_with_stream()):
        assert _one(verify(content, office.trust))[::2] == ("valid", True)


def test_a_second_signature_leaves_the_first_altered(followed: bytes, office: Office) -> None:
    verdict = verify(sign(followed, office, name="Second"), office.trust)
    assert [item.verdict for item in verdict.signatures] == ["altered", "valid"]
    assert verdict.verdict == "altered"


def test_a_document_timestamp_below_a_store_is_an_alteration(
    followed: bytes, office: Office
) -> None:
    target = io.BytesIO()
    PdfTimeStamper(PyhankoTimestamper(office.timestamper)).timestamp_pdf(
        IncrementalPdfFileWriter(io.BytesIO(followed)), "sha256", output=target
    )
    assert _state(target.getvalue(), office) == "altered"
