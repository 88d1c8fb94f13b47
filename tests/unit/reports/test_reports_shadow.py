"""Attacks that dress up as a security store below a valid signature (shadow attacks and kin)."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from reports.verify import verify
from tests.unit.reports.conftest import Office
from tests.unit.reports.revisions import Revision, honest, prepared, sign, stream

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


def _numbers(store: Revision) -> dict[str, int]:
    """The numbers of signed objects that are worth an attack, and of the store's own."""
    root = _reader(store.signed).root
    page = root["/Pages"]["/Kids"].raw_get(0)
    field = root["/AcroForm"]["/Fields"].raw_get(0)
    size = store.first
    targets = {
        "page": page,
        "contents": page.get_object().raw_get("/Contents"),
        "form": root.raw_get("/AcroForm"),
        "field": field,
        "appearance": field.get_object()["/AP"].raw_get("/N"),
        "signature": field.get_object().raw_get("/V"),
        "names": root.raw_get("/Names"),
        "pages": root.raw_get("/Pages"),
    }
    known = {name: reference.idnum for name, reference in targets.items()}
    own = {"certificate": size, "list": size + 1, "store": size + 2, "next": size + 3}
    return known | own | {"root": int(store.trailer[b"/Root"].split()[0])}


@pytest.mark.parametrize(
    "target", ["page", "contents", "form", "field", "appearance", "signature", "names", "pages"]
)
def test_a_store_that_writes_a_signed_object_anew_is_an_alteration(
    store: Revision, office: Office, target: str
) -> None:
    number = _numbers(store)[target]
    body = io.BytesIO()
    _reader(store.signed).get_object(generic.Reference(number, 0)).write_to_stream(body)
    # Even word by word the same: a signed object is not touched.
    attack = store.with_objects(**{f"n{number}": body.getvalue()})
    assert _state(attack.write(), office) == "altered"
    assert _state(attack.write_with_stream(), office) == "altered"


def test_attached_files_cannot_be_exchanged(plain: bytes, office: Office) -> None:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(prepared(plain))) as file:
        file.attachments["data.json"] = b'{"total": 90}'
        name = next(iter(file.attachments))
        embedded = file.attachments[name].obj
        file.Root.AF = pikepdf.Array([embedded])
        file.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    base = honest(sign(target.getvalue(), office), office)
    assert _state(base.write(), office) == "valid"
    reference = _reader(base.signed).root["/AF"].raw_get(0)
    inner = reference.get_object()["/EF"].raw_get("/F").idnum
    for number, body in ((inner, stream(b'{"total": 99}')), (reference.idnum, b"<< >>")):
        assert _state(base.with_objects(**{f"n{number}": body}).write(), office) == "altered"


Attack = Callable[[Revision, dict[str, int]], Revision]


def _catalog(old: bytes, new: bytes) -> Attack:
    return lambda store, n: store.swapped(n["root"], old, new)


def _member(name: str, old: bytes, new: bytes) -> Attack:
    return lambda store, n: store.swapped(n[name], old, new)


def _trailer(**changes: bytes) -> Attack:
    return lambda store, n: store.with_trailer(**{k: v % n for k, v in changes.items()})


def _added(body: bytes) -> Attack:
    return lambda store, n: store.with_objects(**{f"n{n['next']}": body}).with_trailer(
        Size=b"%d" % (n["next"] + 1)
    )


def _other_root(store: Revision, n: dict[str, int]) -> Revision:
    added = _added(store.objects[n["root"]])(store, n)
    return added.with_trailer(Root=b"%(next)d 0 R" % _bytes(n))


def _bytes(numbers: dict[str, int]) -> dict[bytes, int]:
    return {name.encode(): number for name, number in numbers.items()}


def _no_info(store: Revision, n: dict[str, int]) -> Revision:
    return replace(store, trailer={k: v for k, v in store.trailer.items() if k != b"/Info"})


def _info(store: Revision, n: dict[str, int]) -> Revision:
    number = store.trailer[b"/Info"].split()[0].decode()
    return store.with_objects(**{f"n{number}": b"<< /Title (Other) /Producer (p) >>"})


def _generation(name: str) -> Attack:
    return lambda store, n: replace(store, generations={n[name]: 1})


def _lines(text: bytes) -> Attack:
    return lambda store, n: replace(store, lines=text % _bytes(n))


