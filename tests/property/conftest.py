"""The cast of the random lives; see `tests.district`."""

from __future__ import annotations

from tests.district import templates

__all__ = ["templates"]
