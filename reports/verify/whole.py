"""The verdict on a whole file."""

from __future__ import annotations

import hashlib
import io
import logging
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

from reports.trust import Trust
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

    `valid`: every signature is intact, covers the whole file, and leads to a root of `trust`.
    `altered`: the file bears a trace of a signature that does not hold, or anything follows the
    signed bytes. `untrusted`: intact, but by someone whom this installation does not know.
    `unsigned`: a readable PDF without a trace. `unreadable`: not a PDF, or broken and without one.
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
    except Exception:  # noqa: BLE001 - hostile bytes fail pyHanko in any way: there was a trace
        return ()
    return tuple(_judged(data, signature, trust, evidence) for signature in found)


def _judged(data: bytes, signature: Any, trust: Trust, evidence: Evidence) -> SignatureVerdict:
    try:
        return judge(data, signature, trust, evidence)
    except Exception:  # noqa: BLE001 - as above
        return broken(signature, data)
