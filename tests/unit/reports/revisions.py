"""Hand-made revisions below a signature, honest and hostile, written byte by byte."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter

from reports.sign.adapters import PyhankoSigner, PyhankoTimestamper
from reports.sign.field import prepare
from reports.sign.pades import context
from tests.unit.reports.conftest import PLACE, Office


def sign(
    pdf: bytes,
    office: Office,
    *,
    stamped: bool = True,
    store: bool = False,
    name: str = PLACE.name,
) -> bytes:
    """As plain pyHanko signs by default: a store goes into a revision of its own."""
    metadata = signers.PdfSignatureMetadata(
        field_name=name,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        embed_validation_info=store,
        validation_context=context(office.trust, office.at) if store else None,
    )
    target = io.BytesIO()
    signers.PdfSigner(
        metadata,
        PyhankoSigner(office.signer),
        timestamper=PyhankoTimestamper(office.timestamper) if stamped else None,
    ).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=target)
    return target.getvalue()


def signed_part(data: bytes) -> int:
    """How many bytes the last signature reaches."""
    ranges = re.findall(rb"/ByteRange \[0 \d+ (\d+) (\d+)", data)
    return sum(map(int, ranges[-1]))


def stream(body: bytes, extra: bytes = b"") -> bytes:
    """A stream's object."""
    return b"<< /Length %d %s>>\nstream\n%s\nendstream" % (len(body), extra, body)


@dataclass(frozen=True)
class Revision:
    """A revision to append to `signed`: honest as it comes from `honest`, changed by a test.

    `first` is the number of its first new object.
    """

    signed: bytes
    first: int
    objects: dict[int, bytes]
    trailer: dict[bytes, bytes]
    generations: Mapping[int, int] = field(default_factory=dict)
    lines: bytes = b""
    lead: bytes = b""
    between: bytes = b""
    tail: bytes = b""

    def with_objects(self, **changes: bytes) -> Revision:
        """With other or more objects; a number is written n5."""
        new = {int(name[1:]): body for name, body in changes.items()}
        return replace(self, objects=self.objects | new)

    def with_trailer(self, **changes: bytes) -> Revision:
        """With other or more entries of the trailer."""
        new = {b"/" + name.encode(): value for name, value in changes.items()}
        return replace(self, trailer=self.trailer | new)

    def swapped(self, number: int, old: bytes, new: bytes) -> Revision:
        """With other bytes in one object."""
        assert old in self.objects[number]
        body = self.objects[number].replace(old, new, 1)
        return replace(self, objects=self.objects | {number: body})

    @property
    def size(self) -> int:
        """The next free number."""
        return max([*self.objects, int(self.trailer[b"/Size"]) - 1]) + 1

    def write(self) -> bytes:
        """The whole file, with a table."""
        data, places = self._body()
        table = len(data)
        data += b"xref\n0 1\n0000000000 65535 f \n"
        for number, place in places.items():
            entry = (number, place, self.generations.get(number, 0))
            data += b"%d 1\n%010d %05d n \n" % entry
        trailer = b" ".join(key + b" " + value for key, value in self.trailer.items())
        data += self.lines + b"trailer\n<< " + trailer + b" >>\n"
        return data + b"startxref\n%d\n%%%%EOF\n" % table + self.tail

    def write_with_stream(self, more: dict[int, bytes] | None = None) -> bytes:
        """The whole file, with a cross-reference stream; `more` are rows of our own."""
        data, places = self._body()
        own = self.size
        rows = {n: b"\1" + place.to_bytes(4, "big") + b"\0" for n, place in places.items()}
        rows[own] = b"\1" + len(data).to_bytes(4, "big") + b"\0"
        rows |= more or {}
        index_text = b" ".join(b"%d 1" % number for number in sorted(rows))
        body = zlib.compress(b"".join(rows[number] for number in sorted(rows)))
        entries = self.trailer | {b"/Size": b"%d" % (own + 1)}
        extra = b" ".join(key + b" " + value for key, value in entries.items())
        extra += b" /Type /XRef /W [1 4 1] /Filter /FlateDecode /Index [" + index_text + b"] "
        table = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (own, stream(body, extra))
        return data + b"startxref\n%d\n%%%%EOF\n" % table + self.tail

    def _body(self) -> tuple[bytes, dict[int, int]]:
        data, places = self.signed + self.lead, {}
        for number, body in self.objects.items():
            places[number] = len(data)
            generation = self.generations.get(number, 0)
            data += b"%d %d obj\n%s\nendobj\n" % (number, generation, body) + self.between
        return data, places


def honest(signed: bytes, office: Office) -> Revision:
    """The store that belongs to `signed`: a certificate, a list, the dictionary, the catalog."""
    reader = PdfFileReader(io.BytesIO(signed))
    size, root = int(reader.trailer["/Size"]), reader.root_ref.idnum
    target = io.BytesIO()
    reader.root.write_to_stream(target)
    catalog = target.getvalue().rstrip().removesuffix(b">>") + b"/DSS %d 0 R\n>>" % (size + 2)
    identifier = io.BytesIO()
    reader.trailer["/ID"].write_to_stream(identifier)
    store = b"<< /Type /DSS /Certs [%d 0 R] /CRLs [%d 0 R] >>" % (size, size + 1)
    return Revision(
        signed,
        size,
        {
            root: catalog,
            size: stream(office.signer.certificate),
            size + 1: stream(office.trust.lists[0]),
            size + 2: store,
        },
        {
            b"/Size": b"%d" % (size + 3),
            b"/Root": b"%d 0 R" % root,
            b"/Prev": b"%d" % reader.last_startxref,
            b"/ID": identifier.getvalue(),
            **_information(reader),
        },
    )


def _information(reader: PdfFileReader) -> dict[bytes, bytes]:
    if "/Info" not in reader.trailer:
        return {}
    return {b"/Info": b"%d 0 R" % reader.trailer.raw_get("/Info").idnum}


def prepared(pdf: bytes) -> bytes:
    """With an empty field for the signature."""
    return prepare(pdf, PLACE)
