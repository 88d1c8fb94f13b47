"""Reading DMN files: no document types, entities or network; elements without namespaces."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.feel.errors import FeelError

Element = etree._Element
LARGEST = 5_000_000
"""Bytes of a file."""


def parse(xml: bytes) -> Element:
    """The root of a file from anywhere; raises `Invalid` for what is not plain XML."""
    if len(xml) > LARGEST:
        raise FeelError("file_large")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise FeelError("not_xml", why=error) from None
    if _has_doctype(root):
        raise FeelError("doctype")
    return root


def _has_doctype(root: Element) -> bool:
    return root.getroottree().docinfo.internalDTD is not None or any(
        isinstance(node, etree._Entity) for node in root.iter()
    )


def local(element: Element) -> str:
    """The tag without its namespace."""
    return etree.QName(element).localname


def children(element: Element, *tags: str) -> Iterator[Element]:
    """The child elements with one of these tags, or all."""
    for child in element.iterchildren(etree.Element):
        if not tags or local(child) in tags:
            yield child


def child(element: Element, *tags: str) -> Element | None:
    """The first child with one of these tags."""
    return next(children(element, *tags), None)


def text_of(element: Element | None) -> str:
    """The content of its `text` child, or its own."""
    if element is None:
        return ""
    inner = child(element, "text")
    return ((element if inner is None else inner).text or "").strip()


def name_of(element: Element) -> str:
    """Its `name` attribute, blanks collapsed."""
    return " ".join((element.get("name") or "").split())
