"""Making certificates and revocation lists (RFC 5280): pure, no folder and no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_EARLY = timedelta(hours=1)  # for clocks that disagree
# The root and its clock begin earlier, so that a demonstration may play past years.
_PLAYED = timedelta(days=365 * 5)
_AUTHORITY_LIFE = timedelta(days=365 * 20)
_SEAL_LIFE = timedelta(days=365 * 5)
_LIST_LIFE = timedelta(days=60)


@dataclass(frozen=True)
class Identity:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        """The certificate in DER."""
        return self.certificate.public_bytes(pem.Encoding.DER)

    @property
    def key_der(self) -> bytes:
        """The private key in DER (PKCS #8), not encrypted."""
        return self.key.private_bytes(pem.Encoding.DER, pem.PrivateFormat.PKCS8, pem.NoEncryption())

    def dump(self) -> bytes:
        """Key and certificate in one PEM text, so that the two cannot be parted."""
        key = self.key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
        return key + self.certificate.public_bytes(pem.Encoding.PEM)

    @classmethod
    def load(cls, text: bytes) -> Identity:
        """The identity that `dump` wrote."""
        key = pem.load_pem_private_key(text, password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
        return cls(x509.load_pem_x509_certificate(text), key)


def make_root(organisation: str, at: datetime) -> Identity:
    """A root that signs certificates and revocation lists, for twenty years."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation, f"{organisation} 项目绩效根证书")
    builder = _begin(name, name, key, key, at - _PLAYED, _AUTHORITY_LIFE + _PLAYED)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return Identity(builder.sign(key, hashes.SHA256()), key)


def make_seal(root: Identity, organisation: str, at: datetime) -> Identity:
    """An organisation's sealing certificate, for five years.

    RSA, because a curve would make the file PDF 2.0 (ISO 32002) and PDF/A-3 ends at 1.7.
    """
    key = _new_rsa()
    builder = _leaf(root, _name(organisation, organisation), key, at, _SEAL_LIFE)
    return Identity(builder.sign(root.key, hashes.SHA256()), key)


def make_clock(root: Identity, organisation: str) -> Identity:
    """The certificate of the time-stamping authority (RFC 3161 §2.3: critical, nothing else).

    It lives as long as the root, because a sealed file is read long after its seal has ended.
    """
    key = _new_rsa()
    name = _name(organisation, f"{organisation} 时间戳")
    begin = root.certificate.not_valid_before_utc + _EARLY
    life = root.certificate.not_valid_after_utc - begin
    builder = _leaf(root, name, key, begin, life).add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
    )
    return Identity(builder.sign(root.key, hashes.SHA256()), key)


def make_list(root: Identity, at: datetime) -> bytes:
    """A revocation list in DER that is good for sixty days; nothing is revoked in it."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.certificate.subject)
        .last_update(at - _EARLY)
        .next_update(at + _LIST_LIFE)
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key()),
            critical=False,
        )
    )
    return builder.sign(root.key, hashes.SHA256()).public_bytes(pem.Encoding.DER)


def _new_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def _leaf(
    root: Identity, name: x509.Name, key: Key, at: datetime, life: timedelta
) -> x509.CertificateBuilder:
    builder = _begin(name, root.certificate.subject, key, root.key, at, life)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    return builder.add_extension(_usage(authority=False), critical=True)


def _begin(
    subject: x509.Name, issuer: x509.Name, key: Key, issuer_key: Key, at: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _EARLY)
        .not_valid_after(at + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )


def _name(organisation: str, common: str) -> x509.Name:
    # RFC 5280 bounds both fields at 64 characters.
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
