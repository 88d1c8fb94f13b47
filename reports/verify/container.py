"""Strict form of a signature's container (CMS, RFC 5652).

Some of its bytes are signed by nobody: versions, sets of algorithms, padding. Each of them has one
right value, so that a changed byte there is seen like any other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from asn1crypto import cms, core

_TOKEN = "signature_time_stamp_token"  # noqa: S105 - the name of an attribute


def is_strict(content: bytes) -> bool:
    """Whether `content` is one canonical signature container followed by nothing but zeros."""
    try:
        container = cms.ContentInfo.load(content)
        encoded = container.dump()
        rest = content[len(encoded) :]
        return not any(rest) and _is_strict_container(container, encoded, b"data")
    except (ValueError, TypeError, KeyError):
        return False


def stamped_at(content: bytes) -> datetime | None:
    """The time that the signature's RFC 3161 token attests; `None` without one."""
    token = _token(content)
    if token is None:
        return None
    moment: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


def token_certificates(content: bytes) -> list[bytes]:
    """The certificates (DER) that the token carries."""
    token = _token(content)
    return [] if token is None else [item.chosen.dump() for item in token["certificates"]]


def _token(content: bytes) -> Any | None:
    signer = cms.ContentInfo.load(content)["content"]["signer_infos"][0]
    for attribute in _unsigned(signer):
        if attribute["type"].native == _TOKEN:
            return attribute["values"][0]["content"]
    return None


def _is_strict_container(container: Any, encoded: bytes, kind: bytes) -> bool:
    if container["content_type"].native != "signed_data":
        return False
    if cms.ContentInfo.load(encoded).dump(force=True) != encoded:
        return False
    signed = container["content"]
    inner = signed["encap_content_info"]["content_type"].native
    signers = signed["signer_infos"]
    if inner.encode() != kind or len(signers) != 1 or signed["crls"].native:
        return False
    if signed["version"].native not in ("v1", "v3") or signers[0]["version"].native != "v1":
        return False
    return (
        _names_its_certificate(signed, signers[0])
        and _algorithms_agree(signed, signers[0])
        and _unsigned_agree(signers[0])
    )


def _names_its_certificate(signed: Any, signer: Any) -> bool:
    """Names compare loosely in X.509; here the bytes must be the certificate's own."""
    named = signer["sid"].chosen
    if not isinstance(named, cms.IssuerAndSerialNumber):
        return False
    held = [item.chosen for item in signed["certificates"]]
    return any(
        (item.issuer.dump(), item.serial_number)
        == (named["issuer"].dump(), named["serial_number"].native)
        for item in held
    )


def _algorithms_agree(signed: Any, signer: Any) -> bool:
    digest = signer["digest_algorithm"]
    declared = [item["algorithm"].native for item in signed["digest_algorithms"]]
    plain = [digest, *signed["digest_algorithms"]]
    known = signer["signature_algorithm"]
    if known["algorithm"].native != "rsassa_pss":
        plain.append(known)
    return declared == [digest["algorithm"].native] and all(map(_has_no_parameters, plain))


def _has_no_parameters(algorithm: Any) -> bool:
    return isinstance(algorithm["parameters"], core.Null | core.Void)


def _unsigned_agree(signer: Any) -> bool:
    """Nothing unsigned but at most one timestamp token, itself in strict form."""
    attributes = _unsigned(signer)
    if not attributes:
        return True
    values = attributes[0]["values"]
    if len(attributes) != 1 or attributes[0]["type"].native != _TOKEN or len(values) != 1:
        return False
    return _is_strict_container(values[0], values[0].dump(), b"tst_info")


def _unsigned(signer: Any) -> list[Any]:
    attributes = signer["unsigned_attrs"]
    return [] if isinstance(attributes, core.Void) else list(attributes)