ATTACKS: dict[str, Attack] = {
    "open action": _catalog(
        b"/DSS", b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> /DSS"
    ),
    "additional actions": _catalog(b"/DSS", b"/AA << /WC << /S /Named /N /Print >> >> /DSS"),
    "names direct": _catalog(b"/Names", b"/Nomen"),
    "other pages": _catalog(b"/Type /Catalog", b"/Type /Catalog /Threads 4 0 R"),
    "a key twice": _catalog(b"/DSS", b"/Pages 4 0 R /DSS"),
    "a key twice, hidden": _catalog(b"/DSS", b"/P#61ges 4 0 R /DSS"),
    "language": _catalog(b"(zh)", b"(en)"),
    "version": _catalog(b"/DSS", b"/Version /1.0 /DSS"),
    "extension with a reference": _catalog(b"/Extensions <<", b"/Extensions << /X 4 0 R"),
    "extension with an action": _catalog(b"/Extensions <<", b"/Extensions << /X << /A (j) >>"),
    "no store": _catalog(b"/DSS", b"/DSX"),
    "two values in an object": _member("store", b">>", b">> << /Type /Page >>"),
    "a comment": _member("store", b">>", b"% 4 0 obj\n>>"),
    "a key in the store": _member("store", b"/Type /DSS", b"/Type /DSS /Kids [ 1 0 R ]"),
    "another type": _member("store", b"/Type /DSS", b"/Type /Pages"),
    "a page in the store": _member("store", b"/Certs [", b"/Certs [ 4 0 R "),
    "a certificate as a list": _member("store", b"/CRLs", b"/OCSPs"),
    "a form as a certificate": _member("certificate", b"<< ", b"<< /Subtype /Form "),
    "text as a certificate": _member("certificate", b"stream\n0", b"stream\n1"),
    "an external file": _member("certificate", b"<< ", b"<< /F (other.der) "),
    "a length elsewhere": _member("certificate", b"/Length ", b"/Length 4 0 R /X "),
    "a length twice": _member("certificate", b"<< ", b"<< /L#65ngth 4 "),
    "a page nobody names": _added(b"<< /Type /Page >>"),
    "a stream nobody names": _added(stream(b"BT ET")),
    "another root": _other_root,
    "root with a generation": _trailer(Root=b"1 1 R"),
    "info dropped": _no_info,
    "info retold": _info,
    "info elsewhere": _trailer(Info=b"4 0 R"),
    "another file": _trailer(ID=b"[<00> <00>]"),
    "size too small": _trailer(Size=b"5"),
    "loop to itself": lambda store, n: store.with_trailer(Prev=b"%d" % _table(store)),
    "loop to the middle": _trailer(Prev=b"99"),
    "no predecessor": lambda store, n: replace(
        store, trailer={k: v for k, v in store.trailer.items() if k != b"/Prev"}
    ),
    "hybrid": lambda store, n: store.with_trailer(XRefStm=store.trailer[b"/Prev"]),
    "encryption": _trailer(Encrypt=b"4 0 R"),
    "another key in the trailer": _trailer(Extra=b"1"),
    "catalog of another generation": _generation("root"),
    "store of another generation": _generation("store"),
    "an entry twice": _lines(b"%(certificate)d 1\n0000000099 00000 n \n"),
    "a page freed": _lines(b"%(page)d 1\n0000000000 00001 f \n"),
    "a page moved": _lines(b"%(page)d 1\n0000000099 00000 n \n"),
    "an entry of another generation": _lines(b"%(page)d 1\n0000000099 00001 n \n"),
    "an entry beyond the size": _lines(b"9999 1\n0000000099 00000 n \n"),
    "text between objects": lambda store, n: replace(store, between=b"4 0 R "),
    "a comment between objects": lambda store, n: replace(store, between=b"% x\n"),
    "text before": lambda store, n: replace(store, lead=b"endobj "),
    "text behind": lambda store, n: replace(store, tail=b"4 0 obj"),
    "lines behind": lambda store, n: replace(store, tail=b"\n\n"),
}


def _table(store: Revision) -> int:
    return store.write().rindex(b"\nxref\n") + 1


@pytest.mark.parametrize("name", ATTACKS)
def test_what_only_dresses_up_as_a_store_is_an_alteration(
    store: Revision, office: Office, name: str
) -> None:
    attacked = ATTACKS[name](store, _numbers(store))
    assert attacked != store
    assert _state(attacked.write(), office) == "altered"
    if not attacked.lines and name != "size too small":
        assert _state(attacked.write_with_stream(), office) == "altered"


def test_an_object_in_an_object_stream_is_an_alteration(store: Revision, office: Office) -> None:
    n = _numbers(store)
    for number in (n["page"], n["next"] + 1):
        text = b"%d 0 << /Type /Page >>" % number
        holder = stream(
            zlib.compress(text), b"/Type /ObjStm /N 1 /First %d /Filter /FlateDecode" % 5
        )
        attack = _added(holder)(store, n).with_trailer(Size=b"%d" % (n["next"] + 2))
        hidden = {number: b"\2" + n["next"].to_bytes(4, "big") + b"\0"}
        assert _state(attack.write_with_stream(hidden), office) == "altered"


@pytest.mark.parametrize(
    "row", [b"\0\0\0\0\0\1", b"\1\0\0\0\x63\0", b"\1\0\0\0\x63\1", b"\3\0\0\0\0\0"]
)
def test_a_stream_of_entries_that_lists_a_page_too_is_an_alteration(
    store: Revision, office: Office, row: bytes
) -> None:
    assert _state(store.write_with_stream(), office) == "valid"
    assert _state(store.write_with_stream({_numbers(store)["page"]: row}), office) == "altered"


def test_a_hybrid_table_is_an_alteration(plain: bytes, office: Office) -> None:
    base = honest(sign(prepared(plain), office), office)
    assert _state(base.write(), office) == "valid"
    hybrid = base.with_trailer(XRefStm=base.trailer[b"/Prev"])
    assert _state(hybrid.write(), office) == "altered"


def test_another_place_at_the_end_is_an_alteration(store: Revision, office: Office) -> None:
    content = store.write()
    end = content.rindex(b"startxref")
    moved = content[:end] + b"startxref\n%s\n%%%%EOF\n" % store.trailer[b"/Prev"]
    assert _state(moved, office) == "altered"
