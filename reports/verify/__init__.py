"""Judging a PDF that came back: is it as it was sealed, and by someone this installation trusts?"""

from __future__ import annotations

from reports.verify.verdict import LedgerAnswer, SignatureVerdict, Verdict
from reports.verify.whole import verify

__all__ = ["LedgerAnswer", "SignatureVerdict", "Verdict", "verify"]
