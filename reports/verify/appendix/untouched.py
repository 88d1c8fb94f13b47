"""A second opinion, by another parser (qpdf): no object of the signed revision reads otherwise.

It sees what a cross-reference table alone does not show: a signed entry or a signed stream that
reaches beyond the signed bytes, and a signed reference to an object that only now exists.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import pikepdf

from reports.verify.appendix.foreign import require

_STRINGS = re.compile(rb"\((?:[^\\()]|\\[\0-\xff])*\)|<[0-9A-Fa-f]*>")
_REFERENCE = re.compile(rb"(\d+) \d+ R\b")


@dataclass(frozen=True)
class Claim:
    """The numbers of the objects that a revision writes.

    `replaced` are signed objects; of them `private` may be named by the catalog alone, which is
    `root`. `fresh` are new: no signed object may name them.
    """

    root: int
    replaced: AbstractSet[int]
    private: AbstractSet[int]
    fresh: AbstractSet[int]


def require_untouched(signed: bytes, whole: bytes, claim: Claim) -> None:
    """Raise `Foreign` unless every signed object but the replaced is the same in `whole`."""
    before, after = _objects(signed), _objects(whole)
    require(after.keys() - before.keys() <= claim.fresh, "no other object appears")
    for number, content in before.items():
        require(number not in claim.fresh, "a new object has a new number")
        kept = number in claim.replaced or after.get(number) == content
        require(kept, "a signed object stays")
        if number not in claim.replaced:
            named = {int(found) for found in _REFERENCE.findall(_STRINGS.sub(b"", content[0]))}
            private = frozenset() if number == claim.root else claim.private
            require(not named & (claim.fresh | private), "nobody else names what is written")


def _objects(data: bytes) -> dict[int, tuple[bytes, bytes]]:
    """Each object's text and, of a stream, the hash of its raw bytes."""
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False) as document:
        return {item.objgen[0]: _content(item) for item in document.objects}


def _content(item: pikepdf.Object) -> tuple[bytes, bytes]:
    if isinstance(item, pikepdf.Stream):
        body = hashlib.sha256(item.read_raw_bytes()).digest()
        return item.stream_dict.unparse(resolved=True), body
    return item.unparse(resolved=True), b""
