"""The document's descriptions, in which whoever appends a revision writes its time and program.

ISO 32000-2 §14.3 asks writers for that, and pyHanko never leaves it out. Nothing else in them may
change.
"""

from __future__ import annotations

import io
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.metadata import model
from pyhanko.pdf_utils.metadata.xmp_xml import parse_xmp

from reports.verify.appendix.foreign import require
from reports.verify.appendix.plain import Plain, entries

_FREE_ENTRIES = {"/ModDate", "/Producer"}
_FREE_PROPERTIES = {
    model.XMP_MODDATE,
    model.PDF_PRODUCER,
    model.ExpandedName(ns=model.NS["xmp"], local_name="MetadataDate"),
}
_LONGEST = 256


def require_same_information(old: Any | None, new: Any) -> None:
    """Raise `Foreign` unless the two information dictionaries tell the same but time and program.

    `old` is `None` where the signed revision has none.
    """
    require(type(new) is generic.DictionaryObject, "information is a dictionary")
    before = {} if old is None else entries(old)
    after = entries(new)
    require(_without_free(before) == _without_free(after), "the information stays")
    for key in _FREE_ENTRIES & set(after):
        value = new.raw_get(key)
        require(isinstance(value, generic.TextStringObject), "a text")
        require(len(value) <= _LONGEST, "a short text")


def _without_free(items: dict[str, Plain]) -> dict[str, Plain]:
    return {key: value for key, value in items.items() if key not in _FREE_ENTRIES}


def require_same_metadata(old: Any, new: Any) -> None:
    """Raise `Foreign` unless the two XMP streams tell the same but time and program."""
    require(type(new) is generic.StreamObject, "metadata are a stream")
    require(set(new) <= {"/Type", "/Subtype", "/Length", "/Filter"}, "no other keys")
    require((new.get("/Type"), new.get("/Subtype")) == ("/Metadata", "/XML"), "XMP")
    require(new.get("/Filter", "/FlateDecode") == "/FlateDecode", "a plain filter")
    before, after = _properties(old), _properties(new)
    for key in _FREE_PROPERTIES:
        before.pop(key, None)
        value = after.pop(key, None)
        text = "" if value is None else value.value
        require(isinstance(text, str) and len(text) <= _LONGEST, "a short text")
    require(before == after, "the metadata stay")


def _properties(stream: Any) -> dict[Any, Any]:
    data = stream.read_data(DecodePurpose.XMP_METADATA)
    require(b"<!" not in data, "plain XML without declarations and comments")
    found: dict[Any, Any] = {}
    for description in parse_xmp(io.BytesIO(data)):
        for name, value in description:
            require(name not in found, "a property is told once")
            found[name] = value
    return found
