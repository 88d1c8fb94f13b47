"""Time-stamping authorities (RFC 3161): a request in DER goes in, a response in DER comes out."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.errors import Invalid, Unavailable
from reports.authority.certificates import Identity

_LIMIT = 64 * 1024


class Timestamper(Protocol):
    """Something that says, signed, that a digest existed at a moment."""

    def respond(self, request: bytes) -> bytes:
        """The DER `TimeStampResp` to a DER `TimeStampReq`."""


@dataclass(frozen=True)
class LocalTimestamper:
    """The installation's own authority; `clock` says the time that it attests."""

    identity: Identity
    clock: Callable[[], datetime]

    def respond(self, request: bytes) -> bytes:
        """The DER `TimeStampResp` to a DER `TimeStampReq`."""
        from asn1crypto import keys, tsp, x509
        from pyhanko.sign.timestamps import DummyTimeStamper

        authority = DummyTimeStamper(
            x509.Certificate.load(self.identity.der),
            keys.PrivateKeyInfo.load(self.identity.key_der),
            fixed_dt=self.clock().replace(microsecond=0),
        )
        response: bytes = authority.request_tsa_response(tsp.TimeStampReq.load(request)).dump()
        return response


@dataclass(frozen=True)
class RemoteTimestamper:
    """An outside authority spoken to over HTTP (RFC 3161 §3.4)."""

    url: str
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise Invalid("时间戳服务地址应以 http:// 或 https:// 开头。", field="timestamp_url")

    def respond(self, request: bytes) -> bytes:
        """The DER `TimeStampResp`; `Unavailable` if the authority does not answer."""
        query = urllib.request.Request(  # noqa: S310 - the scheme was checked when made
            self.url, data=request, headers={"Content-Type": "application/timestamp-query"}
        )
        try:
            with urllib.request.urlopen(query, timeout=self.timeout) as answer:  # noqa: S310 - as above
                body: bytes = answer.read(_LIMIT)
        except (urllib.error.URLError, TimeoutError) as error:
            raise Unavailable("时间戳服务没有应答：{error}", error=error) from error
        return body
