"""Signed checkpoints: files outside the database that remember how far the chain had come.

Whoever rewrites the database consistently, or cuts its end off, contradicts the last checkpoint.
A checkpoint is a signed note (C2SP signed-note, Ed25519) of three lines: origin, size, and the
chain's head in base64. `latest` is replaced with each one; one per thousand entries stays for ever.
The key lies in `var/keys`: who holds both database and key can forge, so publish the public key and
keep copies of checkpoints elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from engine.errors import Conflict
from engine.ledger.chain import Head
from engine.private import keep_private
from engine.settings import Settings

ORIGIN = "bihuan/ledger"
KEPT_EVERY = 1000  # entries
ED25519 = b"\x01"  # the signature type of C2SP signed-note


@dataclass(frozen=True)
class Book:
    """The checkpoints of one installation."""

    folder: Path
    keys: Path

    @classmethod
    def of(cls, settings: Settings) -> Book:
        """The book under the installation's `var`."""
        return cls(settings.var / "ledger" / "checkpoints", settings.var / "keys")

    def sign(self, head: Head) -> None:
        """Remember the chain's head; does nothing when a later one is remembered already.

        Raises `Conflict` rather than sign what contradicts the last checkpoint.
        """
        last = self.latest()
        if last is not None and last.size >= head.size:
            if last.size == head.size and last.hash != head.hash:
                raise Conflict("账本与已签名的检查点矛盾，拒绝签名")
            return
        note = _note(head, _private_key(self.keys))
        self.folder.mkdir(parents=True, exist_ok=True)
        if last is None or head.size // KEPT_EVERY > last.size // KEPT_EVERY:
            _replace(self.folder / f"{head.size:012d}", note)
        _replace(self.folder / "latest", note)

    def latest(self) -> Head | None:
        """The last checkpoint; None when there is none. `Conflict` if its signature is wrong."""
        return self._read(self.folder / "latest")

    def all(self) -> Iterator[Head]:
        """Every checkpoint kept; `Conflict` if a signature is wrong."""
        for path in sorted(self.folder.glob("*")) if self.folder.is_dir() else ():
            head = None if path.suffix else self._read(path)
            if head is not None:
                yield head

    def _read(self, path: Path) -> Head | None:
        try:
            note = path.read_bytes()
            key = load_pem_public_key((self.keys / "ledger.pub.pem").read_bytes())
        except FileNotFoundError:
            if path.exists():
                raise Conflict("检查点的公钥不见了，无法核对账本") from None
            return None
        assert isinstance(key, Ed25519PublicKey)
        return _open(note, key)


def _note(head: Head, key: Ed25519PrivateKey) -> str:
    body = f"{ORIGIN}\n{head.size}\n{_base64(head.hash)}\n"
    signature = _key_id(key.public_key()) + key.sign(body.encode())
    return f"{body}\n— {ORIGIN} {_base64(signature)}\n"


def _open(note: bytes, key: Ed25519PublicKey) -> Head:
    try:
        body, _, signed = note.decode().partition("\n\n")
        origin, size, head = body.split("\n")
        signature = base64.b64decode(
            signed.removeprefix(f"— {ORIGIN} ").rstrip("\n"), validate=True
        )
        if origin != ORIGIN or signature[:4] != _key_id(key):
            raise ValueError(origin)
        key.verify(signature[4:], f"{body}\n".encode())
        return Head(int(size), base64.b64decode(head, validate=True))
    except (ValueError, binascii.Error, InvalidSignature):
        raise Conflict("检查点的签名不正确") from None


def _key_id(key: Ed25519PublicKey) -> bytes:
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(ORIGIN.encode() + b"\n" + ED25519 + raw).digest()[:4]


def _private_key(folder: Path) -> Ed25519PrivateKey:
    """The installation's signing key, made at its first use; the public one lies beside it."""
    path = folder / "ledger.pem"
    key = load_pem_private_key(keep_private(path, _new_key).encode(), None)
    assert isinstance(key, Ed25519PrivateKey)
    public = path.with_suffix(".pub.pem")
    if not public.exists():
        encoding = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        _replace(public, key.public_key().public_bytes(*encoding).decode())
    return key


def _new_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _replace(path: Path, content: str) -> None:
    """Write a whole file or nothing, and make it last through a power cut."""
    _write(path, content, 0o644).replace(path)


def _write(path: Path, content: str, mode: int) -> Path:
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return part


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
