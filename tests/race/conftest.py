"""The cast of the races; see `tests.district`."""

from __future__ import annotations

from tests.district import closing, district, kind, monitored, nothing_yet, settled, templates

__all__ = ["closing", "district", "kind", "monitored", "nothing_yet", "settled", "templates"]
