"""What may stand outside the installation obeys the same contract as what stands inside."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from weasyprint import HTML

from engine.errors import Invalid, Unavailable
from reports.authority import (
    LocalAuthority,
    LocalSigner,
    RemoteTimestamper,
    Signer,
    Timestamper,
    open_authority,
)
from reports.sign import SealPlace, seal
from reports.verify import verify

AT = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class CardSigner:
    """A signer of another make: it has the same certificate, and a card that signs."""

    name: str
    certificate: bytes
    chain: tuple[bytes, ...]
    card: Callable[[bytes], bytes]

    def sign(self, data: bytes) -> bytes:
        return self.card(data)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return open_authority(tmp_path_factory.mktemp("pki"), "闵行区财政局")


@pytest.fixture(scope="module")
def service(authority: LocalAuthority) -> Iterator[str]:
    """A time-stamping service over HTTP, in a thread of its own."""
    local = authority.timestamper(lambda: AT)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = local.respond(body)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/tsa"
    server.shutdown()
    server.server_close()


def _card(signer: LocalSigner) -> CardSigner:
    key = signer.identity.key
    assert isinstance(key, rsa.RSAPrivateKey)
    return CardSigner(
        signer.name,
        signer.certificate,
        signer.chain,
        lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256()),
    )


@pytest.mark.parametrize("signer_of", ["local", "card"])
@pytest.mark.parametrize("clock_of", ["local", "remote"])
def test_any_signer_with_any_clock_makes_a_valid_seal(
    authority: LocalAuthority, service: str, signer_of: str, clock_of: str
) -> None:
    local = authority.signer("闵行区财政局", AT)
    signer: Signer = local if signer_of == "local" else _card(local)
    clock: Timestamper = (
        authority.timestamper(lambda: AT) if clock_of == "local" else RemoteTimestamper(service)
    )
    pdf = HTML(string="<html lang=zh><title>样张</title><p>内容").write_pdf()
    trust = authority.trust(AT)
    sealed = seal(pdf, signer, clock, trust, SealPlace((50, 50, 170, 170)), at=AT)
    verdict = verify(sealed, trust)
    assert verdict.verdict == "valid"
    assert (verdict.signatures[0].level, verdict.signatures[0].signed_at) == ("B-LT", AT)


def test_a_clock_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        RemoteTimestamper("http://127.0.0.1:9/tsa", timeout=1).respond(b"")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/", "tsa.example.cn"])
def test_a_clock_lives_at_a_web_address(url: str) -> None:
    with pytest.raises(Invalid):
        RemoteTimestamper(url)


def test_a_service_that_answers_nonsense_seals_nothing(
    authority: LocalAuthority, tmp_path: Path
) -> None:
    @dataclass(frozen=True)
    class Nonsense:
        def respond(self, request: bytes) -> bytes:
            return b"hello " + request[:4]

    pdf = HTML(string="<html lang=zh><title>样张</title><p>内容").write_pdf()
    with pytest.raises(Unavailable):
        seal(
            pdf,
            authority.signer("闵行区财政局", AT),
            Nonsense(),
            authority.trust(AT),
            SealPlace((50, 50, 170, 170)),
            at=AT,
        )
