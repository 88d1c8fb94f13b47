"""The empty signature field, made and tagged before anything is signed.

pyHanko does not tag the widgets that it makes, so a tagged document would stop being one.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from engine.errors import Conflict, Invalid


@dataclass(frozen=True)
class SealPlace:
    """Where the seal stands: page from 0 (negative from the end), left-bottom-right-top in points.

    `label` is what a screen reader says for it.
    """

    box: tuple[float, float, float, float]
    page: int = 0
    name: str = "Seal"
    label: str = "电子签章"


def prepare(pdf: bytes, place: SealPlace) -> bytes:
    """The document with an empty signature field at `place`, part of its structure tree."""
    try:
        document = pikepdf.open(io.BytesIO(pdf))
    except pikepdf.PdfError as error:
        raise Invalid("不是可以签章的 PDF：{error}", error=error) from error
    with document:
        if "/AcroForm" in document.Root:
            raise Conflict("这份文件已经签章，不能再次签章。")
        _add_field(document, place)
        target = io.BytesIO()
        document.save(target)
    return target.getvalue()


def _add_field(document: Pdf, place: SealPlace) -> None:
    page = document.pages[place.page].obj
    field = document.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=String(place.name),
            TU=String(place.label),
            Rect=Array(list(place.box)),
            F=132,  # printed and locked
            P=page,
        )
    )
    field.AP = Dictionary(N=_empty_appearance(document, place))
    page.Annots = Array([*page.get("/Annots", Array()), field])
    page.Tabs = Name.S
    if "/StructTreeRoot" in document.Root:
        _tag(document, page, field, place.label)
    # 3: signatures exist, and only appending keeps them (ISO 32000-2 table 225).
    document.Root.AcroForm = document.make_indirect(Dictionary(Fields=Array([field]), SigFlags=3))


def _empty_appearance(document: Pdf, place: SealPlace) -> Object:
    left, bottom, right, top = place.box
    stream = document.make_stream(b"")
    stream.Type, stream.Subtype = Name.XObject, Name.Form
    stream.BBox = Array([0, 0, right - left, top - bottom])
    stream.Resources = Dictionary()
    return stream


def _tag(document: Pdf, page: Object, field: Object, label: str) -> None:
    tree = document.Root.StructTreeRoot
    parent = tree.K[0] if isinstance(tree.K, Array) else tree.K
    numbers = tree.ParentTree.Nums
    key = max([int(numbers[i]) for i in range(0, len(numbers), 2)], default=-1) + 1
    field.StructParent = key
    element = document.make_indirect(
        Dictionary(
            Type=Name.StructElem,
            S=Name.Form,
            P=parent,
            Pg=page,
            Alt=String(label),
            K=Dictionary(Type=Name.OBJR, Obj=field, Pg=page),
        )
    )
    children = parent.get("/K", Array())
    parent.K = Array([*(children if isinstance(children, Array) else [children]), element])
    numbers.append(key)
    numbers.append(element)
    tree.ParentTreeNextKey = key + 1
