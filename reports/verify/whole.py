"""The verdict on a whole file."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Sequence
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

from reports.trust import Trust
from reports.verify.appendix import only_stores_follow
from reports.verify.single import Evidence, broken, judge
from reports.verify.traces import claims_to_be_pdf, in_objects, in_sight
from reports.verify.verdict import LedgerAnswer, LedgerState, SignatureVerdict, Verdict, worst

# What pyHanko finds wrong is our verdict, not a line in somebody's log.
for _library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)


def _unknown(sha256: str) -> LedgerState:  # noqa: ARG001 - the shape of LedgerAnswer
    return "unknown"


def verify(data: bytes, trust: Trust, ledger: LedgerAnswer = _unknown) -> Verdict:
    """Judge a file by what it carries and by `trust` alone; nothing is fetched.

    `valid`: every signature is intact, covers the whole file but its own security store, and leads
    to a root of `trust`. `altered`: the file bears a trace of a signature that does not hold, or
    anything but that store follows the signed bytes. `untrusted`: intact, but by someone whom this
    installation does not know. `unsigned`: a readable PDF without a trace. `unreadable`: not a PDF,
    or broken and without one.
    `ledger` says what the installation's books know of the file's SHA-256.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    known = ledger(sha256)
    if not claims_to_be_pdf(data):
        return Verdict("unreadable", sha256, ledger=known)
    objects = in_objects(data)
    if in_sight(data) or objects:
        signatures = _signatures(data, trust)
        return Verdict(worst(signatures), sha256, signatures, known)
    return Verdict("unreadable" if objects is None else "unsigned", sha256, ledger=known)


def _signatures(data: bytes, trust: Trust) -> tuple[SignatureVerdict, ...]:
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=True)
        found, evidence = list(reader.embedded_signatures), Evidence.read(reader)
        signed = _end_of_signed(data, found)
        if signed < len(data):
            # A store follows, and nothing else: the file is judged as it was when it was signed.
            reader = PdfFileReader(io.BytesIO(data[:signed]), strict=True)
            found = list(reader.embedded_signatures)
            evidence = Evidence.read(reader).followed_by(evidence)
    except Exception:  # noqa: BLE001 - hostile bytes fail pyHanko in any way: there was a trace
        return ()
    return tuple(_judged(data[:signed], signature, trust, evidence) for signature in found)


def _end_of_signed(data: bytes, signatures: Sequence[Any]) -> int:
    """Where the last signature's bytes end if only its store follows; else where the file ends."""
    ends = [int(item.byte_range[2]) + int(item.byte_range[3]) for item in signatures]
    end = max(ends, default=len(data))
    if end >= len(data):
        return len(data)
    try:
        return end if only_stores_follow(data, end) else len(data)
    except Exception:  # noqa: BLE001 - as above: what cannot be read is no store
        return len(data)


def _judged(data: bytes, signature: Any, trust: Trust, evidence: Evidence) -> SignatureVerdict:
    try:
        return judge(data, signature, trust, evidence)
    except Exception:  # noqa: BLE001 - as above
        return broken(signature, data)
