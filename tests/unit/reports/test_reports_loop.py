"""A seal is set and a verdict given wherever they are asked for."""

from __future__ import annotations

import asyncio

from reports.verify import verify
from tests.unit.reports.conftest import Office


def test_a_sealed_file_is_valid_inside_an_event_loop_too(office: Office, sealed: bytes) -> None:
    async def asked() -> str:
        return verify(sealed, office.trust).verdict

    assert asyncio.run(asked()) == "valid"


def test_a_seal_is_set_inside_an_event_loop_too(office: Office, plain: bytes) -> None:
    async def asked() -> bytes:
        return office.seal(plain)

    assert verify(asyncio.run(asked()), office.trust).verdict == "valid"
