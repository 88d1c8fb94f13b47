"""One appended revision against the file before it: what it may hold, and nothing more."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.xref import XRefSectionType

from reports.verify.appendix.descriptions import require_same_information, require_same_metadata
from reports.verify.appendix.foreign import require
from reports.verify.appendix.layout import Layout
from reports.verify.appendix.plain import Plain, entries, plain
from reports.verify.appendix.store import Members
from reports.verify.appendix.untouched import Claim

_OF_THE_STREAM = {"/Type", "/Length", "/Filter", "/DecodeParms", "/W", "/Index"}
_OF_THE_REVISION = {"/Size", "/Prev", "/ID"}
_FREE_IN_CATALOG = {"/DSS", "/Extensions"}
_DEVELOPER = {"/Type", "/BaseVersion", "/ExtensionLevel", "/ExtensionRevision", "/URL"}


@dataclass(frozen=True)
class Step:
    """`before` and `after` read the file without and with the revision that `layout` describes."""

    before: Any
    after: Any
    layout: Layout
    data: bytes

    def claim(self) -> Claim:
        """The objects that the revision writes, if they make up a store. Raises `Foreign`."""
        self._require_own_table()
        trailer = self._trailer()
        self._require_same_trailer(trailer)
        self._require_same_catalog()
        return self._require_only_store(trailer)

    @property
    def _size(self) -> int:
        return int(self.before.trailer["/Size"])

    @property
    def _section(self) -> Any:
        return self.after.xrefs.get_xref_container_info(self.after.xrefs.total_revisions - 1)

    @property
    def _listed(self) -> Any:
        return self.after.xrefs.get_xref_data(self.after.xrefs.total_revisions - 1)

    def _require_own_table(self) -> None:
        """The table lists exactly the objects that stand there, and hides nothing."""
        revisions = self.before.xrefs.total_revisions
        require(self.after.xrefs.total_revisions == revisions + 1, "one table is added")
        section, listed = self._section, self._listed
        of_a_stream = self.layout.listed is None
        kind = XRefSectionType.STREAM if of_a_stream else XRefSectionType.STANDARD
        require(section.xref_section_type == kind, "no hybrid")
        require(section.declared_startxref == self.layout.table, "the table is there")
        require(not listed.freed.keys() - {0}, "nothing is freed")
        require(not listed.xrefs_in_objstm and listed.hybrid is None, "nothing is hidden")
        standing = dict(self.layout.objects)
        if of_a_stream and (own := section.stream_ref.idnum) not in listed.standard_xrefs:
            del standing[own]
        require(listed.standard_xrefs == standing, "the table lists what stands there")
        require(self.layout.listed in (None, len(standing)), "every object is listed once")

    def _trailer(self) -> Any:
        stream = io.BytesIO(self.data)
        stream.seek(self.layout.trailer)
        return generic.read_object(stream, generic.TrailerReference(self.after))

    def _require_same_trailer(self, trailer: Any) -> None:
        known, signed = entries(trailer), entries(self.before.trailer.flatten())
        if self.layout.listed is None:
            require(trailer.get("/Type") == "/XRef", "a cross-reference stream")
            known = _without(known, _OF_THE_STREAM)
            self._require_full_index(trailer)
        require("/Encrypt" not in known, "not encrypted")
        if "/Info" not in signed and "/Info" in known:
            written = known.pop("/Info")[1] in self.layout.objects
            require(written, "information, if new, is written here")
        require(_without(known, _OF_THE_REVISION) == _without(signed, _OF_THE_REVISION), "trailer")
        require(trailer.raw_get("/Prev") == self.before.last_startxref, "it follows")
        size = int(trailer.raw_get("/Size"))
        require(size >= max(self._size, 1 + max(self.layout.objects)), "it counts all")
        if "/ID" in signed:
            old, new = self.before.trailer["/ID"], trailer["/ID"]
            require(len(new) == 2 and plain(new)[1] == plain(old)[1], "the same file")

    def _require_full_index(self, trailer: Any) -> None:
        """Every entry is of a kind that pyHanko knows; it passes over the others."""
        index = [int(number) for number in trailer.get("/Index", [0, trailer["/Size"]])]
        counted = sum(index[1::2]) - (0 in index[::2])
        require(counted == len(self._listed.standard_xrefs), "every object is listed once")

    def _require_same_catalog(self) -> None:
        old, new = entries(self.before.root), entries(self.after.root)
        require(_without(old, _FREE_IN_CATALOG) == _without(new, _FREE_IN_CATALOG), "the catalog")
        require("/DSS" in new, "there is a store")
        if old.get("/Extensions") != new.get("/Extensions"):
            _require_extensions(self.after.root.raw_get("/Extensions"))

    def _require_only_store(self, trailer: Any) -> Claim:
        root, written = self.after.root_ref, self.layout.objects
        members = Members(self.after).walk(self.after.root.raw_get("/DSS"))
        private, information = self._old_store() | self._metadata(), self._information(trailer)
        allowed = {root.idnum: root.generation} | private | information
        fresh = {number for number in written if number >= self._size}
        for number, (generation, _) in written.items():
            known = 0 if number in fresh else allowed.get(number)
            require(generation == known, "only its own objects")
        require(fresh <= members | information.keys() | self._own_stream(), "only the store")
        replaced = frozenset(written.keys() - fresh)
        return Claim(root.idnum, replaced, replaced & private.keys() - {root.idnum}, fresh)

    def _own_stream(self) -> set[int]:
        reference = self._section.stream_ref
        return set() if reference is None else {reference.idnum}

    def _old_store(self) -> dict[int, int]:
        """The signed store's dictionary, if it is an object and has a store's form."""
        raw = dict.get(self.before.root, "/DSS")
        if not isinstance(raw, generic.IndirectObject):
            return {}
        Members(self.before).walk(raw)
        return {raw.idnum: raw.generation}

    def _metadata(self) -> dict[int, int]:
        raw = dict.get(self.before.root, "/Metadata")
        if not isinstance(raw, generic.IndirectObject) or raw.idnum not in self.layout.objects:
            return {}
        old, new = (
            reader.get_object(generic.Reference(raw.idnum, raw.generation, reader))
            for reader in (self.before, self.after)
        )
        require_same_metadata(old, new)
        return {raw.idnum: raw.generation}

    def _information(self, trailer: Any) -> dict[int, int]:
        raw = dict.get(trailer, "/Info")
        if not isinstance(raw, generic.IndirectObject) or raw.idnum not in self.layout.objects:
            return {}
        signed = dict.get(self.before.trailer_view, "/Info")
        old = None if signed is None else signed.get_object()
        require_same_information(old, self.after.get_object(raw.reference))
        return {raw.idnum: raw.generation}


def _require_extensions(raw: Any) -> None:
    """Names and numbers alone, direct: which extensions of PDF the store needs (§7.12)."""
    require(type(raw) is generic.DictionaryObject, "extensions are a dictionary")
    for key in raw:
        value = raw.raw_get(key)
        if key == "/Type":
            require(value == "/Extensions", "extensions")
            continue
        for item in value.iterate() if type(value) is generic.ArrayObject else [value]:
            require(type(item) is generic.DictionaryObject, "a developer's extension")
            require(set(item) <= _DEVELOPER and _is_flat(item), "an extension has no other keys")


def _is_flat(dictionary: Any) -> bool:
    nested = (generic.IndirectObject, generic.DictionaryObject, generic.ArrayObject)
    return not any(isinstance(dictionary.raw_get(key), nested) for key in dictionary)


def _without(items: dict[str, Plain], keys: set[str]) -> dict[str, Plain]:
    return {key: value for key, value in items.items() if key not in keys}
