"""Our signer and our time-stamping authority as pyHanko wants to see them."""

from __future__ import annotations

from typing import Any

from asn1crypto import tsp, x509
from pyhanko.sign import signers, timestamps
from pyhanko_certvalidator.registry import SimpleCertificateStore

from engine.errors import Unavailable
from reports.authority import Signer, Timestamper

_BLANK_SIGNATURE = 512  # bytes: enough for ECDSA P-521 and RSA 4096


class PyhankoSigner(signers.Signer):  # type: ignore[misc]  # pyHanko is skipped by mypy
    """Lets any `Signer` of ours make a CMS signature."""

    def __init__(self, signer: Signer) -> None:
        self._ours = signer
        chain = SimpleCertificateStore()
        chain.register_multiple([x509.Certificate.load(der) for der in signer.chain])
        super().__init__(
            signing_cert=x509.Certificate.load(signer.certificate),
            cert_registry=chain,
            embed_roots=False,
        )

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,
        dry_run: bool = False,
    ) -> bytes:
        """The raw signature over SHA-256, as we always ask; or as many bytes as one may need."""
        return bytes(_BLANK_SIGNATURE) if dry_run else self._ours.sign(data)


class PyhankoTimestamper(timestamps.TimeStamper):  # type: ignore[misc]  # as above
    """Lets any `Timestamper` of ours answer pyHanko's requests."""

    def __init__(self, timestamper: Timestamper) -> None:
        super().__init__()
        self._ours = timestamper

    async def async_request_tsa_response(self, req: Any) -> Any:
        """The authority's answer to one request."""
        answer = self._ours.respond(req.dump())
        try:
            response = tsp.TimeStampResp.load(answer, strict=True)
            response.native  # noqa: B018 - asn1crypto parses no deeper than it is asked to
        except (ValueError, TypeError, KeyError) as error:
            raise Unavailable("时间戳服务的应答不是 RFC 3161 的格式。") from error
        return response
