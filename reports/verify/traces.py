"""Whether a file bears any trace of a signature, also a damaged or a hidden one."""

from __future__ import annotations

import io
import re

import pikepdf

# As written in plain sight; a damaged file may no longer be parsed.
_IN_SIGHT = re.compile(
    rb"/ByteRange\s*\[|/Type\s*/Sig\b|/SigFlags\s*[1-9]|/DSS\s*(<<|\d)"
    rb"|/SubFilter\s*/(adbe|ETSI)|/(adbe\.pkcs7|adbe\.x509|ETSI\.CAdES|ETSI\.RFC3161)"
)
_HEADER_WITHIN = 1024
_END_WITHIN = 2048


def claims_to_be_pdf(data: bytes) -> bool:
    """Whether the file begins or ends as a PDF does (readers forgive a missing header)."""
    return b"%PDF-" in data[:_HEADER_WITHIN] or b"startxref" in data[-_END_WITHIN:]


def in_sight(data: bytes) -> bool:
    """Whether the bytes themselves show a signature or a part of one."""
    return _IN_SIGHT.search(data) is not None


def in_objects(data: bytes) -> bool | None:
    """Whether any object shows one, also inside object streams; `None` if it cannot be parsed."""
    for forgiving in (False, b"%%EOF" in data[-_END_WITHIN:]):
        try:
            with pikepdf.open(io.BytesIO(data), attempt_recovery=forgiving) as document:
                if len(document.pages):
                    return any(_is_trace(item) for item in document.objects)
        except (pikepdf.PdfError, pikepdf.DataDecodingError, ValueError, RuntimeError):
            continue
    return None


def _is_trace(item: object) -> bool:
    if isinstance(item, pikepdf.Stream) or not isinstance(item, pikepdf.Dictionary):
        return False
    if any(key in item for key in ("/ByteRange", "/DSS")):
        return True
    if item.get("/Type") == "/Sig" or str(item.get("/SubFilter", "")).startswith(_SUBFILTERS):
        return True
    if item.get("/FT") == "/Sig" and "/V" in item:
        return True
    flags = item.get("/SigFlags", 0)
    form = item.get("/AcroForm")
    nested = isinstance(form, pikepdf.Dictionary) and _is_trace(form)
    return nested or (isinstance(flags, int) and flags & 1 == 1)


_SUBFILTERS = ("/adbe.", "/ETSI.")
