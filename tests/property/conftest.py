"""The cast of the random lives; see `tests.district`."""

from __future__ import annotations

from tests.district import nothing_yet, templates

__all__ = ["nothing_yet", "templates"]
