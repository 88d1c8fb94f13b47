"""pyHanko's objects as plain values that compare strictly, references unresolved."""

from __future__ import annotations

import io
from typing import Any

from pyhanko.pdf_utils import generic

Plain = tuple[object, ...]


def plain(value: Any) -> Plain:
    """The value with its type: two are equal only if a reader cannot tell them apart."""
    if isinstance(value, generic.IndirectObject):
        return ("R", value.idnum, value.generation)
    if isinstance(value, generic.StreamObject):
        return ("stream", entries(value), value.encoded_data)
    if isinstance(value, generic.DictionaryObject):
        return ("dictionary", tuple(sorted(entries(value).items())))
    if isinstance(value, generic.ArrayObject):
        return ("array", *(plain(item) for item in value.iterate()))
    target = io.BytesIO()
    value.write_to_stream(target)
    return (type(value).__name__, target.getvalue())


def entries(dictionary: Any) -> dict[str, Plain]:
    """A dictionary's entries, each as `plain` gives it."""
    return {str(key): plain(dictionary.raw_get(key)) for key in dictionary}
