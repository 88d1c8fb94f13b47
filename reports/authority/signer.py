"""Who seals: a certificate and something that signs with its key, here or outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from reports.authority.certificates import Identity


class Signer(Protocol):
    """What a seal needs. An outside signer (a cloud seal, a card) is one more class like this."""

    @property
    def name(self) -> str:
        """The organisation, as its seal shows it."""

    @property
    def certificate(self) -> bytes:
        """Its certificate, DER."""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The certificates between it and a root, the root included, DER."""

    def sign(self, data: bytes) -> bytes:
        """The signature over SHA-256 of `data`: ECDSA in DER, or RSA PKCS #1 v1.5."""


@dataclass(frozen=True)
class LocalSigner:
    """A signer whose key lies in the installation's own folder."""

    name: str
    identity: Identity
    chain: tuple[bytes, ...]

    @property
    def certificate(self) -> bytes:
        """Its certificate, DER."""
        return self.identity.der

    def sign(self, data: bytes) -> bytes:
        """The signature over SHA-256 of `data`."""
        key = self.identity.key
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(data, ec.ECDSA(hashes.SHA256()))
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
