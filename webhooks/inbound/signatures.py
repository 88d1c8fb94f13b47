"""Signed deliveries (Standard Webhooks 1.0.0): HMAC-SHA256 over `id.timestamp.body`.

A timestamp more than five minutes off is refused, so that an old delivery cannot be replayed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime
from pathlib import Path

from engine.errors import Forbidden, Invalid
from engine.private import keep_private

WINDOW_SECONDS = 300
PREFIX = "whsec_"


def secret_key(text: str) -> bytes:
    """The key bytes of a `whsec_…` secret; `Invalid` for anything else."""
    if not text.startswith(PREFIX):
        raise Invalid("密钥应以 whsec_ 开头")
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise Invalid("密钥不是有效的 Base64") from None
    if not 24 <= len(key) <= 64:
        raise Invalid("密钥长度应为 24 至 64 字节")
    return key


def installed_secret(folder: Path, source: str) -> str:
    """The source's secret, made on first use and readable by the service's account only."""
    return keep_private(folder / f"{source}.secret", _new_secret)


def _new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, external_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header of a delivery."""
    signed = f"{external_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret_key(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def check(
    secret: str, *, external_id: str, timestamp: str, signature: str, body: bytes, now: datetime
) -> None:
    """Accept a delivery, or raise `Forbidden` saying why not."""
    if not external_id or len(external_id) > 120 or "." in external_id:
        raise Forbidden("缺少 webhook-id，或其格式不正确")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise Forbidden("缺少 webhook-timestamp，或其格式不正确")
    if abs(now.timestamp() - int(timestamp)) > WINDOW_SECONDS:
        raise Forbidden("时间戳超出五分钟的有效期")
    expected = sign(secret, external_id, int(timestamp), body).encode()
    given = [part.encode() for part in signature.split()]
    if not any(hmac.compare_digest(expected, one) for one in given):
        raise Forbidden("签名不正确")
