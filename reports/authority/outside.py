"""An outside signer: the organisation's own certificate and key from a PKCS #12 file."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from engine.errors import Invalid, Unavailable
from reports.authority.certificates import Identity
from reports.authority.signer import LocalSigner

BESIDE = ".password"  # the suffix of the file that holds the password


def open_key_file(path: Path, name: str) -> LocalSigner:
    """The signer of `path` (.p12, .pfx); its password stands alone in `path`.password.

    The authority that issued the certificate must be believed (see `reports.trust.Trust.outside`).
    Raises `Unavailable` if a file cannot be read, `Invalid` if it holds no usable key.
    """
    try:
        content = path.read_bytes()
        password = path.with_name(path.name + BESIDE).read_bytes().strip()
    except OSError as error:
        raise Unavailable(
            "读不到签章证书文件 {path} 或其口令：{error}", path=path.name, error=error.strerror
        ) from error
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, password)
    except ValueError as error:
        raise Invalid("签章证书文件 {path} 无法打开，请核对口令", path=path.name) from error
    if certificate is None or not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise Invalid("签章证书文件 {path} 中没有可用的证书和私钥", path=path.name)
    chain = tuple(one.public_bytes(serialization.Encoding.DER) for one in others)
    return LocalSigner(name, Identity(certificate, key), chain)
