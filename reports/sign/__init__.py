"""Sealing a PDF: a tagged field, a drawn seal, a PAdES signature with its evidence."""

from __future__ import annotations

from reports.sign.field import SealPlace
from reports.sign.pades import seal

__all__ = ["SealPlace", "seal"]
