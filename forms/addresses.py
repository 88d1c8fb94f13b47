"""Numbers in addresses: one that no database holds names nothing."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.routing import IntegerConverter, ValidationError

MOST = 2**63 - 1
"""The largest number that a database keeps."""


class Number(IntegerConverter):
    """`<int:…>` of a route; a larger one finds no page."""

    def to_python(self, value: str) -> int:
        """The number; `ValidationError` (404) for one that is nobody's."""
        if len(value) > len(str(MOST)) or int(value) > MOST:
            raise ValidationError
        return int(value)


def install(app: Flask) -> None:
    """Read the numbers of routes so."""
    app.url_map.converters["int"] = Number


def asked(name: str) -> int | None:
    """A whole number in the query; one that is none, or a huge one, is as if it were not there."""
    text = request.args.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
