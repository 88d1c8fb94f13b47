"""Traps laid before the signature for a later store to spring, and stores harmed at random."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore

from reports.verify import verify
from tests.unit.reports.conftest import Office
from tests.unit.reports.revisions import Revision, honest, prepared, sign, signed_part, stream

HARMED = {"altered", "unreadable"}


@pytest.fixture(scope="module")
def store(simple: bytes, office: Office) -> Revision:
    """An honest store below an honest signature of a file that has no traps."""
    return honest(sign(simple, office), office)


@pytest.fixture(scope="module")
def followed(plain: bytes, office: Office) -> bytes:
    """The same as pyHanko writes it, with a cross-reference stream and XMP."""
    return sign(prepared(plain), office, store=True)


def _state(data: bytes, office: Office) -> str:
    return verify(data, office.trust).verdict


def _reader(data: bytes) -> PdfFileReader:
    return PdfFileReader(io.BytesIO(data))


def _rogue(text: bytes) -> bytes:
    """A well-formed certificate that carries any bytes in an extension."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), text)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(7).not_valid_before(now)
    builder = builder.not_valid_after(now + timedelta(days=9)).add_extension(extension, False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _with_page(simple: bytes, change: Callable[[pikepdf.Pdf, pikepdf.Object], None]) -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(simple)) as file:
        change(file, file.pages[0].obj)
        # pikepdf would otherwise write the metadata into an object of its own.
        file.save(
            target,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            fix_metadata_version=False,
        )
    return target.getvalue()


def test_a_page_that_waits_for_a_later_object_is_an_alteration(
    simple: bytes, office: Office
) -> None:
    """The signed page names an object that the store's certificate then becomes."""
    waiting = _with_page(simple, lambda _, page: page.__setitem__("/PieceInf", pikepdf.Array([])))
    future = honest(sign(waiting, office), office).first
    named = re.sub(rb"/PieceInf \[ *\]", lambda old: _reference(future, len(old[0])), waiting)
    assert named != waiting
    base = honest(sign(named, office), office)
    assert base.first == future
    assert _state(base.signed, office) == "valid"
    assert _state(base.write(), office) == "altered"


def _reference(number: int, length: int) -> bytes:
    """Of the same length, so that the table still holds."""
    return (b"/Thm %d 0 R" % number).ljust(length)


def _trapped(simple: bytes, body: bytes, place: int) -> bytes:
    """One more object, listed at `place`, in a revision that is then signed."""
    reader = _reader(simple)
    size, root = int(reader.trailer["/Size"]), reader.root_ref.idnum
    table = b"xref\n0 1\n0000000000 65535 f \n%d 1\n%010d 00000 n \n" % (size, place)
    info = reader.trailer.raw_get("/Info").idnum
    ends = (size + 1, root, reader.last_startxref, info, len(simple) + len(body))
    trailer = (
        b"trailer\n<< /Size %d /Root %d 0 R /Prev %d /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    )
    return simple + body + table + trailer % ends


def _with_text_at(base: Revision, text: bytes, place: int) -> bytes:
    """The honest store of `base`, but a certificate carries `text` just at `place`."""
    certificate = _rogue(text)
    armed = base.with_objects(**{f"n{base.first}": stream(certificate)})
    pad = place - armed.write().index(certificate) - certificate.index(text)
    content = replace(armed, lead=b" " * pad).write()
    assert pad > 0 and content[place:].startswith(text)
    return content


def test_a_signed_entry_that_points_below_the_signature_is_an_alteration(
    simple: bytes, office: Office
) -> None:
    base = honest(sign(_trapped(simple, b"", 400_000), office), office)
    assert _state(base.signed, office) == "valid"
    text = b"%d 0 obj\n<< /Type /Page >>\nendobj\n" % _reader(simple).trailer["/Size"]
    assert _state(_with_text_at(base, text, 400_000), office) == "altered"


def test_a_signed_stream_that_reaches_below_the_signature_is_an_alteration(
    simple: bytes, office: Office
) -> None:
    body = b"%d 0 obj\n<< /Length 400000 >>\nstream\n" % _reader(simple).trailer["/Size"]
    begin = len(simple) + len(body)
    base = honest(sign(_trapped(simple, body, len(simple)), office), office)
    text = b"\nendstream\nendobj\n"
    assert _state(_with_text_at(base, text, begin + 400_000), office) == "altered"


@pytest.mark.parametrize("key", ["Contents", "Thumb"])
def test_metadata_that_are_also_something_else_are_not_written_anew(
    plain: bytes, office: Office, key: str
) -> None:
    def share(file: pikepdf.Pdf, page: pikepdf.Object) -> None:
        page[f"/{key}"] = file.Root.Metadata

    content = sign(_with_page(prepared(plain), share), office, store=True)
    assert _state(content[: signed_part(content)], office) == "valid"
    assert _state(content, office) == "altered"


def test_metadata_may_change_in_time_and_program_alone(followed: bytes, office: Office) -> None:
    signed = followed[: signed_part(followed)]
    for title in (None, "其他"):
        target = io.BytesIO()
        writer = IncrementalPdfFileWriter(io.BytesIO(signed))
        DocumentSecurityStore.supply_dss_in_writer(
            writer, None, certs=[Certificate.load(office.signer.certificate)]
        )
        writer.document_meta.title = title
        writer.write(target)
        assert _state(target.getvalue(), office) == ("altered" if title else "valid")


def _shown(data: bytes) -> list[bytes]:
    with pikepdf.open(io.BytesIO(data)) as file:
        page = file.pages[0]
        contents = page.obj.Contents
        parts = contents if isinstance(contents, pikepdf.Array) else [contents]
        return [page.obj.unparse(resolved=True), *(part.read_raw_bytes() for part in parts)]


@pytest.mark.parametrize("seed", range(3))
def test_random_harm_to_the_store_never_changes_what_is_shown(
    store: Revision, followed: bytes, office: Office, seed: int
) -> None:
    chance = random.Random(seed)
    for content in (store.write(), followed):
        begin, shown = signed_part(content), _shown(content)
        for _ in range(15):
            harmed = bytearray(content)
            for _ in range(chance.randint(1, 4)):
                harmed[chance.randrange(begin, len(content))] = chance.randrange(256)
            verdict = verify(bytes(harmed), office.trust)
            assert verdict.verdict in HARMED | {"valid"}
            if verdict.verdict == "valid":
                assert _shown(bytes(harmed)) == shown


def test_a_store_cut_off_anywhere_is_an_alteration(store: Revision, office: Office) -> None:
    content = store.write()
    begin = len(store.signed)
    for end in range(begin + 1, len(content) - 1, (len(content) - begin) // 25):
        assert _state(content[:end], office) in HARMED, end


def test_a_crowd_of_certificates_is_no_store(store: Revision, office: Office) -> None:
    size = store.first
    certificate = stream(office.signer.certificate)
    crowd = {f"n{size + i}": certificate for i in range(3, 300)}
    names = b" ".join(b"%d 0 R" % (size + i) for i in range(3, 300))
    attack = store.with_objects(**crowd).swapped(size + 2, b"/Certs [", b"/Certs [" + names + b" ")
    assert _state(attack.with_trailer(Size=b"%d" % (size + 300)).write(), office) == "altered"
