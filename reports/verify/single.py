"""One signature: integrity, trust at the time of its timestamp, and the PAdES level reached."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from asn1crypto import crl, ocsp, x509
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko_certvalidator import ValidationContext

from reports.trust import Trust
from reports.verify.container import is_strict, stamped_at, token_certificates
from reports.verify.coverage import gap_content, is_as_we_write, reaches_end
from reports.verify.verdict import SignatureState, SignatureVerdict

_PADES = "/ETSI.CAdES.detached"


@dataclass(frozen=True)
class Evidence:
    """Certificates, revocation lists and OCSP answers of the file's security store.

    `signed` are those of them that the signature covers.
    """

    certificates: tuple[Any, ...] = ()
    lists: tuple[Any, ...] = ()
    answers: tuple[Any, ...] = ()
    signed: Evidence | None = None

    @classmethod
    def read(cls, reader: Any) -> Evidence:
        """What the file's DSS holds; empty if it has none."""
        try:
            store = DocumentSecurityStore.read_dss(reader)
        except NoDSSFoundError:
            return cls()
        streams = [reference.get_object().data for reference in store.certs.values()]
        lists = [reference.get_object().data for reference in store.crls]
        answers = [reference.get_object().data for reference in store.ocsps]
        return cls(
            tuple(x509.Certificate.load(data) for data in streams),
            tuple(crl.CertificateList.load(data) for data in lists),
            tuple(ocsp.OCSPResponse.load(data) for data in answers),
        )

    def followed_by(self, later: Evidence) -> Evidence:
        """This evidence, which is signed, and what a later store adds to it."""
        return Evidence(
            self.certificates + later.certificates,
            self.lists + later.lists,
            self.answers + later.answers,
            signed=self,
        )


def judge(data: bytes, signature: Any, trust: Trust, evidence: Evidence) -> SignatureVerdict:
    """The verdict on one signature of the file `data`. May raise anything on hostile bytes."""
    covers = reaches_end(data, signature.byte_range)
    content = gap_content(data, signature.byte_range)
    whole = covers and content is not None and content == signature.pkcs7_content
    stamped = stamped_at(signature.pkcs7_content)
    status, long_term = _validate(signature, trust, evidence, stamped)
    state = _state(status)
    if not whole or _contradicts(signature, evidence, stamped):
        state = "altered"
    if state == "valid" and not _is_as_sealed(data, signature):
        state = "altered"
    return SignatureVerdict(
        signer=_name(signature.signer_cert),
        level=_level(signature, status, long_term=long_term),
        signed_at=stamped or signature.self_reported_timestamp,
        covers_whole_file=covers,
        verdict=state,
    )


def broken(signature: Any, data: bytes) -> SignatureVerdict:
    """The verdict on a signature that cannot even be checked."""
    try:
        name, covers = _name(signature.signer_cert), reaches_end(data, signature.byte_range)
    except Exception:  # noqa: BLE001 - hostile bytes fail pyHanko in any way; the verdict stands
        name, covers = "", False
    return SignatureVerdict(name, "", None, covers, "altered")


def _is_as_sealed(data: bytes, signature: Any) -> bool:
    """Of a trusted seal, also the bytes that are signed by nobody must be as a seal writes them."""
    content = signature.pkcs7_content
    return is_as_we_write(data, signature.byte_range, content) and is_strict(content)


def _contradicts(signature: Any, evidence: Evidence, stamped: datetime | None) -> bool:
    """Whether the container and the evidence, which is signed, do not belong together."""
    signed = evidence.signed or evidence
    known = {certificate.dump() for certificate in signed.certificates}
    if not known:
        return False
    used = [signature.signer_cert.dump(), *token_certificates(signature.pkcs7_content)]
    return stamped is None or not known.issuperset(used)


def _validate(
    signature: Any, trust: Trust, evidence: Evidence, stamped: datetime | None
) -> tuple[Any, bool]:
    """pyHanko's status, and whether it was reached with the file's own evidence alone."""
    moment = stamped or datetime.now(UTC)
    if evidence.lists or evidence.answers:
        status = _status(signature, trust, evidence, moment, "require")
        if status.trusted:
            return status, True
    ours = tuple(crl.CertificateList.load(der) for der in trust.lists)
    known = replace(evidence, lists=evidence.lists + ours)
    return _status(signature, trust, known, moment, "soft-fail"), False


def _status(
    signature: Any,
    trust: Trust,
    evidence: Evidence,
    moment: datetime,
    mode: str,
) -> Any:
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(der) for der in trust.roots],
        other_certs=list(evidence.certificates),
        crls=list(evidence.lists),
        ocsps=list(evidence.answers),
        moment=moment,
        allow_fetching=False,
        revocation_mode=mode,
    )
    # Changes after the signed revision are refused by coverage, not analysed: pyHanko's own
    # analysis takes half a minute on a tagged file.
    waiting = async_validate_pdf_signature(
        signature, signer_validation_context=context, skip_diff=True
    )
    # Beside the caller, whose thread may have an event loop of its own: the verdict is about the
    # file and not about who asks.
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, waiting).result()


def _state(status: Any) -> SignatureState:
    stamp = status.timestamp_validity
    if not (status.intact and status.valid) or (stamp and not (stamp.intact and stamp.valid)):
        return "altered"
    if not status.trusted or (stamp and not stamp.trusted):
        return "untrusted"
    return "valid"


def _level(signature: Any, status: Any, *, long_term: bool) -> str:
    if signature.sig_object.get("/SubFilter") != _PADES:
        return "CMS"
    stamp = status.timestamp_validity
    if not (stamp and stamp.valid and stamp.intact and stamp.trusted):
        return "B-B"
    return "B-LT" if long_term else "B-T"


def _name(certificate: Any) -> str:
    subject = certificate.subject.native
    return str(subject.get("common_name") or certificate.subject.human_friendly)
